"""What happens to a night when its database, its disk, its solver or its time runs out."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest
import sqlalchemy as sa

from data.demo import write_company
from data.store import plans, proposals, runs
from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.migrate import migrate
from data.store.trouble import STORE_TROUBLE
from planning.exits import Exit
from planning.night import faults, stages
from planning.night.run import NightFailed
from planning.night.use_case import deliver, run_night
from tests.planning.night.conftest import DAY, SETTINGS

NIGHT = [sys.executable, "-m", "api.command", "night", "--as-of", str(DAY)]
FAR_TOO_LITTLE_BYTES = 20_000


def tonight(store, nights, clock, settings=SETTINGS):
    return run_night(store, settings, nights, actor="ada", clock=clock)


def news(store):
    with store.read() as connection:
        return connection.exec_driver_sql("SELECT COUNT(*) FROM outbox").scalar()


def is_whole(store, answer, undisturbed):
    """One plan in force, the undisturbed one, told once."""
    with store.read() as connection:
        assert check_invariants(connection) == []
    assert answer.summary["plan_hash"] == undisturbed[0].summary["plan_hash"]
    assert runs.published_run(store) == answer.summary["run_id"]
    assert plans.plan_lines(store, answer.summary["run_id"]).height == answer.summary["items"]
    assert news(store) == 1
    raised = undisturbed[0].summary["proposals"]["open"]
    assert proposals.open_proposals(store).height == raised


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    "stage",
    ["publish", *(pytest.param(one, marks=pytest.mark.soak) for one in ("forecast", "write"))],
)
def test_a_server_restarted_in_mid_night_is_waited_for(
    company, nights, clock, undisturbed, cluster, monkeypatch, stage
):
    """Connections are cut between two transactions of a stage; the night goes on by itself."""
    restarted = []
    name = stage.replace(" ", "_")
    real = getattr(stages.Work, name)

    def cut_off(work, out):
        cluster.restart()
        restarted.append(stage)
        return real(work, out)

    monkeypatch.setattr(stages.Work, name, cut_off)
    answer = tonight(company, nights, clock)
    assert restarted == [stage]
    is_whole(company, answer, undisturbed)


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_a_server_restarted_again_and_again_ends_with_the_undisturbed_plan(
    company, nights, clock, undisturbed, cluster, monkeypatch
):
    """It falls in the middle of transactions: a night may fail of it, and is begun again."""
    over, cuts, tries = threading.Event(), [], 0

    def cut():
        while not over.wait(0.7) and len(cuts) < 4:
            cluster.restart()
            cuts.append(len(cuts))

    cutter = threading.Thread(target=cut)
    cutter.start()
    answer = None
    try:
        while answer is None:
            tries += 1
            assert tries < 20
            try:
                answer = tonight(company, nights, clock)
            except STORE_TROUBLE:
                clock.jump(SETTINGS.lease_seconds + 1)
                time.sleep(0.2)  # whoever begins it anew waits for the server too
    finally:
        over.set()
        cutter.join()
    assert cuts
    is_whole(company, tonight(company, nights, clock), undisturbed)


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_a_publication_whose_answer_was_lost_is_not_published_twice(
    company, nights, clock, undisturbed
):
    """The server commits and its answer never arrives: the night looks what became of it."""
    lost = []

    def drop(connection):
        moved = connection.info.pop("published", False)
        if moved and not lost:
            raw = connection.connection.dbapi_connection
            raw.commit()
            lost.append(True)
            trouble = psycopg.errors.AdminShutdown("terminating connection")
            raise sa.exc.OperationalError("COMMIT", {}, trouble)

    def watch(connection, _cursor, statement, *_):
        if "published" in statement and statement.startswith(("UPDATE", "INSERT INTO published")):
            connection.info["published"] = True

    sa.event.listen(company.engine, "commit", drop)
    sa.event.listen(company.engine, "before_cursor_execute", watch)
    answer = tonight(company, nights, clock)
    assert lost == [True]
    is_whole(company, answer, undisturbed)
    with company.read() as connection:
        version = connection.exec_driver_sql("SELECT version FROM published").scalar()
    assert version == 1


def test_a_night_beyond_its_window_says_so_and_is_taken_up_again(
    company, nights, clock, undisturbed
):
    with pytest.raises(NightFailed, match="took longer") as failed:
        tonight(company, nights, clock, replace(SETTINGS, night_hours=0.0))
    assert failed.value.exit is Exit.NOT_PROVEN
    assert runs.run(company, f"{DAY}.1")["state"] == "timed_out"
    assert runs.published_run(company) == ""
    answer = tonight(company, nights, clock)
    is_whole(company, answer, undisturbed)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_night_whose_window_closes_midway_keeps_what_it_did(
    company, nights, clock, undisturbed, monkeypatch
):
    real = stages.Work.optimise

    def late(work, out):
        work.night._ends = time.monotonic() - 1
        return real(work, out)

    monkeypatch.setattr(stages.Work, "optimise", late)
    with pytest.raises(NightFailed, match="took longer"):
        tonight(company, nights, clock)
    assert runs.run(company, f"{DAY}.1")["state"] == "timed_out"
    monkeypatch.undo()
    answer = tonight(company, nights, clock)
    how = {name: told["how"] for name, told in answer.summary["stages"].items()}
    assert how["forecast"] == "done before"
    is_whole(company, answer, undisturbed)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_solver_without_enough_time_leaves_yesterdays_plan_and_no_process(
    company, nights, clock, undisturbed
):
    hasty = replace(SETTINGS, solve_minutes=0.0001)
    with pytest.raises(NightFailed, match="took longer") as failed:
        tonight(company, nights, clock, hasty)
    assert failed.value.exit is Exit.NOT_PROVEN
    assert runs.run(company, f"{DAY}.1")["state"] == "failed"
    assert runs.published_run(company) == ""


@pytest.fixture
def folder(tables, tmp_path):
    """A company in a folder of its own, for nights that are processes."""
    (tmp_path / "sparewise.toml").write_text("verify_sample = 10\nlease_seconds = 0.5\n")
    migrate(tmp_path / "sparewise.db")
    store = Store(tmp_path / "sparewise.db")
    deliver(store, tables, SETTINGS, actor="ada")
    store.close()
    return tmp_path


def surroundings(fault=""):
    """The environment of a night in a process of its own."""
    found = {**os.environ, faults.VARIABLE: fault}
    found.pop("SPAREWISE_DATABASE_URL", None)
    return found


def a_night(folder, **more):
    return subprocess.Popen(
        NIGHT, cwd=folder, env=surroundings(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def two_at_once(folder):
    """Exit codes and what was said of two nights that begin together."""
    both = [a_night(folder) for _ in range(2)]
    said = [one.communicate(timeout=300) for one in both]
    return [(one.returncode, *words) for one, words in zip(both, said, strict=True)]


def test_of_two_nights_at_once_one_runs_and_the_other_names_it(folder, undisturbed):
    told = two_at_once(folder)
    assert sorted(code for code, *_ in told) == [0, 75], told
    (refusal,) = (words for code, _, words in told if code == 75)
    assert f"{DAY}.1" in refusal
    store = Store(folder / "sparewise.db")
    assert runs.run(store, f"{DAY}.1")["plan_hash"] == undisturbed[0].summary["plan_hash"]
    assert news(store) == 1
    store.close()


@pytest.mark.soak
@pytest.mark.parametrize("_round", range(20))
def test_of_two_nights_at_once_one_runs_every_time(folder, _round):
    told = two_at_once(folder)
    codes = sorted(code for code, *_ in told)
    assert codes in ([0, 75], [0, 0]), told  # the second may come when the first has finished
    store = Store(folder / "sparewise.db")
    assert news(store) == 1
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM runs").scalar() == 1
    store.close()


def _files_stay_small():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FAR_TOO_LITTLE_BYTES, FAR_TOO_LITTLE_BYTES))


def test_a_disk_without_room_for_the_runs_files_is_told_and_the_next_night_goes_on(
    folder, undisturbed
):
    full = a_night(folder, preexec_fn=_files_stay_small)
    _, words = full.communicate(timeout=300)
    assert full.returncode not in (0, None)
    assert "MB free" in words, words
    assert "Traceback" not in words
    store = Store(folder / "sparewise.db")
    assert runs.published_run(store) == ""
    with store.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert check_invariants(connection) == []
    time.sleep(0.6)
    again = a_night(folder)
    again.communicate(timeout=300)
    assert again.returncode == 0
    assert runs.run(store, f"{DAY}.1")["plan_hash"] == undisturbed[0].summary["plan_hash"]
    store.close()


def _packed(path):
    """Pages of a database without room in half-filled ones."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return connection.execute("PRAGMA page_count").fetchone()[0]


