"""The stock ledger's one door: a command becomes its effect, its answer and its trace, or nothing.

Balances, journal, reservation, the answer kept for repetitions and the audit row: one transaction.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import audit, balances, idempotency, reservation_commands, stock_commands
from data.store.engine import Store
from data.store.ledger_tables import REFUSED
from data.store.stock_commands import Done
from inventory import ledger_commands as commands
from inventory.ledger import Answer, Refusal, Refused, Request
from inventory.ledger_commands import Command

_ADD_REFUSED: Final = sa.insert(REFUSED)
_HANDLERS: Final[dict[type[Command], Callable[..., Done]]] = {
    commands.Receive: stock_commands.receive,
    commands.Issue: stock_commands.issue,
    commands.Return: stock_commands.give_back,
    commands.Scrap: stock_commands.scrap,
    commands.Transfer: stock_commands.transfer,
    commands.Count: stock_commands.count,
    commands.Correct: stock_commands.correct,
    commands.LockLocation: stock_commands.lock_location,
    commands.UnlockLocation: stock_commands.unlock_location,
    commands.Reserve: reservation_commands.reserve,
    commands.Fulfil: reservation_commands.fulfil,
    commands.Cancel: reservation_commands.cancel,
    commands.Expire: reservation_commands.expire,
}


def perform(store: Store, request: Request, command: Command) -> Answer:
    """Do what `command` asks, once, however often `request` is repeated.

    Raises:
        StoreBusy: when the database stayed locked or away; the request may be repeated as it is.
    """

    def once(connection: sa.Connection) -> Answer:
        return perform_within(connection, request, command)

    return store.transact(once, repeatable=True)


def perform_within(connection: sa.Connection, request: Request, command: Command) -> Answer:
    """The same inside a transaction of the caller's, whose last writing it should be."""
    asked = command.described()
    known = idempotency.claim(connection, request, command.route, asked)
    if known is not None:
        return known
    answer, done = _answer(connection, request, command)
    answer = idempotency.settle(connection, request, command.route, answer)
    detail = {"command": asked, "code": str(answer.code), "answer": answer.body}
    audit.append(connection, request, command.route, done.subject, detail, done.movement_id)
    return answer


def expire_due(store: Store, at: datetime, actor: str) -> list[Answer]:
    """Give back the pieces of every reservation whose time is over at `at`."""
    with store.read() as connection:
        numbers = reservation_commands.due(connection, at)
    return [
        perform(store, Request(actor, f"expiry of {number}", at), commands.Expire(number))
        for number in numbers
    ]


def _answer(connection: sa.Connection, request: Request, command: Command) -> tuple[Answer, Done]:
    try:
        with connection.begin_nested():
            done = _HANDLERS[type(command)](connection, request, command)
    except Refused as refusal:
        lines = refusal.facts.get("lines", [])
        if refusal.code is Refusal.INSUFFICIENT:
            _record_refused(connection, request, command, lines)
        body = {"message": str(refusal), **refusal.facts}
        return Answer(refusal.code, body), Done(_subject_of(command))
    _record_refused(connection, request, command, done.body.get("refused", []))
    return Answer("ok", done.body), done


def _record_refused(
    connection: sa.Connection, request: Request, command: Command, lines: list[dict[str, Any]]
) -> None:
    """Say how many were free, and keep what customers were refused: it is demand all the same."""
    for line in lines:
        balance = balances.read(connection, line["part_id"], line["location_id"])
        line["available"] = balance.available
    if not lines or not isinstance(command, commands.Reserve | commands.Issue):
        return
    document = (
        command.document_id if isinstance(command, commands.Issue) else command.repair_order_id
    )
    rows = [
        {
            "at": request.at,
            "actor": request.actor,
            "part_id": line["part_id"],
            "location_id": line["location_id"],
            "quantity": line["pieces"],
            "available": line["available"],
            "document_id": document or None,
            "customer_class": command.customer_class or None,
        }
        for line in lines
    ]
    connection.execute(_ADD_REFUSED, rows)


def _subject_of(command: Command) -> str:
    facts = command.described()
    if "reservation_id" in facts:
        return f"reservation {facts['reservation_id']}"
    named = [facts[name] for name in ("part_id", "location_id") if facts.get(name)]
    return " at ".join(named) or str(facts.get("repair_order_id") or command.route)
