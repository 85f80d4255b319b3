"""Tables in, tables out: requests and policies of a network to what is played, and back.

The rules between the locations are those of `planning.simulate.network`; days are cut as in
`planning.replay`, so that a location that a supplier replenishes and that replenishes nobody fares
here as there. An order that leaves in the night of day d and finds the parent's shelf full is there
on the morning of day d + 1 + L; what the parent does not have leaves on the morning on which the
parent gets it. Lead times are rounded up to whole days.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.errors import BrokenNetwork
from planning.replay.measures import summed_up
from planning.replay.network.kernels import COLUMNS, NOON, play_trees
from planning.replay.network.measures import measured, together
from planning.replay.run import (
    KEY,
    ReplayResult,
    column_or,
    coming_orders,
    net_stock,
    played_requests,
    policy_columns,
    ragged,
)
from planning.replay.timeline import Period, Timeline
from planning.simulate.network.forest import Forest, side_by_side

BLOCK = 65536  # items played together; a matter of memory only
Rows = tuple[Ints, Ints, Ints]  # ragged: where each item's rows start, their days and pieces


def replay_network(
    requests: pl.DataFrame,
    policies: pl.DataFrame,
    *,
    start: date,
    end: date,
    review_period_days: float = 1.0,
    stock: pl.DataFrame | None = None,
    open_orders: pl.DataFrame | None = None,
    seed: int = 0,
) -> ReplayResult:
    """Play the requests from `start` to `end`, both included, against the policies.

    Args:
        requests: part_id, location_id, date, quantity and, where rows of one request share it,
            document_id. Those without a policy are counted in the summary and not played.
        policies: part_id, location_id (together unique), parent_id (the location that replenishes
            this one with this part, itself among the policies; null: a supplier), reorder_point,
            order_quantity, lead_time_days (of the own lane or the supplier), unit_cost;
            review_period_days where an item has its own; repairable_share, local_repair_share and
            repair_time_days of what can be repaired.
        start: First day.
        end: Last day.
        review_period_days: For items without their own.
        stock: part_id, location_id, on_hand and, where known, reserved and backorders at the
            beginning. Without it every item starts full: at its highest position, with nothing on
            the way.
        open_orders: part_id, location_id, quantity, expected_on (null: a lead time from the
            start); what is overdue arrives at once. Only with `stock`.
        seed: For which pieces can be repaired; nothing else is drawn.

    Raises:
        BrokenNetwork: a parent without a policy for the part, or a circle of parents.
    """
    timeline = Timeline.between(start, end, Period.DAY)
    keys = policies.select(*KEY, pl.int_range(pl.len()).alias("item"))
    asked, homeless = played_requests(requests, keys, timeline)
    played = policy_columns(policies, timeline, review_period_days)
    coming = None
    if stock is not None and open_orders is not None:
        lead_times = policies.select(*KEY, "lead_time_days")
        coming = coming_orders(open_orders, keys, lead_times, timeline)
    names = _names(policies)
    story = Story(
        forest=Forest.of(_parents(policies, keys), names),
        locations=_locations(policies, played, names),
        net=played["highest"] if stock is None else net_stock(stock, keys),
        asked=ragged(asked, policies.height),
        coming=ragged(coming, policies.height),
    )
    counted = story.played(seed, timeline.days)
    measures = measured(counted, policies, timeline.days)
    summary = summed_up(measures, timeline) | together(measures)
    return ReplayResult(measures, summary | {"rows_without_policy": homeless})


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What is played, by item: levels and lanes, stock at the beginning, requests, open orders."""

    forest: Forest
    locations: dict[str, Floats | Ints]
    net: Ints
    asked: Rows
    coming: Rows

    def played(self, seed: int, days: int) -> Floats:
        """What was counted, items × COLUMNS."""
        counted = np.zeros((len(self.net), COLUMNS))
        for block in self.forest.blocks(BLOCK):
            start = self.forest.start[block.start : block.stop + 1]
            rows = self.forest.rows[start[0] : start[-1]]
            asked_start, asked = _of_rows(self.asked, rows, NOON)
            coming_start, coming = _of_rows(self.coming, rows, 0.0)
            found = np.zeros((len(rows), COLUMNS))
            play_trees(
                seed,
                float(days),
                start - start[0],
                self.forest.table(block, self.locations),
                asked,
                asked_start,
                self.net[rows],
                coming,
                coming_start,
                found,
            )
            counted[rows] = found
        return counted


def _of_rows(ragged: Rows, rows: Ints, hour: float) -> tuple[Ints, Floats]:
    """Where each item's rows start, and day and pieces of each row, for items in that order."""
    start, day, pieces = ragged
    lengths = np.diff(start)[rows]
    begin = np.concatenate(([0], np.cumsum(lengths)))
    source = np.repeat(start[rows] - begin[:-1], lengths) + np.arange(begin[-1])
    return begin, side_by_side(np.asarray(day[source] + hour, dtype=np.float64), pieces[source])


def _names(policies: pl.DataFrame) -> Ints:
    """A number for each item that does not depend on the order of rows."""
    order = policies.select(pl.arg_sort_by(*KEY)).to_series().to_numpy()
    names = np.empty(policies.height, dtype=np.int64)
    names[order] = np.arange(policies.height)
    return names


def _parents(policies: pl.DataFrame, keys: pl.DataFrame) -> Ints:
    """The row of the item that replenishes each item; −1: a supplier."""
    above = policies.select("part_id", location_id=pl.col("parent_id").cast(pl.String))
    rows = above.join(keys, on=list(KEY), how="left", maintain_order="left")
    lost = rows.filter(pl.col("location_id").is_not_null() & pl.col("item").is_null())
    if lost.height:
        part, location = lost.select(KEY).row(0)
        raise BrokenNetwork(f"{location!r} is to replenish part {part!r} and has no policy for it.")
    return rows["item"].cast(pl.Int64).fill_null(-1).to_numpy()


def _locations(
    policies: pl.DataFrame, played: dict[str, Ints], names: Ints
) -> dict[str, Floats | Ints]:
    """The columns of LOCATION that are given, by item."""
    return {
        "name": names,
        "reorder_point": played["reorder_point"],
        "order_quantity": played["order_quantity"],
        "lead_time": played["lead_time"],
        "review": played["review"],
        "repairable_share": column_or(policies, "repairable_share", 0.0),
        "local_repair_share": column_or(policies, "local_repair_share", 0.0),
        "repair_time": np.ceil(column_or(policies, "repair_time_days", 0.0) - 1e-9),
    }
