"""Finance asks what service costs: the curve, what-if and the report on one small company."""

import json
import re

import polars as pl
import pytest

from tests.api.walk import browser, needs_chromium
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


def carries_run_and_day(out, *names):
    """Every row of some tables says of which run and day it is."""
    run = json.loads((out / "summary.json").read_text(encoding="utf-8"))["run"]
    for name in names:
        table = pl.read_parquet(out / f"{name}.parquet").cast({"as_of": pl.String})
        said = table.select("run_id", "as_of").unique().rows()
        assert said in ([], [(run["input_hash"][:12], run["as_of"])]), name


def test_every_figure_of_the_curve_says_of_which_run_and_day_it_is(drawn):
    carries_run_and_day(drawn, "curve", "marks")


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


@pytest.fixture(scope="module")
def reported(company, tmp_path_factory):
    """The report of a plan, saying why it changed in a quarter."""
    plan, out = tmp_path_factory.mktemp("plan"), tmp_path_factory.mktemp("report")
    assert sparewise("plan", company, "--out", plan).exit_code == 0
    words = ("report", company, "--plan", plan, "--since", "2026-06-30", "--out", out)
    result = sparewise(*words)
    assert result.exit_code == 0, result.output
    return plan, out


def value_of(out):
    facts = pl.read_parquet(out / "facts.parquet")
    return dict(facts.select("id", "value").rows())


def test_bridge_and_totals_reconcile_to_plan_and_shelves(company, reported):
    plan, out = reported
    facts = value_of(out)
    steps = [of for key, of in facts.items() if key.startswith("bridge.")
             and key not in ("bridge.opening", "bridge.plan", "bridge.closing")]  # fmt: skip
    assert facts["bridge.opening"] + sum(steps) == facts["bridge.closing"]
    policies = pl.read_parquet(plan / "policies.parquet")
    assert float(facts["bridge.plan"]) == round(policies["stock_value"].sum(), 2)
    stock = pl.read_csv(company / "stock.csv", try_parse_dates=True)
    latest = stock.filter(pl.col("as_of") == pl.col("as_of").max())
    parts = pl.read_csv(company / "parts.csv", infer_schema_length=None)
    worth = latest.join(parts.select("part_id", "unit_cost"), on="part_id")
    on_shelves = round(float((worth["on_hand"] * worth["unit_cost"]).sum()), 2)
    assert float(facts["bridge.closing"]) == on_shelves == float(facts["stock.value"])


def test_costs_add_up_in_every_dimension(reported):
    plan, out = reported
    facts = value_of(out)
    for kind in ("tier", "site", "criticality", "supplier"):
        parts = [of for key, of in facts.items() if key.startswith(f"cost.{kind}.")
                 and key.endswith(".total")]  # fmt: skip
        assert sum(parts) == facts["cost.all.total"], kind
    summary = json.loads((plan / "summary.json").read_text(encoding="utf-8"))
    assert float(facts["cost.all.total"]) == pytest.approx(
        summary["cost_per_year"]["total"], abs=0.02
    )
    items = pl.read_parquet(out / "items.parquet")
    assert items["stock_value"].sum() == facts["stock.value"]
    assert items["excess_value"].sum() == facts["excess.all"]


def test_every_form_is_there_and_carries_run_and_day(reported):
    _, out = reported
    for name in ("report.html", "report.xlsx", "report.pdf", "facts.csv", "facts.parquet"):
        assert (out / name).stat().st_size > 1000
    facts = pl.read_parquet(out / "facts.parquet")
    assert facts["run_id"].n_unique() == 1
    assert str(facts["as_of"][0]) == "2026-09-30"
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"run {facts['run_id'][0]} · as of 2026-09-30" in page
    shown = set(re.findall(r'data-fact="([^"]+)"', page))
    assert shown == set(facts["id"].to_list())


