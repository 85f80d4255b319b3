"""What will be asked for at every item: forecasts of recorded requests, or those from outside.

In this order: what histories say (`forecasting`), what machines promise where nobody asked yet,
what was given from outside, nothing where nobody asks; and on top the planner's changes.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.intake import Intake
from data.intake.accepted import coded
from forecasting import DemandClass, Forecasts, History, forecast
from forecasting.predict import HORIZON_DAYS
from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.sizes import from_moments, logarithmic
from planning import changes, histories, machines
from planning.changes import Changes, Moved
from planning.engines import cores
from planning.histories import Remembered
from planning.settings import Settings
from planning.supply import Supply
from planning.world import World

FROM_OUTSIDE, FROM_MACHINES = "from outside", "installed base"
NOBODY_ASKS = "nobody asks here"
REPLACED = "replaced by a successor, where its requests count"
BAND_PARTS, BAND_REQUESTS, MOST_BANDS = 50, 200, 20  # fewest in a band of price; most bands


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """Predictive demand of every item of the world, planners' changes included.

    `words` has a row for each item: demand_class, method, events, reason, demand_per_day_unchanged
    (as statistics expect it) and change (who changed that and why; null where nobody did).
    """

    demand: Demand
    words: pl.DataFrame


def expect(
    world: World, supply: Supply, asked: pl.DataFrame, intake: Intake, settings: Settings
) -> Expectation:
    """Predictive demand of every item over its own horizon: lead time and review.

    A location where nobody ever asked for anything serves no customers of its own: its items have
    no demand. Elsewhere an item without a request is believed to be rare, not impossible.

    Args:
        world: the company.
        supply: how each item is replenished.
        asked: requests made ready (see `planning.recorded`).
        intake: what came through the door: forecasts from outside, planners' changes, machines,
            counts of stock.
        settings: of the company.
    """
    ahead = horizon_days(supply)
    hand = changes.changes(world, intake.tables["demand_changes"])
    demand, words, rows = _unchanged(world, asked, intake, settings, ahead, hand)
    periods = histories.whole_periods(world, intake, settings)
    moved = changes.applied(hand.among(rows), demand, ahead, periods, intake.as_of)
    return Expectation(moved.demand, _with_changes(words, demand, moved))


def horizon_days(supply: Supply) -> Floats:
    """How far ahead the demand of each item has to hold: its lead time and review."""
    days = supply.days_from_supplier + supply.lead_times.review_period_days
    return np.where(np.isnan(days), HORIZON_DAYS, np.maximum(days, 1.0))


def _unchanged(
    world: World,
    asked: pl.DataFrame,
    intake: Intake,
    settings: Settings,
    ahead: Floats,
    hand: Changes,
) -> tuple[Demand, pl.DataFrame, Ints]:
    """Demand as nobody changed it, its words, and the items that anybody asks for."""
    periods = histories.whole_periods(world, intake, settings)
    spoken_for = changes.under_way(hand, periods, len(world.items), intake.as_of)
    past = histories.remembered(world, asked, intake, settings, spoken_for=spoken_for)
    alike = of_similar_price(world.numbers("unit_cost")[past.rows], past.history)
    with cores() as each:
        own = forecast(
            past.history, periods=periods, horizon_days=ahead[past.rows], alike=alike, each=each
        )
    told = _told_by_machines(world, past, own, intake, ahead)
    given = world.rows(intake.tables["forecasts"])
    # Rows of the joined tables: forecasts, machines, those from outside, then two without demand.
    pick = np.full(len(world.items), len(own) + len(told.demand) + len(given), dtype=np.int64)
    pick[histories.replaced(world)] += 1
    pick[past.rows] = np.arange(len(own))
    pick[told.rows] = len(own) + np.arange(len(told.demand))
    pick[given["item"].to_numpy()] = len(own) + len(told.demand) + np.arange(len(given))
    joined = Demand.joined([own.demand, told.demand, _given_demand(given), Demand.none(2)])
    words = pl.concat([_own_words(own), told.words, _given_words(given), _nobody()])
    expected = np.union1d(past.rows, given["item"].to_numpy())
    return joined.take(pick), words[pick], expected


def _with_changes(words: pl.DataFrame, before: Demand, moved: Moved) -> pl.DataFrame:
    """Words with what statistics expect alone, and the change in the reason."""
    both = words.with_columns(
        pl.Series("demand_per_day_unchanged", before.demand_per_day), moved.words.alias("change")
    )
    if moved.words.null_count() == len(both):
        return both
    told = pl.format("{}; planner: {}", "reason", "change")
    return both.with_columns(
        reason=pl.when(pl.col("change").is_null()).then("reason").otherwise(told)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What machines promise of some items of the world."""

    rows: Ints
    demand: Demand
    words: pl.DataFrame


