"""One order of rows and one hash of tables, whatever order the files had.

The hash is SHA-256 over each column's values in canonical order: numbers and days as their bytes
with a mask of blanks, text as all texts end to end with their lengths. That is one-to-one, so
two inputs with the same hash hold the same rows as surely as SHA-256 has no collisions.
"""

import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows by all columns from left to right; equal rows are alike, so the order is one."""
    if not len(frame):
        return frame
    return frame.sort(frame.columns, nulls_last=False, maintain_order=False)


def hash_of(tables: Mapping[str, pl.DataFrame], *said: str) -> str:
    """SHA-256 of tables in canonical order and of what was said beside them."""
    digest = hashlib.sha256()
    for name, frame in sorted(tables.items()):
        digest.update(f"{name}:{len(frame)};".encode())
        for column in frame.get_columns():
            _add(digest, column)
    for word in said:
        digest.update(f"{len(word)}:{word};".encode())
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", column: pl.Series) -> None:
    blanks = column.null_count()
    digest.update(f"{column.name}:{column.dtype}:{blanks};".encode())
    if blanks == len(column):
        return
    if blanks:
        digest.update(np.packbits(column.is_null().to_numpy()))
        column = column.drop_nulls()
    if column.dtype == pl.String:
        digest.update(column.str.len_bytes().to_numpy())
        digest.update(column.str.join("").item().encode())
        return
    if column.dtype == pl.Boolean:
        column = column.cast(pl.UInt8)
    digest.update(np.ascontiguousarray(column.to_physical().to_numpy()))
