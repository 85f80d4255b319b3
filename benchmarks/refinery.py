"""The refinery's planners against plans made of their history, on the 24 months that followed.

Prints its figures; `python -m benchmarks.refinery` alone also writes docs/refinery.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks._refinery_text import page
from inventory.demand import Floats
from inventory.service import Measure, ServiceTarget
from optimizer import solve
from planning.plan import planned_question
from planning.pose import Question
from planning.prepare import prepare
from planning.replay import Period, replay
from planning.settings import load
from planning.stages import Stages
from tests.real import refinery

ITEM = ["part_id", "location_id"]
LINE_FILL = (0.70, 0.76, 0.81, 0.85, 0.88, 0.905, 0.925, 0.945, 0.965, 0.985)
ALONE, TOGETHER, ONE_OF_EACH = "line fill", "all three", "one of each"
FAMILIES = (ALONE, TOGETHER, ONE_OF_EACH)
BESIDE = (Measure.LINE_FILL_RATE, Measure.FILL_RATE, Measure.WAITING_DAYS)
# Share of pieces and days of waiting allowed for each share of requests that may wait. Fixed on a
# rehearsal within the history: plans of August 1998, replayed on the twelve months that followed.
STRICTNESS = (0.8, 30.0)
BY_MONTH = {"period": Period.MONTH, "review_period_days": 0.0}
RESAMPLES = 2000
EVERY_TARGET = slice(None)
COLUMNS = (
    "requests",
    "requests_at_once",
    "pieces",
    "pieces_at_once",
    "waiting_piece_days",
    "stock_value",
    "value",
    "value_at_once",
    "orders",
)


@dataclass(frozen=True, slots=True)
class Played:
    """What a replay counted: one row per part or resample, columns as in `COLUMNS`."""

    counts: Floats

    def column(self, name: str) -> Floats:
        """One of `COLUMNS`."""
        return self.counts[:, COLUMNS.index(name)]

    def summed(self, weights: Floats) -> "Played":
        """Sums over the parts, each as often as a row of `weights` (resamples × parts) says."""
        return Played(weights @ self.counts)

    @property
    def line_fill(self) -> Floats:
        """Share of requests served at once."""
        return self.column("requests_at_once") / self.column("requests")

    @property
    def fill(self) -> Floats:
        """Share of pieces served at once."""
        return self.column("pieces_at_once") / self.column("pieces")

    @property
    def waiting_days(self) -> Floats:
        """Mean wait over all pieces."""
        return self.column("waiting_piece_days") / self.column("pieces")

    @property
    def value_fill(self) -> Floats:
        """Share of the value asked for that was served at once."""
        return self.column("value_at_once") / self.column("value")


def question(folder: Path) -> Question:
    """What is asked of the optimizer, from the history alone; every part of it is compared."""
    refinery.write(folder, pl.DataFrame({"measure": ["line_fill_rate"], "target": [0.9]}))
    ready = prepare(folder, settings=load(folder), stages=Stages(), as_of=refinery.AS_OF)
    return planned_question(ready)


def play(requests: pl.DataFrame, policies: pl.DataFrame) -> Played:
    """The months nobody had seen, by part."""
    done = replay(requests, policies, start=refinery.START, end=refinery.END, **BY_MONTH)
    cost = pl.col("unit_cost")
    values = {"value": pl.col("pieces") * cost, "value_at_once": pl.col("pieces_at_once") * cost}
    return Played(done.measures.with_columns(**values).select(COLUMNS).to_numpy().astype(float))


def target_sets(family: str) -> Iterator[tuple[ServiceTarget, ...]]:
    """Ten sets of targets, each as strict beside line fill as `STRICTNESS` says."""
    for share in LINE_FILL:
        short = 1 - share
        beside = (share, 1 - STRICTNESS[0] * short, STRICTNESS[1] * short)
        measures = BESIDE[:1] if family == ALONE else BESIDE
        yield tuple(map(ServiceTarget, measures, beside))


def plan(asked: Question, targets: Sequence[ServiceTarget], family: str) -> pl.DataFrame:
    """Reorder points of least cost, and the master data a replay needs."""
    items = asked.items
    if family == ONE_OF_EACH:
        items = replace(items, lowest_reorder_point=np.zeros(len(items), dtype=np.int64))
    found = solve(items, targets)
    return pl.DataFrame(
        {"reorder_point": found.reorder_point, "order_quantity": found.order_quantity}
    )


def along(margins: Floats, values: Floats) -> Floats:
    """The value where all margins are first 0 or more, going from target to target in a line.

    Args:
        margins: Of each condition at each target, shape (conditions, targets, resamples).
        values: Of what is interpolated, shape (targets, resamples).

    Returns:
        By resample; nan where no target is enough.
    """
    answer = np.where((margins[:, 0] >= 0).all(axis=0), values[0], np.nan)
    for step in range(len(values) - 1):
        low, high = margins[:, step], margins[:, step + 1]
        rise = np.where(high != low, high - low, 1.0)
        root = np.clip(-low / rise, 0.0, 1.0)
        enter = np.where(low >= 0, 0.0, np.where(high >= 0, root, np.inf)).max(axis=0)
        leave = np.where(high >= 0, 1.0, np.where(low >= 0, root, -np.inf)).min(axis=0)
        at = np.where(enter <= leave, enter, np.nan)
        answer = np.where(
            np.isnan(answer), values[step] + at * (values[step + 1] - values[step]), answer
        )
    return answer


def compare(planners: Played, plans: Sequence[Played], weights: Floats) -> dict[str, Floats]:
    """Saving, value fill and orders where a family equals the planners, by resample.

    `line fill` asks for their line fill; `all three` for no worse line fill, piece fill, waiting.
    """
    theirs, ours = planners.summed(weights), [one.summed(weights) for one in plans]
    margins = np.stack(
        [
            np.stack([one.line_fill - theirs.line_fill for one in ours]),
            np.stack([one.fill - theirs.fill for one in ours]),
            np.stack([theirs.waiting_days - one.waiting_days for one in ours]),
        ]
    )
    figures = {
        "stock": np.stack([one.column("stock_value") for one in ours])
        / theirs.column("stock_value"),
        "value fill": np.stack([one.value_fill for one in ours]),
        "orders": np.stack([one.column("orders") for one in ours]),
    }
    asked = {ALONE: margins[:1], TOGETHER: margins}
    return {
        f"{name} at {basis}": along(margin, figure)
        for basis, margin in asked.items()
        for name, figure in figures.items()
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is printed: the planners, each family's ten plans, and what they come to."""

    planners: Played
    plans: dict[str, list[Played]]
    figures: dict[str, dict[str, tuple[float, float, float]]]  # value and its 95 % interval
    parts: int
    source: int
    resamples: int


