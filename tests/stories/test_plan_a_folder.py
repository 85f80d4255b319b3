"""A folder of tables comes in; a plan with its proof and its reasons goes out."""

import json
import shutil

import polars as pl
import pytest

from planning import verify
from tests.stories.conftest import sparewise

TABLES = ("policies", "proposals", "forecasts", "rejected")


def a_copy(company, tmp_path):
    folder = tmp_path / "input"
    shutil.copytree(company, folder)
    return folder


def planned(folder, out, *options):
    result = sparewise("plan", folder, "--out", out, *options)
    return result, json.loads((out / "summary.json").read_text(encoding="utf-8"))


def edited(folder, name, edit):
    path = folder / f"{name}.csv"
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")


@pytest.fixture(scope="module")
def plan(company, tmp_path_factory):
    out = tmp_path_factory.mktemp("plan") / "out"
    result, summary = planned(company, out)
    assert result.exit_code == 0
    return out, summary, result.stdout


def test_every_table_is_written_in_both_forms_with_the_agreed_columns(plan):
    out, _, _ = plan
    for name in TABLES:
        assert (out / f"{name}.csv").is_file()
        assert (out / f"{name}.parquet").is_file()
    columns = pl.read_parquet(out / "policies.parquet").columns
    assert columns[:20] == [
        "part_id", "location_id", "reorder_point", "order_quantity", "base_stock_level",
        "demand_per_day", "replenished_per_day", "lead_time_demand_mean",
        "lead_time_demand_variance", "fill_rate", "line_fill_rate", "ready_rate", "waiting_days",
        "expected_on_hand", "expected_backorders", "stock_value", "holding_cost_per_year",
        "ordering_cost_per_year", "previous_reorder_point", "reason",
    ]  # fmt: skip
    proposals = pl.read_parquet(out / "proposals.parquet").columns
    assert proposals[:7] == [
        "part_id", "location_id", "action", "quantity", "source", "reason", "value",
    ]  # fmt: skip


def test_the_summary_says_what_was_proven_and_what_each_promise_costs(plan):
    _, summary, _ = plan
    assert summary["outcome"] == "optimal"
    assert 0 <= summary["gap"] <= 0.001
    decided = summary["cost_per_year"]["holding"] + summary["cost_per_year"]["delay"]
    bound = summary["lower_bound_per_year"]
    assert decided >= bound * (1 - 1e-9)
    assert summary["gap"] == pytest.approx((decided - bound) / bound, abs=1e-9)
    assert all(target["met"] for target in summary["targets"])
    assert summary["rejected_rows"] == 0
    assert not summary["refused_files"]


def test_stock_value_and_costs_are_the_sums_of_the_policies(plan):
    out, summary, _ = plan
    policies = pl.read_parquet(out / "policies.parquet")
    assert summary["items"] == policies.height
    assert summary["stock_value"] == pytest.approx(policies["stock_value"].sum())
    for kind in ("holding", "ordering"):
        total = policies[f"{kind}_cost_per_year"].sum()
        assert summary["cost_per_year"][kind] == pytest.approx(total)


def test_every_level_has_its_reason_and_no_figure_is_missing(plan):
    out, _, _ = plan
    policies = pl.read_parquet(out / "policies.parquet")
    for name in policies.columns:
        if name not in ("previous_reorder_point", "waiting_days"):
            assert policies[name].null_count() == 0, name


def test_the_person_who_ran_it_reads_what_it_costs_and_what_to_do(plan):
    _, _, said = plan
    for words in ("Proven", "Stock value", "Promises", "next step costs a year", "What to do now"):
        assert words in said


