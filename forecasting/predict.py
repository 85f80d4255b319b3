"""Predictive demand: how often an item will be asked for, how uncertain that is, how many at once.

    demand of a period = (asked for? with a hidden, changing chance p) × (pieces, when asked for)

Chances come from `forecasting.rates`, sizes from `forecasting.sizes`. What the plan needs of them
are moments over the horizon H for which it is made, with p̄ the average chance over it and S the
pieces of a period with demand:

    μ = E[p̄] E[S],   ω² = Var(p̄) E[S]² + E[p̄²] Var(E[S]),   σ² = E[p̄] E[S²] − E[p̄²] E[S]²

per period (mean, uncertainty of the rate, variance of the stream at a known rate).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forecasting import rates, season, sizes
from forecasting.classify import CLASSES, DemandClasses, classify
from forecasting.history import History, Totals
from forecasting.periods import Periods
from forecasting.reasons import Grounds, reasons
from inventory.demand import Demand, Floats, Ints, SizeLaws

Each = Callable[..., Iterable[Any]]  # shaped like `map`; results in order
METHOD = "hidden rates"
HORIZON_DAYS = 90.0
EXPECTED_TWICE = 10.0  # periods with two requests that chance wants before their absence tells
SIBLINGS = 2.0  # items that all others weigh beside those of the same part


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """What will be asked for, by item, and why that is believed."""

    demand: Demand
    demand_class: pl.Series  # words of `DemandClass`
    method: pl.Series
    events: Ints  # requests counted
    reason: pl.Series

    def __len__(self) -> int:
        return len(self.events)


def forecast(
    history: History,
    *,
    periods: Periods | None = None,
    horizon_days: float | Floats = HORIZON_DAYS,
    delay_days: float = 0.0,
    alike: Ints | None = None,
    each: Each = map,
) -> Forecasts:
    """Demand of every item from its history and from what all histories have in common.

    Args:
        history: requests by item.
        periods: names the calendar in the reasons; None: reasons speak of periods.
        horizon_days: how far ahead the forecast has to hold, by item or for all: the lead time
            and review it will be used for. Rates change, so uncertainty depends on it.
        delay_days: how long after the history's end the horizon begins.
        alike: code of each item's group of similar items (of similar price, say), 0 …; what is
            learned of a group leans on all. None: all are alike.
        each: anything shaped like `map`: rates, sizes and seasons are learned side by side.
    """
    totals = history.totals()
    work: tuple[Callable[[], Any], ...] = (
        lambda: _chances(history, totals, alike, horizon_days, delay_days),
        lambda: _size_laws(history, alike),
        lambda: _season(history, periods, horizon_days, delay_days),
    )
    (chance, chance_square, memory), (seen, laws), factor = each(_done, work)
    demand = _demand(history, totals, seen, laws, chance, chance_square)
    if factor is not None:
        demand = _times(demand, factor)
    classes = classify(totals)
    grounds = Grounds(history, totals, classes, chance, memory, factor)
    return Forecasts(
        demand,
        _words(classes),
        pl.repeat(METHOD, len(history), eager=True).alias("method"),
        np.diff(history.start),
        reasons(grounds, periods),
    )


def _done(work: Callable[[], Any]) -> Any:
    return work()


def _chances(
    history: History,
    totals: Totals,
    alike: Ints | None,
    horizon_days: float | Floats,
    delay_days: float,
) -> tuple[Floats, Floats, Floats]:
    """E[p̄] and E[p̄²] over the horizon, and how many periods the rate is believed to last."""
    begin = _begin(history, totals)
    model = rates.learn(totals, begin, days=_days_per_period(history))
    belief = _with_siblings(rates.believe(totals, begin, model), history.part)
    if alike is not None and len(history):
        belief = rates.among_similar(belief, alike)
    for _ in range(round(delay_days / _days_per_period(history))):
        belief = belief @ model.change
    horizon = _horizon(history, horizon_days)
    mean, square = rates.ahead(belief, model, horizon)
    return mean, square, np.asarray(belief @ model.memory_periods(), dtype=np.float64)


def _horizon(history: History, horizon_days: float | Floats) -> Ints:
    """Periods ahead, by item."""
    days = np.broadcast_to(np.asarray(horizon_days, dtype=np.float64), len(history))
    ahead = np.ceil(days / _days_per_period(history) - 1e-9)
    return np.clip(ahead, 1, rates.LONGEST_HORIZON).astype(np.int64)


def _season(
    history: History, periods: Periods | None, horizon_days: float | Floats, delay_days: float
) -> Floats | None:
    """Mean factor of the season over each item's horizon; None where no site has one."""
    if periods is None or periods.count != history.periods or not len(history):
        return None
    profile = season.profiles(history, periods)
    if np.all(profile == 1.0):
        return None
    late = round(delay_days / _days_per_period(history))
    next_month = (periods.first.month - 1 + history.periods + late) % season.MONTHS
    horizon = _horizon(history, horizon_days)
    return season.ahead(profile, history.location, horizon, next_month)


