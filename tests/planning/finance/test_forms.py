"""One report in every form: read back, they all say the same."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from html import unescape

import openpyxl
import polars as pl
import pypdf
import pytest

from planning.answer import Answer
from planning.finance.forms import printed, sheets
from planning.finance.forms.escaping import FORMULA, escaped, escaped_columns
from planning.finance.forms.facts import COUNT, DAYS, SHARE, Facts
from planning.finance.forms.findings import Finding, Told, row
from planning.finance.forms.page import Figure, Table, document
from planning.outputs import write

EVIL = ("=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\rx", "</script><b>", '#import "x"', "$a$ *b*")


@pytest.fixture
def told():
    """Figures of every unit, with names that would like to be formulas or markup."""
    facts = Facts("run-7", date(2026, 9, 30))
    units = ("EUR", SHARE, DAYS, COUNT)
    rows = [
        row(name, *(facts.add(f"{at}.{unit}", f"{name} in {unit}", 1234.5678 * (at + 1), unit)
                    for unit in units))
        for at, name in enumerate(EVIL)
    ]  # fmt: skip
    table = Table(("name", *units), rows)
    finding = Finding("evil", "=A title", "@words", (table,))
    first = facts["0.EUR"]
    figures = [Figure(first.id, first.short, "label", first.shown)]
    return Told("=title", "+lead", figures, [finding], facts, "run run-7 as of 2026-09-30")


def plain(text):
    return re.sub(r"\s+", "", text)


def test_every_figure_is_the_same_in_every_form(told):
    page = document(told.title, told.lead, told.figures, [one.section() for one in told.findings],
                    told.footer)  # fmt: skip
    seen = re.findall(r'<td data-fact="([^"]+)">([^<]*)</td>', page)
    assert {unescape(key): unescape(shown) for key, shown in seen} == {
        one.id: one.shown for one in told.facts
    }
    cards = re.findall(r'data-fact="([^"]+)" data-exact="([^"]*)" title="([^"]*)"><b>([^<]*)', page)
    assert cards == [("0.EUR", "1,234.57", "1,234.57", "1,235")]
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(told)))
    assert Decimal(repr(book["overview"]["A5"].value)) == told.facts["0.EUR"].value
    listed = {line[0]: line[2] for line in book["facts"].iter_rows(min_row=6, values_only=True)}
    for one in told.facts:
        assert Decimal(repr(listed[one.id])) == one.value
    in_sheet = [cell.value for line in book["evil"].iter_rows(min_row=6) for cell in line[1:5]]
    assert [Decimal(repr(value)) for value in in_sheet] == [one.value for one in told.facts]
    paper = pypdf.PdfReader(io.BytesIO(printed.pdf(told)))
    words = plain("".join(one.extract_text() for one in paper.pages))
    for line in told.findings[0].tables[0].rows:
        assert plain("".join(cell.shown for cell in line.cells[1:])) in words
    for at in told.facts.table().iter_rows(named=True):
        assert at["value"] == told.facts[at["id"]].value


def test_no_text_becomes_a_formula_or_markup(told):
    book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(told)))
    for sheet in book:
        assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    names = [line[0].value for line in book["evil"].iter_rows(min_row=6)]
    assert [plain(name.replace("_x000D_", "")) for name in names] == [plain(name) for name in EVIL]
    page = document(told.title, told.lead, told.figures, [one.section() for one in told.findings],
                    told.footer)  # fmt: skip
    assert "</script><b>" not in page.split("<footer>")[0]
    words = plain("".join(one.extract_text() for one in
                          pypdf.PdfReader(io.BytesIO(printed.pdf(told))).pages))  # fmt: skip
    assert plain('#import "x"') in words.replace("”", '"').replace("“", '"')


def test_every_column_of_a_sheet_is_as_wide_as_its_widest_figure():
    facts = Facts("run-7", date(2026, 9, 30))
    narrow = Table(("name", "x"), [row("a", facts.add("a", "a", 1, COUNT))])
    cells = [facts.add(f"b{at}", "b", 1234567890123.45, "EUR") for at in range(3)]
    broad = Table(("name", "x", "y", "z"), [row("b", *cells)])
    finding = Finding("both", "title", "words", (narrow, broad))
    told = Told("title", "lead", [], [finding], facts, "footer")
    sheet = openpyxl.load_workbook(io.BytesIO(sheets.workbook(told)))["both"]
    run = sheet.column_dimensions["B"]  # B to D, alike
    assert (run.min, run.max) == (2, 4)
    assert run.width >= len("1,234,567,890,123.45")


def test_tables_that_go_out_as_csv_carry_no_formula(tmp_path):
    texts = [f"{start}SUM(1)" for start in FORMULA] + ["plain", None]
    write(tmp_path, Answer({}, {"items": pl.DataFrame({"name": texts, "figure": -1.5})}))
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(not one["name"].startswith(FORMULA) for one in rows)
    assert all(one["figure"] == "-1.5" for one in rows)
    assert rows[-2]["name"] == "plain"
    raw = pl.read_parquet(tmp_path / "items.parquet")["name"].to_list()
    assert raw == texts
    assert escaped_columns(pl.DataFrame({"a": texts}))["a"].to_list()[:-1] == [
        escaped(text) for text in texts[:-1]
    ]


def test_the_same_report_gives_the_same_bytes(told):
    assert sheets.workbook(told) == sheets.workbook(told)
    assert printed.pdf(told) == printed.pdf(told)


def test_two_figures_cannot_share_a_number():
    facts = Facts("run", date(2026, 9, 30))
    facts.add("a", "label", 1.0, "EUR")
    facts.add("a", "label", 1.001, "EUR")  # the same to the cent
    with pytest.raises(ValueError, match=r"a is 1\.00 and 2\.00"):
        facts.add("a", "label", 2.0, "EUR")
