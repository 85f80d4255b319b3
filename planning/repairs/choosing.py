"""Who a repair is for, and by which ways each line of it may go."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from data.store.job_reading import customer
from inventory.ledger import Refusal, Refused
from inventory.promise.ways import Option, Way
from planning.promises.inquiry import Inquiry, options_of
from planning.promises.outlook import Outlook
from planning.repairs.asking import LineAsked, OrderAsked


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a repair is for, as their contracts have it; blank where nobody said."""

    customer_id: str = ""
    name: str = ""
    customer_class: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line, the ways it may go (the best first), and where it stands in the request."""

    number: int
    asked: LineAsked
    criticality: str | None
    options: tuple[Option, ...]
    free_here: bool


def recognised(connection: sa.Connection, customer_id: str, at: datetime) -> Customer:
    """A customer by number, with today's tier; blank where none was named or known."""
    if not customer_id:
        return Customer()
    found = customer(connection, customer_id, at.date())
    if found is None:
        return Customer(customer_id)
    return Customer(
        customer_id, found["name"] or "", found["customer_class"] or "", found["tier"] or ""
    )


def choose_all(
    connection: sa.Connection,
    outlook: Outlook,
    asked: OrderAsked,
    whose: Customer,
    now: datetime,
) -> list[Chosen]:
    """Every line with its ways; not for a repetition, whose answer is known: they may be gone."""
    return [
        _choose(connection, outlook, asked, number, line, whose.tier, now)
        for number, line in enumerate(asked.lines, 1)
    ]


def _choose(
    connection: sa.Connection,
    outlook: Outlook,
    asked: OrderAsked,
    number: int,
    line: LineAsked,
    tier: str,
    now: datetime,
) -> Chosen:
    """The ways one line may go: those that were asked for, the best first."""
    inquiry = Inquiry(line.part_id, asked.location_id, line.quantity, asked.need_by, tier or None)
    options = options_of(connection, outlook, inquiry, now)
    here = any(one.way is Way.SHELF and not one.alternate for one in options)
    fitting = [one for one in options if _fits(one, line)]
    if not line.use_part_id:  # another part only where somebody chose it
        fitting = [one for one in fitting if not one.alternate]
    if not fitting:
        said = f"{line.part_id} cannot be had that way now."
        raise Refused(Refusal.INSUFFICIENT, said, field=f"lines[{number - 1}].way")
    part = outlook.part(connection, line.part_id)
    return Chosen(number, line, part.criticality if part else None, tuple(fitting), here)


def _fits(option: Option, line: LineAsked) -> bool:
    return (
        line.way in ("", option.way.value)
        and line.from_location_id in ("", option.from_location_id)
        and line.use_part_id in ("", option.part_id)
    )
