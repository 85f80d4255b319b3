"""What stands today: the levels in force, and orders under way that no delivery shows yet."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from planning.actions import Shelf
from planning.world import ITEM

LEVEL_KINDS = ("level", "last_piece")


def levels_in_force(
    delivered: pl.DataFrame, decisions: pl.DataFrame, delivered_at: datetime | None, as_of: date
) -> pl.DataFrame:
    """The levels that were delivered, and over them what people decided since.

    An approval stands until the ERP delivers levels after it was handed over; an override until
    it expires. Columns: part_id, location_id, reorder_point, order_quantity.
    """
    columns = [*ITEM, "reorder_point", "order_quantity"]
    standing = standing_levels(decisions, delivered_at, as_of)
    kept = delivered.select(columns).join(standing, on=ITEM, how="anti")
    return pl.concat([kept, standing.select(columns)]).sort(ITEM)


def standing_levels(
    decisions: pl.DataFrame, delivered_at: datetime | None, as_of: date
) -> pl.DataFrame:
    """The newest decision of each item that still stands, with the level it set."""
    approved = (pl.col("verdict") == "approved") & _not_shown(delivered_at)
    overridden = (pl.col("verdict") == "overridden") & (
        pl.col("expires_on").is_null() | (pl.col("expires_on") >= as_of)
    )
    own = pl.col("verdict") == "overridden"
    newest = (
        decisions.filter(pl.col("kind").is_in(LEVEL_KINDS), pl.col("verdict") != "rejected")
        .sort("decision_id")
        .unique(ITEM, keep="last", maintain_order=True)
    )
    return newest.filter(approved | overridden).with_columns(
        _chosen(own, "reorder_point"), _chosen(own, "order_quantity")
    )


def _chosen(own: pl.Expr, name: str) -> pl.Expr:
    proposed = pl.col(f"proposed_{name}")
    return pl.when(own).then(pl.coalesce(name, proposed)).otherwise(proposed).alias(name)


def _not_shown(delivered_at: datetime | None) -> pl.Expr:
    """Not handed over before the newest delivery, which therefore cannot show it."""
    if delivered_at is None:
        return pl.lit(True)
    return pl.col("released_at").is_null() | (pl.col("released_at") > delivered_at)


def rejected_lately(decisions: pl.DataFrame, as_of: date, *, calm_days: int) -> pl.DataFrame:
    """What to do that somebody rejected: part_id, location_id, action, quantity, source."""
    named = [*ITEM, "kind", "source"]
    asked = decisions.filter(pl.col("kind").is_in(["order", "move", "return"])).with_columns(
        source=pl.when(pl.col("kind") == "move").then("source")
    )
    newest = asked.sort("decision_id").unique(named, keep="last", maintain_order=True)
    lately = pl.col("at").dt.date() > as_of - timedelta(days=calm_days)
    return newest.filter(pl.col("verdict") == "rejected", lately).select(
        *ITEM, "quantity", "source", action="kind"
    )


def not_rejected(
    proposed: pl.DataFrame, decisions: pl.DataFrame, as_of: date, *, calm_days: int
) -> pl.DataFrame:
    """What to do now, without the very orders and returns that somebody rejected lately.

    Moves that were rejected are none of `proposed`: see `actions.propose`.
    """
    rejected = rejected_lately(decisions, as_of, calm_days=calm_days)
    same = [*ITEM, "action", "quantity"]
    kept = rejected.filter(pl.col("action") != "move").select(same)
    return proposed.join(kept, on=same, how="anti")


def with_orders_under_way(
    shelf: Shelf,
    decisions: pl.DataFrame,
    stock_delivered_at: datetime | None,
    parents: pl.DataFrame,
    *,
    arrived: pl.DataFrame,
    left: pl.DataFrame,
) -> Shelf:
    """The shelf as if approved orders and moves had been carried out: nothing is ordered twice.

    Args:
        shelf: as the ledger has it.
        decisions: every one there is.
        stock_delivered_at: when the stock in force came.
        parents: location_id, parent_id.
        arrived: what of orders lies on the shelf already; see `inputs.arrived`.
        left: what left its shelf already; see `data.store.night_inputs.ledger`.
    """
    pending = decisions.filter(
        pl.col("kind").is_in(["order", "move", "return"]),
        pl.col("verdict") == "approved",
        _not_shown(stock_delivered_at),
    )
    if pending.is_empty():
        return shelf
    above = pending.join(parents, on="location_id", how="left", maintain_order="left")
    sister = (pl.col("kind") == "move") & pl.col("source").ne_missing(pl.col("parent_id"))
    comes = pl.col("kind") != "return"
    arriving = _still_to_come(above.filter(comes & ~sister), arrived)
    leaving = _still_to_leave(
        above.filter(pl.col("kind") != "order").with_columns(sister=sister), left
    )
    place = pl.DataFrame({"part_id": shelf.part_id, "location_id": shelf.location_id})

    def at_items(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        total = rows.group_by(ITEM).agg(pl.col("quantity").sum())
        found = place.join(total, on=ITEM, how="left", maintain_order="left")["quantity"]
        return np.asarray(found.fill_null(0).to_numpy(), dtype=np.int64)

    moving = leaving.filter("sister").select("part_id", "quantity", location_id="to")
    come = at_items(arriving) + at_items(moving)
    go = at_items(leaving)
    return replace(shelf, on_hand=shelf.on_hand - go, position=shelf.position + come - go)


def _still_to_come(pending: pl.DataFrame, arrived: pl.DataFrame) -> pl.DataFrame:
    """Pieces by item that were ordered and have not come in since the first of them was decided."""
    ordered = pending.group_by(ITEM).agg(pl.col("quantity").sum(), first=pl.col("at").min())
    came = (
        arrived.join(ordered.select(*ITEM, "first"), on=ITEM)
        .filter(pl.col("at") > pl.col("first"))
        .group_by(ITEM)
        .agg(came=pl.col("pieces").sum())
    )
    left = (pl.col("quantity") - pl.col("came").fill_null(0)).clip(lower_bound=0)
    return ordered.join(came, on=ITEM, how="left").select(*ITEM, left.alias("quantity"))


def _still_to_leave(pending: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Pieces that were to leave their shelf and did not since the first of them was decided.

    A return is done when its pieces went back or were scrapped.

    Returns:
        part_id, location_id (that they leave), to, sister, quantity.
    """
    back = pl.col("kind") == "return"
    lane = ["part_id", "giver", "to", "kind", "sister"]
    asked = (
        pending.with_columns(
            giver=pl.when(back).then("location_id").otherwise("source"),
            to=pl.when(back).then("source").otherwise("location_id"),
        )
        .group_by(lane)
        .agg(pl.col("quantity").sum(), first=pl.col("at").min())
    )
    gone = left.select("part_id", "at", "pieces", giver="location_id", went_to="to")
    there = pl.col("went_to").eq_missing(pl.col("to")) | (back & pl.col("went_to").is_null())
    done = (
        asked.join(gone, on=["part_id", "giver"])
        .filter(there, pl.col("at") > pl.col("first"))
        .group_by(lane)
        .agg(done=pl.col("pieces").sum())
    )
    rest = (pl.col("quantity") - pl.col("done").fill_null(0)).clip(lower_bound=0)
    both = asked.join(done, on=lane, how="left", nulls_equal=True)
    return both.select("part_id", "to", "sister", location_id="giver", quantity=rest)
