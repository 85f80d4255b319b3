"""Read the worklist, approve, reject, override, hand over: a person decides, once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data.store import decisions, plans, proposals, runs
from data.store.batches import content_hash
from data.store.decisions import Decided, Verdict
from data.store.engine import Store
from inventory.ledger import Request
from planning.finance.forms.escaping import escaped_columns
from planning.settings import Settings

LEVEL_KINDS = ("level", "last_piece")
DAYS_PER_YEAR = 365
REASONS = {
    "contract": "a customer's contract says otherwise",
    "data": "the figures it rests on are wrong",
    "demand": "demand will not be what the history says",
    "discontinued": "the part or the machine goes",
    "no_room": "there is no room or no money",
    "substitute": "another part will do",
    "supplier": "the supplier cannot or need not",
    "other": "see the comment",
}
WORKLIST = (
    "proposal_id", "version", "part_id", "location_id", "kind", "current_reorder_point",
    "proposed_reorder_point", "proposed_order_quantity", "quantity", "source", "value_change",
    "cost_per_year_change", "waiting_days_change", "run_id", "reason",
)  # fmt: skip


class CannotDecide(Exception):
    """What was asked makes no sense, or nobody may do it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which proposals somebody speaks of: by number, or by what they have in common."""

    numbers: Sequence[int] = ()
    kind: str = ""
    location_id: str = ""
    part_id: str = ""
    at_most: float | None = None  # largest |change of value|, money
    everything: bool = False

    @property
    def in_bulk(self) -> bool:
        """True when nobody named each number."""
        return not self.numbers


def worklist(store: Store, chosen: Chosen) -> pl.DataFrame:
    """The open proposals of the plan in force that are spoken of, the dearest first."""
    found = proposals.open_proposals(store)
    tests = [
        (chosen.numbers, pl.col("proposal_id").is_in(list(chosen.numbers))),
        (chosen.kind, pl.col("kind") == chosen.kind),
        (chosen.location_id, pl.col("location_id") == chosen.location_id),
        (chosen.part_id, pl.col("part_id") == chosen.part_id),
        (chosen.at_most is not None, pl.col("value_change").abs() <= (chosen.at_most or 0.0)),
    ]
    for asked, test in tests:
        if asked:
            found = found.filter(test)
    order = pl.col("value_change").abs()
    return found.sort(order, "proposal_id", descending=[True, False]).select(WORKLIST)


def decide(
    store: Store,
    settings: Settings,
    chosen: Chosen,
    verdict: Verdict,
    *,
    actor: str,
    run_id: str = "",
    versions: Sequence[int] = (),
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Any]:
    """Decide what is chosen, each proposal once, as it was seen.

    Args:
        store: the company's database.
        settings: from which value on two people are asked for.
        chosen: by number or by filter; by filter the last piece of a part is never taken.
        verdict: approved, rejected or overridden.
        actor: who decides.
        run_id: the plan that was seen; blank: the one in force now.
        versions: the version of each number as it was seen; none: as it is now.
        clock: gives the moment of the decision.

    Raises:
        CannotDecide: nothing is in force, nothing was chosen, or the verdict is not complete.
    """
    in_force = runs.published_run(store)
    if not in_force:
        raise CannotDecide("No plan is in force yet. Run `sparewise night` first.")
    _check(chosen, verdict)
    found = worklist(store, chosen)
    spared = 0
    if chosen.in_bulk:
        by_itself = found["kind"] == "last_piece"
        spared = int(by_itself.sum())
        found = found.filter(~by_itself)
    if verdict.word == "overridden":
        found = found.filter(pl.col("kind").is_in(LEVEL_KINDS))
    seen = dict(found.select("proposal_id", "version").iter_rows())
    for number in chosen.numbers:
        seen.setdefault(number, 0)
    seen.update(zip(chosen.numbers, versions, strict=False))
    told = decisions.decide(
        store,
        sorted(seen.items()),
        verdict,
        Request(actor, f"{verdict.word} {clock().isoformat()}", clock()),
        run_id=run_id or in_force,
        four_eyes_value=settings.four_eyes_value,
    )
    return _told(told, spared, run_id or in_force)


def _told(told: Sequence[Decided], spared: int, run_id: str) -> dict[str, Any]:
    def numbers(code: str) -> list[int]:
        return [one.proposal_id for one in told if one.code == code]

    refused = [one for one in told if one.code not in ("decided", "waits")]
    return {
        "run_id": run_id,
        "decided": numbers("decided"),
        "waiting_for_second": numbers("waits"),
        "refused": [
            {"proposal_id": one.proposal_id, "code": one.code, "message": one.message}
            for one in refused
        ],
        "last_pieces_left_alone": spared,
    }


def _check(chosen: Chosen, verdict: Verdict) -> None:
    filters = (chosen.kind, chosen.location_id, chosen.part_id, chosen.at_most is not None)
    if not (chosen.numbers or chosen.everything or any(filters)):
        raise CannotDecide("Name proposals by number, or a filter, or --all.")
    if chosen.kind == "last_piece" and chosen.in_bulk:
        raise CannotDecide("Last pieces are decided one by one: name their numbers.")
    if verdict.word != "approved" and verdict.reason_code not in REASONS:
        known = ", ".join(REASONS)
        raise CannotDecide(f"A reason is needed: {known}.")
    if verdict.reason_code == "other" and not verdict.comment:
        raise CannotDecide("The reason `other` needs a comment.")
    if verdict.word == "overridden":
        if verdict.reorder_point is None or verdict.expires_on is None:
            raise CannotDecide("An override needs its reorder point and the day it ends.")
        if verdict.reorder_point < -1 or (verdict.order_quantity or 1) < 1:
            raise CannotDecide("A reorder point is -1 or more, an order quantity 1 or more.")


def release(
    store: Store,
    out: Path,
    *,
    actor: str,
    number: int = 0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> dict[str, Any]:
    """Hand over what was decided, once, as CSV and Parquet; or write release `number` once more.

    Raises:
        CannotDecide: when that release is not what was written down.
    """
    if number:
        rows = decisions.released(store, number)
    else:
        number, rows = decisions.release(store, Request(actor, "release", clock()))
    if not number:
        return {"release_id": None, "rows": 0, "files": []}
    known = decisions.content_hash_of(store, number)
    if content_hash(rows.drop("release_id")) != known:
        raise CannotDecide(f"Release {number} is not what was written down, or never was.")
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"release-{number:05d}.{form}" for form in ("csv", "parquet")]
    for file in files:
        part = file.with_suffix(file.suffix + ".part")
        if file.suffix == ".csv":
            escaped_columns(rows).write_csv(part)
        else:
            rows.write_parquet(part)
        part.replace(file)
    return {"release_id": number, "rows": rows.height, "files": [str(file) for file in files]}


def overrides(store: Store) -> pl.DataFrame:
    """Every override, and what it cost or saved against the proposal: a year, and so far.

    So far is what each night said a year, for the days until the next night.
    """
    worth = plans.override_outcomes(store, runs.published_run(store)).drop("run_id")
    per_day = pl.col("cost_per_year_change") / DAYS_PER_YEAR
    history = plans.override_history(store)
    so_far = history.group_by("decision_id").agg(cost_so_far=(per_day * pl.col("days")).sum())
    told = proposals.past_decisions(store).filter(pl.col("verdict") == "overridden")
    return (
        told.select(
            "decision_id", "part_id", "location_id", "proposed_reorder_point", "reorder_point",
            "actor", "reason_code", "expires_on",
        )
        .join(worth, on="decision_id", how="left", maintain_order="left")
        .join(so_far, on="decision_id", how="left", maintain_order="left")
    )  # fmt: skip
