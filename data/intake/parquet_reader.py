"""Parquet → typed cells; columns already typed skip everything that text must go through."""

from io import BytesIO
from pathlib import Path

import polars as pl

from data.intake.columns import Table
from data.intake.csv_header import missing_columns, note_unknown
from data.intake.draft import Draft
from data.intake.quarantine import Quarantine, Refusal
from data.intake.settings import IntakeSettings
from data.intake.source import read_bytes


def read_parquet(
    path: Path, table: Table, settings: IntakeSettings, quarantine: Quarantine
) -> Draft:
    """The known columns of a Parquet file.

    Raises:
        Refusal: no Parquet file, a required column is missing, or a column is no plain column.
    """
    content = read_bytes(path, settings)
    if not content:
        raise Refusal(path.name, "file.empty", f"{path.name} is empty. Export it anew.")
    if content[:4] != b"PAR1" or content[-4:] != b"PAR1":
        text = f"{path.name} is no whole Parquet file. Export it anew."
        raise Refusal(path.name, "file.type_mismatch", text)
    try:
        names = list(pl.read_parquet_schema(BytesIO(content)))
        needed = {column.name for column in table.columns if column.required}
        if not needed <= set(names):
            raise missing_columns(path.name, needed, names)
        frame = pl.read_parquet(BytesIO(content), columns=[name for name in names if name in table])
    except Refusal:
        raise
    except (Exception, pl.exceptions.PanicException) as trouble:
        text = f"{path.name} cannot be read as Parquet. Export it anew."
        raise Refusal(path.name, "file.unreadable", text) from trouble
    note_unknown(path.name, table, names, quarantine)
    return Draft(table, path.name, frame, first_line=1, line_word="row")
