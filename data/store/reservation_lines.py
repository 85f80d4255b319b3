"""Lines of a reservation: what was granted, what of it is held, and what became of the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import sqlalchemy as sa

from data.store.ledger_tables import LINES
from inventory.ledger import Account, Posting, moved

_FIND_LINES: Final = (
    sa.select(LINES).where(LINES.c.reservation_id == sa.bindparam("number")).order_by(LINES.c.line)
)
_KEEP: Final = (
    sa.update(LINES)
    .where(LINES.c.reservation_id == sa.bindparam("number"), LINES.c.line == sa.bindparam("place"))
    .values(
        {name: sa.bindparam(f"new_{name}") for name in ("held", "at_risk", "fulfilled", "released")}
    )
)


@dataclass(frozen=True, slots=True)
class GrantedLine:
    """A line as it is; held + at_risk + fulfilled + released is what was granted."""

    line: int
    part_id: str
    location_id: str
    held: int
    at_risk: int
    fulfilled: int
    released: int

    @property
    def item(self) -> tuple[str, str]:
        """The part and location it is about."""
        return self.part_id, self.location_id

    def hand_over(self, pieces: int) -> "GrantedLine":
        """The line after `pieces` of it were handed over."""
        return replace(self, held=self.held - pieces, fulfilled=self.fulfilled + pieces)

    def release(self) -> "GrantedLine":
        """The line after what was left of it was given back."""
        return replace(self, held=0, at_risk=0, released=self.released + self.held + self.at_risk)

    def shown(self) -> dict[str, int]:
        """The line as an answer shows it."""
        return {
            "line": self.line,
            "held": self.held,
            "at_risk": self.at_risk,
            "fulfilled": self.fulfilled,
            "released": self.released,
        }


def granted_lines(connection: sa.Connection, reservation_id: int) -> list[GrantedLine]:
    """The lines as they are; none when there is no such reservation."""
    rows = connection.execute(_FIND_LINES, {"number": reservation_id})
    return [
        GrantedLine(
            row.line,
            row.part_id,
            row.location_id,
            row.held,
            row.at_risk,
            row.fulfilled,
            row.released,
        )
        for row in rows
    ]


def keep_lines(
    connection: sa.Connection, reservation_id: int, lines: Sequence[GrantedLine]
) -> None:
    """Write down what became of them."""
    connection.execute(_KEEP, [_kept(reservation_id, line) for line in lines])


def sides_between(
    before: Sequence[GrantedLine], after: Sequence[GrantedLine]
) -> tuple[Posting, ...]:
    """What was moved from one state of the lines to the next."""
    sides: list[Posting] = []
    for old, new in zip(before, after, strict=True):
        handed = new.fulfilled - old.fulfilled
        freed = old.held - new.held - handed
        if handed:
            sides += moved(handed, *old.item, Account.RESERVED, Account.CONSUMED)
        if freed:
            sides += moved(freed, *old.item, Account.RESERVED, Account.AVAILABLE)
    return tuple(sides)


def _kept(reservation_id: int, line: GrantedLine) -> dict[str, int]:
    return {
        "number": reservation_id,
        "place": line.line,
        "new_held": line.held,
        "new_at_risk": line.at_risk,
        "new_fulfilled": line.fulfilled,
        "new_released": line.released,
    }
