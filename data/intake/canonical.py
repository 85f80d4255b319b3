"""One order of rows and one hash of tables, whatever order the files had.

The order is by the table's key and then by all columns from left to right. Whole columns are
packed into one integer as far as 63 bits reach, so a million rows cost one sort of integers; the
rest decides only where these tie.

The hash is SHA-256 over the hashes of all columns, and theirs over the values in that order:
numbers, days and ids as their bytes with a mask of blanks (ids as places in the master tables,
which are hashed too), text as all texts end to end with their lengths. That is one-to-one, so two
inputs with the same hash hold the same rows as surely as SHA-256 has no collisions.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.intake.runs import by_blocks

KEY_BITS = 63


class _Field(NamedTuple):
    """A column within the key: its lowest value, and where its bits stand."""

    name: str
    low: int
    shift: int
    bits: int


class _Packed(NamedTuple):
    """Leading columns in one integer each row, and the columns that did not fit."""

    key: NDArray[np.int64]
    fields: list[_Field]
    left: list[str]


def in_order(
    frame: pl.DataFrame, among: pl.Series | None = None, *, key: Sequence[str] = ()
) -> pl.DataFrame:
    """The rows by all columns from left to right, blanks first; equal rows are alike.

    Args:
        frame: the rows.
        among: true where a row counts; None: all do.
        key: columns by which they are put in order before all others.
    """
    first = [name for name in key if name in frame.columns]
    order = [*first, *(name for name in frame.columns if name not in first)]
    if among is None and first and ascends(frame, first):
        return frame
    names = [name for name in order if frame[name].null_count() < len(frame)]
    packed = _pack(frame, names)
    if packed.left or not packed.fields:
        if among is None:
            return _with_the_rest(frame, packed, names)
        kept = frame.filter(among)
        return _with_the_rest(kept, _pack(kept, names), names)
    packing = pl.Series(packed.key)
    packing = packing if among is None else packing.filter(among)
    if packing.is_sorted():
        return frame if among is None else frame.filter(among)
    packing = packing.sort(multithreaded=False)  # two threads take as long, and twice the work
    return _unpack(frame, packed._replace(key=packing.to_numpy()))


def ascends(frame: pl.DataFrame, names: list[str]) -> bool:
    """True where each row comes after the one before it by these columns, so that no two are alike.

    False also where that cannot be told at a glance, since the columns do not fit into one integer.
    """
    packed = _pack(frame, names)
    return not packed.left and bool(np.all(packed.key[1:] > packed.key[:-1]))


def _with_the_rest(frame: pl.DataFrame, packed: _Packed, names: list[str]) -> pl.DataFrame:
    """Rows of which not every column fits into the key."""
    if len(frame) < 2 or not names:
        return frame
    return _sorted_with_ties(frame, packed) if packed.fields else frame.sort(names)


def _pack(frame: pl.DataFrame, names: list[str]) -> _Packed:
    """Pack as many leading columns as fit; lows are subtracted once, at the end."""
    columns, fields, free = [], [], KEY_BITS
    for name in names:
        codes = _codes(frame[name])
        low, bits = (0, free + 1) if codes is None else _span(codes)
        if codes is None or bits > free:
            break
        free -= bits
        columns.append(codes)
        fields.append(_Field(name, low, free, bits))
    key = np.zeros(len(frame), dtype=np.int64)
    parts = [codes.to_numpy() for codes in columns]
    lows = 0
    for field in fields:
        lows = (lows << field.bits) + field.low

    def fill(rows: slice) -> None:
        for part, field in zip(parts, fields, strict=True):
            key[rows] <<= field.bits
            key[rows] += part[rows]
        key[rows] -= np.int64(lows)

    by_blocks(fill, len(key))
    fields = [field._replace(shift=field.shift - free) for field in fields]
    return _Packed(key, fields, names[len(fields) :])


def _codes(column: pl.Series) -> pl.Series | None:
    """Integers in the column's own order, blank the lowest; None where there are none."""
    if column.dtype == pl.String or column.dtype.is_float():
        return None
    codes = column.to_physical()
    if codes.dtype == pl.Boolean or codes.null_count():
        codes = codes.cast(pl.Int64)
    low, high = codes.min(), codes.max()
    if not isinstance(low, int) or not isinstance(high, int) or max(-low, high) >= 2**60:
        return None
    return codes.fill_null(low - 1) if codes.null_count() else codes


