"""Cells → typed columns, strictly: what is not plainly a figure, a day or a word is not made one.

Each parser returns the typed column and what it found wrong. Text is classified only where it
failed, so a clean column costs one cast.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import polars as pl

from data.intake.columns import Column, Kind
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal
from data.intake.runs import by_runs
from data.intake.settings import IntakeSettings

Parsed = tuple[pl.Series, list[Finding]]
FIRST_DAY, LAST_DAY, UNTIL_FURTHER_NOTICE = date(1990, 1, 1), date(2100, 12, 31), date(9999, 12, 31)
LONGEST_FIELD = 131_072  # bytes; longer is a quote gone astray, or no table at all
_STAMP = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)? ?(Z|[+-]\d\d:?(\d\d)?)?$"
_ZONE = (
    r"^(?<day>\d{4}-\d\d-\d\d)[T ](?<time>\d\d:\d\d)(?::(?<seconds>\d\d)(?:\.\d+)?)? ?"
    r"(?:Z|(?<sign>[+-])(?<hours>\d\d):?(?<minutes>\d\d)?)$"
)
_DAY_OR_MONTH = 'day or month first? Write 2025-04-03, or state date_format = "%d.%m.%Y".'
_NOT_FINITE = "give a finite number."
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


def parse(draft: Draft, settings: IntakeSettings, quarantine: Quarantine) -> None:
    """Type every column of `draft`; rows with a cell that cannot be typed are rejected."""
    findings: list[Finding] = []
    columns: list[pl.Series] = []
    for column in draft.table.columns:
        if column.name not in draft.frame.columns:
            blank = pl.Series(column.name, [None], dtype=column.dtype)
            columns.append(blank.new_from_index(0, len(draft)))
            continue
        raw = draft.frame[column.name]
        raw = raw.cast(column.dtype) if raw.dtype == pl.Null else raw
        typed, found = _PARSERS[column.kind](raw, column, draft, settings)
        if found and raw.dtype == pl.String:
            draft.texts[column.name] = raw
        columns.append(typed.alias(column.name))
        findings += found
        findings += _blanks(typed, raw, column, found)
    draft.frame = pl.DataFrame(columns)
    quarantine.reject(draft, *findings)


def _blanks(
    typed: pl.Series, raw: pl.Series, column: Column, found: list[Finding]
) -> Iterator[Finding]:
    if not column.filled or not typed.null_count():
        return
    blank = typed.is_null()
    for finding in found:
        blank = blank & ~finding.rows.fill_null(False)
    if blank.any():
        code = "id.missing" if column.kind is Kind.ID else "value.missing"
        yield Finding(code, column.name, blank, pl.lit("it must be filled in; blank is not zero."))


def _number(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    values, found = _figures(raw, column, draft, settings)
    return _within(*_finite(values, column, found))


def _pieces(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    if raw.dtype.is_integer():
        return _within(raw.cast(pl.Int64, strict=False), column, _too_large(raw, column))
    if raw.dtype != pl.String:
        figures, found = _figures(raw, column, draft, settings)
        values, column, found = _whole(*_finite(figures, column, found))
        values, found = _within(values, column, found)
        return values.cast(pl.Int64, strict=False), found
    whole = by_runs(lambda run: run.cast(pl.Int64, strict=False), raw)
    if whole.null_count() == raw.null_count():
        return _within(whole, column, [])
    rows = (whole.is_null() & raw.is_not_null()).arg_true()
    rest, found = _figures(raw[rows], column, draft, settings)
    rest, column, found = _whole(*_finite(rest, column, found))
    rest, found = _within(rest, column, found)
    whole, more = _within(whole, column, [])
    spread = [replace(one, rows=_spread(one.rows, rows, len(raw))) for one in found]
    return whole.scatter(rows, rest.cast(pl.Int64, strict=False)), more + spread


def _spread(mask: pl.Series, rows: pl.Series, length: int) -> pl.Series:
    """A mask over `rows` alone, laid out over all rows."""
    wide = np.zeros(length, dtype=bool)
    wide[rows.filter(mask.fill_null(False)).to_numpy()] = True
    return pl.Series(wide)


Checked = tuple[pl.Series, Column, list[Finding]]


def _finite(values: pl.Series, column: Column, found: list[Finding]) -> Checked:
    odd = ~values.is_finite()
    if odd.any():
        found.append(Finding("number.not_finite", column.name, odd, pl.lit(_NOT_FINITE)))
        values = values.set(odd, None)
    return values, column, found


def _whole(values: pl.Series, column: Column, found: list[Finding]) -> Checked:
    split = values != values.floor()
    if split.any():
        remedy = pl.lit("pieces are whole numbers.")
        found.append(Finding("number.not_integer", column.name, split, remedy))
        values = values.set(split, None)
    return values, column, found


def _too_large(raw: pl.Series, column: Column) -> list[Finding]:
    if raw.dtype not in (pl.UInt64, pl.Int128):
        return []
    over = raw > 2**62
    remedy = pl.lit("it is too large to be true.")
    return [Finding("number.above_max", column.name, over, remedy)] if over.any() else []


def _figures(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    """Float64 from text or from any numeric column; what is no figure becomes null and is found."""
    if raw.dtype.is_numeric():
        return raw.cast(pl.Float64), []
    if raw.dtype != pl.String:
        raise _wrong_type(draft, column, raw)
    point = settings.csv_decimal == "."
    text = raw if point else raw.str.replace(",", ".", literal=True)
    values = text.cast(pl.Float64, strict=False)
    if not point:
        values = values.set(raw.str.contains(".", literal=True).fill_null(False), None)
    if values.null_count() == raw.null_count():
        return values, []
    rows = (values.is_null() & raw.is_not_null()).arg_true()
    trimmed = raw[rows].str.strip_chars()
    rest = text[rows].str.strip_chars().cast(pl.Float64, strict=False)
    if not point:
        rest = rest.set(trimmed.str.contains(".", literal=True), None)
    values = values.scatter(rows, rest)
    failed = rest.is_null() & (trimmed != "")
    if not failed.any():
        return values, []
    looks = trimmed.str.contains(r"^[+-]?\d[\d.,'\s]*\d$")
    unclear = _spread(failed & looks, rows, len(raw))
    wrong = _spread(failed, rows, len(raw))
    sign, other = settings.csv_decimal, "," if point else "."
    remedies = (
        (
            "number.locale_ambiguous",
            unclear,
            f'which sign is the decimal one? Write 1234{sign}5, or state csv_decimal = "{other}".',
        ),
        (
            "number.format",
            wrong & ~unclear,
            f"this is no number. Write it as 1234{sign}5; leave unknown cells blank.",
        ),
    )
    return values, [
        Finding(code, column.name, rows, pl.lit(remedy))
        for code, rows, remedy in remedies
        if rows.any()
    ]


def _within(values: pl.Series, column: Column, found: list[Finding]) -> Parsed:
    """Findings for figures outside the column's range."""
    low, high = _extremes(values)
    if column.least is not None and low < column.least:
        remedy = pl.lit(f"{column.least:g} is the least it may be.")
        found.append(Finding("number.below_min", column.name, values < column.least, remedy))
    if column.most is None or high <= column.most:
        return values, found
    over = values > column.most
    if column.kind is Kind.SHARE:
        percent = over & (values <= 100)
        as_share = (pl.col(column.name) / 100).round_sig_figs(12).cast(pl.String)
        hint = pl.format("shares are 0..1; did you mean {}?", as_share)
        found.append(Finding("rate.looks_like_percent", column.name, percent, hint))
        over = over & ~percent
    remedy = pl.lit(f"{column.most:g} is the most it may be.")
    found.append(Finding("number.above_max", column.name, over, remedy))
    return values, found


