"""What lies where nothing is planned belongs to the shelves: in every sum, and shown apart."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from planning import unplanned_stock
from planning.evaluate import _warnings, levels_of
from planning.finance.forms.facts import Facts
from planning.finance.report import ageing
from planning.finance.report.of_night import OfNight
from planning.finance.report.use_case import _items, _sight, _told, report
from planning.night import idle
from planning.plan import planned_question
from planning.prepare import made_ready
from planning.settings import Settings
from planning.stages import Stages
from tests.planning.builders import a_lane, a_location, a_part, a_stock, an_intake, tables

DAY, EARLIER = date(2026, 9, 30), date(2026, 6, 30)
PRICE = {"PLANNED": 19.99, "GONE": 3.45, "OLD": 7.0, "HEIR": 11.11, "NO-WAY": 100.1}
SITES = ("DEPOT", "FAR")
PLANNED = {("PLANNED", "DEPOT"), ("PLANNED", "FAR"), ("HEIR", "DEPOT"), ("HEIR", "FAR")}


def a_company(counts):
    """Two planned parts at two sites; one part is gone, one replaced, one nobody can deliver."""
    parts = [a_part(part, unit_cost=cost, holding_rate=0.2) for part, cost in PRICE.items()]
    parts[1] |= {"active": False, "supplier_id": "S-1"}
    parts[2] |= {"active": False, "superseded_by": "HEIR"}
    lanes = [a_lane(site, 10.0, part_id=part) for part in ("PLANNED", "HEIR") for site in SITES]
    asked = [{"part_id": part, "location_id": site, "date": date(2024, 1 + month % 12, 3),
              "quantity": 2} for part in PRICE for site in SITES for month in range(9)]  # fmt: skip
    levels = [{"part_id": part, "location_id": site, "reorder_point": 2, "order_quantity": 1}
              for part, site in [*sorted(PLANNED), ("GONE", "FAR")]]  # fmt: skip
    given = tables(
        parts=parts,
        locations=[a_location("DEPOT"), a_location("FAR", tier="B")],
        lead_times=lanes,
        demand=asked,
        current_policies=levels,
        service_targets=[{"measure": "fill_rate", "target": 0.9}],
        stock=[a_stock(*item, pieces, as_of=day) for (*item, day), pieces in counts.items()],
    )  # fmt: skip
    return an_intake(given, DAY)


def ready_with(counts, day=DAY):
    """The company as it was known on a day."""
    intake = a_company({key: pieces for key, pieces in counts.items() if key[2] <= day})
    return made_ready(replace(intake, as_of=day), Settings(), Stages())


def told_of(counts, *, since=None):
    """All figures of the report, and what they are drawn from."""
    then = None if since is None else ready_with(counts, since)
    sight = _sight(ready_with(counts), None, then, OfNight(), map)
    facts = Facts("run", DAY)
    told = _told(sight, ageing.shelves(sight), facts, OfNight(), 0.001, map)
    return {one.id: one.value for one in facts}, sight, told


shelves = st.fixed_dictionaries(
    {(part, site, day): st.integers(0, 40) for part in PRICE for site in SITES
     for day in (EARLIER, DAY)}
)  # fmt: skip


def worth(counts, day, chosen=lambda _: True):
    return sum((Decimal(str(PRICE[part])) * pieces for (part, site, when), pieces in counts.items()
                if when == day and chosen((part, site))), Decimal(0))  # fmt: skip


@rules(max_examples=8, deadline=None)
@given(shelves)
def test_totals_bridge_ages_and_dimensions_are_the_shelves_to_the_cent(counts):
    value, sight, _ = told_of(counts, since=EARLIER)
    lies, apart = worth(counts, DAY), worth(counts, DAY, lambda item: item not in PLANNED)
    assert value["stock.value"] == value["bridge.closing"] == lies
    steps = [of for key, of in value.items() if key.startswith("bridge.")
             and key not in ("bridge.opening", "bridge.plan", "bridge.closing")]  # fmt: skip
    assert value["bridge.opening"] + sum(steps) == lies
    before = worth(counts, EARLIER, lambda item: item not in PLANNED)
    if apart or before:
        assert value["bridge.unplanned"] == before
        assert value["bridge.unplanned_change"] == apart - before
    for kind in ("tier", "site", "criticality", "supplier"):
        for what, whole in (("shelf", lies), ("apart", apart), ("excess", value["stock.excess"])):
            parts = [of for key, of in value.items() if key.startswith(f"where.{kind}.")
                     and key.endswith(f".{what}")]  # fmt: skip
            assert sum(parts) == whole or (what == "apart" and not apart)
    if apart:
        assert value["unplanned.all.stock"] == value["where.all.apart"] == apart
        assert value["unplanned.all.excess"] <= apart
    items = _items(sight, ageing.shelves(sight))
    assert items["stock_value"].sum() == lies
    assert items["excess_value"].sum() == value["excess.all"]
    assert value[f"stock.history.{DAY}"] == lies
    assert value[f"stock.history.{EARLIER}"] == worth(counts, EARLIER)


COUNTS = {
    ("PLANNED", "DEPOT", DAY): 3,
    ("GONE", "FAR", DAY): 3,
    ("NO-WAY", "DEPOT", DAY): 50,
    ("OLD", "DEPOT", DAY): 4,
    ("HEIR", "DEPOT", DAY): 0,
}


def test_each_shelf_without_a_plan_is_named_with_its_reason():
    ready = ready_with(COUNTS)
    lies = unplanned_stock.lying(ready, planned_question(ready).rows)
    assert lies.select("part_id", "location_id", "on_hand", "why").rows() == [
        ("GONE", "FAR", 3, "the part is no longer active"),
        ("NO-WAY", "DEPOT", 50, "no lead time is known"),
        ("OLD", "DEPOT", 4, "another part replaces it"),
    ]
    said = unplanned_stock.warning(lies, "EUR")
    assert said["code"].to_list() == ["stock.not_planned"]
    assert said["message"][0].startswith("Stock worth 5,043.35 EUR lies where nothing is planned")
    assert "the dearest of NO-WAY at DEPOT" in said["message"][0]
    assert unplanned_stock.warning(lies.clear(), "EUR").is_empty()


def test_levels_where_nothing_is_planned_are_said_to_be_left_out():
    ready = ready_with(COUNTS)
    question = planned_question(ready)
    given = ready.intake.tables["current_policies"]
    said = _warnings(ready, question, given, levels_of(ready, question, None))
    assert said["code"].to_list() == ["policy.not_planned", "stock.not_planned"]
    assert said["message"][0].startswith("Levels given where nothing is planned (1) are not count")


def test_all_of_a_part_that_is_gone_is_excess_and_none_that_its_heir_needs():
    _, sight, _ = told_of(COUNTS)
    excess = dict(
        ageing.shelves(sight).filter(pl.col("why") != "").select("part_id", "excess").rows()
    )
    assert excess["GONE"] == 1035
    assert excess["OLD"] == 0
    assert 0 < excess["NO-WAY"] < 501_000  # a year of its demand is not


def test_the_worklist_names_what_lies_where_nothing_is_planned():
    ready = ready_with(COUNTS)
    found = idle.unplanned(ready, planned_question(ready))
    named = {one["part_id"]: one for one in found.iter_rows(named=True)}
    assert named["GONE"]["kind"] == "dead_stock"
    assert named["GONE"]["occurrences"] == 3
    assert named["NO-WAY"]["subject"].startswith("no lead time is known")


def test_every_form_shows_it(tmp_path, monkeypatch):
    from planning.finance.report import use_case

    ready = ready_with(COUNTS)
    monkeypatch.setattr(use_case, "prepare", lambda *_, **__: ready)
    answer = report(tmp_path, settings=Settings(), stages=Stages())
    facts = {one["id"]: one["value"] for one in answer.tables["facts"].iter_rows(named=True)}
    assert facts["unplanned.GONE.FAR.stock"] == Decimal("10.35")
    seen = dict(re.findall(r'data-fact="([^"]+)">([^<]*)<', answer.pages["report.html"]))
    assert seen["unplanned.GONE.FAR.stock"] == "10.35"
    assert set(seen) | set(re.findall(r'data-fact="([^"]+)"', answer.pages["report.html"])) == set(
        facts
    )
