"""The report for the meeting: a PDF with the same figures and charts, tables cut to a page."""

import json
from pathlib import Path
from typing import Any

import typst

from planning.finance.forms.findings import Finding, Told, more_rows
from planning.finance.forms.page import Table, svg

MOST_ROWS = 24  # of a table; the rest is in the other forms


def pdf(told: Told) -> bytes:
    """The file's content; the same report gives the same bytes."""
    asked = {
        "title": told.title,
        "lead": told.lead,
        "footer": told.footer,
        "figures": [{"shown": one.shown, "label": one.label} for one in told.figures],
        "findings": [_finding(one) for one in told.findings],
    }
    template = Path(__file__).with_name("report.typ").read_bytes()
    made = typst.compile(template, format="pdf", sys_inputs={"told": json.dumps(asked)})
    return bytes(made)


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "title": one.title,
        "words": one.words,
        "chart": svg(one.chart) if one.chart is not None else "",
        "width": 100 if one.wide else 68,
        "tables": [_table(table) for table in one.tables if table.rows],
    }


def _table(table: Table) -> dict[str, Any]:
    rows = list(table.rows)
    kept = rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS - 1], *rows[-1:]]
    left = len(rows) - len(kept)
    return {
        "headings": list(table.headings),
        "rows": [{"cells": [cell.shown for cell in row.cells], "sum": row.sum} for row in kept],
        "text": list(table.text),
        "caption": table.caption,
        "more": f"{more_rows(left)} in the other forms." if left else "",
    }
