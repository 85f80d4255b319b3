"""What a use case gives back: tables, a summary, and what the exit code shall be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from planning.exits import Exit


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Tables by name, the summary that goes beside them, and pages to be read."""

    summary: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)  # plain text by file name
    exit: Exit = Exit.DONE
    files: Mapping[str, bytes] = field(default_factory=dict)  # by file name
    kept: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # for later runs, Parquet only
