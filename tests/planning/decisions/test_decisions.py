"""A person decides once, on what was seen; nothing is decided twice or handed over twice."""

import csv
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import polars as pl
import pytest
import sqlalchemy as sa

from data.store import audit, proposals, runs
from data.store.decisions import Verdict
from data.store.night_tables import OVERRIDES
from inventory.ledger import Request
from planning.decisions.use_case import CannotDecide, Chosen, decide, overrides, release, worklist
from planning.night import raising
from planning.settings import Settings
from tests.planning.decisions.conftest import MOMENT, a_proposal, publish

SETTINGS = Settings(four_eyes_value=1000.0)
YES = Verdict("approved")
NO = Verdict("rejected", "data")


def says(store, chosen, verdict=YES, actor="ada", **more):
    return decide(store, SETTINGS, chosen, verdict, actor=actor, clock=lambda: MOMENT, **more)


def states(store):
    return dict(proposals.proposals(store, None).select("proposal_id", "state").iter_rows())


def test_of_sixteen_who_approve_at_once_exactly_one_does(worklist):
    together = Barrier(16)

    def one(actor):
        together.wait()
        return says(worklist, Chosen(range(1, 21)), actor=f"planner {actor}")

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(one, range(16)))
    assert sorted(number for each in told for number in each["decided"]) == list(range(1, 21))
    assert len({len(each["decided"]) for each in told} - {0}) == 1
    refused = [one for each in told for one in each["refused"]]
    assert len(refused) == 15 * 20
    assert {one["code"] for one in refused} == {"proposal.decided"}
    with worklist.read() as connection:
        assert audit.verify(connection) is None
        rows = connection.exec_driver_sql("SELECT action FROM audit").fetchall()
    assert [row[0] for row in rows].count("approved") == 20


def test_the_last_piece_of_a_part_is_never_approved_in_bulk(worklist):
    told = says(worklist, Chosen(everything=True))
    assert told["decided"] == list(range(1, 21))
    assert told["last_pieces_left_alone"] == 1
    assert states(worklist)[21] == "open"
    with pytest.raises(CannotDecide, match="one by one"):
        says(worklist, Chosen(kind="last_piece"))
    assert says(worklist, Chosen([21]))["decided"] == [21]


def test_a_proposal_that_changed_since_it_was_read_is_not_decided(worklist):
    changed = a_proposal(1, proposed_reorder_point=4)
    publish(worklist, [changed, *(a_proposal(number) for number in range(2, 21))], days=1)
    assert [one["code"] for one in says(worklist, Chosen([1]), versions=[1])["refused"]] == [
        "proposal.changed"
    ]
    assert says(worklist, Chosen([1]), versions=[2])["decided"] == [1]


def test_a_newer_plan_refuses_decisions_on_the_older_one(worklist):
    seen = runs.published_run(worklist)
    publish(worklist, [a_proposal(number) for number in range(1, 10)], days=1)
    told = says(worklist, Chosen([1]), run_id=seen)
    assert [one["code"] for one in told["refused"]] == ["plan.superseded"]
    assert says(worklist, Chosen([1]))["decided"] == [1]
    gone = {number for number, state in states(worklist).items() if state == "superseded"}
    assert gone == set(range(10, 22))


def test_nobody_sees_or_decides_what_a_night_prepares(worklist):
    frame = pl.DataFrame([a_proposal(50)], schema=raising.SCHEMA)
    day, now = date(2026, 10, 2), MOMENT + timedelta(days=1)
    ask = runs.Ask(day, "ada", "1", "input", {}, "owner", now, timedelta(minutes=1))
    begun = runs.begin(worklist, ask)
    proposals.stage(worklist, begun.lease, begun.run_id, frame)
    assert worklist_numbers(worklist, Chosen(part_id="P-50")) == []
    assert says(worklist, Chosen([22]))["refused"][0]["code"] == "ref.unknown"


def test_what_is_decided_while_a_night_publishes_stays_decided(worklist):
    changed = [a_proposal(number, proposed_reorder_point=5) for number in range(1, 3)]
    day, now = date(2026, 10, 2), MOMENT + timedelta(days=1)
    ask = runs.Ask(day, "ada", "1", "input", {}, "owner", now, timedelta(minutes=1))
    begun = runs.begin(worklist, ask)
    open_now = proposals.open_proposals(worklist, prepared=True)
    merged = raising.merge(pl.DataFrame(changed, schema=raising.SCHEMA), open_now, begun.run_id)
    assert says(worklist, Chosen([1, 20]))["decided"] == [1, 20]  # between merging and publishing
    proposals.publish(worklist, begun.lease, begun.run_id, merged, Request("ada", "p", now))
    table = proposals.proposals(worklist, None).sort("proposal_id")
    points = dict(table.select("proposal_id", "proposed_reorder_point").iter_rows())
    assert (points[1], points[2]) == (3, 5)
    assert (states(worklist)[1], states(worklist)[20]) == ("approved", "approved")
    assert states(worklist)[19] == "superseded"


def test_what_yesterday_raised_goes_on_under_its_number(worklist):
    before = proposals.open_proposals(worklist)
    publish(worklist, [a_proposal(number) for number in (3, 2, 30)], days=1)
    after = proposals.open_proposals(worklist)
    assert after["proposal_id"].to_list() == [2, 3, 22]
    assert after["version"].to_list() == [1, 1, 1]
    assert before.filter(pl.col("proposal_id") == 2)["part_id"][0] == "P-02"


