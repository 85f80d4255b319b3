"""What a history needs first, seen by a planner who runs `forecast` or `plan` on a folder."""

import json
from datetime import date

import polars as pl
import pytest

from tests.stories.conftest import sparewise

MONTHS = [date(2024 + month // 12, 1 + month % 12, 12) for month in range(24)]  # to Dec 2025
AS_OF = "2025-12-31"
HEADS = {
    "parts": "part_id,unit_cost,superseded_by,active",
    "locations": "location_id,parent_id,tier",
    "lead_times": "location_id,lead_time_days",
    "service_targets": "measure,target",
    "demand": "part_id,location_id,date,quantity,document_id",
    "stock": "part_id,location_id,on_hand,on_order,as_of",
    "installed_base": "machine_type,location_id,machines,part_id,parts_per_machine,"
    "failures_per_machine_year,valid_from,valid_to",
    "demand_changes": "part_id,location_id,valid_from,valid_to,factor,pieces,reason,author",
    "forecasts": "part_id,location_id,demand_per_day",
    "item_rules": "part_id,location_id,minimum_level",
}


def a_folder(path, parts=("PUMP,10,,",), **tables):
    """One site, a lead time of 30 days, a filter asked for every month, and what is given."""
    filters = [f"FILTER,SITE,{day},1," for day in MONTHS]
    rows = {
        "parts": ["FILTER,5,,", *parts],
        "locations": ["SITE,,A"],
        "lead_times": ["SITE,29"],
        "service_targets": ["fill_rate,0.9"],
        **tables,
        "demand": [*filters, *tables.get("demand", [])],
    }
    path.mkdir()
    for name, lines in rows.items():
        text = "\n".join([HEADS[name], *lines]) + "\n"
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def forecast(tmp_path):
    """Forecasts a folder made of the tables given; what it says of each part, and the summary."""
    count = iter(range(99))

    def run(*, expect_exit=0, **given):
        base = tmp_path / f"run{next(count)}"
        base.mkdir()
        folder, out = a_folder(base / "input", **given), base / "out"
        done = sparewise("forecast", folder, "--out", out, "--as-of", AS_OF)
        assert done.exit_code == expect_exit, done.stdout
        rows = pl.read_parquet(out / "forecasts.parquet").rows(named=True)
        run.out, run.summary = out, json.loads((out / "summary.json").read_text(encoding="utf-8"))
        return {row["part_id"]: row for row in rows}

    return run


def pumps(*months, quantity=1):
    """A request for PUMP in each of `months`, counted from January 2024."""
    return [f"PUMP,SITE,{MONTHS[month]},{quantity}," for month in months]


def test_what_came_back_was_never_needed(forecast):
    kept = forecast(demand=pumps(2, 8, 14, 20, quantity=3))["PUMP"]
    back = ["PUMP,SITE,2025-09-20,-3,"]
    returned = forecast(demand=[*pumps(2, 8, 14, 20, quantity=3), *back])["PUMP"]
    assert (kept["events"], returned["events"]) == (4, 3)
    assert returned["demand_per_day"] < kept["demand_per_day"]
    never = forecast(demand=pumps(2, 8, 14, quantity=3))["PUMP"]
    assert returned["demand_per_day"] == pytest.approx(never["demand_per_day"], rel=1e-9)


def test_a_correction_of_a_document_is_part_of_its_request(forecast):
    typed = ["PUMP,SITE,2025-03-03,30,D-1", "PUMP,SITE,2025-03-04,-27,D-1"]
    assert forecast(demand=[*pumps(4), *typed])["PUMP"]["events"] == 2
    meant = ["PUMP,SITE,2025-03-03,3,D-1"]
    corrected = forecast(demand=[*pumps(4), *typed])["PUMP"]["demand_per_day"]
    assert corrected == forecast(demand=[*pumps(4), *meant])["PUMP"]["demand_per_day"]


def test_an_outlier_is_cut_shown_and_counted_in_full_where_it_is_meant(forecast, tmp_path):
    demand = [*pumps(*range(0, 20, 2)), "PUMP,SITE,2025-11-11,300,"]
    cut = forecast(demand=demand)["PUMP"]
    told = [one for one in forecast.summary["warnings"] if one["code"] == "demand.outlier_cut"]
    assert [(one["part_id"], one["location_id"], one["value"]) for one in told] == [
        ("PUMP", "SITE", "300")
    ]
    assert "count as 5" in told[0]["message"]
    five = [*pumps(*range(0, 20, 2)), "PUMP,SITE,2025-11-11,5,"]
    assert cut["demand_per_day"] == forecast(demand=five)["PUMP"]["demand_per_day"]
    folder = a_folder(tmp_path / "meant", demand=demand)
    (folder / "sparewise.toml").write_text("confirmed_outliers = true\n", encoding="utf-8")
    done = sparewise("forecast", folder, "--out", tmp_path / "out", "--as-of", AS_OF)
    assert done.exit_code == 0
    full = pl.read_parquet(tmp_path / "out" / "forecasts.parquet").filter(part_id="PUMP")
    assert full["demand_per_day"].item() > 5 * cut["demand_per_day"]


def test_the_requests_of_a_replaced_part_are_those_of_its_last_successor(forecast):
    parts = ["OLD,10,MIDDLE,false", "MIDDLE,10,PUMP,", "PUMP,12,,"]
    demand = [f"OLD,SITE,{MONTHS[3]},2,", f"MIDDLE,SITE,{MONTHS[9]},2,", *pumps(18, quantity=2)]
    found = forecast(parts=parts, demand=demand)
    assert found["PUMP"]["events"] == 3
    assert found["MIDDLE"]["demand_per_day"] == 0
    assert "successor" in found["MIDDLE"]["reason"]
    plain = forecast(demand=pumps(3, 9, 18, quantity=2))["PUMP"]
    assert found["PUMP"]["demand_per_day"] == pytest.approx(plain["demand_per_day"], rel=0.02)


def test_a_successor_nobody_has_asked_for_yet_is_planned_where_its_predecessor_was(forecast):
    parts = ["OLD,10,PUMP,", "PUMP,12,,"]
    found = forecast(parts=parts, demand=[f"OLD,SITE,{day},2," for day in MONTHS[::3]])
    assert found["PUMP"]["events"] == 8
    assert found["PUMP"]["demand_per_day"] > 0.01


def proposals_of(base, folder):
    out = base / "plan"
    assert sparewise("plan", folder, "--out", out, "--as-of", AS_OF).exit_code == 0
    rows = pl.read_parquet(out / "proposals.parquet").rows(named=True)
    return {(row["part_id"], row["action"]): row["quantity"] for row in rows}


def test_what_is_left_of_a_replaced_part_counts_against_its_successors_need(tmp_path):
    parts = ["OLD,10,PUMP,", "PUMP,12,,"]
    demand = [f"OLD,SITE,{day},3," for day in MONTHS]
    orders = []
    for left in (0, 2, 100):
        base = tmp_path / str(left)
        base.mkdir()
        stock = [f"{part},SITE,{pieces},," for part, pieces in (("OLD", left), ("PUMP", 0))]
        stock = [f"{row}{AS_OF}" for row in [*stock, "FILTER,SITE,50,,"]]
        found = proposals_of(base, a_folder(base / "input", parts, demand=demand, stock=stock))
        orders.append(found.get(("PUMP", "order"), 0))
        assert not [key for key in found if key[0] == "OLD"], "it is used up, not sent back"
    assert orders[0] - orders[1] == 2
    assert orders[2] == 0


def counts(on_hand, on_order=0):
    """A count of PUMP at the end of every month; `on_hand` by month."""
    days = [date(day.year + day.month // 12, 1 + day.month % 12, 1) for day in MONTHS]
    last = [date.fromordinal(day.toordinal() - 1) for day in days]
    return [
        *(
            f"PUMP,SITE,{pieces},{on_order},{day}"
            for pieces, day in zip(on_hand, last, strict=True)
        ),
        f"FILTER,SITE,9,0,{AS_OF}",
    ]


def test_months_in_which_the_shelf_ran_out_do_not_count_as_months_without_need(forecast):
    demand = pumps(0, 2, 4, 6, 8, 20, 22)
    had = forecast(demand=demand, stock=counts([2] * 24))["PUMP"]["demand_per_day"]
    ran_out = [2] * 9 + [0] * 10 + [2] * 5
    hidden = forecast(demand=demand, stock=counts(ran_out))["PUMP"]
    assert hidden["demand_per_day"] > 1.15 * had
    assert "7 requests in 14 months" in hidden["reason"]


def test_a_shelf_still_empty_hides_need_while_it_is_waited_for_and_not_where_none_is_meant(
    forecast,
):
    demand = pumps(0, 2, 4, 6, 8, 10)
    empty = [2] * 12 + [0] * 12
    stopped = forecast(demand=demand, stock=counts(empty))["PUMP"]
    waiting = forecast(demand=demand, stock=counts(empty, on_order=4))["PUMP"]
    assert waiting["demand_per_day"] > 1.5 * stopped["demand_per_day"]
    never = forecast(demand=demand, stock=counts([0] * 24, on_order=4))["PUMP"]
    assert never["demand_per_day"] == stopped["demand_per_day"]


def test_a_month_that_is_not_over_and_one_in_which_the_table_begins_do_not_count(
    forecast, tmp_path
):
    found = forecast(demand=pumps(*range(24)))["PUMP"]
    assert found["events"] == 24
    folder = a_folder(tmp_path / "late", demand=pumps(*range(24), quantity=2))
    text = (folder / "demand.csv").read_text(encoding="utf-8").splitlines()
    begin = date(2024, 1, 20).toordinal()
    daily = [f"FILTER,SITE,{date.fromordinal(begin + day)},1," for day in range(12 + 29 + 31)]
    rows = [line for line in text if not line.startswith("FILTER")] + daily
    (folder / "demand.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    out = tmp_path / "out"
    assert sparewise("forecast", folder, "--out", out, "--as-of", "2025-12-20").exit_code == 0
    table = pl.read_parquet(out / "forecasts.parquet")
    events = dict(table.select("part_id", "events").iter_rows())
    assert events == {"FILTER": 29 + 31, "PUMP": 22}  # without January 2024 and December 2025


def machines(count, valid="2025-06-01,", failures=0.5):
    return [f"DRILL,SITE,{count},PUMP,2,{failures},{valid}"]


RULE = ["PUMP,SITE,0"]


def test_a_part_nobody_asked_for_yet_is_expected_as_its_machines_fail(forecast):
    engine = forecast(item_rules=RULE)["PUMP"]
    assert engine["method"] == "hidden rates"
    few, many = (
        forecast(item_rules=RULE, installed_base=machines(count))["PUMP"] for count in (1, 40)
    )
    assert many["method"] == "installed base"
    assert "40 machines" in many["reason"]
    assert few["demand_per_day"] < many["demand_per_day"]
    missed = 40 * 2 * 0.5 * 214 / 365  # June to December
    assert many["demand_per_day"] * 365 == pytest.approx(
        40 * 2 * 0.5 / (1 + missed) * many["mean_request_size"], rel=1e-6
    )


def test_machines_to_come_count_when_they_come_and_scrapped_ones_no_more(forecast):
    gone = forecast(item_rules=RULE, installed_base=machines(9, "2024-01-01,2025-12-31"))["PUMP"]
    assert gone["demand_per_day"] == 0
    coming = forecast(item_rules=RULE, installed_base=machines(9, "2026-01-16,"))["PUMP"]
    here = forecast(item_rules=RULE, installed_base=machines(9, "2026-01-01,"))["PUMP"]
    assert coming["demand_per_day"] == pytest.approx(here["demand_per_day"] * 15 / 30, rel=1e-6)


def a_change(valid, factor="", pieces="", part="PUMP", place="SITE"):
    return f"{part},{place},{valid},{factor},{pieces},new contract,Ada"


def test_a_planners_change_moves_demand_and_stands_apart_from_statistics(forecast):
    demand = pumps(*range(0, 24, 3))
    plain = forecast(demand=demand)["PUMP"]
    assert plain["change"] is None
    assert plain["demand_per_day_unchanged"] == plain["demand_per_day"]
    found = forecast(demand=demand, demand_changes=[a_change("2026-01-01,9999-12-31", 2)])
    assert found["PUMP"]["demand_per_day"] == pytest.approx(2 * plain["demand_per_day"])
    assert found["PUMP"]["demand_per_day_unchanged"] == pytest.approx(plain["demand_per_day"])
    assert found["PUMP"]["change"] == "× 2.0 from 2026-01-01 (new contract, Ada)"
    assert found["PUMP"]["reason"].startswith(plain["reason"])
    assert found["FILTER"]["change"] is None
    table = pl.read_parquet(forecast.out / "changes.parquet").row(0, named=True)
    assert (table["state"], table["author"], table["items"]) == ("to come", "Ada", 1)
    assert table["demand_per_day"] == pytest.approx(2 * table["demand_per_day_unchanged"])


def test_a_change_counts_for_the_part_of_the_lead_time_it_lasts(forecast):
    demand = pumps(*range(0, 24, 3))
    plain = forecast(demand=demand)["PUMP"]["demand_per_day"]
    half = forecast(demand=demand, demand_changes=[a_change("2026-01-16,2026-06-30", 3)])
    assert half["PUMP"]["demand_per_day"] == pytest.approx(plain * (1 + 2 * 15 / 30))
    extra = forecast(demand=demand, demand_changes=[a_change("2026-01-01,2026-01-30", "", 15)])
    assert extra["PUMP"]["demand_per_day"] == pytest.approx(plain + 0.5)
    late = forecast(demand=demand, demand_changes=[a_change("2027-01-01,9999-12-31", 9)])
    assert late["PUMP"]["demand_per_day"] == plain


def test_a_change_of_all_parts_of_a_site_is_one_row(forecast):
    demand = pumps(*range(0, 24, 3))
    plain = forecast(demand=demand)
    both = forecast(demand=demand, demand_changes=[a_change("2026-01-01,9999-12-31", 0.5, part="")])
    for part in ("PUMP", "FILTER"):
        expected = 0.5 * plain[part]["demand_per_day"]
        assert both[part]["demand_per_day"] == pytest.approx(expected)


def test_what_is_asked_for_under_a_change_does_not_count_twice(forecast):
    before = pumps(*range(0, 18, 3))
    doubled = [*before, *pumps(*range(18, 24), quantity=2)]
    change = [a_change("2025-07-01,2026-12-31", 4)]
    under = forecast(demand=doubled, demand_changes=change)["PUMP"]
    quiet = forecast(demand=before, demand_changes=change)["PUMP"]
    assert under["demand_per_day_unchanged"] == pytest.approx(quiet["demand_per_day_unchanged"])
    assert under["demand_per_day"] == pytest.approx(4 * under["demand_per_day_unchanged"])


def test_what_a_change_gained_or_cost_is_told_once_it_is_over(forecast):
    demand = [*pumps(*range(18)), *pumps(*range(18, 24), quantity=3)]
    over = "2025-07-01,2025-12-31"
    forecast(demand=demand, demand_changes=[a_change(over, 3), a_change(over, 0.3)])
    right, wrong = (
        pl.read_parquet(forecast.out / "changes.parquet")
        .sort("factor", descending=True)
        .rows(named=True)
    )
    assert right["state"] == wrong["state"] == "over"
    assert right["asked"] == wrong["asked"] == 18
    assert right["gained"] > 1
    assert wrong["gained"] < -1
    assert right["expected_with"] == pytest.approx(3 * right["expected_without"])


def test_a_forecast_from_outside_replaces_the_engine_and_takes_a_planners_change(forecast):
    given = ["PUMP,SITE,0.25"]
    found = forecast(demand=pumps(3, 9), forecasts=given)["PUMP"]
    assert (found["method"], found["demand_per_day"]) == ("from outside", 0.25)
    moved = forecast(
        demand=pumps(3, 9), forecasts=given, demand_changes=[a_change("2026-01-01,9999-12-31", 2)]
    )["PUMP"]
    assert moved["demand_per_day"] == pytest.approx(0.5)
    assert moved["demand_per_day_unchanged"] == 0.25


def test_uncertainty_is_that_of_the_items_own_lead_time(forecast, tmp_path):
    demand = pumps(1, 5, 6, 13, 22)
    spread = []
    for days in (1, 400):
        folder = a_folder(tmp_path / str(days), demand=demand, lead_times=[f"SITE,{days}"])
        out = tmp_path / f"out{days}"
        assert sparewise("forecast", folder, "--out", out, "--as-of", AS_OF).exit_code == 0
        row = pl.read_parquet(out / "forecasts.parquet").filter(part_id="PUMP").row(0, named=True)
        spread.append(row["rate_variance"] / row["demand_per_day"] ** 2)
    assert spread[1] != pytest.approx(spread[0], rel=0.1)


def test_confirmed_outliers_leave_nothing_to_tell(tmp_path):
    folder = a_folder(tmp_path / "input", demand=pumps(3, 9))
    (folder / "sparewise.toml").write_text("confirmed_outliers = true\n", encoding="utf-8")
    out = tmp_path / "out"
    assert sparewise("forecast", folder, "--out", out, "--as-of", AS_OF).exit_code == 0
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert not [one for one in summary["warnings"] if one["code"] == "demand.outlier_cut"]


def drills(site, count, failures=""):
    return f"DRILL,{site},{count},PUMP,1,{failures},2024-01-01,"


def test_where_nobody_says_how_often_machines_fail_requests_elsewhere_do(forecast):
    places = {
        "locations": ["SITE,,A", "NORTH,,A"],
        "lead_times": ["SITE,29", "NORTH,29"],
        "item_rules": RULE,
    }
    base = [drills("NORTH", 10), drills("SITE", 10)]
    at_north = [f"PUMP,NORTH,{day},1," for day in MONTHS]
    pump = forecast(**places, installed_base=base, demand=at_north)["PUMP"]
    assert pump["method"] == "installed base"
    assert "as often as requests elsewhere tell" in pump["reason"]
    months, years = 24, 10 * 731 / 365  # January 2024 to December 2025
    failures = (1 + months) / (2 * years / months + years)
    missed = failures * years
    assert pump["demand_per_day"] * 365 == pytest.approx(
        10 * failures / (1 + missed) * pump["mean_request_size"], rel=1e-6
    )
    rare = forecast(**places, installed_base=base, demand=at_north[::6])["PUMP"]
    assert rare["demand_per_day"] < pump["demand_per_day"]
    silent = forecast(item_rules=RULE, installed_base=[drills("SITE", 10)])["PUMP"]
    assert silent["method"] == "hidden rates"