def _times(demand: Demand, factor: Floats) -> Demand:
    """Demand at `factor` times the rate."""
    return Demand(
        demand.demand_per_day * factor,
        demand.demand_variance_per_day * factor,
        demand.rate_variance * factor**2,
        demand.sizes,
    )


def _begin(history: History, totals: Totals) -> Ints:
    """The first period that says something of an item's rate.

    A history that opens with its part's first request would otherwise count a request for being
    where it had to be.
    """
    opens = np.append(totals.period, -1)[totals.start[:-1]] == 0
    opens &= (np.diff(totals.start) > 0) & (history.first_period > 0)
    return np.asarray(opens, dtype=np.int64)


def _with_siblings(belief: Floats, part: Ints) -> Floats:
    """Beliefs drawn towards those of the same part at other sites.

    With b_j what is believed of sibling j and b̄ of all items on average, an item's belief is
    multiplied by c + Σ b_j / b̄, c = `SIBLINGS`: the siblings say where this part's rates lie.
    """
    siblings = np.bincount(part)[part] - 1
    if not siblings.any():
        return belief
    together = np.stack([np.bincount(part, column) for column in belief.T], axis=1)
    common = np.maximum(belief.mean(axis=0), 1e-12)
    drawn = belief * (SIBLINGS * common + together[part] - belief) / common
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True), dtype=np.float64)


def _size_laws(history: History, alike: Ints | None) -> tuple[sizes.Evidence, SizeLaws]:
    """What is seen of request sizes, and their laws."""
    seen = sizes.Evidence.of(history)
    return seen, sizes.laws(history, seen, sizes.learn(history, alike), alike)


def _demand(
    history: History,
    totals: Totals,
    seen: sizes.Evidence,
    laws: SizeLaws,
    chance: Floats,
    chance_square: Floats,
) -> Demand:
    """μ, σ², ω² per day and the laws of sizes."""
    mean, second = laws.mean(), laws.second_moment()
    requests, requests_square = _requests_when_asked(seen, chance)
    whole_periods = rows_are_totals(history, totals)
    if whole_periods:
        requests = requests_square = np.ones(len(history))
    busy_mean = requests * mean
    busy_square = requests * (second - mean**2) + requests_square * mean**2
    doubt = (requests_square - requests**2) / (1 + seen.busy) * mean**2
    days = _days_per_period(history)
    rate = chance * busy_mean / days
    variance = (chance * busy_square - chance_square * busy_mean**2) / days
    uncertainty = (chance_square - chance**2) * busy_mean**2 + chance_square * doubt
    if whole_periods:
        laws = sizes.narrowed(laws, variance / rate)
        mean, second = laws.mean(), laws.second_moment()
    singles = laws.pieces[laws.start[1:] - 1] == 1
    least = np.where(singles, 1e-6 * rate, rate * second / mean)
    return Demand(rate, np.maximum(variance, least), uncertainty / days**2, laws)


def rows_are_totals(history: History, totals: Totals) -> bool:
    """True where rows are totals of a period: never two for an item, where chance wants many.

    A busy month is then several requests in one row. Their sizes are unknown; laws narrow enough
    for the variance of the totals stand in for them.
    """
    if len(totals.pieces) < len(history.pieces):
        return False
    busy = np.diff(totals.start) / np.maximum(totals.periods, 1)
    rate = -np.log1p(-np.minimum(busy, 0.98))
    return bool(np.sum(totals.periods * (busy - rate * (1 - busy))) > EXPECTED_TWICE)


def _requests_when_asked(seen: sizes.Evidence, chance: Floats) -> tuple[Floats, Floats]:
    """Mean and mean square of the requests in a period with demand.

    What was seen, and where little was, what a Poisson stream of the same chance of silence has:
    it weighs one period, half a one beside one seen, a third of one beside two …
    """
    rate = -np.log1p(-np.minimum(chance, 0.98))
    weight = 1 / (1 + seen.busy)
    requests = (seen.requests + weight * rate / chance) / (seen.busy + weight)
    square = (seen.requests_square + weight * rate * (1 + rate) / chance) / (seen.busy + weight)
    return requests, np.maximum(square, requests**2)


def _days_per_period(history: History) -> float:
    return float(history.days.mean()) if history.periods else 30.0


def _words(classes: DemandClasses) -> pl.Series:
    names = pl.Series("demand_class", [str(word) for word in CLASSES])
    return names.gather(pl.Series(classes.code))
