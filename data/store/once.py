"""Writes beside the ledger's that take effect once: key, effect and trace in one transaction."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from data.store import audit, idempotency
from data.store.engine import Store
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refused, Request


def once(
    store: Store,
    request: Request,
    route: str,
    asked: Mapping[str, Any],
    work: Callable[[sa.Connection], Done],
) -> Answer:
    """Do `work` unless `request` was answered before; a refusal is kept like any answer.

    `asked` is what was asked for as plain values: another wish under the same key is refused.
    It is written down, so it holds no secret.
    """

    def all_of_it(connection: sa.Connection) -> Answer:
        known = idempotency.claim(connection, request, route, asked)
        if known is not None:
            return known
        try:
            with connection.begin_nested():
                done = work(connection)
            answer = Answer("ok", done.body)
        except Refused as refusal:
            done = Done(route)
            answer = Answer(refusal.code, {"message": str(refusal), **refusal.facts})
        answer = idempotency.settle(connection, request, route, answer)
        detail = {"asked": dict(asked), "code": str(answer.code)}
        audit.append(connection, request, route, done.subject, detail, done.movement_id)
        return answer

    return store.transact(all_of_it, repeatable=True)