def _extremes(values: pl.Series) -> tuple[float, float]:
    """Least and most, both 0 where there is none."""
    low, high = values.min(), values.max()
    return float(cast(float, low or 0)), float(cast(float, high or 0))


def _day(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    found: list[Finding] = []
    if raw.dtype == pl.Date:
        days = raw
    elif raw.dtype == pl.Datetime:
        days = raw.dt.date()
        if getattr(raw.dtype, "time_zone", None) is not None:
            draft.moments[column.name] = raw.dt.convert_time_zone("UTC")
    elif raw.dtype == pl.String:
        days, found = _days_of_text(raw, column, draft, settings)
    elif raw.null_count() == len(raw):
        days = raw.cast(pl.Date)
    else:
        raise _wrong_type(draft, column, raw)
    last = UNTIL_FURTHER_NOTICE if column.open_ended else LAST_DAY
    out = (days < FIRST_DAY) | (days > last)
    if out.any():
        remedy = pl.lit("no such day can be meant; leave it blank if it is unknown.")
        found.append(Finding("date.out_of_range", column.name, out, remedy))
        draft.texts[column.name] = raw.cast(pl.String, strict=False)
        days = days.set(out, None)
    return days, found


def _days_of_text(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    days = by_runs(lambda run: run.str.to_date("%Y-%m-%d", strict=False), raw)
    if days.null_count() == raw.null_count():
        return days, []
    trimmed = raw.str.strip_chars()
    for form in filter(None, (settings.date_format, "%Y-%m-%d")):
        days = days.fill_null(trimmed.str.to_date(form, strict=False))
    stamped = days.is_null() & trimmed.str.contains(_STAMP)
    if stamped.any():
        days = days.fill_null(trimmed.str.head(10).set(~stamped, None).str.to_date(strict=False))
        if trimmed.str.contains(_ZONE).any():
            draft.moments[column.name] = _moments(trimmed)
    wrong = days.is_null() & (trimmed != "")
    empty = wrong & trimmed.str.contains(r"^(1900-01-00|0000-00-00|00000000)")
    unclear = wrong & trimmed.str.contains(r"^\d{1,2}[./-]\d{1,2}[./-](\d{2}|\d{4})$")
    kinds = (
        ("date.out_of_range", empty, "an empty day of a spreadsheet; leave it blank."),
        ("date.ambiguous", unclear, _DAY_OR_MONTH),
        ("date.invalid", wrong & ~unclear & ~empty, "no such day. Write days as 2025-04-03."),
    )
    return days, [
        Finding(code, column.name, rows, pl.lit(remedy))
        for code, rows, remedy in kinds
        if rows.any()
    ]


def _moments(stamps: pl.Series) -> pl.Series:
    """Instants in UTC of time stamps that name an offset; null elsewhere."""
    parts = stamps.str.extract_groups(_ZONE)
    field = parts.struct.field
    offset = field("sign") + field("hours") + field("minutes").fill_null("00")
    text = field("day") + "T" + field("time") + ":" + field("seconds").fill_null("00")
    text = text + offset.fill_null("+0000")
    return text.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_zone="UTC", strict=False)


def _text(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    """Text as it stands, blanks null; ids and words without the blanks around them."""
    if raw.dtype == pl.Enum and column.names not in ("", draft.table.name):
        return raw, []  # words of a short list, which are looked up without being written out
    if raw.dtype != pl.String:
        if not (raw.dtype.is_integer() or raw.dtype in (pl.Categorical, pl.Enum, pl.Null)):
            raise _wrong_type(draft, column, raw)
        raw = raw.cast(pl.String)
    if column.names:
        return raw, []  # looked up among the ids that were taken in, which says more
    longest = cast(int, raw.str.len_bytes().max() or 0)
    if longest > LONGEST_FIELD:
        text = f"{draft.file} has a field of {longest} bytes in {column.name}; is a quote missing?"
        raise Refusal(draft.file, "csv.field_too_long", text)
    found = []
    if longest > column.longest:
        over = raw.str.len_chars() > column.longest
        remedy = pl.lit(f"{column.longest} characters are the most.")
        found.append(Finding("text.too_long", column.name, over, remedy))
    edged = raw.str.contains(r"^\s|\s$|^$")
    if edged.any():
        trimmed = raw.str.strip_chars()
        raw = raw.zip_with(~(trimmed == "") & (column.kind is Kind.TEXT), trimmed)
        raw = raw.set(raw == "", None)
    return raw, found


def _word(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    words, found = _text(raw, column, draft, settings)
    unknown = words.is_not_null() & ~words.is_in(list(column.words))
    if unknown.any():
        remedy = pl.lit(f"allowed are {', '.join(column.words)}.")
        found.append(Finding("enum.unknown", column.name, unknown, remedy))
    return words, found


def _switch(raw: pl.Series, column: Column, draft: Draft, settings: IntakeSettings) -> Parsed:
    if raw.dtype == pl.Boolean:
        return raw, []
    if not (raw.dtype == pl.String or raw.dtype.is_integer()):
        raise _wrong_type(draft, column, raw)
    words = raw.cast(pl.String).str.strip_chars().str.to_lowercase()
    known = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    values = words.replace_strict(known, default=None, return_dtype=pl.Boolean)
    wrong = values.is_null() & (words != "")
    remedy = pl.lit("write true or false.")
    return values, [Finding("bool.format", column.name, wrong, remedy)] if wrong.any() else []


def _wrong_type(draft: Draft, column: Column, raw: pl.Series) -> Refusal:
    text = f"{column.name} in {draft.file} is stored as {raw.dtype}; {column.kind} is expected."
    return Refusal(draft.file, "column.type", text)


_PARSERS: dict[Kind, Callable[[pl.Series, Column, Draft, IntakeSettings], Parsed]] = {
    Kind.ID: _text,
    Kind.TEXT: _text,
    Kind.WORD: _word,
    Kind.NUMBER: _number,
    Kind.SHARE: _number,
    Kind.PIECES: _pieces,
    Kind.DAY: _day,
    Kind.SWITCH: _switch,
}
