"""Parts that replace others: whose requests are whose, and whose stock serves whom.

A part with a successor asks for nothing any more: its requests count for its heir, the part at the
end of the chain, and what is left of it on a shelf is used up there before the heir is ordered.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.cleaning import successors
from inventory.demand import Ints

ITEM = ["part_id", "location_id"]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class LeftOver:
    """What is left of replaced parts, seen from the items that are planned; one row each."""

    position: Ints  # pieces of the parts it replaced, on the shelf and on order, less backorders
    inherits: Flags  # True: there are counts of a part it replaced
    handed_on: Flags  # True: it is replaced itself, and its heir's position counts its pieces


def heirs(parts: pl.DataFrame) -> pl.DataFrame:
    """Each superseded part with the part at the end of its chain, where that one is active.

    Args:
        parts: the table that came in: part_id, superseded_by, active.

    Returns:
        part_id, heir; a row for each part that has an heir.
    """
    none = pl.DataFrame(schema={"part_id": pl.String, "heir": pl.String})
    if parts["superseded_by"].null_count() == len(parts):
        return none
    ids, named = parts["part_id"], parts["superseded_by"]
    place = pl.DataFrame({"part_id": ids, "place": np.arange(len(ids))})
    found = parts.select(part_id=named).join(place, on="part_id", how="left", maintain_order="left")
    last = successors(found["place"].fill_null(-1).to_numpy())
    active = parts["active"].fill_null(True).to_numpy()
    rows = np.flatnonzero((last != np.arange(len(ids))) & active[last])
    return pl.DataFrame({"part_id": ids.gather(rows), "heir": ids.gather(last[rows])})


def inherited(rows: pl.DataFrame, heirs: pl.DataFrame) -> pl.DataFrame:
    """`rows` with the heir as `part_id` where there is one; ids or their codes."""
    if heirs.is_empty():
        return rows
    kind = rows.schema["part_id"]
    known = heirs.cast(kind)
    if isinstance(kind, pl.Enum):  # each id is looked up once, not in every row
        heir = np.arange(len(kind.categories), dtype=np.uint32)
        heir[known["part_id"].to_physical().to_numpy()] = known["heir"].to_physical().to_numpy()
        part = pl.Series("part_id", heir).gather(rows["part_id"].to_physical())
        return rows.with_columns(part.cat.to(kind))
    return rows.join(known, on="part_id", how="left", maintain_order="left").select(
        pl.coalesce("heir", "part_id").alias("part_id"), pl.exclude("part_id", "heir")
    )


def left_over(counts: pl.DataFrame, heirs: pl.DataFrame, items: pl.DataFrame) -> LeftOver:
    """What is left of replaced parts counts against the need of their heirs, place by place.

    Args:
        counts: the latest count of each part and location: on_hand, reserved, on_order, backorders.
        heirs: see `heirs`.
        items: part_id and location_id of the items that are planned.
    """
    none = np.zeros(len(items), dtype=np.bool_)
    if heirs.is_empty():
        return LeftOver(none.astype(np.int64), none, none)
    free = pl.col("on_hand") - pl.col("reserved").fill_null(0)
    position = free + pl.col("on_order").fill_null(0) - pl.col("backorders").fill_null(0)
    old = counts.join(heirs, on="part_id").select(
        "location_id", pl.col("heir").alias("part_id"), old=position.cast(pl.Int64)
    )
    pooled = old.group_by(ITEM).agg(pl.col("old").sum())
    found = items.select(ITEM).join(pooled, on=ITEM, how="left", maintain_order="left")["old"]
    planned = items.select(pl.col("part_id").alias("heir"), "location_id", planned=True)
    replaced = items.select(ITEM).join(heirs, on="part_id", how="left", maintain_order="left")
    handed_on = replaced.join(
        planned, on=["heir", "location_id"], how="left", maintain_order="left"
    )["planned"]
    return LeftOver(
        found.fill_null(0).to_numpy(),
        found.is_not_null().to_numpy(),
        handed_on.fill_null(False).to_numpy(),
    )
