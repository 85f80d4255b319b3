"""The list of figures: each with its number, label, value, unit, run and day.

Every form shows a figure by looking it up here, rounded once, so that all forms say the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from planning.finance.forms.page import Cell

SHARE, DAYS, PIECES, COUNT, TIMES = "share", "days", "pieces", "count", "times"
_DIGITS = {SHARE: 4, DAYS: 2, PIECES: 1, COUNT: 0, TIMES: 2}
MONEY_DIGITS = 2
THOUSAND = 1000  # from here on cents say nothing at a glance


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure."""

    id: str
    label: str
    value: Decimal
    unit: str  # a currency, or one of the words above

    @property
    def shown(self) -> str:
        """As every form shows it."""
        if self.unit == SHARE:
            return f"{self.value * 100:,.2f} %"
        return f"{self.value:,.{_DIGITS.get(self.unit, MONEY_DIGITS)}f}"

    @property
    def short(self) -> str:
        """For a reader in passing: thousands of money without their cents."""
        is_money = self.unit not in _DIGITS
        return f"{self.value:,.0f}" if is_money and abs(self.value) >= THOUSAND else self.shown


@dataclass(slots=True)
class Facts:
    """All figures of a report, in the order they came up."""

    run_id: str
    as_of: date
    _found: dict[str, Fact] = field(default_factory=dict)

    def add(self, key: str, label: str, value: float | Decimal | None, unit: str) -> Cell:
        """Note a figure and give the cell that shows it; – where there is none.

        Raises:
            ValueError: another figure has this number.
        """
        if value is None or value != value:  # noqa: PLR0124 - nan is not itself
            return Cell("–")
        digits = Decimal(1).scaleb(-_DIGITS.get(unit, MONEY_DIGITS))
        exact = Decimal(repr(float(value))) if not isinstance(value, Decimal) else value
        fact = Fact(key, label, exact.quantize(digits) + 0, unit)
        if self._found.setdefault(key, fact) != fact:
            raise ValueError(f"{key} is {self._found[key].value} and {fact.value}.")
        return Cell(fact.shown, key)

    def __getitem__(self, key: str) -> Fact:
        return self._found[key]

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def table(self) -> pl.DataFrame:
        """One row per figure; values are exact decimals."""
        return pl.DataFrame(
            {
                "id": [one.id for one in self],
                "label": [one.label for one in self],
                "value": [one.value for one in self],
                "unit": [one.unit for one in self],
                "run_id": self.run_id,
                "as_of": self.as_of,
            },
            schema_overrides={"value": pl.Decimal(38, 4), "as_of": pl.Date},
        )


def run_of(input_hash: str) -> str:
    """The number of a run on a folder: the beginning of what its tables come to."""
    return input_hash[:12]


def stamped(
    tables: Mapping[str, pl.DataFrame], run_id: str, as_of: date | None
) -> dict[str, pl.DataFrame]:
    """Tables whose every row says of which run and day it is."""
    day = pl.lit(as_of, dtype=pl.Date)
    return {
        name: one.with_columns(run_id=pl.lit(run_id), as_of=day) for name, one in tables.items()
    }
