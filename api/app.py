"""The server, put together; it does not start with a route that nobody guards."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError

from api import problem, validation
from api.access import GuardedRoute, Undeclared
from api.desk import Desk
from api.openapi import describe
from api.pages import entrance, files, orders, technician
from api.rim import Rim
from api.v1 import (
    audit,
    auth,
    availability,
    desk_questions,
    exceptions,
    health,
    imports,
    locations,
    metrics,
    parts,
    plans,
    proposals,
    repairs,
    reports,
    reservations,
    runs,
    stock,
    targets,
    users,
)

LOG: Final = logging.getLogger("sparewise.api")
_PAGES: Final = (
    entrance.router,
    technician.router,
    orders.router,
    files.router,
    files.reading_room,
)
_ROUTERS: Final[Sequence[APIRouter]] = tuple(
    noun.router
    for noun in (
        health, metrics, auth, users, parts, availability, locations, stock, reservations,
        repairs, desk_questions, proposals, plans, runs, targets, exceptions, reports, audit,
        imports,
    )
)  # fmt: skip
LOCAL: Final = ("localhost", "127.0.0.1", "[::1]", "testserver")


def create_app(
    desk: Desk, *, hosts: Sequence[str] = LOCAL, more: Sequence[APIRouter] = ()
) -> FastAPI:
    """The application at `desk`.

    Args:
        desk: the database, the clock, the secret.
        hosts: the names this server answers to.
        more: further routes, as tests and benchmarks have them.

    Raises:
        Undeclared: when a route does not say whom it is for.
    """

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
    for router in (*_ROUTERS, *_PAGES, *more):
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