SPILLED = """() => {
  const spilled = [];
  for (const one of document.querySelectorAll('section')) {
    const edge = one.getBoundingClientRect().right + 1;
    for (const inner of one.querySelectorAll(':scope > *'))
      if (inner.getBoundingClientRect().right > edge) spilled.push(one.id);
  }
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth + 1) spilled.push('page ' + page.scrollWidth);
  return spilled;
}"""


@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_opens_from_disk_without_a_network_and_nothing_spills(reported, width):
    needs_chromium()
    _, out = reported
    with browser() as chromium:
        context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: said.type == "error" and troubles.append(said.text))
        page.goto((out / "report.html").as_uri())
        charts = page.locator(".chart").count()
        page.wait_for_function(f"document.querySelectorAll('.chart svg').length == {charts}")
        assert charts >= 5
        assert page.evaluate(SPILLED) == []
        assert troubles == []


def what_if(company, folder, text, *more):
    scenario = folder / "scenario.toml"
    scenario.write_text(text, encoding="utf-8")
    result = sparewise("what-if", company, scenario, "--out", folder / "out", *more)
    assert result.exit_code == 0, result.output
    return result.stdout, json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))


def test_a_scenario_that_changes_nothing_moves_nothing(company, tmp_path):
    _, told = what_if(company, tmp_path, "[[prices]]\nfactor = 1.0", "--no-promises")
    assert told["after"] == told["before"]
    assert pl.read_parquet(tmp_path / "out" / "moves.parquet").is_empty()
    carries_run_and_day(tmp_path / "out", "figures", "moves", "promises", "contracts")


def test_twice_the_holding_rate_costs_more_and_holds_less(company, tmp_path):
    _, told = what_if(company, tmp_path, "[holding]\nfactor = 2.0", "--no-promises")
    assert told["after"]["stock_value"] <= told["before"]["stock_value"]
    assert told["before"]["holding"] < told["after"]["holding"]


def test_a_new_site_takes_its_share_of_stock_and_a_dead_machine_orders_less(company, tmp_path):
    site = '[[sites]]\nlocation = "FS-NEW"\nlike = "FS-GRENOBLE"'
    _, told = what_if(company, tmp_path, site, "--no-promises")
    assert told["after"]["stock_value"] > told["before"]["stock_value"]
    moves = pl.read_parquet(tmp_path / "out" / "moves.parquet")
    assert "FS-NEW" in set(moves["location_id"])
    machine = '[[demand]]\nmachine_type = "MT-001"\nfactor = 0.0'
    _, told = what_if(company, tmp_path, machine, "--no-promises")
    assert told["after"]["ordering"] < told["before"]["ordering"]


def test_a_promise_taken_back_is_said_in_front(company, tmp_path):
    text = '[[targets]]\nmeasure = "fill_rate"\ntier = "A"\ntarget = 0.5'
    said, told = what_if(company, tmp_path, text, "--no-promises")
    assert told["takes_back"][0]["promise"].startswith("fill rate")
    assert told["takes_back"][0]["left"] == 0.5
    assert said.index("TAKES BACK fill rate") < said.index("stock value")


def test_a_plan_can_be_made_under_a_scenario(company, tmp_path):
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("[[lead_times]]\nfactor = 0.5", encoding="utf-8")
    words = ("plan", company, "--scenario", scenario, "--out", tmp_path / "plan")
    assert sparewise(*words).exit_code == 0
    assert sparewise("plan", company, "--out", tmp_path / "usual").exit_code == 0
    value = {
        name: json.loads((tmp_path / name / "summary.json").read_text(encoding="utf-8"))[
            "stock_value"
        ]
        for name in ("plan", "usual")
    }
    assert value["plan"] < value["usual"]


def test_a_word_the_company_does_not_have_is_refused(company, tmp_path):
    scenario = tmp_path / "scenario.toml"
    scenario.write_text('[[prices]]\nfactor = 2\nsupplier = "S-0OO3"', encoding="utf-8")
    result = sparewise("what-if", company, scenario, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "There is no supplier 'S-0OO3'" in result.output
