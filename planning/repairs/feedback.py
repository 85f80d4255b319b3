"""What a technician met: not there although shown, the wrong part, late.

It is a planner's exception at once, a request that was not served for attainment, and, where a
promise hangs on it, a promise that moves and says so.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final

import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store import repair_writing as writing
from data.store.engine import Store
from data.store.exception_writing import raise_exception
from data.store.once import once
from data.store.promise_writing import move, note_feedback, score_line
from data.store.stock_commands import Done
from inventory.errors import OutOfRange, UnknownWord
from inventory.ledger import Answer, Refusal, Refused, Request
from inventory.ledger_commands import MOST_PIECES_AT_ONCE, Line
from planning.promises.inquiry import Inquiry, NotKnown, options_of, told
from planning.promises.outlook import Outlook
from planning.repairs.errands import ask_planner
from planning.repairs.handling import settled_elsewhere

KINDS: Final = {
    "not_there": "was not there although shown",
    "wrong_part": "was the wrong part",
    "late": "arrived late",
}


@dataclass(frozen=True, slots=True)
class Feedback:
    """What happened, with which part, where; in a repair order's line if it was one."""

    kind: str
    part_id: str
    location_id: str
    pieces: int = 1
    repair_order_id: str = ""
    line: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownWord("kind", self.kind, KINDS)
        if not 1 <= self.pieces <= MOST_PIECES_AT_ONCE:
            raise OutOfRange("pieces", self.pieces, "1 or more")


def give(store: Store, outlook: Outlook, request: Request, said: Feedback) -> Answer:
    """Write feedback down, once however often `request` is repeated.

    Raises:
        NotKnown: for a part or place nobody knows.
    """
    with store.read() as connection:
        outlook.refresh(connection, request.at)
        part = outlook.part(connection, said.part_id)
        if part is None:
            raise NotKnown("part_id", said.part_id)
        if said.location_id not in outlook.places:
            raise NotKnown("location_id", said.location_id)

    def work(connection: sa.Connection) -> Done:
        line = _line(connection, said)
        if line is not None and said.part_id not in (line.part_id, line.asked_part_id):
            other = f"Line {said.line} of {said.repair_order_id} is of {line.part_id}."
            raise Refused(Refusal.UNKNOWN, other, field="part_id", value=said.part_id)
        number = note_feedback(
            connection,
            {
                "at": request.at,
                "actor": request.actor,
                "kind": said.kind,
                "part_id": said.part_id,
                "location_id": said.location_id,
                "pieces": said.pieces,
                "repair_order_id": said.repair_order_id or None,
                "line": said.line or None,
                "note": said.note or None,
            },
        )
        raise_exception(
            connection,
            at=request.at,
            kind=f"feedback_{said.kind}",
            part_id=said.part_id,
            location_id=said.location_id,
            subject=_subject(request, said),
            occurrences=said.pieces,
            value=said.pieces * part.unit_cost,
        )
        _count(connection, request, said)
        moved = None
        gone = said.kind == "not_there" and line is not None and line.state in ("held", "ready")
        if gone and not settled_elsewhere(connection, request, line):
            moved = _replan(connection, outlook, request, line, said.pieces)
        body = {"feedback_id": number, "kind": said.kind, "moved": moved}
        return Done(f"feedback {number}", body)

    return once(store, request, "feedback", asdict(said), work)


def _line(connection: sa.Connection, said: Feedback) -> Any:
    if not said.repair_order_id:
        return None
    if said.line:
        writing.line_of(connection, said.repair_order_id, said.line)
        return reading.locked_line(connection, said.repair_order_id, said.line)
    return None


def _subject(request: Request, said: Feedback) -> str:
    order = f" for {said.repair_order_id}" if said.repair_order_id else ""
    note = f": {said.note}" if said.note else ""
    return f"{said.pieces} × {KINDS[said.kind]}{order}, says {request.actor}{note}"


def _count(connection: sa.Connection, request: Request, said: Feedback) -> None:
    """The need was not served at once; a need that was refused before is the same one."""
    order = said.repair_order_id
    if not order or writing.was_refused(connection, order, said.part_id):
        return
    row = (said.part_id, said.location_id, said.pieces, 0)
    writing.refused_demand(connection, request, order, [row], "")


def _replan(
    connection: sa.Connection, outlook: Outlook, request: Request, line: Any, missing: int
) -> dict[str, Any]:
    """The books are put right, the line goes another way, and the customer is told so."""
    why = "the piece was not where the books had it"
    lost = writing.lose_held(connection, request, line.reservation_id, missing, why)
    done = [lost]
    score_line(connection, line.repair_order_id, line.line, request.at, outcome="failed")
    head = writing.order_head(connection, line.repair_order_id)
    inquiry = Inquiry(
        line.part_id, line.location_id, line.quantity, head.need_by, head.tier, line.criticality,
        alternates=False,
    )  # fmt: skip
    options = options_of(
        connection, outlook, inquiry, request.at, since=line.since, number=line.line
    )
    for option in options:
        held = None
        if option.way.holds_pieces:
            wanted = Line(option.part_id, option.from_location_id, line.quantity)
            held = writing.hold(
                connection, request, line.repair_order_id, wanted,
                customer_class=head.customer_class or "", expires_at=None,
            )  # fmt: skip
            if held is None:
                continue
            done.append(held)
        way = told(outlook, line.location_id, head.need_by, option, request.at)
        here = option.from_location_id == line.location_id
        state = "waiting" if held is None else "ready" if here else "held"
        writing.change_line(
            connection, line.repair_order_id, line.line, state=state, way=option.way.value,
            from_location_id=option.from_location_id,
            reservation_id=held.body["reservation_id"] if held else None,
            ready_at=request.at if state == "ready" else None, sent_at=None,
        )  # fmt: skip
        ask_planner(connection, outlook, line, option, request.at, held=held is not None)
        promise_id = writing.promise_of(connection, line.repair_order_id, line.line)
        move(
            connection, promise_id, way.promised_for, why,
            at=request.at, actor=request.actor, likely=way.likely_by,
        )  # fmt: skip
        writing.write_audit(connection, request, done)
        return {"way": option.way.value, "expected_by": way.promised_for, "sentence": way.sentence}
    raise Refused(Refusal.INSUFFICIENT, "No way is left.", field="line")