def _told_by_machines(
    world: World, past: Remembered, own: Forecasts, intake: Intake, ahead: Floats
) -> _Told:
    """Demand of the items nobody asked for yet that machines stand behind."""
    silent = past.rows[own.events == 0]
    requests = np.zeros(len(world.items), dtype=np.int64)
    requests[past.rows] = own.events
    found = machines.behind(
        world,
        coded(intake.tables, "installed_base"),
        silent,
        horizon_days=ahead[silent],
        periods=past.periods,
        requests=requests,
    )
    if found is None:
        none = np.zeros(0, dtype=np.int64)
        return _Told(none, Demand.none(0), _words(FROM_MACHINES, pl.Series([], dtype=pl.String)))
    place = np.searchsorted(past.rows, found.item)
    words = _words(FROM_MACHINES, machines.in_words(found), str(DemandClass.NONE))
    return _Told(found.item, machines.demand_of(found, own.demand.take(place)), words)


def of_similar_price(unit_cost: Floats, history: History) -> Ints:
    """By item, its band of price: what is dear is asked for one at a time, and rarely.

    Bands hold equally many of the parts that were asked for, and are as many as leave each one
    parts and requests enough to learn from.

    Args:
        unit_cost: money per piece, by item.
        history: of the same items.
    """
    asked_for = np.flatnonzero(np.diff(history.start))
    asked_for = asked_for[np.unique(history.part[asked_for], return_index=True)[1]]
    enough = min(len(asked_for) // BAND_PARTS, len(history.pieces) // BAND_REQUESTS)
    edges = np.arange(1, min(enough, MOST_BANDS)) / max(min(enough, MOST_BANDS), 1)
    if not len(edges):
        return np.zeros(len(history), dtype=np.int64)
    edge = np.quantile(unit_cost[asked_for], edges, method="higher")
    return np.searchsorted(edge, unit_cost).astype(np.int64)


def _given_demand(given: pl.DataFrame) -> Demand:
    """Forecasts from outside, their blanks filled as `model.md` says: sizes, then variance."""
    if given.is_empty():
        return Demand.none(0)
    rate = given["demand_per_day"].to_numpy()
    variance = given["demand_variance_per_day"]
    by_moments = given["mean_request_size"].is_not_null().to_numpy()
    mean = given["mean_request_size"].fill_null(1.0).to_numpy()
    spread = given["request_size_variance"].fill_null(0.0).to_numpy()
    implied = rate * (mean + spread / mean)
    filled = variance.fill_null(pl.Series(implied)).to_numpy()
    # Sizes unknown: the logarithmic law that the variance of the stream implies.
    laws = [from_moments(mean, spread), logarithmic(rate, filled)]
    rows = np.arange(len(given))
    sizes = SizeLaws.joined(laws).take(np.where(by_moments, rows, rows + len(given)))
    return Demand(rate, filled, given["rate_variance"].fill_null(0.0).to_numpy(), sizes)


def _own_words(own: Forecasts) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "demand_class": own.demand_class,
            "method": own.method,
            "events": own.events,
            "reason": own.reason,
        }
    )


def _given_words(given: pl.DataFrame) -> pl.DataFrame:
    reason = pl.repeat("given in the table forecasts", len(given), dtype=pl.String, eager=True)
    return _words(FROM_OUTSIDE, reason)


def _nobody() -> pl.DataFrame:
    return _words("none", pl.Series([NOBODY_ASKS, REPLACED]))


def _words(method: str, reason: pl.Series, demand_class: str | None = None) -> pl.DataFrame:
    rows = len(reason)
    return pl.DataFrame(
        {
            "demand_class": pl.repeat(demand_class, rows, dtype=pl.String, eager=True),
            "method": pl.repeat(method, rows, dtype=pl.String, eager=True),
            "events": pl.repeat(0, rows, dtype=pl.Int64, eager=True),
            "reason": reason,
        }
    )
