"""A night publishes a plan whole, or leaves yesterday's in force; it is taken up where it ended."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from data.demo import write_company
from data.store import plans, proposals, runs
from data.store.decisions import Verdict
from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.leases import LeaseLost, LeaseTaken
from data.store.ledger import perform
from data.store.night_inputs import balances
from data.store.retry import StoreBusy
from data.store.trouble import STORE_TROUBLE
from inventory.ledger import Request
from inventory.ledger_commands import Issue, Line, Receive, Reserve, Transfer
from planning.decisions.use_case import Chosen, decide
from planning.exits import Exit
from planning.night import faults, stages
from planning.night.run import NightFailed, begin
from planning.night.use_case import default_day, run_night
from planning.plan import plan
from planning.settings import load
from planning.stages import Stages
from tests.planning.night.conftest import DAY, SETTINGS

POINTS = [(stage, place) for stage in stages.NAMES for place in ("start", "middle", "end")]


def tonight(store, nights, clock, **more):
    return run_night(store, SETTINGS, nights, actor="ada", clock=clock, **more)


def everything(store):
    """What the database holds of nights, to see that nothing changed."""
    with store.read() as connection:
        return {
            name: connection.exec_driver_sql(f"SELECT * FROM {name}").fetchall()
            for name in ("runs", "run_stages", "published", "proposals", "outbox", "plan_lines")
        }


def test_what_was_frozen_is_planned_again_to_the_same_bytes(undisturbed, tmp_path):
    _, folder = undisturbed
    again = plan(folder / "freeze", settings=load(folder / "freeze"), stages=Stages(), as_of=DAY)
    for name in ("policies", "proposals", "forecasts"):
        again.tables[name].write_parquet(tmp_path / f"{name}.parquet")
        written = (folder / "verify" / f"{name}.parquet").read_bytes()
        assert (tmp_path / f"{name}.parquet").read_bytes() == written


def test_a_night_on_either_engine_is_the_same_and_a_second_run_changes_nothing(
    company, nights, clock, undisturbed
):
    said = []
    answer = tonight(company, nights, clock, say=said.append)
    assert answer.exit is Exit.DONE
    assert answer.summary["plan_hash"] == undisturbed[0].summary["plan_hash"]
    assert [line[:9].strip() for line in said[1:]] == list(stages.NAMES)
    run_id = answer.summary["run_id"]
    assert runs.published_run(company) == run_id
    assert plans.plan_lines(company, run_id).height == answer.summary["items"]
    before = everything(company)
    again = tonight(company, nights, clock)
    assert again.summary["repeated"]
    assert again.summary["run_id"] == run_id
    assert everything(company) == before


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_night_that_spared_what_did_not_move_makes_the_plan_of_a_full_one(
    company, place, nights, clock, tmp_path
):
    """Items move on the day; then the same night once with last night's files, once without."""
    tonight(company, nights, clock)
    clock.jump(86_400)
    shelves = balances(company).filter(pl.col("on_hand") > 1).sort("part_id", "location_id")
    for number, shelf in enumerate(shelves.select("part_id", "location_id").rows()[::3]):
        issue = Issue(*shelf, 1, f"RO-{number}")
        assert perform(company, Request("ada", f"moved {number}", clock()), issue).ok
    day = DAY + timedelta(days=1)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(str(place))) as source, closing(sqlite3.connect(other)) as copy:
        source.backup(copy)
    moved = tonight(company, nights, clock, as_of=day)
    how = {name: one["how"] for name, one in moved.summary["stages"].items()}
    assert (how["forecast"], how["optimise"]) == ("as last night", "as last night")
    alone = Store(other)
    full = tonight(alone, tmp_path / "elsewhere", clock, as_of=day)
    alone.close()
    assert {one["how"] for one in full.summary["stages"].values()} == {"done"}
    assert full.summary["plan_hash"] == moved.summary["plan_hash"]
    run_id = moved.summary["run_id"]
    for name in ("policies", "proposals", "forecasts"):
        left, right = (
            (folder / run_id / "verify" / f"{name}.parquet").read_bytes()
            for folder in (nights, tmp_path / "elsewhere")
        )
        assert left == right, name


