"""How far the evaluation behind a parent is from the truth; writes docs/approximation.md.

    python -m benchmarks.echelons [--runs N]

Grid A, single pieces one for one, and grid B, batches of 3 and 10 at the sites, equal and unequal,
against the exact evaluation; grid C, lumpy requests one for one, against simulation. The exact law
of batches is itself held against simulation. Every site level with a fill rate of 50 to 99.9 %
counts. Transport takes one day; lead times are in days.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.echelons import evaluate
from inventory.lead_time import LeadTime, LeadTimes
from tests.inventory.batch_law import lack_laws
from tests.inventory.builders import SINGLE
from tests.inventory.echelon_judge import (
    fill_rates,
    parent_backorders,
    poisson_law,
    simulated_lacks,
    thinned,
    with_transport,
)

OUT = Path(__file__).parents[1] / "docs" / "approximation.md"
SITES, PIPELINES, LEAD_DAYS = (2, 5, 20), (0.05, 0.3, 1.0, 3.0), (0.5, 2.0, 8.0)
DEPOT_LEVELS = (0.0, 0.5, 0.8, 1.0, 1.2)
LUMPY = SizeLaw((1, 2, 5), (0.6, 0.25, 0.15))
NODES = 120  # points of a lead time, for laws that sum to 1 within 1e-12
FEW_SITES = 5  # of networks in which the exact law of batches is simulated too
JUDGED_RUNS = 8  # times as many runs there, for intervals of less than 0.1


@dataclass(frozen=True, slots=True)
class Case:
    """One network: `rates` pieces a day at the sites, one day's transport."""

    rates: tuple[float, ...]
    lead_days: float
    depot_level: int
    part_of_pipeline: float
    quantity: int = 1
    sizes: SizeLaw = SINGLE
    unequal: bool = False
    every_second: int = 0  # what every second site orders; 0: the same

    @property
    def quantities(self) -> list[int]:
        """Q by site."""
        both = self.quantity, self.every_second or self.quantity
        return [both[site % 2] for site in range(len(self.rates))]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Found against true fill rate at the levels of one site that count."""

    case: Case
    found: np.ndarray
    true: np.ndarray
    half_width: np.ndarray  # of the 99 % interval; 0 where exact


def cases(quantity: int, sizes: SizeLaw, unequal: bool) -> Iterator[Case]:
    for sites, pipeline, days in product(SITES, PIPELINES, LEAD_DAYS):
        weight = np.linspace(0.4, 1.6, sites) if unequal else np.ones(sites)
        rates = tuple((pipeline * weight).tolist())
        for part in DEPOT_LEVELS:
            level = round(part * sum(rates) * days)
            yield Case(rates, days, level, part, quantity, sizes, unequal)


def found_fill(case: Case, levels: np.ndarray) -> np.ndarray:
    """Fill rate by base stock level R + Q and site, one copy of the network per level."""
    sites, copies = len(case.rates), len(levels)
    forecasts = [DemandForecast(rate, None, 0.0, case.sizes) for rate in (0.0, *case.rates)]
    days = [LeadTime(case.lead_days)] + [LeadTime(1.0)] * sites
    parent = np.concatenate([[-1], np.zeros(sites, dtype=np.int64)])
    parent = np.concatenate([np.where(parent < 0, -1, k * (sites + 1)) for k in range(copies)])
    quantity = np.tile([1, *case.quantities], copies)
    point = np.repeat(levels, sites + 1) - quantity
    point[:: sites + 1] = case.depot_level - 1
    found = evaluate(
        Demand.of(forecasts * copies), LeadTimes.of(days * copies), parent, point, quantity
    )
    return found.measures.fill_rate.reshape(copies, sites + 1)[:, 1:]


def compared(case: Case, truth: list[np.ndarray], sites: list[int]) -> Iterator[Comparison]:
    """One comparison per site; `truth` has fill rates by block and base stock level."""
    mean = [fill.mean(axis=0) for fill in truth]
    keep = [np.flatnonzero((fill >= 0.5) & (fill <= 0.999)) for fill in mean]
    # a site's reorder point is −1 or above
    least = [case.quantities[site] - 1 for site in sites]
    keep = [rows[rows >= low] for rows, low in zip(keep, least, strict=True)]
    levels = np.unique(np.concatenate(keep))
    if not len(levels):
        return
    found = found_fill(case, levels)
    for site, fill, counted in zip(sites, truth, keep, strict=True):
        rows = np.flatnonzero(np.isin(levels, counted))
        error = np.zeros(len(rows))
        if len(fill) > 1:
            spread = fill[:, levels[rows]].std(axis=0, ddof=1)
            error = 2.861 * spread / len(fill) ** 0.5  # Student, 19 degrees of freedom
        mean_fill = fill.mean(axis=0)[levels[rows]]
        yield Comparison(case, found[rows, site], mean_fill, error)


def grid_a() -> Iterator[Comparison]:
    for case in cases(1, SINGLE, unequal=False):
        owed = poisson_law(sum(case.rates) * case.lead_days)
        waiting = thinned(parent_backorders(owed, case.depot_level), 1 / len(case.rates))
        yield from compared(case, [fill_rates(with_transport([waiting], case.rates[0]))], [0])


def grid_b() -> Iterator[Comparison]:
    for quantity, unequal in product((3, 10), (False, True)):
        for group in networks(quantity, SINGLE, unequal):
            sites = looked_at(group[0])
            laws = {site: exact_fill(group, site) for site in sites}
            for at, case in enumerate(group):
                yield from compared(case, [laws[site][at] for site in sites], sites)


def exact_fill(group: list[Case], site: int) -> list[np.ndarray]:
    """True fill rates of a site behind each of the depot levels of one network."""
    rates, days, quantity = group[0].rates, group[0].lead_days, group[0].quantity
    levels = [case.depot_level for case in group]
    held = [level for level in levels if level > 0]
    found = lack_laws(rates, quantity, days, held, site, nodes=NODES) if held else []
    laws = dict(zip(held, found, strict=True))
    nothing_held = np.convolve(np.full(quantity, 1 / quantity), poisson_law(rates[site] * days))
    lacks = [laws.get(level, nothing_held) for level in levels]
    return [fill_rates(with_transport([lack], rates[site])) for lack in lacks]


def networks(quantity: int, sizes: SizeLaw, unequal: bool) -> list[list[Case]]:
    """Cases that differ by the level of the depot alone, together."""
    by_network: dict[tuple[tuple[float, ...], float], list[Case]] = {}
    for case in cases(quantity, sizes, unequal):
        by_network.setdefault((case.rates, case.lead_days), []).append(case)
    return list(by_network.values())


def looked_at(case: Case) -> list[int]:
    """Of alike sites the first, of others the smallest, one between and the largest."""
    count = len(case.rates)
    if case.every_second:
        return sorted({0, 1, count - 2, count - 1})
    return sorted({0, count // 3, count - 1}) if case.unequal else [0]


def simulated(group: list[Case], runs: int) -> Iterator[tuple[Case, list[np.ndarray]]]:
    """Fill rates by block of runs of the sites looked at, of cases that differ by depot level."""
    rates, sizes, unequal = group[0].rates, group[0].sizes, group[0].unequal
    lacks = simulated_lacks(
        rates,
        group[0].quantities,
        group[0].lead_days,
        [case.depot_level for case in group],
        runs=runs if unequal else max(runs // len(rates), 20),
        seed=2026,
        sizes=sizes,
    )
    for case, lack in zip(group, lacks, strict=True):
        truth = []
        for site in looked_at(case):
            mine = lack[:, site] if unequal else lack.mean(axis=1)
            truth.append(fill_rates(with_transport(mine, rates[site], sizes), sizes))
        yield case, truth


def grid_c(runs: int) -> Iterator[Comparison]:
    for group in networks(1, LUMPY, unequal=False):
        for case, truth in simulated(group, runs):
            yield from compared(case, truth, looked_at(case))


def grid_d(runs: int) -> Iterator[Comparison]:
    for group in networks(3, SINGLE, unequal=True):
        mixed = [replace(case, every_second=10) for case in group]
        for case, truth in simulated(mixed, runs):
            yield from compared(case, truth, looked_at(case))


def judged(runs: int) -> Iterator[Comparison]:
    """The exact law of batches against simulation, where sites are two or five."""
    for quantity in (3, 10):
        for group in networks(quantity, SINGLE, unequal=True):
            if len(group[0].rates) > FEW_SITES:
                continue
            sites = looked_at(group[0])
            exact = {site: exact_fill(group, site) for site in sites}
            for at, (case, truth) in enumerate(simulated(group, runs)):
                for site, blocks in zip(sites, truth, strict=True):
                    mean, (law,) = blocks.mean(axis=0), exact[site][at]
                    size = min(len(mean), len(law))
                    keep = np.flatnonzero((mean[:size] >= 0.5) & (mean[:size] <= 0.999))
                    error = 2.861 * blocks[:, keep].std(axis=0, ddof=1) / len(blocks) ** 0.5
                    yield Comparison(case, law[keep], mean[keep], error)


def row(name: str, chosen: list[Comparison]) -> str:
    error = 100 * np.concatenate([one.found - one.true for one in chosen])
    width = 100 * np.concatenate([one.half_width for one in chosen])
    return (
        f"| {name} | {len(error)} | {np.abs(error).mean():.3f} | {error.mean():+.3f} "
        f"| {np.abs(error).max():.2f} | {width.max():.2f} |"
    )


HEAD = """| | levels | mean error | bias | worst | widest interval ± |
|---|--:|--:|--:|--:|--:|"""


def table(found: list[Comparison]) -> str:
    rows = [HEAD, row("all", found)]
    kinds = {
        "sites": lambda one: len(one.rates),
        "site pipeline": lambda one: round(sum(one.rates) / len(one.rates), 3),
        "depot lead time": lambda one: one.lead_days,
        "depot level": lambda one: one.part_of_pipeline,
        "order quantity": lambda one: one.quantity,
        "sites unequal": lambda one: one.unequal,
    }
    for name, value_of in kinds.items():
        values = sorted({value_of(one.case) for one in found})
        for value in values if len(values) > 1 else []:
            shown = f"{value:.0%}" if name == "depot level" else value
            rows.append(
                row(f"{name} {shown}", [one for one in found if value_of(one.case) == value])
            )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60_000)
    runs = parser.parse_known_args()[0].runs
    grids = {"A": list(grid_a())}
    print(row("A", grids["A"]))
    grids["B"] = list(grid_b())
    print(row("B", grids["B"]))
    grids["judge"] = list(judged(JUDGED_RUNS * runs))
    print(row("judge of B", grids["judge"]))
    grids["C"] = list(grid_c(runs))
    print(row("C", grids["C"]))
    grids["D"] = list(grid_d(runs))
    print(row("D", grids["D"]))
    tables = {name: table(found) for name, found in grids.items() if name != "judge"}
    judge = "\n".join([HEAD, row("exact law less simulation", grids["judge"])])
    text = TEXT.format(**tables, judge=judge, runs=runs, more=JUDGED_RUNS * runs)
    OUT.write_text(text)
    print(f"written: {OUT}", file=sys.stderr)


TEXT = """# What the evaluation behind a depot gets wrong

