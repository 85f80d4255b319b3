"""A reservation killed at any write is wholly there or wholly absent, and may be repeated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.store.engine import Store
from tests.data.store.kill_points import FATAL_CALL
from tests.data.store.shop import put

ROOT = Path(__file__).parents[3]


@pytest.fixture
def strace() -> str:
    found = shutil.which("strace")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("strace is not installed")
        pytest.skip("strace is not installed")
    return found


@pytest.fixture
def template(migrated_file, tmp_path) -> Path:
    path = tmp_path / "template.db"
    shutil.copy(migrated_file, path)
    store = Store(path)
    put(store, 7)
    store.close()
    return path


def _points(strace, template, folder, syscall, variant) -> list[dict]:
    folder.mkdir()
    inject = f"inject={syscall}:signal=KILL:when={FATAL_CALL}"
    command = [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={syscall}", "-e", inject]
    module = [sys.executable, "-m", "tests.data.store.kill_points"]
    run = subprocess.run(
        [*command, *module, str(template), str(folder), syscall, variant],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.parametrize("syscall", ["pwrite64", "fdatasync"])
def test_killed_at_any_write_it_is_there_or_not(strace, template, tmp_path, syscall):
    points = _points(strace, template, tmp_path / syscall, syscall, "real")
    killed, survivor = points[:-1], points[-1]
    assert (survivor["code"], survivor["told"]) == (0, True)  # the loop ended by itself
    assert [each["code"] for each in killed] == [-9] * len(killed)
    assert len(killed) >= (8 if syscall == "pwrite64" else 1)
    for each in points:
        assert each["broken"] == ["ok"], each
        assert each["reserved"] in (0, 1)
        assert each["reserved"] == 1 or not each["told"], "promised and lost"
        assert each["ok"]
        assert each["replayed"] == (each["reserved"] == 1)


def test_a_forgotten_transaction_is_torn_somewhere(strace, template, tmp_path):
    points = _points(strace, template, tmp_path / "torn", "pwrite64", "torn")
    assert any(each["broken"] != ["ok"] for each in points if each["code"] == -9)
