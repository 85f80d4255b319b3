"""What a report says, before it takes a form: findings with tables, charts and figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from planning.finance.forms.facts import Facts
from planning.finance.forms.page import Cell, Figure, Row, Section, Table, drawn


@dataclass(frozen=True, slots=True)
class Native:
    """A chart that a workbook draws by itself, from columns of a finding's table."""

    kind: str  # column, bar, line or waterfall: sums that stand, and steps between them
    series: tuple[int, ...]  # columns of figures
    names: int = 0  # column of the categories
    stacked: bool = False
    axis: str = ""
    table: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: its title says what was found."""

    id: str
    title: str
    words: str
    tables: Sequence[Table] = field(default_factory=tuple)
    chart: Any = None  # of altair
    native: Native | None = None
    wide: bool = False

    def section(self) -> Section:
        """As the page shows it."""
        chart = drawn(self.chart) if self.chart is not None else ""
        return Section(self.id, self.title, self.words, chart, self.tables, self.wide)


@dataclass(frozen=True, slots=True)
class Told:
    """A whole report."""

    title: str
    lead: str
    figures: Sequence[Figure]
    findings: Sequence[Finding]
    facts: Facts
    footer: str


def text(word: object) -> Cell:
    """A cell that is no figure."""
    return Cell("" if word is None else str(word))


def row(*cells: Cell | str, is_sum: bool = False) -> Row:
    """A row of words and figures."""
    return Row([text(one) if isinstance(one, str) else one for one in cells], is_sum)


def more_rows(number: int) -> str:
    """How many rows of a table stand elsewhere."""
    return "1 more row is" if number == 1 else f"{number:,} more rows are"