Sites wait for their transport and for what the depot owes them. sparewise takes the mean and the
variance of what is on its way exactly or nearly so, and fits a law to them; behind batches that are
all alike it says more (see [laws](laws.md)). Here the fill rates it gives are held against the
truth. Errors are in points of fill rate: 0.1 is 94.9 % instead of 95.0 %. Every site level with a
true fill rate of 50 to 99.9 % counts.

The networks: 2, 5 or 20 sites behind a depot; 0.05, 0.3, 1 or 3 pieces on the way to a site; a
depot lead time of 0.5, 2 or 8 times the transport; a depot that holds 0, 50, 80, 100 or 120 % of
its pipeline. `python -m benchmarks.echelons` makes these tables again.

## One for one, single pieces (grid A)

Against the exact evaluation (Simon 1971, Graves 1985).

{A}

## Batches of 3 and 10 at the sites (grid B)

Unequal sites ask for 40 to 160 % of the mean. Against the exact law, which agrees with {more:,}
simulated periods per site, two or five sites, as well as those can tell:

{judge}

The law in use (see [laws](laws.md), "Batches that are all alike"):

{B}

The worst are two sites behind a depot that holds one to four batches. There one order more or less
decides everything, so that a law of two moments is off by up to 11.8 points. What was tried, on all
these levels, against the exact law (`tests/inventory/batch_law.py`):

