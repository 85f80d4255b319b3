"""One order and one hash, whatever the files looked like."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from data.intake import IntakeSettings, take_in
from data.intake.canonical import ascends, hash_of, in_order
from tests.data.intake.folders import AS_OF, as_csv, baseline, write

WORDS = pl.Enum(["a", "b", "c"])
ids = st.none() | st.sampled_from("abc")
texts = st.none() | st.text("xy", max_size=3)
days = st.none() | st.dates(date(2020, 1, 1), date(2026, 1, 1))
pieces = st.none() | st.integers(-5, 5) | st.integers(-(10**12), 10**12)
rows = st.tuples(ids, ids, days, pieces, texts, st.none() | st.booleans())


def frame_of(listed: list[tuple[Any, ...]], *, text: bool = True) -> pl.DataFrame:
    schema = {
        "part": WORDS,
        "place": WORDS,
        "day": pl.Date,
        "pieces": pl.Int64,
        "text": pl.String,
        "yes": pl.Boolean,
    }
    frame = pl.DataFrame(listed, schema=schema, orient="row")
    return frame if text else frame.drop("text")


@given(st.lists(rows, max_size=30), st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_order_of_rows_becomes_the_order_of_a_plain_sort(listed, chance, text):
    frame = frame_of(listed, text=text)
    chance.shuffle(listed)
    ordered = in_order(frame_of(listed, text=text))
    assert ordered.schema == frame.schema
    assert ordered.equals(frame.sort(frame.columns))
    among = pl.Series([chance.random() < 0.7 for _ in listed], dtype=pl.Boolean)
    some = in_order(frame, among)
    assert some.equals(frame.filter(among).sort(frame.columns))
    key = ["day", "place"]
    by_key = in_order(frame_of(listed, text=text), key=key)
    rest = [name for name in frame.columns if name not in key]
    assert by_key.equals(frame.sort(*key, *rest))
    assert in_order(by_key, key=key).equals(by_key)


@given(st.lists(rows, max_size=12), st.booleans())
@settings(max_examples=80, deadline=None)
def test_rows_ascend_where_no_two_are_alike_and_they_stand_in_order(listed, ordered):
    frame, key = frame_of(listed), ["part", "place", "day"]
    frame = frame.sort(key) if ordered else frame
    alone = frame.n_unique(subset=key) == len(frame)
    assert alone or not ascends(frame, key)
    if ordered and all(frame[name].null_count() < len(frame) for name in key):
        assert ascends(frame, key) == alone


@given(st.lists(rows, min_size=1, max_size=8), st.data())
@settings(max_examples=80, deadline=None)
def test_another_cell_is_another_hash(listed, data):
    row = data.draw(st.integers(0, len(listed) - 1))
    other = [*listed[:row], data.draw(rows), *listed[row + 1 :]]
    frames = [in_order(frame_of(one)) for one in (listed, other)]
    hashes = {hash_of({"t": frame}) for frame in frames}
    assert (len(hashes) == 1) == frames[0].equals(frames[1])


def test_texts_do_not_run_into_each_other():
    hashes = {
        hash_of({"t": pl.DataFrame({"x": x, "y": y}, schema={"x": pl.String, "y": pl.String})})
        for x, y in ((["ab", "c"], ["", "d"]), (["a", "bc"], ["", "d"]), (["ab", "cd"], ["", ""]))
    }
    assert len(hashes) == 3


def test_shuffled_rows_in_any_format_are_the_same_input(tmp_path: Path):
    tables = baseline()
    folders = [tmp_path / name for name in ("csv", "backwards", "parquet", "xlsx", "semicolons")]
    for folder in folders:
        folder.mkdir()
    write(folders[0], tables)
    write(folders[1], {name: rows[::-1] for name, rows in tables.items()})
    usual = take_in(folders[0], as_of=AS_OF)
    for name, listed in tables.items():
        usual.tables[name].sample(fraction=1, shuffle=True, seed=1).write_parquet(
            folders[2] / f"{name}.parquet"
        )
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(list(listed[0]))
        for row in listed:
            sheet.append([float(v) if v.replace(".", "").isdigit() else v for v in row.values()])
        buffer = io.BytesIO()
        book.save(buffer)
        (folders[3] / f"{name}.xlsx").write_bytes(buffer.getvalue())
        text = as_csv(listed[::-1], delimiter=";")
        (folders[4] / f"{name}.csv").write_text(text)
    semicolons = IntakeSettings(csv_delimiter=";")
    dialects = (IntakeSettings(),) * 4 + (semicolons,)
    for folder, dialect in zip(folders, dialects, strict=True):
        intake = take_in(folder, as_of=AS_OF, settings=dialect)
        assert intake.input_hash == usual.input_hash, folder.name
        for name in tables:
            assert intake.tables[name].equals(usual.tables[name])


def test_what_is_accepted_decides_the_hash_and_nothing_else(tmp_path: Path):
    tables = baseline()
    usual = take_in(write(tmp_path, tables), as_of=AS_OF).input_hash
    tables["parts"].append(tables["parts"][0] | {"part_id": "P-9", "unit_cost": "x"})
    assert take_in(write(tmp_path, tables), as_of=AS_OF).input_hash == usual
    tables["parts"][-1]["unit_cost"] = "1"
    assert take_in(write(tmp_path, tables), as_of=AS_OF).input_hash != usual
