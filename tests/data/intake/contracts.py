"""What a plan may rest on, said a second time and by other means: dataframely contracts.

They share nothing with the door; the fuzzers hold every table that came through it against them.
"""

from datetime import date

import dataframely as dy
import polars as pl

FIRST, LAST = date(1990, 1, 1), date(2100, 12, 31)
MOST = 10**12


class Parts(dy.Schema):
    part_id = dy.String(primary_key=True, max_length=100)
    description = dy.String(nullable=True)
    unit_cost = dy.Float64(nullable=False, min=0, max=1e15)
    holding_rate = dy.Float64(nullable=True, min=0, max=1)
    criticality = dy.String(nullable=True, regex="^[ABC]$")
    order_multiple = dy.Int64(nullable=True, min=1, max=MOST)
    minimum_order_quantity = dy.Int64(nullable=True, min=0, max=MOST)
    repairable_share = dy.Float64(nullable=True, min=0, max=1)
    active = dy.Bool(nullable=True)
    superseded_by = dy.String(nullable=True)

    @dy.rule()
    def ids_are_tidy(cls) -> pl.Expr:  # noqa: N805
        return pl.col("part_id").str.strip_chars() == pl.col("part_id")


class Locations(dy.Schema):
    location_id = dy.String(primary_key=True, max_length=100)
    parent_id = dy.String(nullable=True)

    @dy.rule()
    def nobody_is_its_own_parent(cls) -> pl.Expr:  # noqa: N805
        return pl.col("parent_id").is_null() | (pl.col("parent_id") != pl.col("location_id"))


class LeadTimes(dy.Schema):
    part_id = dy.String(nullable=True)
    location_id = dy.String(nullable=False)
    lead_time_days = dy.Float64(nullable=True, min=0, max_exclusive=3650)
    lead_time_sd_days = dy.Float64(nullable=True, min=0)


class DemandRows(dy.Schema):
    part_id = dy.String(nullable=False)
    location_id = dy.String(nullable=False)
    date = dy.Date(nullable=False, min=FIRST, max=LAST)
    quantity = dy.Int64(nullable=False, min=0, max=MOST)
    document_id = dy.String(nullable=True, max_length=200)


class Stock(dy.Schema):
    part_id = dy.String(nullable=False)
    location_id = dy.String(nullable=False)
    on_hand = dy.Int64(nullable=False, min=0, max=MOST)
    reserved = dy.Int64(nullable=True, min=0, max=MOST)
    on_order = dy.Int64(nullable=True, min=0, max=MOST)
    backorders = dy.Int64(nullable=True, min=0, max=MOST)
    as_of = dy.Date(nullable=True, min=FIRST, max=LAST)

    @dy.rule()
    def one_row_for_each(cls) -> pl.Expr:  # noqa: N805
        return pl.len().over("part_id", "location_id", "as_of") == 1


class Targets(dy.Schema):
    measure = dy.String(nullable=False)
    target = dy.Float64(nullable=False, min=0)

    @dy.rule()
    def shares_are_shares(cls) -> pl.Expr:  # noqa: N805
        return (pl.col("measure") == "waiting_days") | (pl.col("target") <= 1)


CONTRACTS: dict[str, type[dy.Schema]] = {
    "parts": Parts,
    "locations": Locations,
    "lead_times": LeadTimes,
    "demand": DemandRows,
    "stock": Stock,
    "service_targets": Targets,
}


def hold(tables: dict[str, pl.DataFrame], refused: set[str]) -> None:
    """Fail if a table is not what a plan may rest on; a refused master leaves its ids open."""
    for name, contract in CONTRACTS.items():
        contract.validate(tables[name].select(contract.column_names()))
    places, parts = set(tables["locations"]["location_id"]), set(tables["parts"]["part_id"])
    for name in ("locations", "lead_times", "demand", "stock", "parts"):
        for column, known, master in (
            ("location_id", places, "locations"),
            ("parent_id", places, "locations"),
            ("part_id", parts, "parts"),
            ("superseded_by", parts, "parts"),
        ):
            if column in tables[name].columns and master not in refused:
                assert set(tables[name][column].drop_nulls()) <= known, (name, column)
