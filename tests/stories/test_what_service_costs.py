"""Finance asks what service costs: the curve, what-if and the report on one small company."""

import json

import polars as pl
import pytest

from tests.stories.conftest import sparewise


@pytest.fixture(scope="module")
def drawn(company, tmp_path_factory):
    """A curve of twenty plans, with the levels of the thirteenth."""
    out = tmp_path_factory.mktemp("curve")
    result = sparewise("curve", company, "--out", out, "--points", 20, "--point", 12)
    assert result.exit_code == 0, result.output
    return out


def test_a_point_of_the_curve_is_what_evaluate_says_of_its_levels(company, drawn, tmp_path):
    assert sparewise("evaluate", company, "--plan", drawn, "--out", tmp_path).exit_code == 0
    judged = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    point = (
        pl.read_parquet(drawn / "curve.parquet").filter(point=12, scope="all").row(0, named=True)
    )
    assert judged["stock_value"] == pytest.approx(point["stock_value"], rel=1e-9)
    cost = judged["cost_per_year"]
    assert cost["holding"] + cost["ordering"] == pytest.approx(point["cost_per_year"], rel=1e-9)
    assert cost["delay"] == pytest.approx(point["delay_cost_per_year"], rel=1e-6)
    assert point["lower_bound_per_year"] == pytest.approx(point["cost_per_year"], rel=1e-9)


def test_sites_tiers_and_kinds_add_up_to_the_whole(drawn):
    table = pl.read_parquet(drawn / "curve.parquet")
    whole = table.filter(scope="all").sort("point")
    for scope in ("tier", "location", "criticality"):
        summed = table.filter(scope=scope).group_by("point").agg(pl.col("stock_value").sum())
        assert summed.sort("point")["stock_value"].to_list() == pytest.approx(
            whole["stock_value"].to_list(), rel=1e-9
        )


def test_todays_service_costs_less_on_the_curve(drawn):
    marks = json.loads((drawn / "summary.json").read_text(encoding="utf-8"))["marks"]
    today = next(one for one in marks if one["name"] == "today's levels")
    assert today["same_service"]["delay_days"] <= today["delay_days"]
    assert today["same_service"]["cost_per_year"] < today["cost_per_year"]
    assert today["same_cost"]["cost_per_year"] <= today["cost_per_year"]
    assert today["same_cost"]["delay_days"] < today["delay_days"]
    budget = next(one for one in marks if one["name"] == "the budget")
    assert budget["stock_value"] <= budget["budget"]


def test_the_page_of_the_curve_asks_nothing_of_any_network(drawn):
    page = (drawn / "curve.html").read_text(encoding="utf-8")
    assert "script-src 'sha256-" in page
    assert "src=" not in page.split("<script>")[0]
    assert 'href="http' not in page


def test_a_point_that_is_not_there_is_refused_by_its_number(company, tmp_path):
    result = sparewise("curve", company, "--out", tmp_path, "--points", 5, "--point", 50)
    assert result.exit_code == 2
    assert "they go from 0 to 4" in result.output
