"""XLSX → cells as text, row by row as the sheet numbers them.

Which sheet: the one that the settings name, else the one named as the table, else the only visible
one whose first rows hold the required columns.
"""

from pathlib import Path

import fastexcel
import numpy as np
import polars as pl

from data.intake.columns import Kind, Table
from data.intake.csv_header import (
    LOOKED_AT_FOR_A_HEADER,
    known_as,
    missing_columns,
    no_name_twice,
    note_title,
    note_unknown,
)
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal
from data.intake.settings import IntakeSettings
from data.intake.source import read_bytes
from data.intake.workbook import Sheet, formulas_without_value, guarded, text_cells

_FIGURES = (Kind.NUMBER, Kind.SHARE, Kind.PIECES)


def read_xlsx(path: Path, table: Table, settings: IntakeSettings, quarantine: Quarantine) -> Draft:
    """The known columns of a workbook's sheet, as text.

    Raises:
        Refusal: the workbook is harmful, damaged, or does not say which sheet is meant.
    """
    content = read_bytes(path, settings)
    sheets = guarded(path.name, content, settings)
    sheet, cells, header = _chosen(path.name, content, sheets, table, settings)
    names = _names(cells, header, table)
    no_name_twice(path.name, names)
    note_unknown(path.name, table, names, quarantine)
    if cells[:header].select(pl.any_horizontal(pl.all().is_not_null())).to_series().any():
        note_title(path.name, table, f"row {header + 1}", quarantine)
    places = {name: place for place, name in enumerate(names) if name in table}
    below = cells[header + 1 :]
    frame = below.select(
        pl.nth(place).replace("", None).alias(name) for name, place in places.items()
    )
    draft = Draft(table, path.name, frame, first_line=header + 2, line_word="row")
    _drop_blank_rows(draft)
    _decimal_points(draft, content, sheet, places, header, settings)
    _reject_formulas(draft, content, sheet, names, header, quarantine)
    return draft


def _chosen(
    file: str, content: bytes, sheets: list[Sheet], table: Table, settings: IntakeSettings
) -> tuple[Sheet, pl.DataFrame, int]:
    """The sheet that is meant, its cells, and the row of its header."""
    needed = {column.name for column in table.columns if column.required}
    stated = settings.sheets.get(table.name)
    fitting: list[tuple[Sheet, pl.DataFrame, int]] = []
    for sheet in sheets:
        cells = _cells(file, content, sheet)
        header = _header_row(cells, needed, table)
        if header is not None:
            fitting.append((sheet, cells, header))
        if sheet.name == stated and header is None:
            raise missing_columns(file, needed, _names(cells, 0, table))
    meant = [found for found in fitting if found[0].name == stated]
    seen = [found for found in fitting if found[0].visible]
    named = [found for found in seen if found[0].name.strip().casefold() == table.name]
    for choice in (meant, named, seen):
        if len(choice) == 1 and (stated is None or choice is meant):
            return choice[0]
    if len(sheets) == 1 and not fitting:
        raise missing_columns(file, needed, _names(_cells(file, content, sheets[0]), 0, table))
    raise _unclear(file, table, fitting, stated)


def _unclear(
    file: str, table: Table, fitting: list[tuple[Sheet, pl.DataFrame, int]], stated: str | None
) -> Refusal:
    names = ", ".join(
        f"“{sheet.name}”" + ("" if sheet.visible else " (hidden)") for sheet, _, _ in fitting
    )
    what = f"has no sheet “{stated}”" if stated else "does not say which sheet is meant"
    text = (
        f"{file} {what}; the columns of {table.name} are on {names or 'none'}. Leave one visible "
        f'sheet with them, or state sheets = {{ {table.name} = "…" }}.'
    )
    return Refusal(file, "xlsx.sheet_unclear", text)


def _cells(file: str, content: bytes, sheet: Sheet) -> pl.DataFrame:
    try:
        book = fastexcel.read_excel(content)
        read = book.load_sheet(sheet.name, header_row=None, skip_rows=0, dtypes="string")
        return read.to_polars()
    except (Exception, pl.exceptions.PanicException) as trouble:
        text = f"Sheet “{sheet.name}” of {file} cannot be read. Save it anew."
        raise Refusal(file, "file.unreadable", text) from trouble


def _header_row(cells: pl.DataFrame, needed: set[str], table: Table) -> int | None:
    for row in range(min(LOOKED_AT_FOR_A_HEADER, len(cells))):
        if needed <= set(_names(cells, row, table)):
            return row
    return None


def _names(cells: pl.DataFrame, row: int, table: Table) -> list[str]:
    if row >= len(cells):
        return []
    return [known_as(name or "", table) for name in cells.row(row)]


def _drop_blank_rows(draft: Draft) -> None:
    filled = draft.frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if not filled.all():
        rows = filled.arg_true()
        draft.lines = rows.cast(pl.Int64) + draft.first_line
        draft.frame = draft.frame[rows]


def _line_places(draft: Draft) -> dict[int, int]:
    """Place in the frame by row of the sheet."""
    if draft.lines is None:
        return {
            line: place
            for place, line in enumerate(range(draft.first_line, draft.first_line + len(draft)))
        }
    return {int(line): place for place, line in enumerate(draft.lines)}


def _decimal_points(
    draft: Draft,
    content: bytes,
    sheet: Sheet,
    places: dict[str, int],
    header: int,
    settings: IntakeSettings,
) -> None:
    """Where text is written with commas, figures stored as figures are written so too."""
    if settings.csv_decimal == ".":
        return
    figures = [name for name in places if draft.table[name].kind in _FIGURES]
    by_line = _line_places(draft)
    texts = text_cells(content, sheet)
    for name in figures:
        is_text = np.zeros(len(draft), dtype=bool)
        rows = [by_line[row] for row, place in texts if place == places[name] and row in by_line]
        is_text[rows] = True
        written = draft.frame[name].str.replace(".", settings.csv_decimal, literal=True)
        column = draft.frame[name].zip_with(pl.Series(is_text), written)
        draft.frame = draft.frame.with_columns(column.alias(name))


def _reject_formulas(
    draft: Draft,
    content: bytes,
    sheet: Sheet,
    names: list[str],
    header: int,
    quarantine: Quarantine,
) -> None:
    by_line = _line_places(draft)
    empty = [
        (by_line[row], names[place])
        for row, place in formulas_without_value(content, sheet)
        if row in by_line and place < len(names) and names[place] in draft.table
    ]
    remedy = pl.lit("the formula was never calculated; open the workbook, let it calculate, save.")
    findings = [
        Finding(
            "xlsx.formula_no_value",
            name,
            draft.mask_of(pl.Series([row for row, of in empty if of == name], dtype=pl.UInt32)),
            remedy,
        )
        for name in sorted({name for _, name in empty})
    ]
    quarantine.reject(draft, *findings)