def test_the_next_night_keeps_the_numbers_of_its_proposals_and_spares_what_did_not_move(
    company, nights, clock
):
    first = tonight(company, nights, clock)
    before = proposals.open_proposals(company)
    assert not before.is_empty()
    clock.jump(86_400)
    second = tonight(company, nights, clock, as_of=DAY + timedelta(days=1))
    after = proposals.open_proposals(company)
    told = ["proposal_id", "version", "part_id", "location_id", "kind", "proposed_reorder_point"]
    assert after.select(told).equals(before.select(told))
    assert set(after["last_run_id"]) == {second.summary["run_id"]}
    assert second.summary["proposals"]["raised"] == first.summary["proposals"]["raised"]
    how = {name: stage["how"] for name, stage in second.summary["stages"].items()}
    assert how["forecast"] == how["optimise"] == "as last night"
    assert second.summary["plan_hash"] == first.summary["plan_hash"]
    folder = nights / second.summary["run_id"]
    full = plan(
        folder / "freeze",
        settings=load(folder / "freeze"),
        stages=Stages(),
        as_of=DAY + timedelta(days=1),
    )
    for name in ("policies", "proposals", "forecasts"):
        assert full.tables[name].equals(pl.read_parquet(folder / "verify" / f"{name}.parquet"))


def test_a_night_that_dies_at_every_point_in_turn_ends_with_the_undisturbed_plan(
    company, nights, clock, undisturbed, monkeypatch
):
    run_ids, forces = set(), []
    for stage, place in POINTS:
        monkeypatch.setenv(faults.VARIABLE, f"{stage}:{place}:stop")
        with pytest.raises(faults.Stopped, match=f"{stage}:{place}:stop"):
            tonight(company, nights, clock)
        forces.append(runs.published_run(company))
        clock.jump(SETTINGS.lease_seconds + 1)
    monkeypatch.delenv(faults.VARIABLE)
    answer = tonight(company, nights, clock)
    run_ids.add(answer.summary["run_id"])
    assert run_ids == {f"{DAY}.1"}
    assert answer.summary["plan_hash"] == undisturbed[0].summary["plan_hash"]
    switch = POINTS.index(("publish", "middle"))
    assert set(forces[:switch]) == {""}
    assert set(forces[switch:]) == run_ids
    with company.read() as connection:
        news = connection.exec_driver_sql("SELECT COUNT(*) FROM outbox").scalar()
        assert news == 1
        assert check_invariants(connection) == []
    ours = plans.plan_lines(company, f"{DAY}.1")
    assert ours.height == answer.summary["items"]
    assert ours.select("part_id", "location_id").is_duplicated().sum() == 0


def test_a_second_night_is_refused_with_the_name_of_the_first(company, nights, clock):
    first = begin(company, SETTINGS, DAY, actor="ada", clock=clock)
    with pytest.raises(LeaseTaken, match=first.run_id):
        tonight(company, nights, clock)


def test_a_silent_night_is_taken_over_and_cannot_write_any_more(company, clock):
    first = begin(company, SETTINGS, DAY, actor="ada", clock=clock)
    clock.jump(SETTINGS.lease_seconds + 1)
    second = begin(company, SETTINGS, DAY, actor="bo", clock=clock)
    assert second.run_id == first.run_id
    with pytest.raises(LeaseLost):
        runs.note_run(company, first.lease, first.run_id, outcome="optimal")
    runs.note_run(company, second.lease, second.run_id, outcome="optimal")


def test_a_dead_night_whose_clock_ran_ahead_is_taken_over(company, clock):
    """Else nobody could plan until the clock had caught up."""
    clock.jump(365 * 86_400)
    first = begin(company, SETTINGS, DAY, actor="ada", clock=clock)
    clock.jump(-365 * 86_400)
    second = begin(company, SETTINGS, DAY, actor="bo", clock=clock)
    assert second.run_id == first.run_id
    with pytest.raises(LeaseLost):
        runs.note_run(company, first.lease, first.run_id, outcome="optimal")


