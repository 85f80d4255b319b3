"""Older nights are tidied up; the newest, the one in force and whatever they rest on stay."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.store import night_inputs, plans, proposals, runs
from data.store.invariants import check_invariants
from data.store.master_tables import INCOMING
from planning.night import retention, use_case
from planning.night.age import in_words, plan_in_force
from planning.night.deliveries import FOLDER
from planning.night.stages import CHECKED
from planning.night.use_case import run_night
from tests.planning.decisions.conftest import MOMENT, a_proposal, publish
from tests.planning.night.conftest import DAY, SETTINGS


def folders_of(nights):
    return sorted(one.name for one in nights.iterdir())


@pytest.fixture
def three_nights(store, nights):
    """Three published runs, the last in force, each with a folder; and things that are not ours."""
    names = [publish(store, [a_proposal(1)], days=day) for day in range(3)]
    for name in (*names, FOLDER, "somebody's notes"):
        (nights / name).mkdir(parents=True)
    lines = sa.text(
        "INSERT INTO plan_lines (run_id, part_id, location_id, reorder_point, order_quantity,"
        " base_stock_level) VALUES (:run, 'P-01', 'HERE', 3, 1, 4)"
    )
    with store.write() as connection:
        for name in names:
            connection.execute(lines, {"run": name})
    return names


@pytest.mark.parametrize(("keep", "stay"), [(5, 3), (2, 2), (1, 1), (0, 1)])
def test_the_newest_stay_and_what_is_in_force(store, nights, three_nights, keep, stay):
    assert retention.tidy(store, nights, keep=keep) == 3 - stay
    kept = three_nights[3 - stay :]
    assert folders_of(nights) == sorted([*kept, FOLDER, "somebody's notes"])
    assert [plans.plan_lines(store, name).height for name in three_nights] == [
        int(name in kept) for name in three_nights
    ]
    assert proposals.open_proposals(store).height == 1
    assert all(runs.run(store, name) for name in three_nights)
    with store.read() as connection:
        assert check_invariants(connection) == []


def test_a_night_tidies_up_after_itself_and_the_next_spares_what_is_left(
    company, nights, clock, tables
):
    settings = SETTINGS.__class__(**{**vars(SETTINGS), "keep_nights": 1})
    for day in range(2):
        answer = run_night(
            company, settings, nights, actor="ada", clock=clock, as_of=DAY + timedelta(days=day)
        )
        clock.jump(86_400)
    assert answer.summary["stages"]["forecast"]["how"] == "as last night"
    assert folders_of(nights) == sorted([answer.summary["run_id"], FOLDER, CHECKED])
    assert plans.plan_lines(company, f"{DAY}.1").is_empty()
    batches = night_inputs.in_force(company)
    with company.read() as connection:
        for name, batch in batches.items():
            held = sa.select(INCOMING[name].c.batch_id).distinct()
            assert [row.batch_id for row in connection.execute(held)] in ([batch], [])


def test_a_night_that_cannot_tidy_up_has_not_failed(company, nights, clock, monkeypatch):
    def no_room(*_, **__):
        raise OSError("Read-only file system")

    monkeypatch.setattr(use_case, "tidy", no_room)
    said = []
    answer = run_night(company, SETTINGS, nights, actor="ada", clock=clock, say=said.append)
    assert runs.published_run(company) == answer.summary["run_id"]
    assert said[-1] == "Older nights could not be tidied up: Read-only file system"


def test_the_plan_in_force_says_its_age(store):
    assert plan_in_force(store, MOMENT) == "No plan"
    name = publish(store, [a_proposal(1)])
    later = MOMENT + timedelta(days=3, hours=1)
    assert plan_in_force(store, later) == f"The plan of {name}, published 3 days ago,"
    assert in_words(MOMENT, MOMENT + timedelta(hours=5)) == "in the last 24 hours"
    assert in_words(MOMENT, MOMENT + timedelta(hours=30)) == "1 day ago"
