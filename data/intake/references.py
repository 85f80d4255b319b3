"""Ids that name other tables: every row must speak of parts and locations that were taken in."""

from dataclasses import dataclass, field
from typing import cast

import polars as pl

from data.intake.columns import Column
from data.intake.draft import Draft
from data.intake.identifiers import alike
from data.intake.quarantine import Finding, Quarantine
from data.intake.runs import by_runs


@dataclass(slots=True)
class KnownIds:
    """Ids by master table: those taken in, and those whose own row was rejected."""

    taken: dict[str, pl.Series] = field(default_factory=dict)
    rejected: dict[str, pl.Series] = field(default_factory=dict)

    def add(self, draft: Draft) -> None:
        """Learn the ids of a master table from what is left of it."""
        key = draft.table.key[0]
        ids = draft.frame[key]
        taken = draft.column(key).drop_nulls().unique().sort()
        self.taken[draft.table.name] = taken
        all_ids = ids.drop_nulls().unique()
        self.rejected[draft.table.name] = all_ids.filter(~all_ids.is_in(taken.implode()))


def look_up(draft: Draft, known: KnownIds, quarantine: Quarantine) -> None:
    """Reject the rows of `draft` that name a part or location nobody knows."""
    findings: list[Finding] = []
    for column in draft.table.columns:
        if column.names in known.taken:
            findings += _unknown(draft, column, known)
    quarantine.reject(draft, *findings)


def _unknown(draft: Draft, column: Column, known: KnownIds) -> list[Finding]:
    """Rows whose id is not among those taken in; the column becomes codes of the master's ids."""
    taken = known.taken[column.names]
    ids = draft.frame[column.name]
    if ids.dtype == pl.Enum:
        coded = _recoded(ids, taken)
        if coded.null_count() == ids.null_count():
            draft.frame = draft.frame.with_columns(coded.alias(column.name))
            return []
        ids = ids.cast(pl.String)
    written = ids
    coded = by_runs(lambda run: run.cast(pl.Enum(taken), strict=False), ids)
    blanks = ids.null_count()
    if coded.null_count() > blanks:
        ids = _tidied(ids, coded.is_null() & ids.is_not_null())
        coded = ids.cast(pl.Enum(taken), strict=False)
        draft.texts[column.name] = ids
    draft.frame = draft.frame.with_columns(coded.alias(column.name))
    if coded.null_count() == blanks:
        return []
    missing = coded.is_null() & ids.is_not_null()
    gone = missing & ids.is_in(known.rejected[column.names].implode())
    only_blanks = ids.is_null() & written.is_not_null() & column.filled
    what = f"{column.names.removesuffix('s')} in {column.names}"
    found = (
        ("id.missing", only_blanks, pl.lit("it must be filled in.")),
        ("ref.unknown", missing & ~gone, _no_such(what, column, ids.filter(missing), taken)),
        (
            "ref.rejected",
            gone,
            pl.lit(f"the row of this {what} was rejected; mend that one first."),
        ),
    )
    return [Finding(code, column.name, rows, say) for code, rows, say in found if rows.any()]


def _recoded(ids: pl.Series, taken: pl.Series) -> pl.Series:
    """Codes of one list of words as codes of another; null where it has no such word."""
    words = cast(pl.Enum, ids.dtype).categories
    if words.equals(taken):
        return ids
    place = words.cast(pl.Enum(taken), strict=False).to_physical()
    return place.gather(ids.to_physical()).cat.to(pl.Enum(taken))


def _no_such(what: str, column: Column, unknown: pl.Series, taken: pl.Series) -> pl.Expr:
    """What to say of an unknown id: the one it resembles, if there is one."""
    same = alike(pl.col("id"))
    near = (
        pl.DataFrame({"written": unknown.unique()})
        .with_columns(pl.col("written").alias("id"))
        .with_columns(same.alias("alike"))
        .join(pl.DataFrame({"id": taken}).with_columns(same.alias("alike")), on="alike")
    )
    resembling = pl.col("value").replace_strict(
        near["written"], near["id_right"], default=None, return_dtype=pl.String
    )
    plain = pl.lit(f"no such {what}. Add it there or correct the id.")
    return pl.coalesce(pl.format(f"no such {what}; did you mean {{}}?", resembling), plain)


def _tidied(ids: pl.Series, rows: pl.Series) -> pl.Series:
    """Blanks around an id are no part of it; what is only blank is missing."""
    trimmed = ids.filter(rows).str.strip_chars()
    return ids.clone().scatter(rows.arg_true(), trimmed.set(trimmed == "", None))