def _span(codes: pl.Series) -> tuple[int, int]:
    low, high = cast(int, codes.min()), cast(int, codes.max())
    return low, (high - low).bit_length()


def _unpack(frame: pl.DataFrame, packed: _Packed) -> pl.DataFrame:
    columns = {field.name: _column(frame[field.name], field, packed.key) for field in packed.fields}
    length = len(packed.key)
    return pl.DataFrame(
        columns[name].alias(name) if name in columns else frame[name].clear(length)
        for name in frame.columns
    )


def _column(like: pl.Series, field: _Field, key: NDArray[np.int64]) -> pl.Series:
    """The values of a field, typed as they came."""
    codes = np.empty(len(key), like.to_physical().clear().to_numpy().dtype)
    blank = np.zeros(len(key) if like.null_count() else 0, np.bool_)

    def fill(rows: slice) -> None:
        part = key[rows] >> field.shift
        part &= (1 << field.bits) - 1
        if len(blank):
            blank[rows] = part == 0
        part += field.low
        codes[rows] = part

    by_blocks(fill, len(key))
    values = pl.Series(codes)
    if len(blank):
        values = values.set(pl.Series(blank), None)
    is_id = like.dtype == pl.Enum
    return values.cat.to(like.dtype) if is_id else values.cast(like.dtype)


def _sorted_with_ties(frame: pl.DataFrame, packed: _Packed) -> pl.DataFrame:
    key = pl.Series(packed.key)
    moved = not key.is_sorted()
    order = key.arg_sort().to_numpy().astype(np.int64) if moved else np.arange(len(key))
    sorted_key = packed.key[order] if moved else packed.key
    same = sorted_key[1:] == sorted_key[:-1]
    tied = np.flatnonzero(np.concatenate((same, [False])) | np.concatenate(([False], same)))
    if len(tied) and packed.left:
        rows = frame.select(packed.left)[order[tied]].with_columns(
            pl.Series("_key", sorted_key[tied]), pl.Series("_row", order[tied])
        )
        among_ties = rows.sort("_key", *packed.left, "_row")["_row"].to_numpy()
        moved = moved or bool(np.any(among_ties != tied))
        order[tied] = among_ties
    return frame[order] if moved else frame


class Each(Protocol):
    """Anything shaped like `map`; answers in the order of the pieces."""

    def __call__(
        self, work: Callable[[pl.Series], bytes], pieces: Iterable[pl.Series], /
    ) -> Iterable[bytes]:
        """`work` done on each of `pieces`."""


def hash_of(tables: Mapping[str, pl.DataFrame], *, each: Each = map) -> str:
    """SHA-256 of tables in canonical order."""
    digest = hashlib.sha256()
    for name, frame in sorted(tables.items()):
        digest.update(f"{name}:{len(frame)};".encode())
        for hashed in each(_hashed, frame.get_columns()):
            digest.update(hashed)
    return digest.hexdigest()


def _hashed(column: pl.Series) -> bytes:
    digest = hashlib.sha256(_head(column))
    for part in _bytes(column):
        digest.update(part)
    return digest.digest()


def _head(column: pl.Series) -> bytes:
    kind = "Id" if column.dtype == pl.Enum else str(column.dtype)
    return f"{column.name}:{kind}:{column.null_count()};".encode()


def _bytes(column: pl.Series) -> list[bytes | memoryview]:
    if column.null_count() == len(column):
        return []
    parts: list[bytes | memoryview] = []
    if column.null_count():
        parts.append(np.packbits(column.is_null().to_numpy()).tobytes())
        column = column.drop_nulls()
    if column.dtype == pl.String:
        parts.append(column.str.len_bytes().to_numpy().data)
        parts.append(str(column.str.join("").item()).encode())
        return parts
    values = column.cast(pl.UInt8) if column.dtype == pl.Boolean else column.to_physical()
    if values.dtype.is_float():
        values = values + 0.0  # −0 and 0 are one figure
    if column.dtype == pl.Enum:
        values = values.cast(pl.UInt32)
    parts.append(np.ascontiguousarray(values.to_numpy()).data)
    return parts
