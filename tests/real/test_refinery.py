"""The refinery as a planner would hand it over: the whole path, and what it is worth."""

import os

import numpy as np
import polars as pl
import pytest

from benchmarks.refinery import ALONE, FAMILIES, ONE_OF_EACH, TOGETHER, along, outcome, play
from planning.exits import Exit
from planning.plan import plan
from planning.settings import load
from planning.stages import Stages
from tests.real import refinery

pytestmark = pytest.mark.skipif(
    not refinery.is_here() and os.environ.get("CI") != "true",
    reason="the refinery's data do not lie beside the repository (../shared/data/oil_refinery)",
)
TARGETS = pl.DataFrame(
    {"measure": ["line_fill_rate", "fill_rate", "waiting_days"], "target": [0.85, 0.75, 15.0]}
)


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refinery")
    refinery.write(folder, TARGETS)
    return plan(folder, settings=load(folder), stages=Stages(), as_of=refinery.AS_OF)


def test_the_whole_path_runs_and_keeps_its_promises(planned):
    assert planned.exit is Exit.DONE
    assert planned.summary["outcome"] == "optimal"
    assert all(target["met"] for target in planned.summary["targets"])


def test_every_rejected_row_is_understood(planned):
    rejected = planned.tables["rejected"]
    priceless = refinery.parts()["unit_price"].null_count()
    months = refinery.demand().filter(pl.col("date") <= refinery.AS_OF)["date"].n_unique()
    counts = rejected.group_by("table", "code").len().sort("table", "code").rows()
    assert priceless == 384
    assert counts == [
        ("current_policies", "ref.rejected", priceless),
        ("demand", "ref.rejected", priceless * months),
        ("lead_times", "ref.rejected", priceless),
        ("parts", "value.missing", priceless),
    ]


def test_parts_without_a_lead_time_are_named_and_not_planned(planned):
    warned = pl.DataFrame(planned.summary["warnings"]).group_by("code").len()
    unknown = refinery.parts().drop_nulls("unit_price")["lead_time_days"].null_count()
    assert dict(warned.rows())["lead_time.unknown"] == unknown


def test_the_parts_of_both_sides_are_those_with_lead_time_price_and_policy(planned):
    levels = planned.tables["policies"]
    compared = refinery.compared()
    assert compared.height == 3155
    assert levels["part_id"].to_list() == sorted(compared["part_id"])


def test_the_planners_policy_replays_near_to_what_was_really_on_hand():
    theirs = refinery.compared().join(refinery.policies(), on=["part_id", "location_id"])
    everybody = np.ones((1, theirs.height))
    found = play(refinery.later_demand(), theirs.sort("part_id")).summed(everybody)
    known = refinery.parts().drop_nulls(["unit_price", "stock_on_hand"])
    really = (known["stock_on_hand"] * known["unit_price"]).sum()
    assert found.column("stock_value")[0] == pytest.approx(really, rel=0.06)
    assert found.line_fill[0] == pytest.approx(0.908, abs=0.001)


def test_the_service_asked_for_is_found_between_the_targets():
    margins = np.array([[[-2.0], [-1.0], [1.0]], [[-3.0], [-3.0], [5.0]]])
    values = np.array([[10.0], [20.0], [40.0]])
    assert along(margins[:1], values) == pytest.approx([30.0])
    assert along(margins, values) == pytest.approx([30.0])
    assert along(margins[1:], values) == pytest.approx([20 + 20 * 3 / 8])
    assert np.isnan(along(margins[:, :2], values[:2])).all()
    assert along(margins + 3, values) == pytest.approx([10.0])


@pytest.fixture(scope="module")
def compared():
    return outcome(families=(ALONE, ONE_OF_EACH), resamples=100, line_fill=slice(1, 10, 4))


def test_more_is_promised_more_is_stocked_and_more_is_served(compared):
    everybody = np.ones((1, compared.parts))
    for plans in compared.plans.values():
        played = [one.summed(everybody) for one in plans]
        for figure in (lambda one: one.line_fill[0], lambda one: one.column("stock_value")[0]):
            assert [figure(one) for one in played] == sorted(figure(one) for one in played)


def test_one_of_every_part_serves_more_of_the_value(compared):
    everybody = np.ones((1, compared.parts))
    for bare, full in zip(compared.plans[ALONE], compared.plans[ONE_OF_EACH], strict=True):
        assert full.summed(everybody).value_fill[0] > bare.summed(everybody).value_fill[0]


def test_the_planners_line_fill_is_within_reach_of_the_targets(compared):
    for figures in compared.figures.values():
        value, low, high = figures[f"stock at {ALONE}"]
        assert low <= value <= high
        assert value < np.inf


@pytest.fixture(scope="module")
def near_the_planners():
    """Targets about the planners' service, closer together."""
    return outcome(families=FAMILIES, resamples=1, line_fill=slice(6, 9)).figures


def test_their_line_fill_takes_a_fifth_less_stock_than_theirs(near_the_planners):
    assert near_the_planners[ALONE][f"stock at {ALONE}"][0] < 0.80


def test_no_worse_in_line_fill_piece_fill_and_waiting_takes_a_fifth_less_than_theirs(
    near_the_planners,
):
    assert near_the_planners[TOGETHER][f"stock at {TOGETHER}"][0] < 0.80


def test_one_of_every_part_besides_takes_no_more_stock_than_theirs(near_the_planners):
    assert near_the_planners[ONE_OF_EACH][f"stock at {TOGETHER}"][0] < 0.97
