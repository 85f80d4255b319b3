"""The command `report`: of a folder and its plan, or of a night in the database."""

from datetime import date
from pathlib import Path

import typer

from planning.cli import calculations, nights
from planning.finance.report.of_night import NoSuchNightError, place_of
from planning.finance.report.use_case import report
from planning.night.places import folder_of


def of_folder(
    folder: Path,
    out: Path,
    plan: Path | None,
    before: Path | None,
    since: date | None,
    as_of: date | None,
    *,
    json: bool,
) -> None:
    """Report on a folder of tables and the plan made of it."""
    options = {"plan": plan, "before": before, "since": since, "as_of": as_of}
    calculations.run(report, folder, out, json=json, **options)


def of_night(out: Path, run_id: str, *, json: bool) -> None:
    """Report on a night: its frozen tables, its plan, what customers got, what was decided."""
    settings = calculations.settings_for(None)
    with nights.opened(settings) as store:
        try:
            place = place_of(store, folder_of(settings, store), run_id)
        except NoSuchNightError as trouble:
            raise typer.BadParameter(str(trouble)) from trouble
    day = date.fromisoformat(place.night.run_id[:10])
    calculations.run(
        report, place.frozen, out, json=json, plan=place.plan, as_of=day, night=place.night
    )
