"""The default company, written once; and a company as objects."""

import polars as pl
import pytest

from data.demo import write_company
from data.demo.company import found


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    return write_company(tmp_path_factory.mktemp("demo") / "input")


@pytest.fixture(scope="session")
def tables(report):
    """Every table of the input folder, and `next_year`, the demand beside it."""
    paths = {path.stem: path for path in report.folder.iterdir()}
    read = {name: pl.read_csv(path, try_parse_dates=True) for name, path in paths.items()}
    return read | {"next_year": pl.read_csv(report.next_year / "demand.csv", try_parse_dates=True)}


@pytest.fixture(scope="session")
def company():
    return found(150, 8, 1)