| law of what a site lacks | mean error | worst | over 2 points |
|---|--:|--:|--:|
| two moments, own order at the edge seen (used where batches differ) | 0.409 | 11.79 | 4.2 % |
| in time or late, two moments of the delay, phases even | 0.782 | 23.88 | 11.0 % |
| in time, late, or its own order the late one, phases even | 0.324 | 9.93 | 3.4 % |
| the same, phases exact where nothing is late | 0.283 | 7.76 | 2.5 % |
| the same, all phases exact | 0.106 | 3.39 | 0.1 % |
| the same, exact chances and mean phases, straight lines between | 0.164 | 2.77 | 0.3 % |
| **in use**: the same, chances from laws of two moments | 0.182 | 2.95 | 0.4 % |

So the phase is what matters: whether an order is late and how far off the next one is are not two
things. The moments of the delay matter less: those of each kind of lateness instead of one for all
change 3.44 to 3.39. Counting which of the orders that came are late, as if all their sequences were
alike, is off by up to 12.35 points: orders of one site are more regular than that.

## Lumpy requests, one for one (grid C)

Requests for 1, 2 or 5 pieces (60, 25 and 15 % of them), against simulation.

{C}

## Batches that differ (grid D)

Unequal sites that order 3 and 10 pieces in turn, against simulation. Here two moments speak, as
where customers ask at the depot itself or where it waits for a centre. They are good where there
are many sites, far off where there are two.

{D}

The law of batches that are alike holds for these too, if windows of the others' *pieces* take the
place of their orders and what an own order has beyond the depot's stock has its whole law. Tried
on the networks of two and five sites it is off by 0.32 points on average and 3.5 at worst, where
two moments are by 0.84 and 19.4. It is not built in: it takes a convolution over all sites for
every point of the lead time, since two moments do not tell the pieces of one or four others.

## What it costs

Sites that order alike take about 1.3 times as long as by two moments to be judged behind all
levels of their depot (CPU time of candidates, 300 parts, 10 or 20 sites, Q of 5 to 25; 1.0 to 1.8
in single runs beside other work). Everybody else takes what they took.
"""

if __name__ == "__main__":
    main()
