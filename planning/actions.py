"""What to do now: order, move or return, from the position and the level of every item.

An item at or below its reorder point needs the smallest multiple of Q that lifts it above. The
same part lying idle elsewhere comes first (a move), then the source (an order). What lies beyond
the level and the demand of a long while is offered back (a return). Taking the last piece of a
part off a shelf is a proposal of its own kind, because a person should look at each.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.position import pieces_to_order

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
COLUMNS = ("part_id", "location_id", "action", "quantity", "source", "reason", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What each planned item has, needs and costs; one row each."""

    part: Ints
    part_id: pl.Series
    location_id: pl.Series
    source: pl.Series  # where its replenishment comes from, and excess goes back to; null: unknown
    unit_cost: Floats
    demand_per_day: Floats  # customers'
    replenished_per_day: Floats  # children's
    on_hand: Ints  # free to go: less what is reserved
    position: Ints  # on hand − reserved + on order − backorders
    reorder_point: Ints
    order_quantity: Ints
    previous_reorder_point: pl.Series  # null: none known
    counted: Flags  # False: no stock row, so nothing is known

    @property
    def asked_per_day(self) -> Floats:
        """Pieces that customers and children ask for."""
        return self.demand_per_day + self.replenished_per_day


def propose(
    shelf: Shelf,
    *,
    excess_after_days: float,
    excess_value: float,
    rejected: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The proposals, ordered by part, location and action; value is pieces × unit cost.

    `source` is where pieces come from; of a return, where they go back to.

    Args:
        shelf: the items.
        excess_after_days: demand of so many days is kept beyond the level.
        excess_value: what is worth less is not sent back.
        rejected: moves nobody wants (part_id, location_id, source, quantity); pieces come from
            elsewhere then.
    """
    need = pieces_to_order(shelf.position, shelf.reorder_point, shelf.order_quantity)
    need = np.where(shelf.counted, need, 0)
    idle = np.where(shelf.counted, _idle(shelf, excess_after_days), 0)
    moves = _moves(shelf, idle, need, rejected)
    moved_in = np.bincount(moves["to"], moves["pieces"], len(need)).astype(np.int64)
    moved_out = np.bincount(moves["from"], moves["pieces"], len(need)).astype(np.int64)
    rest = -(-np.maximum(need - moved_in, 0) // shelf.order_quantity) * shelf.order_quantity
    excess = idle - moved_out
    excess[excess * shelf.unit_cost < max(excess_value, np.finfo(float).tiny)] = 0
    tables = [
        _move_rows(shelf, moves),
        _rows(shelf, rest, "order", shelf.source, _order_reason()),
        _rows(shelf, excess, "return", shelf.source, _return_reason(excess_after_days)),
        _delisted(shelf),
    ]
    return pl.concat(tables).select(COLUMNS).sort("part_id", "location_id", "action", "source")


def _idle(shelf: Shelf, days: float) -> Ints:
    """Pieces on the shelf beyond the highest position and the demand of `days`."""
    ceiling = np.maximum(shelf.reorder_point + shelf.order_quantity, 0)
    keep = ceiling + np.ceil(shelf.asked_per_day * days).astype(np.int64)
    return np.asarray(np.maximum(0, np.minimum(shelf.on_hand, shelf.position - keep)))


def _moves(shelf: Shelf, idle: Ints, need: Ints, rejected: pl.DataFrame | None) -> dict[str, Ints]:
    """As `match`; whoever is to give what was rejected gives nothing that is not matched yet."""
    if rejected is None or rejected.is_empty():
        return match(shelf.part, idle, need)
    idle, need = idle.copy(), need.copy()
    found: list[pl.DataFrame] = []
    while True:
        moves = match(shelf.part, idle, need)
        no = _are(rejected, shelf, moves)
        kept = {name: of[~no] for name, of in moves.items()}
        found.append(pl.DataFrame(kept))
        if not no.any():
            break
        np.subtract.at(idle, kept["from"], kept["pieces"])
        np.subtract.at(need, kept["to"], kept["pieces"])
        idle[moves["from"][no]] = 0
    total = pl.concat(found).group_by("from", "to").agg(pl.col("pieces").sum()).sort("from", "to")
    return {name: total[name].to_numpy() for name in ("from", "to", "pieces")}


def _are(some: pl.DataFrame, shelf: Shelf, moves: dict[str, Ints]) -> Flags:
    """By move, whether it is one of `some`."""
    told = pl.DataFrame(
        {
            "part_id": shelf.part_id.gather(moves["to"]),
            "location_id": shelf.location_id.gather(moves["to"]),
            "source": shelf.location_id.gather(moves["from"]),
            "quantity": moves["pieces"],
        }
    )
    among = some.select(told.columns).unique().with_columns(known=True)
    found = told.join(among, on=told.columns, how="left", maintain_order="left")["known"]
    return np.asarray(found.fill_null(False).to_numpy())


def match(part: Ints, idle: Ints, need: Ints) -> dict[str, Ints]:
    """Pieces from idle rows to needing rows of the same part, first to first.

    Laid end to end, the idle pieces of a part and the needed ones are two rulers; a piece moves
    where their intervals overlap.

    Returns:
        `from`, `to` (row numbers) and `pieces`, one row per move.
    """
    both = np.intersect1d(part[idle > 0], part[need > 0])
    room = int(max(idle.sum(), need.sum())) + 1
    give, give_from, give_to = _ruler(part, idle, both, room)
    take, take_from, take_to = _ruler(part, need, both, room)
    if not len(both):
        return {"from": give, "to": take, "pieces": give_to}
    marks = np.unique(np.concatenate([give_from, give_to, take_from, take_to]))
    left, right = marks[:-1], marks[1:]
    giver = np.minimum(np.searchsorted(give_to, left, side="right"), len(give) - 1)
    taker = np.minimum(np.searchsorted(take_to, left, side="right"), len(take) - 1)
    meet = (give_from[giver] <= left) & (right <= give_to[giver])
    meet &= (take_from[taker] <= left) & (right <= take_to[taker])
    return {"from": give[giver][meet], "to": take[taker][meet], "pieces": (right - left)[meet]}


def _ruler(part: Ints, pieces: Ints, parts: Ints, room: int) -> tuple[Ints, Ints, Ints]:
    """Rows of `parts` with pieces, and where each begins and ends; a part's ruler has `room`."""
    rows = np.flatnonzero((pieces > 0) & np.isin(part, parts))
    rows = rows[np.argsort(part[rows], kind="stable")]
    rank = np.searchsorted(parts, part[rows])
    end = np.cumsum(pieces[rows])
    total = np.bincount(rank, pieces[rows], len(parts)).astype(np.int64)
    before = np.concatenate(([0], np.cumsum(total)))[rank]  # pieces of earlier parts
    end = end - before + rank * room
    return rows, end - pieces[rows], end


def _move_rows(shelf: Shelf, moves: dict[str, Ints]) -> pl.DataFrame:
    giver, taker, pieces = moves["from"], moves["to"], moves["pieces"]
    frame = pl.DataFrame(
        {
            "part_id": shelf.part_id.gather(taker),
            "location_id": shelf.location_id.gather(taker),
            "quantity": pieces,
            "source": shelf.location_id.gather(giver),
            "position": shelf.position[taker],
            "level": shelf.reorder_point[taker],
            "value": pieces * shelf.unit_cost[taker],
        }
    )
    reason = pl.format(
        "position {} is at or below {}; {} has pieces nobody will ask for in time",
        "position",
        "level",
        "source",
    )
    return frame.with_columns(action=pl.lit("move"), reason=reason).select(COLUMNS)


def _rows(
    shelf: Shelf, pieces: Ints, action: str, source: pl.Series, reason: pl.Expr
) -> pl.DataFrame:
    rows = np.flatnonzero(pieces)
    frame = pl.DataFrame(
        {
            "part_id": shelf.part_id.gather(rows),
            "location_id": shelf.location_id.gather(rows),
            "quantity": pieces[rows],
            "source": source.gather(rows),
            "position": shelf.position[rows],
            "level": shelf.reorder_point[rows],
            "ceiling": (shelf.reorder_point + shelf.order_quantity)[rows],
            "demand": shelf.asked_per_day[rows],
            "value": pieces[rows] * shelf.unit_cost[rows],
        }
    )
    return frame.with_columns(action=pl.lit(action), reason=reason).select(COLUMNS)


def _order_reason() -> pl.Expr:
    return pl.format("position {} is at or below the reorder point {}", "position", "level")


def _return_reason(days: float) -> pl.Expr:
    return pl.format(
        f"position {{}} is beyond the level {{}} and {days:.0f} days of demand ({{}} pieces): "
        "back to {}",
        "position",
        "ceiling",
        (pl.col("demand") * days).round(1),
        pl.col("source").fill_null("its supplier"),
    )


def _delisted(shelf: Shelf) -> pl.DataFrame:
    """Items that were stocked and are not any more: for a person to decide, each apart."""
    before = shelf.previous_reorder_point.fill_null(-1).to_numpy()
    gone = (before >= 0) & (shelf.reorder_point < 0)
    pieces = np.where(gone, np.maximum(shelf.on_hand, 0), 0)
    rows = np.flatnonzero(gone)
    frame = pl.DataFrame(
        {
            "part_id": shelf.part_id.gather(rows),
            "location_id": shelf.location_id.gather(rows),
            "quantity": pieces[rows],
            "source": shelf.source.gather(rows),
            "before": before[rows],
            "level": shelf.reorder_point[rows],
            "demand": shelf.asked_per_day[rows] * 365,
            "value": pieces[rows] * shelf.unit_cost[rows],
        }
    )
    reason = pl.format(
        "reorder point {} -> {}: with {} pieces asked for a year nothing pays for keeping one",
        "before",
        "level",
        pl.col("demand").round(2),
    )
    return frame.with_columns(action=pl.lit("take_off_shelf"), reason=reason).select(COLUMNS)
