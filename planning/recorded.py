"""Requests as recorded, made ready: chains of parts joined, returns netted, outliers cut.

The tables that came in stay as they are; what was cut is told as warnings.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.intake import Intake
from data.intake.accepted import coded
from data.intake.canonical import in_order
from forecasting.cleaning import Cut, net_of_returns, without_outliers
from planning import histories
from planning.histories import Flags
from planning.settings import Settings
from planning.succession import inherited
from planning.world import ITEM, World

CUT = "demand.outlier_cut"
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, so that every item stays a number of its own
_TOLD = ("code", "table", "column", "part_id", "location_id", "value", "message")


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What was asked for, and what had to be cut."""

    asked: pl.DataFrame  # item, date, pieces (1 or more); in canonical order
    warnings: pl.DataFrame  # a row for each request that was cut to a limit


def recorded(world: World, intake: Intake, settings: Settings) -> Recorded:
    """Requests of every item of `world`, net of what came back, outliers cut to their limit."""
    rows = coded(intake.tables, "demand")
    back = intake.set_aside.filter(pl.col("reason") == "return")
    if not back.is_empty():
        rows = pl.concat([rows, back.select(rows.columns).cast(rows.schema)])
    asked = requests(world, rows)
    if settings.confirmed_outliers:
        return Recorded(asked, _told(world, asked.clear(), asked["pieces"].clear()))
    found = _cut(asked, _counts(world, intake, settings, asked))
    cut = pl.Series(found.cut)
    told = _told(world, asked.filter(cut), pl.Series(found.pieces).filter(cut))
    if told.is_empty():
        return Recorded(asked, told)
    cleaned = asked.with_columns(pieces=pl.Series(found.pieces))
    return Recorded(in_order(cleaned), told)


def _counts(world: World, intake: Intake, settings: Settings, asked: pl.DataFrame) -> Flags:
    """By request, whether its period is closed, so that forecasts count it."""
    periods = histories.whole_periods(world, intake, settings)
    return np.asarray(periods.number(asked["date"].to_numpy()) < periods.count)


def _cut(asked: pl.DataFrame, counts: Flags) -> Cut:
    """Outliers among requests; what counts is judged by what counts alone.

    A request of the period that is still open would otherwise move what closed ones say.
    """
    item, pieces = asked["item"].to_numpy(), asked["pieces"].to_numpy()
    found = without_outliers(item, pieces)
    if counts.all():
        return found
    closed, left = without_outliers(item[counts], pieces[counts]), found.pieces.copy()
    left[counts] = closed.pieces
    return Cut(left, left != pieces)


def requests(world: World, demand: pl.DataFrame) -> pl.DataFrame:
    """Recorded requests: item, date, pieces, one row each, in canonical order.

    Rows of one part and location that share a document are one request; without one each row is.
    Requests for a part that has an heir are its heir's. What came back lowers the requests before
    it, newest first.
    """
    rows = world.rows(inherited(demand, world.heirs)).select(
        "item", "date", "document_id", pieces="quantity"
    )
    shared = _shares_its_document(rows)
    alone = rows.filter(~shared).select("item", "date", "pieces")
    together = (
        rows.filter(shared)
        .group_by("item", "document_id")
        .agg(pl.col("date").min(), last=pl.col("date").max(), pieces=pl.col("pieces").sum())
        .select(
            "item", pl.when(pl.col("pieces") < 0).then("last").otherwise("date").alias("date"),
            "pieces",
        )
    )  # fmt: skip
    both = pl.concat([alone, together])
    if both.filter(pl.col("pieces") < 0).is_empty():
        return in_order(both.filter(pl.col("pieces") > 0))
    return in_order(_net(both))


def _shares_its_document(rows: pl.DataFrame) -> pl.Series:
    """True where another row of the same item bears the same document, and hardly ever elsewhere.

    Found by a number each for item and document; two documents of one number do no harm.
    """
    document = rows["document_id"]
    mark = document.hash().to_numpy() ^ (rows["item"].to_numpy().astype(np.uint64) * _SPREAD)
    ascending = pl.Series(mark).sort().to_numpy()
    twice = pl.Series(ascending[1:][ascending[1:] == ascending[:-1]])
    return pl.Series(mark).is_in(twice.implode()) & document.is_not_null()


def _net(rows: pl.DataFrame) -> pl.DataFrame:
    day = rows["date"].to_physical().to_numpy().astype(np.int64)
    pieces = rows["pieces"].cast(pl.Int64).to_numpy()
    item, day, left = net_of_returns(rows["item"].to_numpy(), day, pieces)
    dates = pl.Series("date", day.astype(np.int32)).cast(pl.Date)
    return pl.DataFrame({"item": item, "date": dates, "pieces": left})


def _told(world: World, cut: pl.DataFrame, pieces: pl.Series) -> pl.DataFrame:
    """A warning for each request that was cut, with what it counts now."""
    if cut.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(_TOLD, pl.String))
    place = world.items.select(ITEM)[cut["item"]]
    figures = {"recorded": cut["pieces"], "counted": pieces, "date": cut["date"]}
    words = [column.cast(pl.String).alias(name).rechunk() for name, column in figures.items()]
    return place.with_columns(*words).rechunk().select(
        code=pl.lit(CUT),
        table=pl.lit("demand"),
        column=pl.lit("quantity"),
        part_id="part_id",
        location_id="location_id",
        value=pl.col("recorded").cast(pl.String),
        message=pl.format(
            "{} pieces of {} asked for at {} on {} are far beyond its other requests; they count "
            "as {} in the forecast, the row stays as it is. If they are meant, state "
            "confirmed_outliers = true.",
            "recorded", "part_id", "location_id", "date", "counted",
        ),
    )  # fmt: skip