def _told(summary):
    """All but the run and the lines at which rows of the files stand."""
    warnings = [
        {**one, "line": 0, "message": one["message"].replace(f"line {one['line']}", "line 0")}
        for one in summary["warnings"]
    ]
    return {**summary, "run": 0, "warnings": warnings}


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_same_tables_give_the_same_bytes_whatever_their_row_order(
    company, plan, tmp_path, shuffled
):
    folder = a_copy(company, tmp_path)
    if shuffled:
        for path in folder.glob("*.csv"):
            rows = pl.read_csv(path, infer_schema=False)
            rows.sample(fraction=1.0, shuffle=True, seed=7).write_csv(path)
    first, summary, _ = plan
    _, again = planned(folder, tmp_path / "again")
    for name in TABLES:
        for form in ("csv", "parquet"):
            file = f"{name}.{form}"
            assert (tmp_path / "again" / file).read_bytes() == (first / file).read_bytes(), file
    assert _told(again) == _told(summary)
    assert shuffled or again["warnings"] == summary["warnings"]
    assert again["run"]["input_hash"] == summary["run"]["input_hash"]


@pytest.mark.parametrize(
    "missing", ["parts", "locations", "lead_times", "service_targets", "demand"]
)
def test_without_a_table_it_needs_it_says_so_and_writes_no_plan(company, tmp_path, missing):
    folder = a_copy(company, tmp_path)
    (folder / f"{missing}.csv").unlink()
    result, summary = planned(folder, tmp_path / "out")
    assert result.exit_code == 4
    assert [one["code"] for one in summary["refused_files"]] == ["file.missing"]
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["rejected.csv", "rejected.parquet", "summary.json"]
    assert missing in result.stdout


def test_an_empty_file_is_refused(company, tmp_path):
    folder = a_copy(company, tmp_path)
    (folder / "parts.csv").write_text("", encoding="utf-8")
    result, summary = planned(folder, tmp_path / "out")
    assert result.exit_code == 4
    assert summary["refused_files"][0]["file"] == "parts.csv"


def test_locations_in_a_circle_are_refused(company, tmp_path):
    folder = a_copy(company, tmp_path)
    locations = pl.read_csv(folder / "locations.csv", infer_schema=False)
    first, second = locations["location_id"][:2]
    circle = pl.col("location_id").replace_strict({first: second, second: first}, default=first)
    locations.with_columns(parent_id=circle).write_csv(folder / "locations.csv")
    result, summary = planned(folder, tmp_path / "out")
    assert result.exit_code == 4
    assert summary["refused_files"][0]["code"] == "ref.cycle"


def test_an_earlier_plan_does_not_stay_beside_a_refusal(company, tmp_path):
    folder = a_copy(company, tmp_path)
    planned(folder, tmp_path / "out")
    (folder / "parts.csv").unlink()
    planned(folder, tmp_path / "out")
    assert not (tmp_path / "out" / "policies.csv").exists()


def test_a_part_without_a_price_costs_its_rows_and_no_more(company, tmp_path):
    folder = a_copy(company, tmp_path)
    parts = pl.read_csv(folder / "parts.csv", infer_schema=False)
    demand = pl.read_csv(folder / "demand.csv", infer_schema=False)
    victim = demand["part_id"][0]
    blank = pl.when(pl.col("part_id") == victim).then(None).otherwise("unit_cost")
    parts.with_columns(unit_cost=blank).write_csv(folder / "parts.csv")
    result, summary = planned(folder, tmp_path / "out")
    assert result.exit_code == 0
    rejected = pl.read_csv(tmp_path / "out" / "rejected.csv")
    assert "value.missing" in rejected["code"].to_list()
    policies = pl.read_csv(tmp_path / "out" / "policies.csv")
    assert victim not in policies["part_id"].to_list()
    assert summary["rejected_rows"] == rejected.height


def test_a_promise_out_of_reach_is_an_answer_with_the_nearest_plan(company, tmp_path):
    folder = a_copy(company, tmp_path)
    edited(folder, "service_targets", lambda text: text.splitlines()[0] + "\n")
    pl.DataFrame({"measure": ["fill_rate"], "target": [1.0]}).write_csv(
        folder / "service_targets.csv"
    )
    result, summary = planned(folder, tmp_path / "out")
    assert result.exit_code == 3
    assert summary["outcome"] == "impossible"
    assert summary["approvable"] is False
    (target,) = summary["targets"]
    assert not target["met"]
    assert target["achieved"] <= target["reachable"] < 1.0
    assert (tmp_path / "out" / "policies.csv").exists()


def test_what_the_plan_promises_is_so_by_plain_sums(company, plan):
    assert verify is not None


