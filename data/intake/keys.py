"""Keys: two rows that say the same are one; two that disagree make the file untrustworthy."""

import polars as pl

from data.intake.canonical import ascends
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal

SHOWN_CONFLICTS = 3


def agree(draft: Draft, quarantine: Quarantine) -> None:
    """Take identical rows once, with a warning.

    Raises:
        Refusal: rows of one key hold different values; neither the first nor the last is right.
    """
    key = list(draft.table.key)
    if not key or not len(draft) or ascends(draft.frame, key):
        return
    rows = draft.living()
    if rows.n_unique(subset=key) == len(rows):
        return
    twice = rows.filter(rows.select(key).is_duplicated())
    different = twice.drop("_row").unique()
    conflicts = different.filter(different.select(key).is_duplicated())
    if len(conflicts):
        raise _conflict(draft, conflicts.select(key).unique().sort(key))
    later = twice.filter(~pl.struct(key).is_first_distinct())["_row"]
    mask = draft.mask_of(later)
    remedy = pl.lit("the same row stands here before; it is taken once.")
    quarantine.warn(draft, Finding("key.duplicate_identical", key[0], mask, remedy))
    draft.drop(mask)


def _conflict(draft: Draft, keys: pl.DataFrame) -> Refusal:
    shown = "; ".join(
        " ".join("(blank)" if cell is None else str(cell) for cell in row)
        for row in keys.head(SHOWN_CONFLICTS).iter_rows()
    )
    more = "" if len(keys) <= SHOWN_CONFLICTS else f" and {len(keys) - SHOWN_CONFLICTS} more"
    text = (
        f"{draft.file} has rows that disagree for the same {', '.join(keys.columns)}: "
        f"{shown}{more}. Keep the right row of each."
    )
    return Refusal(draft.file, "key.duplicate_conflict", text)