def test_an_order_that_was_rejected_is_not_asked_again_the_next_night(company, nights, clock):
    tonight(company, nights, clock)
    asked = proposals.open_proposals(company).filter(pl.col("kind") == "order")
    assert asked.height > 1
    no = Verdict("rejected", "supplier")
    refused = Chosen(asked["proposal_id"].to_list()[1:])
    decide(company, SETTINGS, refused, no, actor="ada", clock=clock)
    clock.jump(86_400)
    tonight(company, nights, clock, as_of=DAY + timedelta(days=1))
    again = proposals.open_proposals(company).filter(pl.col("kind") == "order")
    assert again["proposal_id"].to_list() == asked["proposal_id"].to_list()[:1]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_night_of_an_earlier_day_takes_no_later_plans_place_unless_told_to(
    company, nights, clock
):
    later = tonight(company, nights, clock, as_of=DAY + timedelta(days=1))
    clock.jump(60)
    with pytest.raises(runs.EarlierDay, match="which is later than 2026-09-30"):
        tonight(company, nights, clock)
    assert runs.published_run(company) == later.summary["run_id"]
    assert runs.run(company, f"{DAY}.1") == {}
    clock.jump(1)  # and nobody waits for its lease
    again = tonight(company, nights, clock, as_of=DAY + timedelta(days=1))
    assert again.summary["repeated"]
    begun = begin(company, SETTINGS, DAY, actor="ada", clock=clock, earlier=True)
    wanted = tonight(company, nights, clock, begun=begun)
    assert runs.published_run(company) == wanted.summary["run_id"] == f"{DAY}.1"


def doing(store, part_id, *kinds):
    """Open proposals of what to do now with a part: site, kind, quantity, source."""
    found = proposals.open_proposals(store).filter(
        pl.col("part_id") == part_id, pl.col("kind").is_in(kinds)
    )
    return found.select("location_id", "kind", "quantity", "source").rows()


def test_a_rejected_move_becomes_an_order_and_an_approved_one_counts_once(company, nights, clock):
    first = tonight(company, nights, clock)
    lines = plans.plan_lines(company, first.summary["run_id"])
    asked = proposals.open_proposals(company).filter(pl.col("kind") == "order")
    sisters = lines.join(asked.select("part_id", "location_id", "quantity"), on="part_id")
    sisters = sisters.filter(pl.col("location_id") != pl.col("location_id_right"))
    pairs = sisters.unique("part_id", maintain_order=True).head(2)
    assert pairs.height == 2
    for row in pairs.iter_rows(named=True):
        many = Receive(row["part_id"], row["location_id"], 5_000)
        assert perform(company, Request("ada", row["part_id"], clock()), many).ok
    clock.jump(86_400)
    tonight(company, nights, clock, as_of=DAY + timedelta(days=1))
    moves = proposals.open_proposals(company).filter(pl.col("kind") == "move")
    no, yes = (moves.filter(pl.col("part_id") == part) for part in pairs["part_id"])
    assert no.height >= 1
    assert yes.height >= 1
    refused = Chosen(no["proposal_id"].to_list())
    decide(company, SETTINGS, refused, Verdict("rejected", "other", "no van"), actor="ada",
           clock=clock)  # fmt: skip
    decide(company, SETTINGS, Chosen(yes["proposal_id"].to_list()), Verdict("approved"),
           actor="ada", clock=clock)  # fmt: skip
    clock.jump(3_600)
    for row in yes.iter_rows(named=True):
        over = Transfer(row["part_id"], row["source"], row["location_id"], row["quantity"])
        assert perform(company, Request("ada", f"{row['proposal_id']}", clock()), over).ok
    clock.jump(86_400)
    tonight(company, nights, clock, as_of=DAY + timedelta(days=2))
    part = no["part_id"][0]
    assert doing(company, part, "move") == []
    ordered = {site for site, *_ in doing(company, part, "order")}
    assert set(no["location_id"]) <= ordered
    moved = set(yes["location_id"]) | set(yes["source"])
    again = doing(company, yes["part_id"][0], "order", "move")
    assert [one for one in again if one[0] in moved or one[3] in set(yes["source"])] == []


