"""Ids and texts: what a name may hold, and names that only look alike."""

from collections.abc import Iterator

import polars as pl

from data.intake.columns import Column, Kind
from data.intake.draft import Draft
from data.intake.quarantine import TOTAL, Finding, Quarantine

_CONTROL = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0085\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd]"
)
_NO_ID = r"[\t\n\r]|(^|[/\\])\.\.([/\\]|$)|^[/\\~]"
_MANGLED = r"^\d+([.,]\d+)?[eE]\+\d+$"
_FORMULA = r"^[=@\t\r]|^[+-].*[(|!]"
_MARKUP = r"<\s*[/!a-zA-Z]|&#|javascript:"
_ANYTHING = "|".join((_CONTROL, _NO_ID, _FORMULA, _MARKUP, _MANGLED))
_TOTALS = ("total", "totals", "sum", "gesamt", "summe", "total général", "totale", "итого")


def check_texts(draft: Draft, quarantine: Quarantine) -> None:
    """Reject ids that cannot be ids; warn of text that a spreadsheet or a browser would run."""
    for column in draft.table.columns:
        if column.kind not in (Kind.ID, Kind.TEXT) or column.names:
            continue
        texts = draft.frame[column.name]
        if texts.null_count() == len(texts) or not texts.str.contains(_ANYTHING).any():
            continue
        quarantine.reject(draft, *_impossible(column, texts))
        for finding in _alarming(column, texts):
            quarantine.warn(draft, finding)


def _impossible(column: Column, texts: pl.Series) -> Iterator[Finding]:
    is_id = column.kind is Kind.ID
    if is_id:
        rows = texts.str.contains(_MANGLED).fill_null(False)
        remedy = "a spreadsheet ruined it; export ids as text."
        yield Finding("id.looks_mangled", column.name, rows, pl.lit(remedy))
    pattern = f"{_CONTROL}|{_NO_ID}" if is_id else _CONTROL
    rows = texts.str.contains(pattern).fill_null(False)
    remedy = "ids have no control signs and no paths; correct it at its source."
    remedy = remedy if is_id else "take out the control signs."
    yield Finding("id.format" if is_id else "text.control", column.name, rows, pl.lit(remedy))


def _alarming(column: Column, texts: pl.Series) -> Iterator[Finding]:
    for code, pattern, remedy in (
        ("text.formula_like", _FORMULA, "kept as it stands; every export writes it as text."),
        ("text.markup", _MARKUP, "kept as it stands; every page shows it as text."),
    ):
        rows = texts.str.contains(pattern).fill_null(False)
        yield Finding(code, column.name, rows, pl.lit(remedy))


def reject_total(draft: Draft, quarantine: Quarantine) -> None:
    """Reject a total that stands below the table as its last row, before its cells are parsed."""
    ids = next((column for column in draft.table.columns if column.kind is Kind.ID), None)
    living = draft.in_mask().tail(1000).arg_true() + max(len(draft) - 1000, 0)
    if ids is None or not len(living) or ids.name not in draft.frame.columns:
        return
    last = living[-1:]
    word = draft.frame[ids.name][last].cast(pl.String).item()
    if word is not None and word.strip().rstrip(":").casefold() in _TOTALS:
        remedy = pl.lit("a total below the table, no row of it.")
        quarantine.reject(draft, Finding(TOTAL, ids.name, draft.mask_of(last), remedy))


def check_twins(draft: Draft, quarantine: Quarantine) -> None:
    """Of ids that differ in case, blanks or composed letters alone, one is meant: keep the clean.

    Blanks around ids are cut before; the one kept is composed (NFC), and first in the order of
    characters, so capitals before small letters, whatever the order of the rows.
    """
    key = draft.table.key[0]
    living = draft.living()
    names = living.select(
        "_row",
        pl.col(key).alias("id"),
        alike(pl.col(key)).alias("alike"),
        (pl.col(key).str.normalize("NFC") != pl.col(key)).alias("decomposed"),
    )
    if names["alike"].n_unique() == names["id"].n_unique():
        return
    kept = names.sort("decomposed", "id").group_by("alike", maintain_order=True).first()
    kept = kept.select("alike", pl.col("id").alias("kept"))
    others = names.join(kept, on="alike").filter(pl.col("id") != pl.col("kept")).sort("_row")
    twin = pl.format(
        "but for case, blanks or accents it is {}, which is kept. Use one spelling.",
        pl.col(key).replace_strict(others["id"], others["kept"], default=""),
    )
    rows = draft.mask_of(others["_row"])
    quarantine.reject(draft, Finding("id.near_duplicate", key, rows, twin))


def alike(ids: pl.Expr) -> pl.Expr:
    """What is left of an id when case, blanks and the way letters are composed do not count."""
    return ids.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
