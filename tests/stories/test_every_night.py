"""What `deploy/` holds is understood by the programs it is for, and runs the night."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def analyze():
    """Runs systemd-analyze; its complaints, the program's own path left out."""
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd is not installed")

    def run(*words):
        return subprocess.run([found, *words], capture_output=True, text=True, check=False)

    return run


def test_systemd_understands_the_unit_and_the_timer(analyze, tmp_path):
    """The program is put where the unit looks for it, so that only the unit is judged."""
    program = tmp_path / "sparewise"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for file in DEPLOY.glob("*.service"):
        unit = file.read_text().replace("/opt/sparewise/bin/sparewise", str(program))
        (tmp_path / file.name).write_text(unit)
    for file in DEPLOY.glob("*.timer"):
        shutil.copy(file, tmp_path)
    told = analyze("verify", *(str(one) for one in sorted(tmp_path.glob("*.[st]*"))))
    ours = [line for line in told.stderr.splitlines() if "sparewise" in line]
    assert ours == []
    broken = tmp_path / "sparewise-night.service"
    broken.write_text(broken.read_text().replace("Type=oneshot", "Type=whenever"))
    told = analyze("verify", str(broken))
    assert "whenever" in told.stderr + told.stdout  # it would have been found


def test_the_timer_fires_every_night_whatever_the_clocks_do(analyze):
    times = re.findall(r"^OnCalendar=(.+)$", (DEPLOY / "sparewise-night.timer").read_text(), re.M)
    assert len(times) == 2
    for one in times:
        assert one.endswith("UTC")
        told = analyze("calendar", one)
        assert told.returncode == 0, told.stderr


def test_the_cron_line_runs_the_night_from_the_companys_folder_and_leaves_priority_to_it():
    text = (DEPLOY / "sparewise-night.cron").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "CRON_TZ="))]
    assert len(lines) == 1
    minute, hours, day, month, weekday, user, command = lines[0].split(maxsplit=6)
    assert (day, month, weekday, user) == ("*", "*", "*", "sparewise")
    assert 0 <= int(minute) < 60
    assert all(0 <= int(hour) < 24 for hour in hours.split(","))
    unit = (DEPLOY / "sparewise-night.service").read_text()
    folder = re.search(r"^WorkingDirectory=(.+)$", unit, re.M)
    assert folder is not None
    assert f"cd {folder[1]} && /opt/sparewise" in command
    assert "nice" not in command
    assert "\nNice=" not in unit
    assert " night --json" in command
    assert "CRON_TZ=UTC" in text