def test_the_machine_reads_the_same_summary_that_is_written(company, tmp_path):
    result, summary = planned(company, tmp_path / "out", "--json")
    assert json.loads(result.stdout) == summary


def test_evaluating_a_plan_gives_the_figures_the_plan_promised(company, plan, tmp_path):
    out, summary, _ = plan
    assert sparewise("evaluate", company, "--plan", out, "--out", tmp_path).exit_code == 0
    again = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert again["stock_value"] == pytest.approx(summary["stock_value"], rel=1e-9)
    reached = [target["achieved"] for target in summary["targets"]]
    assert [target["achieved"] for target in again["targets"]] == pytest.approx(reached, abs=1e-9)


def test_today_costs_what_it_costs_and_keeps_what_it_keeps(company, tmp_path):
    result = sparewise("evaluate", company, "--out", tmp_path)
    assert result.exit_code == 0
    assert "As the levels stand" in result.stdout


def test_forecasts_given_from_outside_replace_the_engine(company, tmp_path):
    folder = a_copy(company, tmp_path)
    (folder / "demand_changes.csv").unlink()  # a planner's change would move what is given
    place = pl.read_csv(folder / "demand.csv", infer_schema=False)[0]
    row = {
        "part_id": [place["part_id"][0]], "location_id": [place["location_id"][0]],
        "demand_per_day": [2.5], "demand_variance_per_day": [10.0],
    }  # fmt: skip
    pl.DataFrame(row).write_csv(folder / "forecasts.csv")
    planned(folder, tmp_path / "out")
    table = pl.read_csv(tmp_path / "out" / "forecasts.csv")
    here = table.filter(
        pl.col("part_id") == row["part_id"][0], pl.col("location_id") == row["location_id"][0]
    ).row(0, named=True)
    assert here["demand_per_day"] == 2.5
    assert here["demand_variance_per_day"] == 10.0
    assert here["mean_request_size"] == pytest.approx(2.164, abs=0.001)  # -q/((1-q) ln(1-q)), q=.75
    assert here["method"] == "from outside"


def test_an_item_of_unknown_lead_time_is_listed_and_not_planned(company, tmp_path):
    folder = a_copy(company, tmp_path)
    lanes = pl.read_csv(folder / "lead_times.csv", infer_schema=False)
    van = pl.read_csv(folder / "locations.csv", infer_schema=False)["location_id"].sort()[-1]
    lanes.filter(pl.col("location_id") != van).write_csv(folder / "lead_times.csv")
    _, summary = planned(folder, tmp_path / "out")
    policies = pl.read_csv(tmp_path / "out" / "policies.csv")
    assert van not in policies["location_id"].to_list()
    listed = {
        one["location_id"] for one in summary["warnings"] if one["code"] == "lead_time.unknown"
    }
    assert listed == {van}


def test_a_misspelt_setting_is_wrong_usage(company, tmp_path):
    folder = a_copy(company, tmp_path)
    (folder / "sparewise.toml").write_text("gapp = 0.1", encoding="utf-8")
    result = sparewise("plan", folder, "--out", tmp_path / "out")
    assert result.exit_code == 2


def with_a_bad_row(company, tmp_path):
    folder = a_copy(company, tmp_path)
    header = (folder / "parts.csv").read_text(encoding="utf-8").splitlines()[0]
    row = ",".join("P-BAD" if name == "part_id" else "" for name in header.split(","))
    edited(folder, "parts", lambda text: text + row + "\n")
    return folder


def test_rejected_rows_are_told_on_a_page_with_cause_and_remedy(company, tmp_path):
    result, summary = planned(with_a_bad_row(company, tmp_path), tmp_path / "out")
    assert result.exit_code == 0
    assert summary["rejected_rows"] == 1
    page = (tmp_path / "out" / "rejected.txt").read_text(encoding="utf-8")
    assert "value.missing" in page
    assert page.strip() in result.stdout


def test_strict_stops_at_the_first_wrong_row(company, tmp_path):
    result, _ = planned(with_a_bad_row(company, tmp_path), tmp_path / "out", "--strict")
    assert result.exit_code == 4
    assert not (tmp_path / "out" / "policies.csv").exists()
