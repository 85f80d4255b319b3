"""What the ledger knows of demand: what was handed over, and what was asked for in vain.

One document and part is one need. Where some of it was refused, the need belongs to the place where
it was first asked for, and is the larger of what was asked in vain and what was handed over in the
end, wherever that was: asking again, or taking it from a sister site, is not a second need. Unused
pieces that came back under the document are taken off. Without a document every movement stands
for itself.
"""

from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.batches import read_table
from data.store.bulk import read_rows
from data.store.ledger_tables import JOURNAL, MOVEMENTS, REFUSED

_NEED: Final = ["document_id", "part_id"]
_KINDS: Final = ("issue", "fulfil", "return")


def demand_rows(connection: sa.Connection) -> pl.DataFrame:
    """Rows for the table `demand`, each need once, in a fixed order.

    Dates are days at the location; where its time zone is not known, days in UTC.
    """
    events = pl.concat([_handed_over(connection), _refused(connection)])
    events = events.sort("at", "part_id", "location_id", "order").with_row_index("place")
    alone = pl.col("document_id").is_null()
    needs = events.with_columns(
        pl.when(alone).then(pl.format("#{}", "place")).otherwise("document_id").alias("need")
    ).with_columns(pl.col("refused").max().over("need", "part_id").alias("in_vain"))
    place = pl.when(pl.col("in_vain") > 0).then(
        pl.col("location_id").first().over("need", "part_id")
    )
    needs = needs.with_columns(place.otherwise("location_id").alias("location_id"))
    grouped = needs.group_by("need", "part_id", "location_id", maintain_order=True).agg(
        pl.col("at", "document_id", "customer_class").first(),
        pl.col("handed_over").sum(),
        pl.col("refused").max(),
    )
    quantity = pl.max_horizontal("handed_over", "refused")
    return (
        grouped.with_columns(quantity.alias("quantity"), local_day(connection))
        .filter(pl.col("quantity") > 0)
        .select("part_id", "location_id", "date", "quantity", "document_id", "customer_class")
        .sort(pl.all())
    )


def _handed_over(connection: sa.Connection) -> pl.DataFrame:
    query = (
        sa.select(
            MOVEMENTS.c.at,
            JOURNAL.c.part_id,
            JOURNAL.c.location_id,
            JOURNAL.c.pieces,
            MOVEMENTS.c.document_id,
            MOVEMENTS.c.customer_class,
            JOURNAL.c.entry_id,
        )
        .join(JOURNAL, JOURNAL.c.movement_id == MOVEMENTS.c.movement_id)
        .where(MOVEMENTS.c.kind.in_(_KINDS), JOURNAL.c.account == "consumed")
    )
    found = read_rows(connection, query)
    returned_unnamed = (pl.col("pieces") < 0) & pl.col("document_id").is_null()
    return found.filter(~returned_unnamed).select(
        "at", "part_id", "location_id", "document_id", "customer_class",
        pl.col("entry_id").alias("order"),
        pl.col("pieces").alias("handed_over"),
        pl.lit(0, pl.Int64).alias("refused"),
    )  # fmt: skip


def _refused(connection: sa.Connection) -> pl.DataFrame:
    found = read_rows(connection, sa.select(REFUSED))
    return found.select(
        "at", "part_id", "location_id", "document_id", "customer_class",
        pl.col("refused_id").alias("order"),
        pl.lit(0, pl.Int64).alias("handed_over"),
        pl.col("quantity").alias("refused"),
    )  # fmt: skip


def local_day(connection: sa.Connection) -> pl.Expr:
    """The column `date`: the day of `at` at `location_id`; in UTC where no time zone is known."""
    zones = read_table(connection, "locations").select("location_id", "timezone").drop_nulls()
    day = pl.col("at").dt.date()
    for (zone,), places in zones.group_by("timezone", maintain_order=True):
        local = pl.col("at").dt.convert_time_zone(str(zone)).dt.date()
        here = pl.col("location_id").is_in(places["location_id"].to_list())
        day = pl.when(here).then(local).otherwise(day)
    return day.alias("date")
