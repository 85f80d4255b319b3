"""The report as a workbook: a sheet per finding with native tables and charts, and all figures.

Texts are written as texts and figures as numbers, so nothing from outside can become a formula.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from itertools import takewhile, zip_longest
from typing import Any

import xlsxwriter

from planning.finance.forms.facts import COUNT, DAYS, PIECES, SHARE, TIMES, Fact
from planning.finance.forms.findings import Finding, Native, Told, more_rows
from planning.finance.forms.page import INK, OTHERS, OURS, SOFT, TODAY, Cell, Table
from planning.finance.forms.waterfall import Bar, bars

MOST_ROWS = 5_000  # of a table: a workbook is for reading, the rest is in CSV and Parquet
FIRST_TABLE_ROW = 4
FORMATS = {SHARE: "0.00%", DAYS: "#,##0.00", PIECES: "#,##0.0", COUNT: "#,##0", TIMES: "0.00"}
MONEY = "#,##0.00"
COLOURS = (OURS, TODAY, OTHERS, "#1d4ed8")
STEPS = ("", INK, TODAY, OURS)  # of a waterfall: unseen, sums, more, less
HIDDEN_BEYOND = 20  # columns to the right of the tables
PIXELS_PER_NAME = 20
COLUMNS_OF_A_CHART = 10
LETTERS_PER_LINE, POINTS_PER_LINE = 120, 16  # of the words over a table and its chart
Place = tuple[int, int, int]  # first row, last row, first column


def workbook(told: Told) -> bytes:
    """The file's content; the same report gives the same bytes."""
    content = BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False,
    }  # fmt: skip
    book = xlsxwriter.Workbook(content, options)
    day = datetime.combine(told.facts.as_of, time(), UTC).replace(tzinfo=None)
    book.set_properties({"title": told.title, "created": day, "comments": told.footer})
    writer = _Writer(book, told)
    writer.overview()
    for one in told.findings:
        writer.finding(one)
    writer.facts()
    book.close()
    return content.getvalue()


