"""Tables whose rows hang together: locations form a forest, successors end somewhere."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal

SHOWN_IN_A_CYCLE = 5


def check_locations(draft: Draft, quarantine: Quarantine) -> None:
    """Locations form a forest; those under a parent that is not there are rejected with it.

    Raises:
        Refusal: a location is its own ancestor.
    """
    _no_cycle(draft, "location_id", "parent_id")
    _reject_orphans(draft, "location_id", "parent_id", quarantine)
    _many_heads(draft, quarantine)


def _many_heads(draft: Draft, quarantine: Quarantine) -> None:
    """Warn of locations without parent where others have one; the first by id is the usual head."""
    rows = draft.living()
    roots = rows.filter(pl.col("parent_id").is_null()).sort("location_id")
    if not 1 < len(roots) < len(rows):
        return
    remedy = pl.lit(f"no parent, as {roots['location_id'][0]}: each heads a network of its own.")
    others = draft.mask_of(roots["_row"][1:])
    quarantine.warn(draft, Finding("network.two_roots", "parent_id", others, remedy))


def check_parts(draft: Draft, quarantine: Quarantine) -> None:
    """Successors exist and lead to an end.

    Raises:
        Refusal: a part is its own successor, in one step or several.
    """
    _no_cycle(draft, "part_id", "superseded_by")
    _reject_orphans(draft, "part_id", "superseded_by", quarantine)


def _no_cycle(draft: Draft, key: str, named: str) -> None:
    rows = draft.living()
    if not rows[named].null_count() < len(rows):
        return
    ids = rows[key]
    target = _places(rows[named], ids)
    for _ in range(len(ids).bit_length()):
        target = np.where(target >= 0, target[target], -1)
    if (target < 0).all():
        return
    inside = sorted(set(ids[np.unique(target[target >= 0])].to_list()))
    text = (
        f"{draft.file}: {', '.join(inside[:SHOWN_IN_A_CYCLE])} stand in a circle by {named}. "
        "Correct one of them."
    )
    raise Refusal(draft.file, "ref.cycle", text)


def _places(named: pl.Series, ids: pl.Series) -> NDArray[np.int64]:
    """Where each named id stands among `ids`; −1 for blank or unknown."""
    places = named.replace_strict(ids, np.arange(len(ids)), default=-1, return_dtype=pl.Int64)
    return places.fill_null(-1).to_numpy()


def _reject_orphans(draft: Draft, key: str, named: str, quarantine: Quarantine) -> None:
    """Reject rows that name an id that is not there, and then those that named them."""
    names, own = draft.frame[named], draft.frame[key]
    unknown = pl.lit(f"no such {key}. Add its row or correct the id.")
    rejected = pl.lit("the row it names was rejected; mend that one and this one follows.")
    while True:
        lost = names.is_not_null() & ~names.is_in(draft.living()[key].implode())
        if not len(draft.rows(lost)):
            return
        here = names.is_in(own.implode())
        quarantine.reject(
            draft,
            Finding("ref.unknown", named, lost & ~here, unknown),
            Finding("ref.rejected", named, lost & here, rejected),
        )
