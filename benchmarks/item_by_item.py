"""Item by item, as people plan, against one plan for all: the refinery and the demo company.

Every rule is tried at several strictnesses and replayed on requests that no rule has seen; stock
value is read off where the service is no worse than that of the levels really in use. The rules:
average × lead time plus days of cover; a normal z-score; exact (r, Q) by stockpyl (Federgruen and
Zheng 1992), which needs a Python of its own: `SPAREWISE_JUDGE=/path/to/python`, stockpyl installed.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import refinery as shop_of_refinery
from inventory.demand import Floats, Ints
from inventory.service import Measure, ServiceTarget
from optimizer import Items, solve
from planning import supply
from planning.compare import STRICTNESS, stricter, today_reached
from planning.plan import planned_question
from planning.prepare import prepare
from planning.replay.use_case import read_record
from planning.settings import load
from planning.stages import Stages
from planning.world import ITEM
from tests.real import refinery

JUDGE = os.environ.get("SPAREWISE_JUDGE", "")
LEAST_ORDERING = 1e-6  # where the history names no cost of an order; nothing at all is refused
SHORTEST_DAYS = 0.01  # the judge refuses a lead time of none at all
DEMO_PARTS, DEMO_START = 150, date(2026, 10, 1)
COVER = (0.0, 5.0, 30.0, 90.0, 180.0, 365.0, 730.0, 1460.0)  # days
Z_SCORES = (-0.5, 0.0, 0.5, 1.0, 1.65, 2.3, 3.0, 4.0, 6.0, 9.0)
RATIOS = (2.0, 10.0, 50.0, 200.0, 1e3, 1e4, 1e5, 1e7)  # a waiting piece's cost against a held one's
LINE, PIECES, VALUE, WAIT = (
    Measure.LINE_FILL_RATE,
    Measure.FILL_RATE,
    Measure.VALUE_FILL_RATE,
    Measure.WAITING_DAYS,
)
BASES = {
    "requests": (LINE,),
    "requests, pieces, waiting": (LINE, PIECES, WAIT),
    "and value": (LINE, PIECES, WAIT, VALUE),
}
SHOWN = (LINE, PIECES, VALUE, WAIT)
Levels = tuple[Ints, Ints]  # reorder points and order quantities, items in the shop's order
Seen = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Shop:
    """A company whose further time is known: what is planned, and what levels came to."""

    name: str
    items: Items
    asked_per_day: Floats  # pieces, of customers and of everybody behind
    variance_per_day: Floats
    lane_days: Floats
    in_use: Seen
    play: Callable[[Levels], Seen]
    ladder: Callable[[Sequence[Measure]], Iterator[list[ServiceTarget]]]


def main() -> None:
    """Print a table for each company that is here."""
    for open_shop in (the_refinery, the_demo_company):
        with tempfile.TemporaryDirectory() as folder:
            shop = open_shop(Path(folder))
            if shop is not None:
                print(table(shop), flush=True)


def table(shop: Shop) -> str:
    """Stock value against that of the levels in use, by rule and by what is held equal."""
    lines = [
        f"\n{shop.name}: {len(shop.items):,} items; the levels in use: "
        f"stock {shop.in_use['stock_value']:,.0f}, "
        + ", ".join(f"{name} {shop.in_use[name]:.3g}" for name in SHOWN),
        f"| rule | {' | '.join(f'no worse in {basis}' for basis in BASES)} |",
        f"|---|{'--:|' * len(BASES)}",
    ]
    for rule, levels in RULES.items():
        if levels is exact and not JUDGE:
            lines.append(f"| {rule} | no judge: set SPAREWISE_JUDGE | | |")
            continue
        seen = [shop.play(one) for one in levels(shop)]
        shown = [_less(shop, seen, measures) for measures in BASES.values()]
        lines.append(f"| {rule} | {' | '.join(shown)} |")
    ours = [
        _less(shop, [shop.play(one) for one in together(shop, measures)], measures)
        for measures in BASES.values()
    ]
    return "\n".join([*lines, f"| sparewise | {' | '.join(ours)} |"])


def cover(shop: Shop) -> Iterator[Levels]:
    """Average demand over the lead time plus some days of cover."""
    for days in COVER:
        yield _whole(shop, shop.asked_per_day * (shop.lane_days + days))


def z_score(shop: Shop) -> Iterator[Levels]:
    """Average plus z standard deviations over the lead time."""
    mean = shop.asked_per_day * shop.lane_days
    spread = np.sqrt(shop.variance_per_day * shop.lane_days)
    for z in Z_SCORES:
        yield _whole(shop, mean + z * spread)


def exact(shop: Shop) -> Iterator[Levels]:
    """The exact (r, Q) of every item for a waiting piece as dear as so many held ones."""
    for ratio in RATIOS:
        found = judged(shop, ratio)
        yield found[:, 0].astype(np.int64), np.maximum(found[:, 1].astype(np.int64), 1)


def together(shop: Shop, measures: Sequence[Measure]) -> Iterator[Levels]:
    """One plan for all items, from target to target."""
    for targets in shop.ladder(measures):
        plan = solve(shop.items, targets)
        yield plan.reorder_point, plan.order_quantity


RULES: dict[str, Callable[[Shop], Iterator[Levels]]] = {
    "average × lead time + cover": cover,
    "normal z-score": z_score,
    "exact (r, Q), item by item": exact,
}


def judged(shop: Shop, ratio: float) -> Floats:
    """r, Q and CPU seconds of stockpyl; where nobody asks nothing is stocked."""
    items, asked = shop.items, shop.asked_per_day > 0
    holding, ordering = items.holding_cost_per_day, np.maximum(items.ordering_cost, LEAST_ORDERING)
    days = np.maximum(shop.lane_days, SHORTEST_DAYS)
    rows = np.column_stack((shop.asked_per_day, days, holding, ratio * holding, ordering))
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "asked.npy", Path(folder) / "found.npy"
        np.save(given, rows[asked])
        judge = Path(__file__).parent / "judges" / "exact_rq.py"
        subprocess.run([JUDGE, str(judge), str(given), str(found)], check=True)
        answer = np.tile([-1.0, 1.0, 0.0], (len(asked), 1))
        answer[asked] = np.load(found)
    return answer


def the_refinery(folder: Path) -> Shop | None:
    """3,155 parts of one place, two years that followed, the planners' own levels."""
    if not refinery.is_here():
        print(f"skipped: no data in {refinery.SOURCE}", file=sys.stderr)
        return None
    items = shop_of_refinery.question(folder).items
    theirs = refinery.compared().join(refinery.policies(), on=ITEM).sort("part_id")
    ours = theirs.drop("reorder_point", "order_quantity", "order_up_to_level")
    requests = refinery.later_demand()

    def counted(policies: pl.DataFrame) -> Seen:
        total = shop_of_refinery.play(requests, policies).summed(np.ones((1, len(items))))
        shares = (total.line_fill, total.fill, total.value_fill, total.waiting_days)
        found = {str(name): float(one[0]) for name, one in zip(SHOWN, shares, strict=True)}
        return found | {"stock_value": float(total.column("stock_value")[0])}

    def play(levels: Levels) -> Seen:
        return counted(pl.concat([ours, _frame(levels)], how="horizontal"))

    def ladder(measures: Sequence[Measure]) -> Iterator[list[ServiceTarget]]:
        for share in shop_of_refinery.LINE_FILL:
            short, (pieces, days) = 1 - share, shop_of_refinery.STRICTNESS
            asked = {LINE: share, PIECES: 1 - pieces * short, WAIT: days * short, VALUE: share}
            yield [ServiceTarget(one, asked[one]) for one in measures]

    return Shop(
        "The refinery", items, items.demand.demand_per_day, items.demand.demand_variance_per_day,
        items.lead_times.mean_days, counted(theirs), play, ladder,
    )  # fmt: skip


