"""A plan of single items says what the network makes of it: sites take the depot's stock too."""

import json

import polars as pl
import pytest

from planning.as_network import CODE
from tests.stories.conftest import sparewise

PARTS = [f"P{part}" for part in range(6)]


def written(folder, name, *rows):
    (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Six parts; the centre serves few customers of its own and two busy sites."""
    folder = tmp_path_factory.mktemp("company")
    written(
        folder,
        "parts",
        "part_id,unit_cost",
        *(f"{part},{90 + at}" for at, part in enumerate(PARTS)),
    )
    written(folder, "locations", "location_id,parent_id", "CENTRE,", "EAST,CENTRE", "WEST,CENTRE")
    written(folder, "lead_times", "location_id,lead_time_days", "CENTRE,30", "EAST,2", "WEST,2")
    rate = {"CENTRE": 0.01, "EAST": 0.1, "WEST": 0.1}
    written(folder, "forecasts", "part_id,location_id,demand_per_day",
            *(f"{part},{at},{often}" for part in PARTS for at, often in rate.items()))  # fmt: skip
    written(folder, "service_targets", "measure,target,per", "waiting_days,1,location")
    return folder


def run(what, company, out, *more):
    sparewise(what, company, "--as-of", "2026-09-30", "--out", out, *more)
    return json.loads((out / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plan(company, tmp_path_factory):
    out = tmp_path_factory.mktemp("plan")
    return out, run("plan", company, out)


def as_a_whole(company, tmp_path):
    folder = tmp_path / "input"
    folder.mkdir()
    for file in company.glob("*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "sparewise.toml").write_text("echelons_together = 3\n", encoding="utf-8")
    return folder


def test_what_the_network_misses_is_said_and_warned_of(plan):
    _, summary = plan
    kept = {one["scope"]: one["kept_as_network"] for one in summary["targets"]}
    assert all(one["met"] for one in summary["targets"])
    assert kept == {"CENTRE": False, "EAST": True, "WEST": True}
    said = [one["message"] for one in summary["warnings"] if one["code"] == CODE]
    assert len(said) == 1
    assert "1 days in CENTRE reaches" in said[0]
    assert "echelons_together = 3" in said[0]


def test_it_is_what_evaluating_the_plan_as_a_network_finds(company, plan, tmp_path):
    out, summary = plan
    told = [one["as_network"] for one in summary["targets"]]
    whole = run("evaluate", as_a_whole(company, tmp_path), tmp_path / "whole", "--plan", out)
    assert [one["achieved"] for one in whole["targets"]] == pytest.approx(told, rel=1e-12)
    alone = run("evaluate", company, tmp_path / "alone", "--plan", out)
    assert [one["as_network"] for one in alone["targets"]] == told
    assert CODE in [one["code"] for one in alone["warnings"]]


def test_a_plan_as_a_whole_has_nothing_to_add(company, tmp_path):
    summary = run("plan", as_a_whole(company, tmp_path), tmp_path / "out")
    assert all(one["as_network"] is None for one in summary["targets"])
    assert all(one["met"] for one in summary["targets"])
    assert CODE not in [one["code"] for one in summary["warnings"]]
    assert pl.read_parquet(tmp_path / "out" / "targets.parquet")["met"].all()
