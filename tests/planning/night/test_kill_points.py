"""A night killed at any write of write and publish: old plan or new plan, never a mixture."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.store.engine import Store
from planning.night import faults
from planning.night.use_case import deliver, run_night
from tests.data.store.test_kill_points import strace  # noqa: F401 - a fixture
from tests.planning.night.conftest import DAY, SETTINGS, Clock
from tests.planning.night.kill_points import FATAL_CALL

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def template(tables, migrated_file, tmp_path_factory) -> Path:
    """A company whose night died when everything was done but write, publish and report."""
    where = tmp_path_factory.mktemp("killed") / "template"
    where.mkdir()
    shutil.copy(migrated_file, where / "own.db")
    store, clock = Store(where / "own.db"), Clock()
    deliver(store, tables, SETTINGS, actor="ada", clock=clock)
    clock.jump(60)
    nights = where / "nights"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(faults.VARIABLE, "verify:end:stop")
        with pytest.raises(faults.Stopped):
            run_night(store, SETTINGS, nights, actor="ada", as_of=DAY, clock=clock)
    store.close()
    return where


def points_of(strace, template, folder, syscall, stride, variant="real"):  # noqa: F811
    """What every kill point left."""
    folder.mkdir()
    inject = f"inject={syscall}:signal=KILL:when={FATAL_CALL}"
    command = [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={syscall}", "-e", inject]
    module = [sys.executable, "-m", "tests.planning.night.kill_points"]
    run = subprocess.run(
        [*command, *module, str(template), str(folder), syscall, str(stride), variant],
        cwd=ROOT, capture_output=True, text=True, timeout=3000, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in run.stdout.splitlines()]


def are_whole(points, undisturbed, *, least):
    """Nothing torn anywhere; the resumed night's plan is the undisturbed one's."""
    summary = undisturbed[0].summary
    killed, survivor = points[:-1], points[-1]
    assert (survivor["code"], survivor["told"]) == (0, True)  # the loop ended by itself
    assert [each["code"] for each in killed] == [-9] * len(killed)
    assert len(killed) >= least
    whole = {"lines": summary["items"], "proposals": summary["proposals"]["open"], "news": 1}
    none = {"lines": 0, "proposals": 0, "news": 0}
    for each in points:
        assert each["broken"] == ["ok"], each
        seen = {name: each[name] for name in none}
        assert seen == (whole if each["in_force"] else none), each
        assert each["in_force"] or not each["told"]
        assert each["then_in_force"] == f"{DAY}.1"
        assert {name: each[f"then_{name}"] for name in whole} == whole, each
        assert each["plan_hash"] == summary["plan_hash"]


def test_a_night_killed_at_some_of_its_writes_is_old_or_new(
    strace,  # noqa: F811
    template,
    tmp_path,
    undisturbed,
):
    points = points_of(strace, template, tmp_path / "some", "pwrite64", 61)
    are_whole(points, undisturbed, least=1)


@pytest.mark.soak
@pytest.mark.parametrize(
    ("syscall", "least"),
    [("pwrite64", 60), ("fdatasync", 10), ("rename", 3), ("fsync", 3), ("write", 3)],
)
def test_a_night_killed_at_every_write_is_old_or_new(
    strace,  # noqa: F811
    template,
    tmp_path,
    undisturbed,
    syscall,
    least,
):
    points = points_of(strace, template, tmp_path / syscall, syscall, 1)
    are_whole(points, undisturbed, least=least)


@pytest.mark.soak
def test_a_pointer_that_moves_too_early_is_found(
    strace,  # noqa: F811
    template,
    tmp_path,
    undisturbed,
):
    points = points_of(strace, template, tmp_path / "torn", "pwrite64", 1, "torn")
    with pytest.raises(AssertionError):
        are_whole(points, undisturbed, least=1)
    summary = undisturbed[0].summary
    torn = [one for one in points if one["in_force"] and one["proposals"] == 0]
    assert torn, summary["proposals"]["open"]
