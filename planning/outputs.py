"""What a calculation leaves behind: tables in Parquet and CSV beside one `summary.json`.

A folder never holds a mixture of two runs: what an earlier run wrote there goes first, and
`summary.json` is written last.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from planning.answer import Answer
from planning.finance.forms.escaping import escaped_columns

SUMMARY = "summary.json"
PAGES = (
    "rejected.txt", "backtest.json", "backtest.html", "curve.html",
    "report.html", "report.xlsx", "report.pdf", "what_if.html",
)  # fmt: skip
TABLES = (
    "policies",
    "proposals",
    "forecasts",
    "rejected",
    "measures",
    "backtest",
    "curve",
    "marks",
    "changes",
    "facts",
    "items",
    "moves",
    "promises",
    "figures",
    "contracts",
    "targets",
    "basis",
)


def _parquet(table: pl.DataFrame, path: Path) -> None:
    table.write_parquet(path)


def _csv(table: pl.DataFrame, path: Path) -> None:
    """No text from outside becomes a formula in a spreadsheet."""
    escaped_columns(table).write_csv(path)


FORMS: tuple[tuple[Callable[[pl.DataFrame, Path], None], str], ...] = (
    (_parquet, "parquet"),
    (_csv, "csv"),
)


def write(out: Path, answer: Answer) -> None:
    """Write the tables, pages and summary of `answer` into `out`, in place of an earlier run's."""
    out.mkdir(parents=True, exist_ok=True)
    for name in (
        SUMMARY,
        *PAGES,
        *(f"{table}.{form}" for table in TABLES for _, form in FORMS),
    ):
        (out / name).unlink(missing_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        written = [
            pool.submit(write_as, table, out / f"{name}.{form}")
            for name, table in answer.tables.items()
            for write_as, form in FORMS
        ]
        written += [
            pool.submit(kept.write_parquet, out / f"{name}.parquet")
            for name, kept in answer.kept.items()
        ]
    for one in written:
        one.result()
    for name, content in answer.files.items():
        (out / name).write_bytes(content)
    for name, page in answer.pages.items():
        (out / name).write_text(page + "\n", encoding="utf-8")
    (out / SUMMARY).write_text(to_json(answer.summary) + "\n", encoding="utf-8")


def to_json(value: Any) -> str:
    """JSON a machine can read: what is not a number is null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool | None) else str(value)
