"""Demand histories as columns: requests by item and period, closed periods only.

What a history is stands here; what it needs first (stock-outs, returns, outliers, supersession) is
`forecasting.cleaning`, what is made of it `forecasting.predict`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.kernels import (
    earliest_of_part,
    period_totals,
    sort_requests,
    without_hidden,
)
from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Pieces asked for per period, where any were; gaps are taken out of the clock.

    Row k of item i (`start[i] <= k < start[i + 1]`) says that `pieces[k]` were asked for in the
    item's own period `period[k]`, counted from 0, of `periods[i]`.
    """

    start: Ints  # items + 1
    period: Ints
    pieces: Floats
    periods: Ints  # by item

    def __len__(self) -> int:
        return len(self.periods)

    @classmethod
    def of_table(cls, table: NDArray[np.float64]) -> "Totals":
        """From items × periods."""
        items, periods = table.shape
        row, period = np.nonzero(table)
        start = np.searchsorted(row, np.arange(items + 1))
        return cls(start, period, table[row, period], np.full(items, periods))

    def table(self) -> NDArray[np.float64]:
        """Items × longest history, aligned at its end; nan before an item's first period."""
        width = int(self.periods.max(initial=0))
        blank = np.arange(width)[None, :] < (width - self.periods)[:, None]
        filled = np.where(blank, np.nan, 0.0)
        row = np.repeat(np.arange(len(self)), np.diff(self.start))
        filled[row, self.period + (width - self.periods)[row]] = self.pieces
        return filled


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Requests of many items; those of item i stand at rows `start[i]:start[i + 1]`."""

    start: Ints  # items + 1
    period: Ints  # by request, rising within an item
    pieces: Ints  # by request, 1 or more
    first_period: Ints  # by item: the first period that counts for it
    part: Ints  # by item
    location: Ints  # by item
    days: Floats  # by period: its length in days
    known: Flags  # by period: False is a gap (nobody reported anything), missing and not zero
    hidden_start: Ints | None = None  # items + 1; None: nothing is hidden
    hidden_period: Ints | None = None  # ragged: periods whose silence says nothing of the item

    def __len__(self) -> int:
        return len(self.first_period)

    @property
    def periods(self) -> int:
        """How many closed periods there are, gaps included."""
        return len(self.days)

    @classmethod
    def of(
        cls,
        item: Ints,
        period: Ints,
        pieces: Ints,
        *,
        part: Ints,
        location: Ints,
        days: Floats,
        first_period: Ints | None = None,
        known: Flags | None = None,
    ) -> "History":
        """Histories from plain request columns, in any order.

        Args:
            item: row of each request's item, in 0 … len(part) − 1.
            period: closed period of each request, 0 … len(days) − 1.
            pieces: of each request, 1 or more (returns are netted before).
            part: index of the part, by item.
            location: index of the location, by item.
            days: length of each period.
            first_period: by item; None: the first period in which anybody asked for its part,
                and the first of all where nobody ever did.
            known: by period; None: the periods with at least one request.
        """
        columns = (np.asarray(column, dtype=np.int64) for column in (item, period, pieces))
        item, period, pieces = columns
        _check("period of a request", period, 0, len(days) - 1)
        _check("item of a request", item, 0, len(part) - 1)
        _check("pieces of a request", pieces, 1, 2**40 - 1)
        start, period, pieces = sort_requests(item, period, pieces, len(part))
        if known is None:
            known = np.bincount(period, minlength=len(days)) > 0
        if first_period is None:
            first_period = first_period_of_part(start, period, part)
        first_period = _not_after_own_requests(start, period, first_period)
        lengths = np.asarray(days, dtype=np.float64)
        return cls(start, period, pieces, first_period, part, location, lengths, known)

    def hiding(self, item: Ints, period: Ints) -> "History":
        """The same requests, with periods taken out of the clocks of single items.

        A period in which the item was asked for counts all the same.

        Args:
            item: row of each hidden pair.
            period: of each, like the requests' own.
        """
        start, hidden, _ = sort_requests(item, period, np.ones_like(period), len(self))
        return replace(self, hidden_start=start, hidden_period=hidden)

    def until(self, period: int) -> "History":
        """What was known when `period` periods had closed; for backtests."""
        row = np.repeat(np.arange(len(self)), np.diff(self.start))
        kept = self.period < period
        count = np.bincount(row[kept], minlength=len(self))
        start = np.concatenate(([0], np.cumsum(count)))
        first = np.minimum(self.first_period, period)
        return History(
            start, self.period[kept], self.pieces[kept], first, self.part, self.location,
            self.days[:period], self.known[:period], self.hidden_start, self.hidden_period,
        )  # fmt: skip

    def totals(self) -> Totals:
        """Pieces per period, the gaps taken out."""
        clock = np.concatenate(([0], np.cumsum(self.known)))
        first = clock[np.minimum(self.first_period, self.periods)]
        start, period, pieces = period_totals(self.start, self.period, self.pieces)
        row = np.repeat(np.arange(len(self)), np.diff(start))
        own, periods = clock[period] - first[row], clock[-1] - first
        if self.hidden_start is not None and self.hidden_period is not None:
            hidden_row = np.repeat(np.arange(len(self)), np.diff(self.hidden_start))
            closed = np.minimum(self.hidden_period, self.periods)
            hidden = np.where(self.known_at(closed), clock[closed] - first[hidden_row], -1)
            own, periods = without_hidden(start, own, periods, self.hidden_start, hidden)
        return Totals(start, own, pieces, periods)

    def known_at(self, period: Ints) -> Flags:
        """Whether anything is known of each of `period`; False after the last."""
        return np.append(self.known, False)[period]


def rows_of(start: Ints, items: Ints) -> tuple[Ints, Ints]:
    """The start of each of `items` when only they are kept, and the rows that are theirs."""
    length = np.diff(start)[items]
    kept = np.concatenate(([0], np.cumsum(length)))
    return kept, np.repeat(start[items] - kept[:-1], length) + np.arange(kept[-1])


def first_period_of_part(start: Ints, period: Ints, part: Ints) -> Ints:
    """By item, the first period in which its part was asked for anywhere; 0 if it never was."""
    return np.asarray(earliest_of_part(start, period, part, int(part.max(initial=-1)) + 1))


def _not_after_own_requests(start: Ints, period: Ints, first_period: Ints) -> Ints:
    asked = start[:-1] < start[1:]
    first = np.array(first_period, dtype=np.int64)
    first[asked] = np.minimum(first[asked], period[start[:-1][asked]])
    return first


def _check(figure: str, values: Ints, least: int, most: int) -> None:
    for extreme in (values.min(), values.max()) if len(values) else ():
        if not least <= extreme <= most:
            raise OutOfRange(figure, int(extreme), f"{least} to {most}")
