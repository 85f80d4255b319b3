import json
import os
import subprocess
import sys

from planning.exits import Exit


def test_who_leaves_at_once_has_said_and_written_everything(tmp_path):
    """The process ends without taking its objects apart: nothing may wait in a buffer."""
    folder, out = tmp_path / "input", tmp_path / "out"
    folder.mkdir()
    command = [sys.executable, "-m", "api.command", "plan", str(folder), "--out", str(out)]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [*command, "--json"], check=False, capture_output=True, text=True, env=buffered
    )
    assert done.returncode == Exit.INPUT_REFUSED
    said, written = json.loads(done.stdout), (out / "summary.json").read_text(encoding="utf-8")
    assert {one["file"] for one in said["refused_files"]} >= {"parts", "locations"}
    assert said["refused_files"] == json.loads(written)["refused_files"]
