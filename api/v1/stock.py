"""Shelves, and what moves on them without a reservation: receipts, issues, counts, transfers."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import Field, RootModel

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.fields import (
    MOST_PIECES,
    Body,
    LocationId,
    Note,
    PartId,
    Pieces,
    PiecesOrNone,
    Shown,
    Word,
)
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from data.store import stock_reading as reading
from data.store.ledger import perform
from inventory import ledger_commands as commands
from inventory.people import Role

router = APIRouter(prefix="/v1", tags=["stock"], route_class=GuardedRoute)
_T, _P, _F, _A, _S, _U = Role
_START: Final = 2**62
PartFilter = Annotated[str | None, Query(max_length=100)]
LocationFilter = Annotated[str | None, Query(max_length=100)]


class Shelf(Shown):
    """Pieces of one part at one location."""

    part_id: str
    location_id: str
    on_hand: int
    reserved: int
    available: int = Field(description="pieces that may still be promised")


class Shelves(Shown):
    """A page of shelves."""

    stock: list[Shelf]
    next: str | None = None


class Side(Shown):
    """One side of a movement."""

    account: str
    part_id: str
    location_id: str
    pieces: int


class MovementShown(Shown):
    """A movement with its sides, which cancel out."""

    movement_id: int
    kind: str
    at: datetime
    actor: str
    document_id: str | None
    reason: str | None
    customer_class: str | None
    reservation_id: int | None
    sides: list[Side]


class Movements(Shown):
    """A page of movements, the newest first."""

    movements: list[MovementShown]
    next: str | None = None


class _Moved(Body):
    part_id: PartId
    location_id: LocationId
    document_id: Word = ""
    reason: Note = ""

    @property
    def place(self) -> tuple[str, str]:
        """Part and location."""
        return self.part_id, self.location_id

    @property
    def said(self) -> dict[str, str]:
        """What stands beside the movement."""
        return {"document_id": self.document_id, "reason": self.reason}


class ReceiptAsked(_Moved):
    """Pieces that arrived from a supplier."""

    kind: Literal["receipt"]
    quantity: Pieces

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Receive(*self.place, self.quantity, **self.said)


class IssueAsked(_Moved):
    """Free pieces handed over."""

    kind: Literal["issue"]
    quantity: Pieces
    customer_class: Word = ""

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Issue(
            *self.place, self.quantity, customer_class=self.customer_class, **self.said
        )


class ReturnAsked(_Moved):
    """Unused pieces that come back."""

    kind: Literal["return"]
    quantity: Pieces

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Return(*self.place, self.quantity, **self.said)


class ScrapAsked(_Moved):
    """Pieces thrown away."""

    kind: Literal["scrap"]
    quantity: Pieces

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Scrap(*self.place, self.quantity, **self.said)


class TransferAsked(_Moved):
    """Free pieces that go to another location."""

    kind: Literal["transfer"]
    to_location_id: LocationId
    quantity: Pieces

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Transfer(*self.place, self.to_location_id, self.quantity, **self.said)


class CountAsked(_Moved):
    """What was counted; on hand becomes that."""

    kind: Literal["count"]
    counted: PiecesOrNone

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Count(*self.place, self.counted, **self.said)


class CorrectionAsked(_Moved):
    """Pieces more (+) or fewer (−), with the reason."""

    kind: Literal["correction"]
    quantity: Annotated[int, Field(ge=-MOST_PIECES, le=MOST_PIECES)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]

    def command(self) -> commands.Command:
        """What is asked of the ledger."""
        return commands.Correct(*self.place, self.quantity, self.reason, self.document_id)


_Asked = Annotated[
    ReceiptAsked
    | IssueAsked
    | ReturnAsked
    | ScrapAsked
    | TransferAsked
    | CountAsked
    | CorrectionAsked,
    Field(discriminator="kind"),
]


class MovementAsked(RootModel[_Asked]):
    """What is to be booked."""


class MovementMade(Shown):
    """What was booked; no number where nothing had to move."""

    movement_id: int | None = None
    pieces: int | None = None
    on_hand: int | None = None
    difference: int | None = None
    covered: list[dict[str, Any]] | None = Field(None, description="promises at risk made good")
    at_risk: list[dict[str, Any]] | None = Field(None, description="promises that lost a piece")


@router.get("/stock")
@allow(_T, _P, _F, _A, _S)
async def list_stock(
    ask: Ask,
    part_id: PartFilter = None,
    location_id: LocationFilter = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Shelves:
    """Shelves that were ever seen; a technician's: those of and around their sites."""
    after = place_of(ask.desk, cursor, "", "")

    def work(connection: sa.Connection) -> reading.Rows:
        return reading.shelves(
            connection,
            after,
            limit + 1,
            part_id=part_id,
            location_id=location_id,
            places=_places(ask, connection),
        )

    rows = await ask.read(work)
    shown = [Shelf(**row) for row in rows[:limit]]
    last = (shown[-1].part_id, shown[-1].location_id) if len(rows) > limit else ()
    return Shelves(stock=shown, next=cursor_of(ask.desk, *last) if last else None)


@router.get("/movements")
@allow(_T, _P, _A, _U)
async def list_movements(
    ask: Ask,
    part_id: PartFilter = None,
    location_id: LocationFilter = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Movements:
    """What moved, the newest first; a technician's: at their own sites."""
    (before,) = place_of(ask.desk, cursor, _START)
    places = None if ask.person.is_everywhere else ask.person.sites

    def work(connection: sa.Connection) -> reading.Rows:
        return reading.movements(
            connection, before, limit + 1, part_id=part_id, location_id=location_id, places=places
        )

    rows = await ask.read(work)
    shown = [MovementShown.model_validate(row) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].movement_id) if len(rows) > limit else None
    return Movements(movements=shown, next=more)


@router.post("/movements", status_code=201, response_model_exclude_unset=True)
@allow(_T, _P, _S)
async def book(ask: Ask, asked: MovementAsked) -> MovementMade:
    """Book a movement, once; a technician hands over and gives back at their own sites."""
    movement = asked.root
    if ask.person.role is Role.TECHNICIAN:
        _at_own_site(ask, movement)
    command = movement.command()
    store = ask.desk.store
    return MovementMade(**await ask.perform(lambda signed: perform(store, signed, command)))


def _at_own_site(ask: Asking, movement: _Moved) -> None:
    if not isinstance(movement, IssueAsked | ReturnAsked):
        raise Problem(403, "role.forbidden", "Technicians book issues and returns.", field="kind")
    if not ask.person.is_everywhere and movement.location_id not in ask.person.sites:
        said = f"{movement.location_id} is not your site."
        raise Problem(403, "site.forbidden", said, field="location_id")


def _places(ask: Asking, connection: sa.Connection) -> frozenset[str] | None:
    if ask.person.is_everywhere:
        return None
    return ask.desk.network(connection).reach_of(ask.person.sites)
