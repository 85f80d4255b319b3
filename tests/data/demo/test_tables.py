"""The tables of the default company agree with each other."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from data.demo.company import found
from data.demo.tables import promises

AS_OF = date(2026, 9, 30)
ITEM = ["part_id", "location_id"]


def test_every_part_and_location_named_anywhere_exists(tables):
    named = {"part_id": "part_id", "superseded_by": "part_id", "substitute_id": "part_id"}
    named |= {"location_id": "location_id", "parent_id": "location_id"}
    home = {"part_id": "parts", "location_id": "locations"}
    for table in tables.values():
        for column in set(named) & set(table.columns):
            known = set(tables[home[named[column]]][named[column]])
            assert set(table[column].drop_nulls()) <= known


def test_history_ends_at_the_as_of_and_the_next_year_begins_after_it(tables):
    history, next_year = tables["demand"]["date"], tables["next_year"]["date"]
    assert date(2023, 10, 1) <= history.min() < date(2023, 10, 8)
    assert date(2026, 9, 23) < history.max() <= AS_OF
    assert AS_OF < next_year.min() < date(2026, 10, 8)
    assert date(2027, 9, 23) < next_year.max() <= date(2027, 9, 30)
    for name, columns in (("receipts", ["ordered_on", "received_on"]), ("stock", ["as_of"])):
        assert max(tables[name][column].max() for column in columns) <= AS_OF
    assert tables["stock"]["as_of"].max() == AS_OF


def test_stock_is_known_at_twelve_month_ends_for_the_same_items(tables):
    by_day = tables["stock"].group_by("as_of").agg(pl.len(), pl.struct(ITEM).n_unique().alias("n"))
    assert len(by_day) == 12
    assert by_day["len"].n_unique() == 1
    assert (by_day["n"] == by_day["len"]).all()


def test_on_order_is_the_sum_of_the_open_orders(tables):
    now = tables["stock"].filter(pl.col("as_of") == AS_OF)
    ordered = tables["open_orders"].group_by(ITEM).agg(pl.col("quantity").sum())
    both = now.join(ordered, on=ITEM, how="left").with_columns(pl.col("quantity").fill_null(0))
    assert both["on_order"].to_list() == both["quantity"].to_list()
    assert both["quantity"].sum() == tables["open_orders"]["quantity"].sum() > 0


def test_no_piece_comes_from_nowhere_and_none_is_lost(tables):
    """What lies there less what is owed moves by receipts, requests and orders of the children."""
    first, last = tables["stock"]["as_of"].min(), tables["stock"]["as_of"].max()
    ordered = pl.concat(
        tables[name].select(*ITEM, "ordered_on", "quantity") for name in ("receipts", "open_orders")
    )
    parents = tables["locations"].select("location_id", "parent_id").drop_nulls()
    sent = ordered.join(parents, on="location_id")
    moved = pl.concat(
        [
            tables["receipts"].select(*ITEM, day="received_on", pieces="quantity"),
            tables["demand"].select(*ITEM, day="date", pieces=-pl.col("quantity")),
            sent.select(
                "part_id",
                location_id="parent_id",
                day="ordered_on",
                pieces=-pl.col("quantity"),
            ),
        ]
    )
    moved = moved.filter((pl.col("day") > first) & (pl.col("day") <= last))
    net = tables["stock"].with_columns(net=pl.col("on_hand") - pl.col("backorders"))
    change = (
        net.filter(pl.col("as_of") == last)
        .join(net.filter(pl.col("as_of") == first), on=ITEM)
        .select(*ITEM, change=pl.col("net") - pl.col("net_right"))
        .join(moved.group_by(ITEM).agg(pl.col("pieces").sum()), on=ITEM, how="left")
    )
    assert change["change"].to_list() == change["pieces"].fill_null(0).to_list()
    assert change["change"].abs().sum() > 0


def test_shelves_run_empty_and_customers_wait_now_and_then(tables):
    stocked = tables["stock"].join(tables["current_policies"], on=ITEM)
    assert 0.005 < (stocked["on_hand"] == 0).mean() < 0.15
    assert 0 < (stocked["backorders"] > 0).mean() < 0.1
    assert not ((stocked["on_hand"] > 0) & (stocked["backorders"] > 0)).any()


def test_deliveries_are_skewed_and_sometimes_late(tables):
    bought = tables["receipts"].drop_nulls("supplier_id")
    took = (bought["received_on"] - bought["ordered_on"]).dt.total_days()
    assert took.min() >= 1
    assert took.mean() > took.median()
    assert 0.05 < (bought["received_on"] > bought["promised_on"]).mean() < 0.3


def test_only_what_the_warehouse_buys_names_a_supplier(tables):
    for name in ("receipts", "open_orders"):
        bought = tables[name].filter(pl.col("supplier_id").is_not_null())
        assert set(bought["location_id"]) == {"CW-ROTTERDAM"}
        whose = bought.join(tables["parts"], on="part_id")
        assert whose["supplier_id"].to_list() == whose["supplier_id_right"].to_list()


def test_orders_keep_to_multiples_and_minimums(tables):
    levels = tables["current_policies"].join(tables["parts"], on="part_id")
    assert (levels["order_quantity"] % levels["order_multiple"] == 0).all()
    assert (levels["order_quantity"] >= levels["minimum_order_quantity"]).all()


def test_a_level_is_the_textbook_level_of_the_last_24_months(tables):
    """Reorder point and order quantity by plain arithmetic from the demand table."""
    parents = dict(tables["locations"].select("location_id", "parent_id").iter_rows())
    lanes = tables["lead_times"].filter(pl.col("part_id").is_null())
    lane = {row["location_id"]: row for row in lanes.iter_rows(named=True)}
    supply = {row["part_id"]: row for row in tables["lead_times"].iter_rows(named=True)}
    rate = dict(
        tables["exchange_rates"]
        .sort("date")
        .group_by("currency")
        .last()
        .select("currency", "rate")
        .iter_rows()
    )
    parts = {row["part_id"]: row for row in tables["parts"].iter_rows(named=True)}
    recent = tables["demand"].filter(pl.col("date") >= date(2024, 10, 1))
    for level in tables["current_policies"].sample(60, seed=1).iter_rows(named=True):
        place, part = level["location_id"], parts[level["part_id"]]
        below = {
            place,
            *(one for one in parents if place in (parents[one], parents.get(parents[one]))),
        }
        asked = recent.filter(
            (pl.col("part_id") == level["part_id"]) & pl.col("location_id").is_in(sorted(below))
        )
        months = np.zeros(24)
        for day, pieces in asked.select("date", "quantity").iter_rows():
            months[(day.year - 2024) * 12 + day.month - 10] += pieces
        lead = lane.get(place) or supply[level["part_id"]]
        span = (lead["lead_time_days"] + 1) / (365 / 12)
        wobble = months.mean() * lead["lead_time_sd_days"] / (365 / 12)
        safety = 1.6449 * np.sqrt(months.var() * span + wobble**2)
        assert level["reorder_point"] == np.floor(months.mean() * span + safety + 0.5)
        cost = part["unit_cost"] * rate[part["currency"]] * part["holding_rate"]
        setup = part["ordering_cost"] * rate[part["currency"]]
        economic = min(np.sqrt(2 * setup * 12 * months.mean() / cost), 12 * months.mean())
        packs = max(
            1, np.round(max(economic, part["minimum_order_quantity"]) / part["order_multiple"])
        )
        quantity = max(packs * part["order_multiple"], part["minimum_order_quantity"])
        assert level["order_quantity"] == pytest.approx(quantity, abs=part["order_multiple"])


def test_one_repair_order_belongs_to_one_customer_on_one_day(tables):
    orders = (
        tables["demand"]
        .group_by("document_id")
        .agg(pl.col("date", "location_id", "customer_class").n_unique(), pl.len())
    )
    assert (orders.select("date", "location_id", "customer_class") == 1).to_numpy().all()
    assert (orders["len"] > 1).any()


def test_no_customer_has_two_contracts_at_a_time(tables):
    held = tables["contracts"].sort("customer_id", "valid_from")
    after = held.with_columns(pl.col("valid_to").shift().over("customer_id").alias("before"))
    assert (after["valid_from"] > after["before"]).drop_nulls().all()
    assert set(held["customer_id"]) == set(tables["customers"]["customer_id"])


def test_prices_are_skewed_over_five_powers_of_ten(tables):
    price = tables["parts"]["unit_cost"]
    assert price.min() < 5
    assert price.max() > 2000
    assert price.mean() > 3 * price.median()


def test_tiers_have_targets_and_targets_have_locations(tables):
    promised = set(tables["service_targets"]["tier"].drop_nulls())
    assert promised == set(tables["locations"]["tier"])
    fill = tables["service_targets"].filter(pl.col("measure") == "fill_rate").sort("tier")["target"]
    assert fill.to_list() == sorted(fill, reverse=True)


def test_a_kit_of_a_repair_holds_more_than_one_part(tables):
    size = tables["kits"].group_by("job_type").len()
    assert (size.filter(pl.col("job_type").str.starts_with("REPAIR"))["len"] > 1).all()
    assert size["job_type"].str.starts_with("SERVICE").any()
    assert tables["kits"].select("job_type", "part_id").is_duplicated().sum() == 0


def test_the_fleet_of_a_year_is_counted_in_its_middle(tables, company):
    running = (company.machines.installed <= 183) & (company.machines.scrapped > 183)
    first = tables["installed_base"].filter(pl.col("valid_from") == date(2023, 10, 1))
    fleets = first.select("machine_type", "location_id", "machines").unique()
    assert fleets["machines"].sum() == running.sum()


def test_the_installed_base_foretells_the_failures_of_the_company(tables):
    """Estimates leave out services and companions, so requests lie above them, not far off."""
    base = tables["installed_base"]
    foretold = 3 * (base["machines"] * base["failures_per_machine_year"]).sum() / 3
    assert 0.5 * foretold < len(tables["demand"]) < 4 * foretold


def test_never_is_said_of_the_field_only():
    company = found(400, 12, 2)
    rules = promises.item_rules(company)
    never = rules.filter(pl.col("stocking") == "never")
    assert len(never)
    assert set(never["location_id"].str.head(3)) <= {"FS-", "VAN"}
