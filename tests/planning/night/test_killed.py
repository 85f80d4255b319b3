"""The process itself is killed, at every point of every stage: old plan or new plan, never both."""

import os
import signal
import subprocess
import sys

import pytest

from data.store import runs
from data.store.invariants import check_invariants
from planning.night import faults, stages
from planning.night.use_case import deliver
from tests.planning.night.conftest import DAY, SETTINGS

POINTS = [(stage, place) for stage in stages.NAMES for place in ("start", "middle", "end")]
A_FEW = [("publish", "middle")]


def surroundings(place, fault=""):
    """The environment of a night in a process of its own, on the database at `place`."""
    return {**os.environ, faults.VARIABLE: fault, "SPAREWISE_DATABASE_URL": place}


def sparewise(folder, place, *words, fault=""):
    command = [sys.executable, "-m", "api.command", *words]
    environment = surroundings(place, fault)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def killed_and_resumed(store, place, tables, folder, stage, point):
    """The plan's hash after a night was killed at a point and run again."""
    (folder / "sparewise.toml").write_text("verify_sample = 10\nlease_seconds = 0.5\n")
    deliver(store, tables, SETTINGS, actor="ada")
    night = ("night", "--as-of", str(DAY))
    dead = sparewise(folder, place, *night, fault=f"{stage}:{point}:kill")
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    published = POINTS.index((stage, point)) >= POINTS.index(("publish", "middle"))
    assert runs.published_run(store) == (f"{DAY}.1" if published else "")
    again = sparewise(folder, place, *night)
    if again.returncode == 75:  # the dead night's last sign of life is younger than half a second
        again = sparewise(folder, place, *night)
    assert again.returncode == 0, again.stderr
    with store.read() as connection:
        assert check_invariants(connection) == []
    row = runs.run(store, f"{DAY}.1")
    assert row["state"] == "published"
    return row["plan_hash"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("stage", "point"), A_FEW)
def test_a_killed_night_is_taken_up_again(
    stage, point, store, place, tables, tmp_path, undisturbed
):
    found = killed_and_resumed(store, place, tables, tmp_path, stage, point)
    assert found == undisturbed[0].summary["plan_hash"]


@pytest.mark.soak
@pytest.mark.parametrize(("stage", "point"), POINTS)
def test_a_night_killed_anywhere_is_taken_up_again(
    stage, point, store, place, tables, tmp_path, undisturbed
):
    found = killed_and_resumed(store, place, tables, tmp_path, stage, point)
    assert found == undisturbed[0].summary["plan_hash"]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_night_that_is_told_to_stop_says_so_and_lets_go(store, place, tables, tmp_path):
    (tmp_path / "sparewise.toml").write_text("verify_sample = 10\n")
    deliver(store, tables, SETTINGS, actor="ada")
    night = subprocess.Popen(
        [sys.executable, "-m", "api.command", "night", "--as-of", str(DAY)],
        cwd=tmp_path, env=surroundings(place, "optimise:start:wait"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert night.stdout is not None
    for line in night.stdout:
        if line.startswith("forecast"):
            break
    second = sparewise(tmp_path, place, "night", "--as-of", str(DAY))
    assert second.returncode == 75
    assert f"{DAY}.1" in second.stderr
    night.send_signal(signal.SIGTERM)
    night.communicate(timeout=30)
    assert night.returncode == 143
    assert runs.run(store, f"{DAY}.1")["state"] == "interrupted"
    assert sparewise(tmp_path, place, "night", "--as-of", str(DAY)).returncode == 0
