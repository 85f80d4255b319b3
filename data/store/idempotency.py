"""A request takes effect once: its key is claimed first, its answer kept with what it did."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.store.canonical import canonical, digest
from data.store.ledger_tables import IDEMPOTENCY
from inventory.ledger import Answer, Refusal, Request

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


def claim(
    connection: sa.Connection, request: Request, route: str, command: Mapping[str, Any]
) -> Answer | None:
    """None when the request is new; else the answer it got the first time.

    A second request under the key of a running one waits until that one is through.
    """
    key, fingerprint = _key(request, route), digest(canonical(command))
    if connection.execute(_CLAIM, {**key, "hash": fingerprint, "at": request.at}).rowcount == 1:
        return None
    stored = connection.execute(_FIND, key).one()
    if stored.request_hash != fingerprint:
        return Answer(Refusal.OTHER_REQUEST, {"message": "The key belongs to another request."})
    return Answer(stored.code, json.loads(stored.body), replayed=True)


def settle(connection: sa.Connection, request: Request, route: str, answer: Answer) -> Answer:
    """Keep the answer for whoever repeats the request; returns it as it will be repeated."""
    kept = {"c": str(answer.code), "b": canonical(answer.body)}
    connection.execute(_SETTLE, {**_key(request, route), **kept})
    return Answer(answer.code, json.loads(kept["b"]))


def forget(connection: sa.Connection, before: datetime) -> int:
    """Drop answers older than `before`; returns how many. Keep them a day at least."""
    return connection.execute(sa.delete(IDEMPOTENCY).where(IDEMPOTENCY.c.at < before)).rowcount


def _key(request: Request, route: str) -> dict[str, str]:
    return {"who": request.actor, "what": route, "which": request.key}