@pytest.mark.soak
def test_a_disk_that_is_full_after_any_number_of_pages_leaves_the_old_plan(
    nights, clock, tmp_path, migrated_file
):
    """One page of room, then three and so on, until the night fits."""
    tables = tmp_path / "input"  # more than the first page of each table holds
    write_company(tables, parts=24, locations=4, seed=3)
    path, failures, undisturbed = tmp_path / "own.db", 0, None
    for room in (400, *range(1, 400, 2)):
        shutil.rmtree(nights, ignore_errors=True)
        for old in tmp_path.glob("own.db*"):
            old.unlink()
        shutil.copy(migrated_file, path)
        store = Store(path)
        deliver(store, tables, SETTINGS, actor="ada", clock=clock)
        clock.jump(60)
        store.close()
        pages = _packed(path)
        full = Store(path, connections=1)

        @sa.event.listens_for(full.engine, "connect")
        def _no_room(connection, _, most=pages + room):
            connection.execute(f"PRAGMA max_page_count={most}")

        fits = True
        try:
            told = tonight(full, nights, clock)
            undisturbed = undisturbed or (told,)
        except STORE_TROUBLE:
            fits = False
        full.close()
        store = Store(path)
        with store.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert check_invariants(connection) == []
        clock.jump(SETTINGS.lease_seconds + 1)
        is_whole(store, tonight(store, nights, clock), undisturbed)
        store.close()
        if fits and failures:
            break
        failures += not fits
    else:
        pytest.fail("the loop ended by its cap")
    assert failures >= 3
