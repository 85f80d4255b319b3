"""Centre, depot and stores planned as a whole: what goes in, what comes out, who agrees."""

import json

import numpy as np
import polars as pl
import pytest

from planning.evaluate import levels_of
from planning.night.checking import checked
from planning.plan import planned_question
from planning.prepare import prepare
from planning.settings import load
from planning.stages import Stages
from tests.stories.conftest import sparewise

PARTS = 10
PLACES = {"CENTRE": "", "DEPOT": "CENTRE", "NORTH": "DEPOT", "SOUTH": "DEPOT", "AWAY": "CENTRE"}
LANES = {"CENTRE": 30, "DEPOT": 4, "NORTH": 2, "SOUTH": 2, "AWAY": 9}
TARGETS = ["fill_rate,0.9,", "waiting_days,2,location", "availability,0.9,"]


def written(folder, name, *rows):
    (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Ten parts at five places; AWAY has its own supplier, part 3 is repaired, 5 never in NORTH."""
    folder = tmp_path_factory.mktemp("network")
    chance = np.random.default_rng(7)
    cost = np.exp(chance.normal(4, 1, PARTS)).round(2)
    repair = ["0.6,0.2,8" if part == 3 else ",," for part in range(PARTS)]
    header = "part_id,unit_cost,repairable_share,local_repair_share,repair_time_days"
    written(folder, "parts", header, *(f"P{p},{cost[p]},{repair[p]}" for p in range(PARTS)))
    places = (f"{place},{above},A" for place, above in PLACES.items())
    written(folder, "locations", "location_id,parent_id,tier", *places)
    source = {"CENTRE": "supplier", "AWAY": "supplier"}
    written(
        folder, "lead_times", "location_id,lead_time_days,lead_time_sd_days,source",
        *(f"{one},{days},{days / 5},{source.get(one, 'parent')}" for one, days in LANES.items()),
    )  # fmt: skip
    written(
        folder, "forecasts", "part_id,location_id,demand_per_day",
        *(f"P{p},{at},{chance.uniform(0.003, 0.03):.5f}" for p in range(PARTS)
          for at in ("NORTH", "SOUTH", "AWAY")),
    )  # fmt: skip
    written(folder, "service_targets", "measure,target,per", *TARGETS)
    rules = ["P5,NORTH,never,,", "P6,SOUTH,free,2,", "P7,SOUTH,,,0"]
    rule_columns = "part_id,location_id,stocking,minimum_level,maximum_level"
    written(folder, "item_rules", rule_columns, *rules)
    base = "machine_type,location_id,machines,part_id,parts_per_machine"
    written(folder, "installed_base", base, *(f"M,NORTH,20,P{p},1" for p in range(4)))
    (folder / "sparewise.toml").write_text("echelons_together = 3\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def plan(network, tmp_path_factory):
    out = tmp_path_factory.mktemp("plan")
    result = sparewise("plan", network, "--as-of", "2026-09-30", "--out", out)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return out, result, summary, pl.read_parquet(out / "policies.parquet")


def test_three_levels_are_planned_as_a_whole_and_proven(plan):
    _, result, summary, _ = plan
    assert result.exit_code == 0
    assert summary["outcome"] == "optimal"
    assert summary["gap"] <= 0.001
    assert {one["measure"] for one in summary["targets"]} == {
        "fill_rate", "waiting_days", "availability",
    }  # fmt: skip
    assert all(one["met"] for one in summary["targets"])


def test_children_are_what_a_parent_replenishes(plan):
    *_, policies = plan
    below = policies.group_by("location_id").agg(
        pl.col("replenished_per_day", "demand_per_day").sum()
    )
    flow = {one["location_id"]: one for one in below.to_dicts()}
    assert flow["CENTRE"]["replenished_per_day"] > 0
    assert flow["AWAY"]["replenished_per_day"] == 0
    sites = flow["NORTH"]["demand_per_day"] + flow["SOUTH"]["demand_per_day"]
    repaired = policies.filter(pl.col("part_id") == "P3", pl.col("location_id").is_in(
        ["NORTH", "SOUTH"]))["demand_per_day"].sum() * 0.6 * 0.2  # fmt: skip
    assert flow["DEPOT"]["replenished_per_day"] == pytest.approx(sites - repaired)


def test_own_lanes_are_shown_and_a_plan_as_a_whole_costs_less(network, plan, tmp_path):
    _, _, summary, policies = plan
    days = dict(policies.select("location_id", "lead_time_days").unique().rows())
    assert days == {place: float(lane) for place, lane in LANES.items()}
    alone = tmp_path / "input"
    alone.mkdir()
    for file in network.glob("*.csv"):
        (alone / file.name).write_bytes(file.read_bytes())
    sparewise("plan", alone, "--as-of", "2026-09-30", "--out", tmp_path / "out")
    other = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["cost_per_year"]["total"] < 0.9 * other["cost_per_year"]["total"]


def test_rules_hold_and_the_reason_says_so(plan):
    *_, policies = plan
    rows = {(one["part_id"], one["location_id"]): one for one in policies.to_dicts()}
    assert rows["P5", "NORTH"]["reorder_point"] == -1
    assert rows["P6", "SOUTH"]["reorder_point"] >= 2
    assert rows["P7", "SOUTH"]["reorder_point"] <= 0
    assert "a rule allows no more" in rows["P5", "NORTH"]["reason"]
    assert "a rule asks for no less" in rows["P6", "SOUTH"]["reason"]


def test_somebody_pays_for_a_piece_at_the_centre_though_nobody_asks_there(plan):
    *_, policies = plan
    held = policies.filter(pl.col("location_id") == "CENTRE", pl.col("base_stock_level") > 0)
    assert held.height > 0
    assert (held["last_piece_value_per_year"] > 0).all()
    assert held["paid_by"].str.contains("fill rate|waiting|availability").all()


def test_evaluating_the_plan_gives_its_own_figures(network, plan, tmp_path):
    out, _, summary, _ = plan
    sparewise("evaluate", network, "--as-of", "2026-09-30", "--plan", out, "--out", tmp_path)
    again = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert again["stock_value"] == pytest.approx(summary["stock_value"], rel=1e-9)
    reached = [one["achieved"] for one in summary["targets"]]
    assert [one["achieved"] for one in again["targets"]] == pytest.approx(reached, abs=1e-9)


def test_plain_sums_agree_with_every_item_and_every_target(network, plan):
    from datetime import date

    from planning.plan import solved

    *_, policies = plan
    ready = prepare(network, settings=load(network), stages=Stages(), as_of=date(2026, 9, 30))
    question = planned_question(ready)
    again = solved(question, 0.001, map)
    assert again.reorder_point.tolist() == policies["reorder_point"].to_list()
    assert checked(question, again, policies, sample=1000, seed=1) == ()
    column = policies["fill_rate"].to_numpy().copy()
    column[0] += 0.01
    wrong = policies.with_columns(fill_rate=pl.Series(column))
    assert checked(question, again, wrong, sample=1000, seed=1)
    assert levels_of(ready, question, plan[0])["known"].all()


def test_simulation_sees_what_was_promised(network, plan, tmp_path):
    out = plan[0]
    sparewise("simulate", network, "--as-of", "2026-09-30", "--plan", out, "--out", tmp_path)
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["parts_played"] == found["parts"] == PARTS
    for name in ("fill_rate", "waiting_days", "expected_on_hand"):
        room = found["simulated"][f"{name}_half_width"] + 0.01 * max(1, found["promised"][name])
        assert abs(found["simulated"][name] - found["promised"][name]) < room, name


def planned_since(network, folder, out, last, **replaced):
    folder.mkdir()
    for file in network.iterdir():
        text = file.read_text(encoding="utf-8")
        for old, new in replaced.get(file.stem, ()):
            assert old in text
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    result = sparewise("plan", folder, "--as-of", "2026-09-30", "--last", last, "--out", out)
    assert result.exit_code == 0
    return pl.read_parquet(out / "policies.parquet")


def test_where_nothing_changed_there_is_nothing_to_explain(network, plan, tmp_path):
    policies = planned_since(network, tmp_path / "input", tmp_path / "out", plan[0])
    changes = policies.select(pl.col("^change_by_.*$"))
    assert changes.width == 6
    assert set(changes.sum().row(0)) == {0}
    assert policies["last_reorder_point"].to_list() == policies["reorder_point"].to_list()
    assert not policies["reason"].str.contains("in the last plan").any()


def test_changes_since_the_last_plan_are_split_into_causes_that_add_up(network, plan, tmp_path):
    changed = {
        "lead_times": [("CENTRE,30,", "CENTRE,45,")],
        "service_targets": [("fill_rate,0.9,", "fill_rate,0.92,")],
    }
    policies = planned_since(network, tmp_path / "input", tmp_path / "out", plan[0], **changed)
    changes = policies.select(pl.col("^change_by_.*$"))
    whole = policies["reorder_point"] - policies["last_reorder_point"]
    assert changes.sum_horizontal().to_list() == whole.to_list()
    assert changes["change_by_lead_time"].sum() > 0
    assert changes["change_by_price"].sum() > 0
    assert changes["change_by_cost"].to_list() == [0] * policies.height
    moved = policies.filter(whole != 0)
    assert moved["reason"].str.contains(r"\d+ in the last plan: .*(lead time|price|whole)").all()


def test_a_folder_without_a_plan_is_wrong_usage(network, tmp_path):
    result = sparewise("plan", network, "--last", network, "--out", tmp_path)
    assert result.exit_code == 2
