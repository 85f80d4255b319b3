"""The server, put together; it does not start with a route that nobody guards."""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError

from api import problem, validation
from api.access import GuardedRoute, Undeclared
from api.desk import Desk, utc_now
from api.limits import Pace
from api.openapi import describe
from api.rim import Rim
from api.v1 import health, parts, reservations
from data.store.engine import Store
from planning.settings import Settings

LOG: Final = logging.getLogger("sparewise.api")
_ROUTERS: Final[Sequence[APIRouter]] = (health.router, parts.router, reservations.router)
LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "testserver")


def create_app(
    store: Store,
    settings: Settings,
    secret: bytes,
    *,
    clock: Callable[[], datetime] = utc_now,
    hosts: Sequence[str] = LOCAL,
    pace: Pace | None = None,
    more: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application on `store`.

    Args:
        store: the company's database, migrated.
        settings: the company's.
        secret: signs cursors and forms; at least 32 bytes.
        clock: gives the moment of every request.
        hosts: the names this server answers to.
        pace: how fast one person may ask.
        more: further routes, as tests and benchmarks have them.

    Raises:
        Undeclared: when a route does not say whom it is for.
    """
    if len(secret) < 32:
        raise ValueError("The secret has fewer than 32 bytes.")
    desk = Desk(store, settings, secret, clock, pace or Pace())

    @asynccontextmanager
    async def open_desk(_: FastAPI) -> AsyncIterator[None]:
        yield
        desk.close()

    app = FastAPI(
        title="sparewise",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=open_desk,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        redirect_slashes=False,
    )
    app.state.desk = desk
    for router in (*_ROUTERS, *more):
        _check(router)
        app.router.routes.extend(router.routes)
    for kind, handler in problem.HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(RequestValidationError, validation.of_shape)
    app.add_middleware(Rim, hosts=frozenset(hosts))
    describe(app)
    return app


def _check(router: APIRouter) -> None:
    for route in router.routes:
        if not isinstance(route, GuardedRoute):
            raise Undeclared(f"{getattr(route, 'path', route)} is not guarded: use GuardedRoute.")
