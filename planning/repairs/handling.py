"""What happens to a line after it was promised: sent, arrived, handed over, given back, dropped."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store import repair_writing as writing
from data.store import reservation_commands, stock_commands
from data.store.engine import Store
from data.store.exception_writing import errand_done
from data.store.once import once
from data.store.promise_writing import move, score_line
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request, ReservationState
from inventory.ledger_commands import Cancel, Fulfil, Return
from inventory.promise.ways import Way

_OPEN: Final = ("waiting", "held", "under_way", "ready")
_LET_GO: Final = "nobody sent it while it was held"


@dataclass(frozen=True, slots=True)
class LineNamed:
    """A line of a repair order, and the version of the order that was seen; None: any."""

    repair_order_id: str
    line: int
    version: int | None = None


def send(store: Store, request: Request, named: LineNamed) -> Answer:
    """The pieces leave the place that held them, for where they are needed."""

    def work(connection: sa.Connection, line: Any) -> list[Done]:
        _expect(line, "held")
        writing.hold_on(connection, line.reservation_id)
        _set(connection, named, state="under_way", sent_at=request.at)
        errand_done(connection, named.repair_order_id, named.line)
        return []

    return _change(store, request, "repair_order.send", named, work)


def arrive(store: Store, request: Request, named: LineNamed) -> Answer:
    """The pieces are where they are needed; the promise is scored."""

    def work(connection: sa.Connection, line: Any) -> list[Done]:
        _expect(line, "held", "under_way")
        writing.hold_on(connection, line.reservation_id)
        _set(connection, named, state="ready", ready_at=request.at)
        errand_done(connection, named.repair_order_id, named.line)
        score_line(connection, named.repair_order_id, named.line, request.at)
        return []

    return _change(store, request, "repair_order.arrive", named, work)


def hand_over(store: Store, request: Request, named: LineNamed) -> Answer:
    """The pieces go into the repair."""

    def work(connection: sa.Connection, line: Any) -> list[Done]:
        _expect(line, "held", "under_way", "ready")
        done = reservation_commands.fulfil(connection, request, Fulfil(line.reservation_id))
        settle(connection, line, request.at)
        errand_done(connection, named.repair_order_id, named.line)
        _set(connection, named, state="handed_over", ready_at=line.ready_at or request.at)
        return [done]

    return _change(store, request, "repair_order.hand_over", named, work)


def give_back(
    store: Store, request: Request, named: LineNamed, pieces: int, location_id: str = ""
) -> Answer:
    """Pieces that were handed over and not used come back, where they were needed or elsewhere."""

    def work(connection: sa.Connection, line: Any) -> list[Done]:
        _expect(line, "handed_over")
        left = line.quantity - line.returned
        if pieces > left:
            said = f"Line {named.line} has {left} pieces out, not {pieces}."
            raise Refused(Refusal.EXCEEDS, said, field="quantity", open=left)
        back = Return(
            line.part_id, location_id or line.location_id, pieces, named.repair_order_id, "not used"
        )
        done = stock_commands.give_back(connection, request, back)
        _set(connection, named, returned=line.returned + pieces)
        return [done]

    return _change(store, request, "repair_order.return", named, work)


def drop(store: Store, request: Request, named: LineNamed) -> Answer:
    """The line is not needed any more; what was held for it is free again."""

    def work(connection: sa.Connection, line: Any) -> list[Done]:
        _expect(line, *_OPEN)
        return _drop(connection, request, line)

    return _change(store, request, "repair_order.drop", named, work)


def close(
    store: Store, request: Request, repair_order_id: str, version: int | None, *, cancelled: bool
) -> Answer:
    """The repair is done, or called off; lines that are still open are dropped."""
    state = "cancelled" if cancelled else "closed"
    asked = {"repair_order_id": repair_order_id, "version": version, "state": state}

    def work(connection: sa.Connection) -> Done:
        writing.change_order(
            connection, repair_order_id, version, state=state, closed_at=request.at
        )
        found = reading.order(connection, repair_order_id)
        done: list[Done] = []
        for line in sorted(found.lines if found else (), key=lambda one: one.part_id):
            done += _drop(connection, request, line)
        writing.write_audit(connection, request, done)
        return Done(f"repair order {repair_order_id}", {**asked, "dropped": len(done)})

    return once(store, request, "repair_order.close", asked, work)


def settle(connection: sa.Connection, line: Any, at: datetime) -> None:
    """Score a line whose pieces were handed over: from the shelf they were there all along."""
    ready = line.since if line.way == Way.SHELF.value else line.ready_at or at
    score_line(connection, line.repair_order_id, line.line, ready)


def settled_elsewhere(connection: sa.Connection, request: Request, line: Any) -> bool:
    """Settle a line whose hold somebody closed without naming the repair order; False: nobody did.

    Args:
        connection: the transaction it belongs to.
        request: of whoever noticed.
        line: see `repair_reading.locked_line`.
    """
    if line.state not in _OPEN or line.hold_state in (None, ReservationState.ACTIVE.value):
        return False
    number, at = line.repair_order_id, line.line
    errand_done(connection, number, at)
    if line.hold_state == ReservationState.FULFILLED.value and line.fulfilled == line.quantity:
        settle(connection, line, line.hold_closed_at or request.at)
        ready_at = line.ready_at or line.hold_closed_at
        writing.change_line(connection, number, at, state="handed_over", ready_at=ready_at)
        return True
    writing.change_line(connection, number, at, state="dropped")
    if line.hold_state == ReservationState.EXPIRED.value and line.state == "held":
        move(connection, line.promise_id, None, _LET_GO, at=request.at, actor=request.actor)
    score_line(connection, number, at, request.at, outcome="withdrawn")
    return True


def _drop(connection: sa.Connection, request: Request, seen: Any) -> list[Done]:
    line = reading.locked_line(connection, seen.repair_order_id, seen.line)
    if line.state not in _OPEN or settled_elsewhere(connection, request, line):
        return []
    done: list[Done] = []
    if line.reservation_id is not None and line.state != "waiting":
        done = [reservation_commands.cancel(connection, request, Cancel(line.reservation_id))]
    writing.change_line(connection, line.repair_order_id, line.line, state="dropped")
    errand_done(connection, line.repair_order_id, line.line)
    score_line(connection, line.repair_order_id, line.line, request.at, outcome="withdrawn")
    return done


def _change(
    store: Store,
    request: Request,
    route: str,
    named: LineNamed,
    work: Callable[[sa.Connection, Any], list[Done]],
) -> Answer:
    asked = {"repair_order_id": named.repair_order_id, "line": named.line, "at": named.version}

    def all_of_it(connection: sa.Connection) -> Done:
        writing.change_order(connection, named.repair_order_id, named.version)
        line = writing.line_of(connection, named.repair_order_id, named.line)
        writing.write_audit(connection, request, work(connection, line))
        after = writing.line_of(connection, named.repair_order_id, named.line)
        body = {**asked, "state": after.state, "returned": after.returned}
        del body["at"]
        return Done(f"repair order {named.repair_order_id} line {named.line}", body)

    return once(store, request, route, asked, all_of_it)


def _set(connection: sa.Connection, named: LineNamed, **values: Any) -> None:
    writing.change_line(connection, named.repair_order_id, named.line, **values)


def _expect(line: Any, *states: str) -> None:
    if line.state not in states:
        said = f"Line {line.line} is {line.state.replace('_', ' ')}."
        raise Refused(Refusal.FINAL_STATE, said, state=line.state)
