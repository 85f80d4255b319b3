"""What a report looks at: one company on one day, a plan, what is on the shelves."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.measures import Measures
from optimizer.evaluate import Delivered, evaluated
from planning import succession, unplanned_stock
from planning.engines import Each
from planning.evaluate import levels_of
from planning.finance.money import cents
from planning.pose import Question
from planning.prepare import Prepared
from planning.world import ITEM

NO_SUPPLIER = "no supplier named"


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Reorder points with what they hold, one row per item of the question."""

    reorder_point: Ints
    order_quantity: Ints
    known: np.ndarray[tuple[int], np.dtype[np.bool_]]
    measures: Measures
    delivered: Delivered

    def value(self, unit_cost: Floats) -> Floats:
        """Expected stock value by item."""
        return np.asarray(unit_cost * self.measures.expected_on_hand)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """The same company earlier: what was asked then."""

    question: Question
    place: pl.DataFrame  # part_id, location_id of its items
    as_of: date
    rest_cents: int = 0  # what lay where nothing was planned


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Everything that findings are drawn from; columns have one row per planned item.

    What lies where nothing is planned stands apart, in `rest`: it belongs to what is on the
    shelves and to nothing that a plan or its levels say.
    """

    ready: Prepared
    question: Question
    plan: Levels
    today: Levels | None  # None: nobody said what holds today
    on_hand: Ints
    position: Ints
    words: pl.DataFrame  # part_id, location_id, tier, criticality, supplier
    rest: pl.DataFrame  # stock where nothing is planned: see `rest_of`
    run_id: str
    before: Before | None = None
    attainment: pl.DataFrame | None = None  # of a night: what customers got
    overrides: pl.DataFrame | None = None  # of a night

    @property
    def as_of(self) -> date:
        """The day of the report."""
        day = self.ready.intake.as_of
        if day is None:
            raise ValueError("A report needs a day; the tables speak of none.")
        return day

    @property
    def currency(self) -> str:
        """Of all money here."""
        return self.ready.world.currency

    @property
    def unit_cost(self) -> Floats:
        """Money per piece, at the latest rates."""
        return self.question.items.unit_cost

    @property
    def shelf_cents(self) -> Ints:
        """What lies on the shelf, by item, in whole cents."""
        return self._all_cents[: len(self.on_hand)]

    @property
    def rest_cents(self) -> Ints:
        """What lies where nothing is planned, by row of `rest`, in whole cents."""
        return self._all_cents[len(self.on_hand) :]

    @property
    def total_cents(self) -> int:
        """All that lies on the shelves."""
        return int(self._all_cents.sum())

    @property
    def _all_cents(self) -> Ints:
        """Rounded in one go, so that both together are the shelves to the cent."""
        rest = (self.rest["on_hand"] * self.rest["unit_cost"]).to_numpy()
        return cents(np.concatenate([self.unit_cost * self.on_hand, rest]))


def levels(ready: Prepared, question: Question, plan: Path | None, each: Each) -> Levels:
    """The levels of a plan, or today's, measured by the laws."""
    found = levels_of(ready, question, plan)
    point, quantity = (found[name].to_numpy() for name in ("reorder_point", "order_quantity"))
    now = evaluated(question.items, point, quantity, each=each)
    return Levels(point, quantity, found["known"].to_numpy(), now.measures, now)


def rest_of(ready: Prepared, question: Question) -> pl.DataFrame:
    """Stock where nothing is planned, with the names that money is split by."""
    parts = ready.intake.tables["parts"].select("part_id", "criticality", supplier="supplier_id")
    sites = ready.world.locations.select("location_id", "tier")
    found = unplanned_stock.lying(ready, question.rows)
    for table, key in ((parts, "part_id"), (sites, "location_id")):
        found = found.join(table, on=key, how="left", maintain_order="left")
    return found.with_columns(
        pl.col("tier").fill_null("none"),
        pl.col("criticality").fill_null("C"),
        pl.col("supplier").fill_null(NO_SUPPLIER),
    )


def words_of(ready: Prepared, question: Question) -> pl.DataFrame:
    """By item, its names in every dimension that money is split by."""
    world = ready.world
    return world.items[question.rows].select(
        *ITEM,
        tier=world.of_locations("tier").gather(question.rows).fill_null("none"),
        criticality=world.of_parts("criticality").gather(question.rows),
        supplier=world.of_parts("supplier_id").gather(question.rows).fill_null(NO_SUPPLIER),
    )


def counts(ready: Prepared, question: Question) -> pl.DataFrame:
    """By item, its latest count: on_hand and position; 0 where none is known.

    What is left of a part that it replaces counts in its position, as the plan orders.
    """
    orders = ready.intake.tables["open_orders"].group_by(ITEM).agg(open=pl.col("quantity").sum())
    latest = (
        ready.intake.tables["stock"]
        .sort(*ITEM, "as_of", nulls_last=False)
        .unique(ITEM, keep="last")
        .join(orders, on=ITEM, how="full", coalesce=True)
        .with_columns(on_order=pl.coalesce("on_order", "open"))
    )
    names = ("on_hand", "on_order", "reserved", "backorders")
    have = latest.select(*ITEM, *(pl.col(name).fill_null(0).cast(pl.Int64) for name in names))
    place = ready.world.items[question.rows].select(ITEM)
    old = succession.left_over(have, ready.world.heirs, place)
    found = place.join(have, on=ITEM, how="left", maintain_order="left").fill_null(0)
    free = pl.col("on_hand") - pl.col("reserved")
    return found.select(
        *ITEM,
        pl.col("on_hand").clip(0),
        position=free + pl.col("on_order") - pl.col("backorders") + pl.Series(old.position),
    )