def outcome(
    *,
    families: Sequence[str] = FAMILIES,
    resamples: int = RESAMPLES,
    line_fill: slice = slice(None),
) -> Outcome:
    """Plan, replay, compare."""
    with TemporaryDirectory() as folder:
        asked = question(Path(folder))
    theirs = refinery.compared().join(refinery.policies(), on=ITEM).sort("part_id")
    ours = theirs.drop("reorder_point", "order_quantity", "order_up_to_level")
    assert len(asked.items) == theirs.height, "the plan covers the parts that are compared"
    everybody = np.ones((1, theirs.height))
    requests, planners = refinery.later_demand(), play(refinery.later_demand(), theirs)
    plans = {
        family: [
            play(requests, pl.concat([ours, plan(asked, targets, family)], how="horizontal"))
            for targets in list(target_sets(family))[line_fill]
        ]
        for family in families
    }
    chance = np.random.default_rng(20010831)
    drawn = chance.multinomial(theirs.height, np.full(theirs.height, 1 / theirs.height), resamples)
    figures = {}
    for family, played in plans.items():
        value = compare(planners, played, everybody)
        spread = compare(planners, played, drawn.astype(float))
        figures[family] = {
            name: (float(value[name][0]), *_interval(spread[name])) for name in value
        }
    return Outcome(planners, plans, figures, theirs.height, refinery.parts().height, resamples)


def _interval(resampled: Floats) -> list[float]:
    """95 %; a service that a resample never reaches counts as infinitely dear."""
    reached = np.where(np.isnan(resampled), np.inf, resampled)
    return np.quantile(reached, [0.025, 0.975], method="nearest").tolist()


def main() -> None:
    """Print the figures, if the data are here."""
    if not refinery.is_here():
        print(f"skipped: no data in {refinery.SOURCE}")
        return
    print(page(outcome(), LINE_FILL, STRICTNESS))


if __name__ == "__main__":
    found = page(outcome(), LINE_FILL, STRICTNESS)
    print(found)
    (Path(__file__).parents[1] / "docs" / "refinery.md").write_text(found + "\n", encoding="utf-8")
