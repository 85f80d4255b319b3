"""The process itself is killed, at every point of every stage: old plan or new plan, never both."""

import os
import signal
import subprocess
import sys

import pytest

from data.store import runs
from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.migrate import migrate
from planning.night import faults, stages
from planning.night.use_case import deliver
from tests.planning.night.conftest import DAY, SETTINGS

POINTS = [(stage, place) for stage in stages.NAMES for place in ("start", "middle", "end")]
A_FEW = [("publish", "middle")]


def sparewise(folder, *words, fault=""):
    command = [sys.executable, "-m", "api.command", *words]
    environment = {**os.environ, faults.VARIABLE: fault}
    environment.pop("SPAREWISE_DATABASE_URL", None)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def killed_and_resumed(tables, folder, stage, place):
    """The plan's hash after a night was killed at a point and run again."""
    (folder / "sparewise.toml").write_text("verify_sample = 10\nlease_seconds = 0.5\n")
    migrate(folder / "sparewise.db")
    store = Store(folder / "sparewise.db")
    deliver(store, tables, SETTINGS, actor="ada")
    dead = sparewise(folder, "night", "--as-of", str(DAY), fault=f"{stage}:{place}:kill")
    assert dead.returncode == -signal.SIGKILL, dead.stderr
    published = POINTS.index((stage, place)) >= POINTS.index(("publish", "middle"))
    assert runs.published_run(store) == (f"{DAY}.1" if published else "")
    again = sparewise(folder, "night", "--as-of", str(DAY))
    if again.returncode == 75:  # the dead night's last sign of life is younger than half a second
        again = sparewise(folder, "night", "--as-of", str(DAY))
    assert again.returncode == 0, again.stderr
    with store.read() as connection:
        assert check_invariants(connection) == []
    row = runs.run(store, f"{DAY}.1")
    store.close()
    assert row["state"] == "published"
    return row["plan_hash"]


@pytest.mark.parametrize(("stage", "place"), A_FEW)
def test_a_killed_night_is_taken_up_again(stage, place, tables, tmp_path, undisturbed):
    found = killed_and_resumed(tables, tmp_path, stage, place)
    assert found == undisturbed[0].summary["plan_hash"]


@pytest.mark.soak
@pytest.mark.parametrize(("stage", "place"), POINTS)
def test_a_night_killed_anywhere_is_taken_up_again(stage, place, tables, tmp_path, undisturbed):
    found = killed_and_resumed(tables, tmp_path, stage, place)
    assert found == undisturbed[0].summary["plan_hash"]


def test_a_night_that_is_told_to_stop_says_so_and_lets_go(tables, tmp_path):
    (tmp_path / "sparewise.toml").write_text("verify_sample = 10\n")
    migrate(tmp_path / "sparewise.db")
    store = Store(tmp_path / "sparewise.db")
    deliver(store, tables, SETTINGS, actor="ada")
    night = subprocess.Popen(
        [sys.executable, "-m", "api.command", "night", "--as-of", str(DAY)],
        cwd=tmp_path, env={**os.environ, faults.VARIABLE: "optimise:start:wait"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert night.stdout is not None
    for line in night.stdout:
        if line.startswith("forecast"):
            break
    second = sparewise(tmp_path, "night", "--as-of", str(DAY))
    assert second.returncode == 75
    assert f"{DAY}.1" in second.stderr
    night.send_signal(signal.SIGTERM)
    night.communicate(timeout=30)
    assert night.returncode == 143
    assert runs.run(store, f"{DAY}.1")["state"] == "interrupted"
    assert sparewise(tmp_path, "night", "--as-of", str(DAY)).returncode == 0
    store.close()
