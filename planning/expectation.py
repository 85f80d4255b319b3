"""What will be asked for at every item: forecasts of recorded requests, or those from outside."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting import Forecasts, History, PeriodKind, Periods, forecast
from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.sizes import from_moments, logarithmic
from planning.settings import Settings
from planning.world import World

FROM_OUTSIDE = "from outside"
NOBODY_ASKS = "nobody asks here"
BAND_PARTS, BAND_REQUESTS, MOST_BANDS = 50, 200, 20  # fewest in a band of price; most bands


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """Predictive demand of every item of the world, with class, method, events and reason."""

    demand: Demand
    words: pl.DataFrame  # demand_class, method, events, reason; one row per item


def requests(world: World, demand: pl.DataFrame) -> pl.DataFrame:
    """Recorded requests: item, date, pieces, one row each, in canonical order.

    Rows of one part and location that share a document are one request; without one each row is.
    """
    rows = world.rows(demand).select("item", "date", "quantity", "document_id")
    alone = rows.filter(pl.col("document_id").is_null()).select("item", "date", pieces="quantity")
    together = (
        rows.filter(pl.col("document_id").is_not_null())
        .group_by("item", "document_id")
        .agg(pl.col("date").min(), pieces=pl.col("quantity").sum())
        .select("item", "date", "pieces")
    )
    asked = pl.concat([alone, together]).filter(pl.col("pieces") > 0)
    return asked.sort("item", "date", "pieces")


def expect(
    world: World, asked: pl.DataFrame, forecasts: pl.DataFrame, as_of: date, settings: Settings
) -> Expectation:
    """Predictive demand from `asked` (see `requests`), overridden by `forecasts` where given.

    A location where nobody ever asked for anything serves no customers of its own: its items have
    no demand. Elsewhere an item without a request is believed to be rare, not impossible.
    """
    here = _rows_with_customers(world, asked)
    history, periods = _history(world, asked, here, as_of, settings)
    alike = of_similar_price(world.numbers("unit_cost")[here], history)
    own = forecast(history, periods=periods, alike=alike)
    given = world.rows(forecasts)
    # Rows of the joined tables: forecasts, then those from outside, then one without demand.
    pick = np.full(len(world.items), len(own) + len(given), dtype=np.int64)
    pick[here] = np.arange(len(own))
    pick[given["item"].to_numpy()] = len(own) + np.arange(len(given))
    demand = Demand.joined([own.demand, _given_demand(given), Demand.none(1)]).take(pick)
    words = pl.concat([_own_words(own), _given_words(given), _nobody()])
    return Expectation(demand, words[pick])


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


def _rows_with_customers(world: World, asked: pl.DataFrame) -> Ints:
    location = world.items["location"].to_numpy()
    has_customers = np.zeros(len(world.locations), dtype=bool)
    has_customers[location[asked["item"].unique().to_numpy()]] = True
    return np.flatnonzero(has_customers[location])


def calendar(world: World, as_of: date, settings: Settings) -> Periods:
    """Closed periods, from the first row of the demand table."""
    first = world.items["first_row"].min()
    start = first if isinstance(first, date) else as_of
    return Periods.closed(PeriodKind(settings.period), start, as_of)


def first_periods(world: World, periods: Periods) -> Ints:
    """By item, the period of its part's first row; 0 where no closed period has one."""
    number = periods.number(world.items["first_row"].fill_null(periods.first).to_numpy())
    return np.where(number < periods.count, number, 0)


def _history(
    world: World, asked: pl.DataFrame, here: Ints, as_of: date, settings: Settings
) -> tuple[History, Periods]:
    periods = calendar(world, as_of, settings)
    number = periods.number(asked["date"].to_numpy())
    closed = (number >= 0) & (number < periods.count)
    place = np.full(len(world.items), -1, dtype=np.int64)
    place[here] = np.arange(len(here))
    history = History.of(
        place[asked["item"].to_numpy()[closed]],
        number[closed],
        asked["pieces"].to_numpy()[closed],
        part=world.items["part"].to_numpy()[here],
        location=world.items["location"].to_numpy()[here],
        days=periods.days(),
        first_period=first_periods(world, periods)[here],
    )
    return history, periods


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
    return _words(len(given), FROM_OUTSIDE, "given in the table forecasts")


def _nobody() -> pl.DataFrame:
    return _words(1, "none", NOBODY_ASKS)


def _words(rows: int, method: str, reason: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "demand_class": pl.repeat(None, rows, dtype=pl.String, eager=True),
            "method": pl.repeat(method, rows, dtype=pl.String, eager=True),
            "events": pl.repeat(0, rows, dtype=pl.Int64, eager=True),
            "reason": pl.repeat(reason, rows, dtype=pl.String, eager=True),
        }
    )
