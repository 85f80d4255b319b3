"""A request takes effect once: its key is claimed first, its answer kept with what it did."""

import json
from datetime import datetime

import sqlalchemy as sa

from data.store.canonical import canonical, digest
from data.store.ledger_tables import IDEMPOTENCY
from inventory.ledger import Answer, Refusal, Request
from inventory.ledger_commands import Command

_KEY = sa.and_(
    IDEMPOTENCY.c.actor == sa.bindparam("who"),
    IDEMPOTENCY.c.route == sa.bindparam("what"),
    IDEMPOTENCY.c.key == sa.bindparam("which"),
)
_FIND = sa.select(IDEMPOTENCY.c.request_hash, IDEMPOTENCY.c.code, IDEMPOTENCY.c.body).where(_KEY)
_CLAIM = sa.text(
    "INSERT INTO idempotency (actor, route, key, request_hash, code, body, at)"
    " VALUES (:who, :what, :which, :hash, '', '', :at) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("at", type_=IDEMPOTENCY.c.at.type))
_SETTLE = sa.update(IDEMPOTENCY).where(_KEY).values(code=sa.bindparam("c"), body=sa.bindparam("b"))


def claim(connection: sa.Connection, request: Request, command: Command) -> Answer | None:
    """None when the request is new; else the answer it got the first time.

    A second request under the key of a running one waits until that one is through.
    """
    key, fingerprint = _key(request, command), digest(canonical(command.described()))
    if connection.execute(_CLAIM, {**key, "hash": fingerprint, "at": request.at}).rowcount == 1:
        return None
    stored = connection.execute(_FIND, key).one()
    if stored.request_hash != fingerprint:
        return Answer(Refusal.OTHER_REQUEST, {"message": "The key belongs to another request."})
    return Answer(stored.code, json.loads(stored.body), replayed=True)


def settle(connection: sa.Connection, request: Request, command: Command, answer: Answer) -> None:
    """Keep the answer for whoever repeats the request."""
    kept = {"c": str(answer.code), "b": canonical(answer.body)}
    connection.execute(_SETTLE, {**_key(request, command), **kept})


def forget(connection: sa.Connection, before: datetime) -> int:
    """Drop answers older than `before`; returns how many. Keep them a day at least."""
    return connection.execute(sa.delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < before)).rowcount


def _key(request: Request, command: Command) -> dict[str, str]:
    return {"who": request.actor, "what": command.route, "which": request.key}
