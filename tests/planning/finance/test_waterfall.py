"""Columns of a bridge: each step begins where the one before it ended."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from planning.finance.forms import sheets
from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, Told, more_rows, row
from planning.finance.forms.page import Table
from planning.finance.forms.waterfall import bars


def test_steps_hang_between_sums_that_stand():
    found = bars([(Decimal(v), is_sum) for v, is_sum in
                  ((100, True), (30, False), (-50, False), (80, True))])  # fmt: skip
    assert [tuple(map(int, one)) for one in found] == [
        (0, 100, 0, 0), (100, 0, 30, 0), (80, 0, 0, 50), (0, 80, 0, 0),
    ]  # fmt: skip


amounts = st.lists(st.tuples(st.decimals(-99, 999, places=2), st.booleans()), min_size=1)


@given(amounts)
def test_no_column_is_seen_longer_than_its_amount(lines):
    for (value, is_sum), one in zip(lines, bars(lines), strict=True):
        seen = one.amount + one.more - one.less
        assert seen == value
        assert (one.more == one.less == 0) if is_sum else one.amount == 0


def test_the_workbook_draws_a_bridge_on_columns_that_are_not_seen():
    facts = Facts("run", date(2026, 9, 30))
    lines = (("opening", 100, True), ("demand", -30, False), ("closing", 70, True))
    rows = [row(name, facts.add(name, name, of, "EUR"), is_sum=end) for name, of, end in lines]
    finding = Finding("bridge", "title", "words", (Table(("", "EUR"), rows),), None,
                      Native("waterfall", (1,), axis="EUR"))  # fmt: skip
    told = Told("title", "lead", [], [finding], facts, "footer")
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.workbook(told)))["bridge"]
    chart = sheet._charts[0]
    assert chart.grouping == "stacked"
    assert len(chart.series) == 4
    assert chart.series[0].graphicalProperties.noFill
    left = 2 + sheets.HIDDEN_BEYOND
    drawn = [
        [sheet.cell(6 + at, left + 1 + column).value for column in range(4)] for at in range(3)
    ]
    assert drawn == [[0, 100, 0, 0], [70, 0, 0, 30], [0, 70, 0, 0]]


def test_one_row_more_is_one_row():
    assert more_rows(1) == "1 more row is"
    assert more_rows(1200) == "1,200 more rows are"


def test_cents_are_left_out_where_a_figure_stands_out_and_nowhere_else():
    facts = Facts("run", date(2026, 9, 30))
    for key, value, unit in (("a", 265563.14, "EUR"), ("b", 999.99, "EUR"), ("c", 1234.5, "days")):
        facts.add(key, key, value, unit)
    assert [one.short for one in facts] == ["265,563", "999.99", "1,234.50"]
    assert facts["a"].shown == "265,563.14"
