"""How rows of the company are called in the tables."""

from datetime import date

import numpy as np
import polars as pl

from data.demo.calendar import FIRST_DAY
from data.demo.catalogue import FAMILIES, Catalogue
from data.demo.network import Network
from inventory.demand import Ints


def part_ids(catalogue: Catalogue) -> pl.Series:
    """By row of the catalogue: SEA-000017."""
    codes = pl.Series([one.code for one in FAMILIES]).gather(catalogue.family)
    return _numbered(codes, np.arange(1, len(catalogue) + 1), 6).alias("part_id")


def location_ids(network: Network) -> pl.Series:
    """By row of the network."""
    return pl.Series("location_id", network.location_id)


def supplier_ids(supplier: Ints) -> pl.Series:
    """S-0042 for each entry."""
    return _numbered(pl.Series(["S"]).gather(np.zeros_like(supplier)), supplier + 1, 4)


def numbered(prefix: str, number: Ints, digits: int) -> pl.Series:
    """RO-0000123 for each number."""
    return _numbered(pl.repeat(prefix, len(number), eager=True), number, digits)


def blank(rows: int, dtype: pl.DataType | type[pl.DataType] = pl.String) -> pl.Series:
    """A column without a value."""
    return pl.repeat(None, rows, dtype=dtype, eager=True)


def same(value: str | float, rows: int) -> pl.Series:
    """A column of one value."""
    return pl.repeat(value, rows, eager=True)


def days(day: Ints) -> pl.Series:
    """Calendar dates of day numbers."""
    first = (FIRST_DAY - date(1970, 1, 1)).days
    return pl.Series((day + first).astype(np.int32)).cast(pl.Date)


def machine_types(kind: Ints) -> pl.Series:
    """MT-012 for each entry."""
    names = numbered("MT", np.arange(1, int(kind.max(initial=0)) + 2), 3)
    return names.gather(kind)


def _numbered(prefix: pl.Series, number: Ints, digits: int) -> pl.Series:
    text = pl.Series(number).cast(pl.String).str.zfill(digits)
    return pl.select(pl.concat_str(prefix, text, separator="-")).to_series()
