"""Commands around the company itself: the demo company and the settings."""

import dataclasses
import sys
from pathlib import Path
from typing import Literal

from planning import outputs
from planning.cli import screen
from planning.cli.calculations import settings_for
from planning.settings import MEANING

Form = Literal["csv", "parquet"]


def demo(
    out: Path, parts: int, locations: int, seed: int, form: Form | None, *, json: bool
) -> None:
    """Write the demo company and say what it is."""
    from data.demo import write_company

    with screen.StageBars(quiet=json) as bars:
        report = write_company(
            out, parts=parts, locations=locations, seed=seed, form=form,
            progress=bars,
        )  # fmt: skip
    if json:
        sys.stdout.write(outputs.to_json(dataclasses.asdict(report)) + "\n")
        return
    rows = [(name, f"{count:,}") for name, count in report.rows.items()]
    screen.OUT.print(screen.table("The demo company", "table", "rows", rows=rows))
    said = (
        f"{report.machines:,} machines in the field; of {report.items:,} parts at places "
        f"{report.asked_share:.0%} were asked for in three years.",
        f"Written to {report.folder}.",
        f"The demand of one further year, which no plan sees: {report.next_year}.",
    )
    screen.OUT.print("", *said, sep="\n", markup=False)


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
