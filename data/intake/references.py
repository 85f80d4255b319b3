"""Ids that name other tables: every row must speak of parts and locations that were taken in."""

from dataclasses import dataclass, field

import polars as pl

from data.intake.columns import Column
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine


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
    taken = known.taken[column.names]
    ids = draft.frame[column.name]
    coded = ids.cast(pl.Enum(taken), strict=False)
    if coded.null_count() > ids.null_count():
        ids = _tidied(ids, coded.is_null() & ids.is_not_null())
        coded = ids.cast(pl.Enum(taken), strict=False)
        draft.texts[column.name] = ids
    draft.frame = draft.frame.with_columns(coded.alias(column.name))
    if coded.null_count() == ids.null_count():
        return []
    missing = coded.is_null() & ids.is_not_null()
    gone = missing & ids.is_in(known.rejected[column.names].implode())
    what = column.names.removesuffix("s")
    unknown = Finding(
        "ref.unknown",
        column.name,
        missing & ~gone,
        pl.lit(f"no such {what} in {column.names}. Add it there or correct the id."),
    )
    rejected = Finding(
        "ref.rejected",
        column.name,
        gone,
        pl.lit(
            f"the row of this {what} in {column.names} was rejected; mend it and this one follows."
        ),
    )
    return [finding for finding in (unknown, rejected) if finding.rows.any()]


def _tidied(ids: pl.Series, rows: pl.Series) -> pl.Series:
    """Blanks around an id are no part of it; what is only blank is missing."""
    trimmed = ids.filter(rows).str.strip_chars()
    return ids.scatter(rows.arg_true(), trimmed.set(trimmed == "", None))