def test_above_a_value_two_people_must_say_the_same(store):
    publish(store, [a_proposal(1, value_change=5000.0)])
    assert says(store, Chosen([1]))["waiting_for_second"] == [1]
    assert says(store, Chosen([1]))["waiting_for_second"] == [1]
    other = Verdict("overridden", "no_room", "", 2, None, date(2027, 1, 1))
    assert says(store, Chosen([1]), other, actor="bo")["waiting_for_second"] == [1]
    assert says(store, Chosen([1]), actor="bo")["decided"] == [1]
    told = proposals.past_decisions(store)
    assert told.select("actor", "second_actor").rows() == [("ada", "bo")]


def test_a_plan_that_keeps_not_every_promise_cannot_be_approved(store):
    publish(store, [a_proposal(1)], outcome="impossible")
    assert says(store, Chosen([1]))["refused"][0]["code"] == "plan.impossible"
    assert says(store, Chosen([1]), NO)["decided"] == [1]


@pytest.mark.parametrize(
    ("verdict", "chosen", "word"),
    [
        (Verdict("rejected"), Chosen([1]), "reason"),
        (Verdict("rejected", "because"), Chosen([1]), "reason"),
        (Verdict("rejected", "other"), Chosen([1]), "comment"),
        (Verdict("overridden", "data", "", 2), Chosen([1]), "day it ends"),
        (Verdict("overridden", "data", "", -2, 1, date(2027, 1, 1)), Chosen([1]), "-1 or more"),
        (YES, Chosen(), "number"),
    ],
)
def test_a_verdict_without_its_grounds_is_refused(worklist, verdict, chosen, word):
    with pytest.raises(CannotDecide, match=word):
        says(worklist, chosen, verdict)
    assert set(states(worklist).values()) == {"open"}


def test_what_is_decided_stays_as_it_is(worklist):
    says(worklist, Chosen([1]), NO)
    assert says(worklist, Chosen([1]))["refused"][0]["code"] == "proposal.decided"
    for statement in ("UPDATE decisions SET verdict = 'approved'", "DELETE FROM decisions"):
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), worklist.write() as writing:
            writing.exec_driver_sql(statement)


def test_decisions_are_handed_over_exactly_once(worklist, tmp_path):
    says(worklist, Chosen(range(1, 6)))
    says(worklist, Chosen([6]), NO)
    until = date(2027, 1, 1)
    says(worklist, Chosen([7]), Verdict("overridden", "no_room", "", 2, None, until))
    together = Barrier(4)

    def one(actor):
        together.wait()
        return release(worklist, tmp_path / "erp", actor=f"erp {actor}", clock=lambda: MOMENT)

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(one, range(4)))
    assert sorted(each["rows"] for each in told) == [0, 0, 0, 6]
    number = max(each["release_id"] or 0 for each in told)
    first = [path.read_bytes() for path in sorted((tmp_path / "erp").iterdir())]
    handed = pl.read_parquet(tmp_path / "erp" / f"release-{number:05d}.parquet")
    assert handed["proposal_id"].to_list() == [1, 2, 3, 4, 5, 7]
    assert handed["reorder_point"].to_list() == [3, 3, 3, 3, 3, 2]
    again = release(worklist, tmp_path / "again", actor="erp", number=number)
    assert again["rows"] == 6
    assert [path.read_bytes() for path in sorted((tmp_path / "again").iterdir())] == first
    assert states(worklist)[6] == "rejected"
    assert states(worklist)[1] == "released"


def test_what_is_handed_over_is_no_formula_in_a_spreadsheet(store, tmp_path):
    names = [f"{sign}HYPERLINK(1)" for sign in ("=", "+", "-", "@", "\t")]
    rows = [a_proposal(n, part_id=name, source="=1+1") for n, name in enumerate(names)]
    rows.append(a_proposal(9, kind="last_piece"))
    publish(store, rows)
    says(store, Chosen(range(1, 7)))
    told = release(store, tmp_path, actor="erp", clock=lambda: MOMENT)
    with Path(told["files"][0]).open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [one["part_id"] for one in found] == [*(f"'{name}" for name in names), "P-09"]
    assert {one["source"] for one in found} == {"'=1+1", ""}
    assert found[-1]["reorder_point"] == "-1"
    assert pl.read_parquet(told["files"][1])["part_id"].to_list()[:-1] == names


def test_the_worklist_is_filtered_and_its_overrides_are_listed(worklist):
    assert worklist_numbers(worklist, Chosen(at_most=30.0)) == [3, 2, 1]
    assert worklist_numbers(worklist, Chosen(part_id="P-07")) == [7]
    assert worklist_numbers(worklist, Chosen(location_id="THERE")) == []
    says(worklist, Chosen([7]), Verdict("overridden", "no_room", "", 2, 1, date(2027, 1, 1)))
    assert overrides(worklist).select("part_id", "reorder_point").rows() == [("P-07", 2)]


def worklist_numbers(store, chosen):
    return worklist(store, chosen)["proposal_id"].to_list()


def test_an_override_is_told_what_it_has_cost_so_far(store):
    """10 a day for the five days from the first night to the second, then 20 for two."""
    publish(store, [a_proposal(1)])
    says(store, Chosen([1]), Verdict("overridden", "no_room", "", 2, 1, date(2027, 1, 1)))
    for days, cost in ((1, 3650.0), (6, 7300.0), (8, -365.0)):
        run_id = publish(store, [a_proposal(9)], days=days)
        row = {"run_id": run_id, "decision_id": 1, "cost_per_year_change": cost}
        with store.write() as connection:
            connection.execute(sa.insert(OVERRIDES), row | {"waiting_days_change": 0.0})
    (told,) = overrides(store).to_dicts()
    assert told["cost_so_far"] == pytest.approx(5 * 10.0 + 2 * 20.0)
    assert told["cost_per_year_change"] == -365.0  # as of the plan in force it saves
