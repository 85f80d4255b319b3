"""The refinery planned item by item, as people do it, against one plan for all of them.

Exact (r, Q) by stockpyl (Federgruen and Zheng 1992), a normal z-score, average × lead time plus
days of cover; stock value at equal replayed line fill, on a seeded sample of parts. The exact one
needs a Python of its own: `SPAREWISE_JUDGE=/path/to/python` with stockpyl installed there.
"""

import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.refinery import ITEM, play
from inventory.demand import Floats, Ints
from inventory.service import Measure, ServiceTarget
from optimizer import Items, solve
from planning.plan import planned_question
from planning.prepare import prepare
from planning.settings import load
from planning.stages import Stages
from tests.real import refinery

JUDGE = os.environ.get("SPAREWISE_JUDGE", "")
PARTS, SEED = 300, 1
ORDERING = 1e-6  # the history names no cost of an order; nothing at all is refused by the judge
AT = (0.80, 0.85, 0.90)  # shares of requests at once at which stock is compared
RULES = {
    "average × lead time + cover": (5.0, 30.0, 90.0, 180.0, 365.0, 730.0, 1460.0),
    "normal z-score": (-0.5, 0.0, 0.5, 1.0, 1.65, 2.3, 3.0, 4.0, 6.0),
    "exact (r, Q) item by item": (2.0, 10.0, 50.0, 200.0, 1e3, 1e4, 1e5),
    "sparewise": (0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.985),
}


def points(rule: str, knob: float, items: Items) -> Ints:
    """Reorder points of one rule at one strictness."""
    mean = items.demand.demand_per_day * items.lead_times.mean_days
    if rule == "sparewise":
        return solve(items, [ServiceTarget(Measure.LINE_FILL_RATE, knob)]).reorder_point
    if rule == "average × lead time + cover":
        return np.round(mean + knob * items.demand.demand_per_day).astype(np.int64)
    if rule == "normal z-score":
        spread = items.demand.demand_variance_per_day * items.lead_times.mean_days
        return np.round(mean + knob * np.sqrt(spread)).astype(np.int64)
    return judged(items, knob)[:, 0].astype(np.int64)


def judged(items: Items, ratio: float) -> Floats:
    """r, Q and seconds of stockpyl, a waiting piece costing `ratio` times a held one."""
    holding = items.holding_cost_per_day
    asked = np.column_stack(
        (
            items.demand.demand_per_day, items.lead_times.mean_days, holding,
            ratio * holding, np.full(len(items), ORDERING),
        )
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "asked.npy", Path(folder) / "found.npy"
        np.save(given, asked)
        judge = Path(__file__).parent / "judges" / "exact_rq.py"
        subprocess.run([JUDGE, str(judge), str(given), str(found)], check=True)
        return np.asarray(np.load(found))


def _items(folder: Path) -> Items:
    """The parts that are compared, with the demand that their history tells."""
    refinery.write(folder, pl.DataFrame({"measure": ["line_fill_rate"], "target": [0.9]}))
    (folder / "sparewise.toml").write_text("confirmed_outliers = true\n")
    ready = prepare(folder, settings=load(folder), stages=Stages(), as_of=refinery.AS_OF)
    return planned_question(ready).items


def main() -> None:
    """Print the table, if data and judge are here."""
    if not refinery.is_here():
        print(f"skipped: no data in {refinery.SOURCE}")
        return
    with tempfile.TemporaryDirectory() as folder:
        items = _items(Path(folder))
    chosen = np.sort(np.random.default_rng(SEED).choice(len(items), PARTS, replace=False))
    items = replace(items.take(chosen), repairs=None)
    theirs = refinery.compared().join(refinery.policies(), on=ITEM).sort("part_id")[chosen]
    ours = theirs.drop("reorder_point", "order_quantity", "order_up_to_level")
    requests = refinery.later_demand().join(ours, on=ITEM, how="semi")
    print(f"| rule | {' | '.join(f'stock value at {at:.0%}' for at in AT)} |")
    print(f"|---|{'--:|' * len(AT)}")
    for rule, knobs in RULES.items():
        if rule.startswith("exact") and not JUDGE:
            print(f"| {rule} | no judge: set SPAREWISE_JUDGE | | |")
            continue
        seen = []
        for knob in knobs:
            levels = pl.DataFrame({"reorder_point": points(rule, knob, items)})
            levels = levels.with_columns(order_quantity=pl.lit(1, dtype=pl.Int64))
            played = play(requests, pl.concat([ours, levels], how="horizontal"))
            total = played.summed(np.ones((1, len(items))))
            seen.append((float(total.line_fill[0]), float(total.column("stock_value")[0])))
        fill, value = np.maximum.accumulate(np.array(seen), axis=0).T
        at = np.interp(AT, fill, value, left=np.nan, right=np.nan)
        shown = ["not reached" if np.isnan(one) else f"{one:,.0f}" for one in at]
        print(f"| {rule} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
