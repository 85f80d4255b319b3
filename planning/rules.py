"""Rules of the house: between which reorder points an item may be planned, and who says so.

Of the rows of `item_rules` in force that fit an item the most specific counts: one for the part at
the location, for the part, for the location, for everything. Levels are reorder points.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.intake.accepted import Tables
from inventory.demand import Ints
from planning.world import ITEM

FAR = np.iinfo(np.int64).max // 4  # no rule
NEVER, ALWAYS = -1, 0  # the reorder points of "not stocked" and of "one piece at least"
_SAID = ("minimum_level", "maximum_level", "stocking", "maximum_change", "reason")
_KEYS: tuple[list[str], ...] = (ITEM, ["part_id"], ["location_id"], [])  # most specific first


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """What rules allow, one row per item."""

    lowest: Ints  # reorder point; −FAR: no rule
    highest: Ints  # FAR: no rule
    reason: pl.Series  # as it was given; null without a rule
    contradicted: pl.Series  # True where rules leave no level, and one had to give way

    @property
    def any(self) -> bool:
        """Whether there is a rule at all."""
        return bool(np.any(self.lowest > -FAR) or np.any(self.highest < FAR))


def of(place: pl.DataFrame, tables: Tables, as_of: date) -> Rules:
    """The rules for the items of `place` (part_id, location_id) on `as_of`.

    A largest level beats a least one; a cap on the change beats both, so that a level comes within
    the rules step by step. Where no level is known today nothing caps the change.
    """
    held = _fitting(place, _in_force(tables["item_rules"], as_of))
    today = tables["current_policies"].select(*ITEM, now="reorder_point")
    held = held.join(today, on=ITEM, how="left", maintain_order="left")
    always = pl.when(pl.col("stocking") == "always").then(ALWAYS)
    never = pl.when(pl.col("stocking") == "never").then(NEVER)
    cap = pl.col("maximum_change")
    bounds = held.select(
        low=pl.max_horizontal("minimum_level", always).fill_null(-FAR),
        high=pl.min_horizontal("maximum_level", never).fill_null(FAR),
        least=(pl.col("now") - cap).fill_null(-FAR),
        most=(pl.col("now") + cap).fill_null(FAR),
    ).cast(pl.Int64)
    low, high, least, most = (bounds[name].to_numpy() for name in bounds.columns)
    wanted = np.minimum(low, high)
    lowest, highest = np.clip(wanted, least, most), np.clip(high, least, most)
    torn = (low > high) | (wanted > most) | (high < least)
    return Rules(lowest, highest, held["reason"], pl.Series(torn))


def contradictions(place: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """A warning for every item whose rules cannot all hold."""
    torn = place.with_columns(level=pl.Series(rules.highest)).filter(rules.contradicted)
    return torn.select(
        code=pl.lit("rule.contradiction"),
        table=pl.lit("item_rules"),
        part_id="part_id",
        location_id="location_id",
        message=pl.format(
            "The rules for {} at {} leave no level; a cap on the change goes before a largest "
            "level, that before a least one: the level is {} at most.",
            "part_id",
            "location_id",
            "level",
        ),
    )


def _in_force(item_rules: pl.DataFrame, as_of: date) -> pl.DataFrame:
    return item_rules.filter(pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of))


def _fitting(place: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """The items with the columns of the most specific rule that fits each; null without one."""
    rows = place.select(ITEM).with_columns(rule=pl.lit(None, pl.Int64))
    numbered = rules.with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    for key in _KEYS:
        blank = [name for name in ITEM if name not in key]
        chosen = numbered.filter(
            *(pl.col(name).is_null() for name in blank),
            *(pl.col(name).is_not_null() for name in key),
        ).select(*key, found="number")
        if chosen.is_empty():
            continue
        if key:
            rows = rows.join(chosen, on=key, how="left", maintain_order="left")
        else:
            rows = rows.with_columns(found=pl.lit(chosen["found"][0]))
        rows = rows.with_columns(rule=pl.coalesce("rule", "found")).drop("found")
    said = numbered.select(pl.col("number").alias("rule"), *_SAID)
    return rows.join(said, on="rule", how="left", maintain_order="left")