def test_a_plan_the_second_opinion_disagrees_with_is_not_published(
    company, nights, clock, monkeypatch
):
    monkeypatch.setattr(stages, "checked", lambda *_, **__: ("fill rate 0.9 claimed",))
    with pytest.raises(NightFailed, match="disagrees") as failed:
        tonight(company, nights, clock)
    assert failed.value.exit is Exit.VERIFICATION_FAILED
    assert runs.published_run(company) == ""
    assert runs.run(company, f"{DAY}.1")["state"] == "failed"
    otherwise = begin(company, replace(SETTINGS, gap=0.002), DAY, actor="ada", clock=clock)
    assert (otherwise.run_id, otherwise.resumed) == (f"{DAY}.2", False)


def test_issues_and_refusals_of_the_day_are_demand_of_the_next_night(company, nights, clock):
    tonight(company, nights, clock)
    lines = plans.plan_lines(company, f"{DAY}.1")
    part, place = lines["part_id"][0], lines["location_id"][0]
    clock.jump(86_400)
    issued = perform(company, Request("t", "1", clock()), Issue(part, place, 10**6, "RO-9"))
    asked = Reserve((Line(part, place, 10**6),), repair_order_id="RO-8")
    refused = perform(company, Request("t", "2", clock()), asked)
    assert not issued.ok
    assert not refused.ok
    answer = tonight(company, nights, clock, as_of=clock.now.date())
    assert answer.summary["stages"]["take in"]["message"].startswith("2 requests")
    attained = [one["events"] for one in answer.summary["attainment"]]
    assert max(attained) == 2
    assert default_day(company) >= DAY


def test_a_locked_database_stops_the_night_and_the_next_try_goes_on(
    tables, nights, clock, undisturbed, tmp_path, migrated_file, monkeypatch
):
    import shutil

    from planning.night.use_case import deliver

    path = tmp_path / "own.db"
    shutil.copy(migrated_file, path)
    store = Store(path, lock_seconds=0.05, tries=2)
    deliver(store, tables, SETTINGS, actor="ada", clock=clock)
    clock.jump(60)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    real = stages.Work.publish

    def held_up(work, out):
        holder.execute("BEGIN IMMEDIATE")
        return real(work, out)

    monkeypatch.setattr(stages.Work, "publish", held_up)
    with pytest.raises(StoreBusy):
        tonight(store, nights, clock)
    holder.execute("ROLLBACK")
    monkeypatch.undo()
    assert runs.published_run(store) == ""
    clock.jump(SETTINGS.lease_seconds + 1)
    answer = tonight(store, nights, clock)
    assert answer.summary["plan_hash"] == undisturbed[0].summary["plan_hash"]
    holder.close()
    store.close()


def test_a_full_disk_leaves_the_old_plan_and_the_next_try_goes_on(
    nights, clock, tmp_path, migrated_file
):
    import shutil

    from planning.night.use_case import deliver

    tables = tmp_path / "larger" / "input"  # more to publish than half-filled pages have room for
    write_company(tables, parts=40, locations=3, seed=3)
    path = tmp_path / "own.db"
    shutil.copy(migrated_file, path)
    roomy = Store(path)
    deliver(roomy, tables, SETTINGS, actor="ada", clock=clock)
    clock.jump(60)
    with roomy.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    roomy.close()
    shutil.copy(path, tmp_path / "calm.db")
    calm = Store(tmp_path / "calm.db")
    undisturbed = tonight(calm, tmp_path / "calm", clock)
    calm.close()
    full = Store(path, connections=1)

    @sa.event.listens_for(full.engine, "connect")
    def _no_room(connection, _):
        connection.execute(f"PRAGMA max_page_count={pages + 1}")

    with pytest.raises(STORE_TROUBLE, match="full"):
        tonight(full, nights, clock)
    full.close()
    roomy = Store(path)
    with roomy.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert check_invariants(connection) == []
    assert runs.published_run(roomy) == ""
    clock.jump(SETTINGS.lease_seconds + 1)
    answer = tonight(roomy, nights, clock)
    assert answer.summary["plan_hash"] == undisturbed.summary["plan_hash"]
    roomy.close()


def test_a_day_is_taken_from_the_newest_count(company):
    assert default_day(company) == date(2026, 9, 30)
