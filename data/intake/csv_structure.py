"""Rows of a CSV body that does not add up: where each begins, how many fields it has.

RFC 4180 and no more: a quote opens a field or closes it, doubled inside it stands for itself.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.intake.quarantine import Refusal

QUOTE, NEWLINE, RETURN = b'"\n\r'
SHOWN_RAGGED_CHARACTERS = 200


class Rows(NamedTuple):
    """`content` holds the rows of the right width; `lines` their lines, None: one after another."""

    content: bytes
    skip: int  # lines of `content` that are no rows
    lines: pl.Series | None
    quoted: bool
    ragged: list[tuple[int, int, str]]  # line, number of fields, the row's beginning


def walk(file: str, body: bytes, delimiter: bytes, width: int, first_line: int) -> Rows:
    """Split `body` into rows; those with another number of fields than `width` are set apart.

    Raises:
        Refusal: a quote is never closed or stands where none may.
    """
    content = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(content == QUOTE)
    _check_quotes(file, content, quotes, delimiter[0], first_line)
    ends = _outside(np.flatnonzero(content == NEWLINE), quotes)
    if len(content) and (not len(ends) or ends[-1] != len(content) - 1):
        ends = np.append(ends, len(content))
    starts = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else np.zeros(0, np.int64)
    marks = _outside(np.flatnonzero(content == delimiter[0]), quotes)
    fields = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
    newlines = np.flatnonzero(content == NEWLINE)
    lines = np.searchsorted(newlines, starts) + first_line
    lengths = ends - starts
    last = content[np.maximum(ends - 1, 0)] if len(content) else np.zeros(0, np.uint8)
    blank = (lengths == 0) | ((lengths == 1) & (last == RETURN))
    ragged = ~blank & (fields != width)
    return Rows(
        _kept(body, starts, ends, ~blank & ~ragged),
        0,
        pl.Series(lines[~blank & ~ragged], dtype=pl.Int64),
        bool(len(quotes)),
        [
            _shown(body, *row)
            for row in zip(*(a[ragged] for a in (starts, ends, lines, fields)), strict=True)
        ],
    )


def _outside(marks: NDArray[np.int64], quotes: NDArray[np.int64]) -> NDArray[np.int64]:
    return marks[np.searchsorted(quotes, marks) % 2 == 0] if len(quotes) else marks


def _check_quotes(
    file: str,
    content: NDArray[np.uint8],
    quotes: NDArray[np.int64],
    delimiter: int,
    first_line: int,
) -> None:
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, content[np.maximum(opening - 1, 0)], NEWLINE)
    behind = closing + 1
    after = np.where(behind < len(content), content[np.minimum(behind, len(content) - 1)], NEWLINE)
    may_open = np.isin(before, (delimiter, NEWLINE, QUOTE))
    may_close = np.isin(after, (delimiter, NEWLINE, RETURN, QUOTE))
    stray = np.concatenate((opening[~may_open], closing[~may_close]))
    if len(stray):
        at = int(stray.min())
    elif len(quotes) % 2:
        at = int(quotes[-1])
    else:
        return
    line = first_line + int(np.count_nonzero(content[:at] == NEWLINE))
    text = (
        f"{file} line {line}: a quote is opened and never closed, or stands inside a text. "
        'Quote the whole field and double the quotes in it: "5"" pipe".'
    )
    raise Refusal(file, "csv.unclosed_quote", text)


def _kept(
    body: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], keep: NDArray[np.bool_]
) -> bytes:
    """The rows to keep, each ended by a newline."""
    if keep.all():
        return body
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.astype(np.int8), [0]))))
    runs = zip(starts[edges[0::2]], ends[edges[1::2] - 1], strict=True)
    return b"".join(body[start:end] + b"\n" for start, end in runs)


def _shown(body: bytes, start: int, end: int, line: int, fields: int) -> tuple[int, int, str]:
    text = body[start:end][:SHOWN_RAGGED_CHARACTERS].decode("utf-8", errors="replace")
    return int(line), int(fields), text.rstrip("\r")
