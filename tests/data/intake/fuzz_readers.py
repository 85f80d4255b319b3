"""Atheris over the readers: bytes become a file of one format, and only refusals may come out.

    python -m tests.data.intake.fuzz_readers [libFuzzer options]

The list of bad inputs is the corpus.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["data.intake"]):
    from data.intake import take_in

from tests.data.intake.folders import AS_OF, LIST, baseline, put_file, write

FORMATS = ("csv", "xlsx", "parquet")
TABLES = ("demand", "parts", "stock")


def corpus(folder: Path) -> Path:
    """Every file of the list, marked with its table and format."""
    into = folder / "corpus"
    into.mkdir()
    for case in LIST["cases"]:
        if "file" not in case or case["id"] == "DE-050":
            continue
        put_file(case["file"], folder)
        path = folder / case["file"]["name"]
        mark = bytes((FORMATS.index(path.suffix[1:]), TABLES.index(case["table"])))
        (into / case["id"]).write_bytes(mark + path.read_bytes()[:4000])
        path.unlink()
    for number, table in enumerate(TABLES):
        good = (folder / "company" / f"{table}.csv").read_bytes()[:2000]
        (into / table).write_bytes(bytes((0, number)) + good)
    return into


def main() -> None:
    scratch = Path(tempfile.mkdtemp())
    company = scratch / "company"
    company.mkdir()
    tables = baseline()
    tables["demand"] = tables["demand"][:5]
    write(company, tables)
    kept = {table: (company / f"{table}.csv").read_bytes() for table in TABLES}

    def one(data: bytes) -> None:
        if len(data) < 2:
            return
        form, table = FORMATS[data[0] % 3], TABLES[data[1] % 3]
        good, put = company / f"{table}.csv", company / f"{table}.{form}"
        good.unlink()
        put.write_bytes(data[2:])
        try:
            take_in(company, as_of=AS_OF)
        finally:
            put.unlink()
            good.write_bytes(kept[table])

    atheris.Setup([sys.argv[0], str(corpus(scratch)), *sys.argv[1:]], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