def the_demo_company(folder: Path) -> Shop:
    """A made company's further year, seen by neither side; its planner's z-scores are in use."""
    words = (sys.executable, "-m", "api.command", "demo", "--parts", str(DEMO_PARTS))
    subprocess.run([*words, "--out", str(folder / "input")], check=True, capture_output=True)
    settings = load(folder / "input")
    ready = prepare(folder / "input", settings=settings, stages=Stages())
    asked = planned_question(ready)
    further = folder / "input_next_year"
    record = read_record(folder / "input", further, DEMO_START, settings)
    place = ready.world.items[asked.rows].select(ITEM)
    lanes = place.join(record.lanes, on=ITEM, how="left", maintain_order="left")
    reached = today_reached(ready, asked)
    network = supply.of(ready.world, ready.intake.tables, settings)

    def of_all(of_customers: Floats) -> Floats:
        everywhere = np.zeros(ready.world.items.height)
        everywhere[asked.rows] = of_customers
        return of_customers + network.asked_from_below(everywhere)[asked.rows]

    def play(levels: Levels) -> Seen:
        return dict(record.play(pl.concat([place, _frame(levels)], how="horizontal")).summary)

    def ladder(measures: Sequence[Measure]) -> Iterator[list[ServiceTarget]]:
        for by in STRICTNESS:
            yield [stricter(reached[one], by) for one in measures]

    return Shop(
        f"The demo company of {DEMO_PARTS:,} parts", replace(asked.items, delay_cost_per_day=None),
        of_all(asked.items.demand.demand_per_day),
        of_all(asked.items.demand.demand_variance_per_day),
        lanes["lead_time_days"].fill_null(pl.Series(asked.items.lead_times.mean_days)).to_numpy(),
        dict(record.play(record.intake.tables["current_policies"]).summary), play, ladder,
    )  # fmt: skip


def _whole(shop: Shop, level: Floats) -> Levels:
    """Levels of a rule in whole pieces, with the batches that sparewise orders too."""
    batch = solve(shop.items, []).order_quantity
    point = np.where(shop.asked_per_day > 0, np.floor(level + 0.5), -1)
    return point.astype(np.int64), batch


def _frame(levels: Levels) -> pl.DataFrame:
    return pl.DataFrame({"reorder_point": levels[0], "order_quantity": levels[1]})


def _less(shop: Shop, seen: Sequence[Seen], measures: Sequence[Measure]) -> str:
    """Stock value where no measure is worse than with the levels in use, and what it saves."""
    signs = [1.0 if one.is_share else -1.0 for one in measures]
    margins = [
        [sign * (one[name] - shop.in_use[name]) for one in seen]
        for name, sign in zip(measures, signs, strict=True)
    ]
    value = np.array([[one["stock_value"]] for one in seen])
    at = float(shop_of_refinery.along(np.array(margins)[:, :, None], value)[0])
    if np.isnan(at):
        return "not reached"
    return f"{at:,.0f} ({at / shop.in_use['stock_value'] - 1:+.0%})"


if __name__ == "__main__":
    main()
