"""The server as a process: settings from the environment, a secret from a file, its chores."""

import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from api.app import LOCAL, create_app
from api.desk import Desk
from data.store import idempotency, people
from data.store.engine import Store
from data.store.ledger import expire_due
from data.store.part_search import refresh
from data.store.trouble import STORE_TROUBLE
from planning.cli.nights import place_of
from planning.people.secret import place_of_secret, secret_at
from planning.settings import load

LOG: Final = logging.getLogger("sparewise.api")
HOSTS: Final = "SPAREWISE_HOSTS"
TLS: Final = "SPAREWISE_BEHIND_TLS"
_EVERY_SECONDS: Final = 60.0
_ANSWERS_KEPT: Final = timedelta(days=3)


def build() -> FastAPI:
    """The application of this process, as the environment says."""
    log_to_console()
    settings = load(Path.cwd())
    store = Store(place_of(settings), clears_beside=True)
    secret = secret_at(place_of_secret(store))
    desk = Desk(store, settings, secret, behind_tls=bool(os.environ.get(TLS)))
    hosts = [one for one in os.environ.get(HOSTS, "").split(",") if one]
    refresh(store, desk.clock())
    with store.read() as connection:  # what lanes teach is learnt before the first one asks
        desk.outlook.refresh(connection, desk.clock())
    desk.outlook.renewed_beside = True  # and from then on in the chores
    app = create_app(desk, hosts=[*LOCAL, *hosts])
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def with_chores(one: FastAPI) -> AsyncIterator[None]:
        over = threading.Event()
        worker = threading.Thread(target=_chores, args=(desk, over), daemon=True)
        worker.start()
        async with inner(one):
            yield
        over.set()
        worker.join()
        store.close()

    app.router.lifespan_context = with_chores
    return app


def _chores(desk: Desk, over: threading.Event) -> None:
    """Every minute: give back what is held too long, forget old answers, learn what is new."""
    while not over.wait(_EVERY_SECONDS):
        try:
            do_chores(desk)
        except STORE_TROUBLE:
            LOG.warning("The chores wait: the database did not answer.")
        except Exception:  # a bug in a chore must not end the others
            LOG.exception("A chore failed.")


def do_chores(desk: Desk) -> None:
    """What is due now."""
    now = desk.clock()
    expire_due(desk.store, now, "clock")
    desk.store.transact(lambda c: idempotency.forget(c, now - _ANSWERS_KEPT))
    desk.store.transact(lambda c: people.forget_sessions(c, now - _ANSWERS_KEPT))
    with desk.store.read() as connection:
        desk.outlook.renew(connection, now)


def log_to_console() -> None:
    """One line per request and trouble, on standard error; never a body, a token or an address."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("sparewise")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
