"""Machines that wait for parts: what `availability` is promised for."""

from datetime import date

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from optimizer.problem import Fleet
from planning.world import World


def of(world: World, installed_base: pl.DataFrame, as_of: date, rows: Ints) -> dict[str, Fleet]:
    """By machine type, the machines at each of `rows` of the world, and what each carries.

    Of the rows of `installed_base` in force the one that began last counts.
    """
    place = np.full(len(world.items), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    standing = (
        world.rows(_in_force(installed_base, as_of))
        .sort("machine_type", "item", "valid_from", nulls_last=False)
        .unique(["machine_type", "item"], keep="last", maintain_order=True)
    )
    return {
        str(kind): _fleet(own, place, len(rows))
        for (kind,), own in standing.group_by("machine_type", maintain_order=True)
    }


def _in_force(installed_base: pl.DataFrame, as_of: date) -> pl.DataFrame:
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of)
    stands = pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of)
    return installed_base.filter(begun, stands, pl.col("machines") > 0)


def _fleet(own: pl.DataFrame, place: Ints, items: int) -> Fleet:
    at = place[own["item"].to_numpy()]
    planned = at >= 0
    machines, carried = np.zeros(items), np.zeros(items)
    machines[at[planned]] = _numbers(own["machines"])[planned]
    carried[at[planned]] = _numbers(own["parts_per_machine"])[planned]
    return Fleet(machines, carried)


def _numbers(column: pl.Series) -> Floats:
    return np.asarray(column.cast(pl.Float64).to_numpy(), dtype=np.float64)