class _Writer:
    """One workbook under way."""

    def __init__(self, book: Any, told: Told) -> None:
        self.book, self.told = book, told
        self.bold = book.add_format({"bold": True, "font_size": 14})
        self.large = book.add_format({"bold": True, "font_size": 18})
        self.soft = book.add_format({"font_color": SOFT})
        self.folded = book.add_format({"font_color": SOFT, "text_wrap": True, "valign": "top"})
        self._formats: dict[tuple[str, bool], Any] = {}
        self._tables = 0

    def format(self, pattern: str, *, bold: bool = False) -> Any:
        """A number format, made once."""
        key = (pattern, bold)
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"num_format": pattern, "bold": bold})
        return self._formats[key]

    def overview(self) -> None:
        """Title, the figures that stand out, and where to find what."""
        sheet = self._sheet("overview", self.told.title, self.told.lead)
        for at, one in enumerate(self.told.figures):
            row = FIRST_TABLE_ROW + 2 * at
            fact = self.told.facts[one.id]
            large = self.book.add_format(
                {"bold": True, "font_size": 18, "num_format": at_a_glance(fact), "align": "left"}
            )
            sheet.write_number(row, 0, float(fact.value), large)
            sheet.write_string(row + 1, 0, one.label, self.soft)
        row = FIRST_TABLE_ROW + 2 * len(self.told.figures) + 1
        for at, finding in enumerate(self.told.findings):
            sheet.write_string(row + at, 0, f"{finding.id}: {finding.title}")
        sheet.set_column(0, 0, 60)

    def finding(self, one: Finding) -> None:
        """A sheet with its tables, one under the other, and the chart beside the first."""
        wide = max((len(table.headings) for table in one.tables), default=1)
        sheet = self._sheet(one.id, one.title, one.words, beyond=wide + 1)
        row, places = FIRST_TABLE_ROW, []
        for table in one.tables:
            if table.rows:
                places.append(self._table(sheet, row, table))
                row = places[-1][1] + 3
        for at, width in enumerate(_widths(one.tables)):
            sheet.set_column(at, at, 46 if at == 0 else max(15, width + 2))
        if one.native is not None and places:
            self._chart(sheet, one, one.native, places[one.native.table])

    def facts(self) -> None:
        """Every figure with its number, label, value, unit, run and day."""
        sheet = self._sheet("facts", "Every figure of this report", "As in the other forms.")
        headings = ("id", "label", "value", "unit", "run", "as of")
        rows = list(self.told.facts)
        for at, fact in enumerate(rows, start=FIRST_TABLE_ROW + 1):
            sheet.write_string(at, 0, fact.id)
            sheet.write_string(at, 1, fact.label)
            sheet.write_number(at, 2, float(fact.value), self.format(pattern_of(fact)))
            sheet.write_string(at, 3, fact.unit)
            sheet.write_string(at, 4, self.told.facts.run_id)
            sheet.write_string(at, 5, self.told.facts.as_of.isoformat())
        last = FIRST_TABLE_ROW + max(len(rows), 1)
        columns = [{"header": name} for name in headings]
        sheet.add_table(FIRST_TABLE_ROW, 0, last, 5, {"name": "facts", "columns": columns})
        for at, width in enumerate((38, 60, 16, 10, 22, 12)):
            sheet.set_column(at, at, width)

    def _sheet(self, name: str, title: str, words: str, *, beyond: int = 1) -> Any:
        sheet = self.book.add_worksheet(name[:31])
        sheet.write_string(0, 0, title, self.bold)
        sheet.merge_range(1, 0, 1, beyond + COLUMNS_OF_A_CHART, "", self.folded)
        sheet.write_string(1, 0, words, self.folded)
        sheet.set_row(1, POINTS_PER_LINE * -(-len(words) // LETTERS_PER_LINE))
        sheet.write_string(2, 0, self.told.footer, self.soft)
        sheet.freeze_panes(FIRST_TABLE_ROW, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def _table(self, sheet: Any, row: int, table: Table) -> Place:
        rows = table.rows[:MOST_ROWS]
        for at, one in enumerate(rows, start=row + 1):
            for column, cell in enumerate(one.cells):
                self._cell(sheet, at, column, cell, bold=one.sum)
        self._tables += 1
        options = {
            "name": f"table_{self._tables}", "style": "Table Style Light 1", "autofilter": False,
            "columns": [{"header": name} for name in _headings(table.headings)],
        }  # fmt: skip
        sheet.add_table(row, 0, row + len(rows), len(table.headings) - 1, options)
        if len(table.rows) > MOST_ROWS:
            said = f"{more_rows(len(table.rows) - MOST_ROWS)} in the CSV and Parquet files."
            sheet.write_string(row + len(rows) + 1, 0, said, self.soft)
        sums = sum(1 for _ in takewhile(lambda one: one.sum, reversed(rows)))
        return row + 1, row + len(rows) - sums, 0

    def _cell(self, sheet: Any, row: int, column: int, cell: Cell, *, bold: bool) -> None:
        if cell.id:
            fact = self.told.facts[cell.id]
            sheet.write_number(
                row, column, float(fact.value), self.format(pattern_of(fact), bold=bold)
            )
        else:
            sheet.write_string(row, column, cell.shown, self.format("@", bold=bold))

    def _chart(self, sheet: Any, one: Finding, native: Native, place: Place) -> None:
        first, last, _ = place
        wide = max(len(table.headings) for table in one.tables)
        if native.kind == "waterfall":
            last = first + len(one.tables[native.table].rows) - 1  # sums stand in it too
            chart = self._waterfall(sheet, one.tables[native.table], native, first, wide)
        else:
            kind = {"type": native.kind} | ({"subtype": "stacked"} if native.stacked else {})
            chart = self.book.add_chart(kind)
            for at, column in enumerate(native.series):
                heading = one.tables[native.table].headings[column]
                shown = _series(sheet.name, heading, first, last, native.names, column)
                colour = {"color": COLOURS[at % len(COLOURS)]}
                chart.add_series(shown | {"fill": colour, "line": colour})
        chart.set_title({"name": one.title, "name_font": {"size": 11}})
        numbers = {"name": native.axis, "num_format": "0%" if native.axis == "on time" else "#,##0"}
        names = {"interval_unit": 1}  # every name is written out
        lying = native.kind in ("bar", "waterfall")
        chart.set_y_axis(names | {"reverse": True} if lying else numbers)
        chart.set_x_axis(numbers if lying else names)
        chart.set_legend({"position": "bottom"} if len(native.series) > 1 else {"none": True})
        tall = 150 + PIXELS_PER_NAME * (last - first + 1) if lying else 0
        chart.set_size({"width": 680, "height": max(380, tall)})
        sheet.insert_chart(FIRST_TABLE_ROW, wide + 1, chart)

    def _waterfall(self, sheet: Any, table: Table, native: Native, first: int, wide: int) -> Any:
        """A chart of steps; what they stand on is kept in hidden columns to the right."""
        left = wide + HIDDEN_BEYOND
        lines = [(self.told.facts[one.cells[native.series[0]].id].value, one.sum)
                 for one in table.rows]  # fmt: skip
        for at, bar in enumerate(bars(lines)):
            for column, value in enumerate(bar):
                sheet.write_number(first + at, left + column, float(value), self.format(MONEY))
        for column, name in enumerate(Bar._fields):
            sheet.write_string(first - 1, left + column, name, self.soft)
        sheet.set_column(left, left + len(Bar._fields) - 1, None, None, {"hidden": True})
        chart = self.book.add_chart({"type": "bar", "subtype": "stacked"})
        chart.show_hidden_data()
        last = first + len(lines) - 1
        for column, (name, colour) in enumerate(zip(Bar._fields, STEPS, strict=True)):
            shown = _series(sheet.name, name, first, last, native.names, left + column)
            look = {"color": colour} if colour else {"none": True}
            border = {"none": True}
            chart.add_series(shown | {"fill": look, "border": border, "gap": 40})
        return chart


def pattern_of(fact: Fact) -> str:
    """How a spreadsheet shows a figure."""
    return FORMATS.get(fact.unit, MONEY)


def at_a_glance(fact: Fact) -> str:
    """The same where a figure stands out: its cell holds the cents, and does not show them."""
    return "#,##0" if fact.short != fact.shown else pattern_of(fact)


def _series(
    sheet: str, name: str, first: int, last: int, names: int, column: int
) -> dict[str, object]:  # fmt: skip
    """A column of a sheet as a series of a chart."""
    return {
        "name": name,
        "categories": [sheet, first, names, last, names],
        "values": [sheet, first, column, last, column],
    }


def _widths(tables: Sequence[Table]) -> list[int]:
    """By column, the longest heading or figure of any table."""
    found: list[int] = []
    for table in tables:
        for cells in (table.headings, *([one.shown for one in row.cells] for row in table.rows)):
            found += [0] * (len(cells) - len(found))
            found = [max(pair) for pair in zip_longest(found, map(len, cells), fillvalue=0)]
    return found


def _headings(names: Sequence[str]) -> list[str]:
    """Headings as a native table needs them: none blank, none twice."""
    found: list[str] = []
    for name in names:
        word = name or " "
        while word.lower() in [one.lower() for one in found]:
            word += " "
        found.append(word)
    return found
