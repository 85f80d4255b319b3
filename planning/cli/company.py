"""Commands around the company itself: the demo company and the settings."""

import sys
from pathlib import Path

from planning import outputs
from planning.cli import screen
from planning.cli.calculations import settings_for
from planning.settings import MEANING


def demo(out: Path, parts: int, locations: int, seed: int, *, json: bool) -> None:
    """Write the demo company and say what it is."""
    from data.demo import write_company

    with screen.StageBars(quiet=json) as bars:
        report = write_company(out, parts=parts, locations=locations, seed=seed, progress=bars)
    if json:
        sys.stdout.write(outputs.to_json(report.summary) + "\n")
    else:
        screen.OUT.print(report.text, markup=False)


def config(folder: Path | None, *, json: bool) -> None:
    """Every setting with its value, its source and its meaning."""
    settings = settings_for(folder)
    values = {name: getattr(settings, name) for name in MEANING}
    if json:
        found = {key: {"value": values[key], "source": settings.source(key)} for key in values}
        sys.stdout.write(outputs.to_json(found) + "\n")
        return
    rows = [(key, values[key], settings.source(key), MEANING[key]) for key in values]
    headings = ("setting", "value", "from", "meaning")
    screen.OUT.print(screen.table("Settings", *headings, rows=rows))
