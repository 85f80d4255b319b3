"""From a folder of tables to everything a calculation needs: the common first half."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from data.intake import Intake, take_in
from planning import expectation, supply, world
from planning.expectation import Expectation
from planning.intake_settings import intake_settings
from planning.recorded import recorded
from planning.settings import Settings
from planning.stages import Stages
from planning.supply import Supply
from planning.world import World

PLAN_NEEDS = ("parts", "locations", "lead_times", "service_targets")
FORECAST_NEEDS = ("parts", "locations", "lead_times")


class InputRefusedError(Exception):
    """The tables cannot be used; `intake` says which files and why."""

    def __init__(self, intake: Intake) -> None:
        super().__init__("; ".join(one.message for one in intake.refused_files))
        self.intake = intake


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """The company on `as_of`, its supply and what it will be asked for."""

    intake: Intake
    settings: Settings
    world: World
    supply: Supply
    asked: pl.DataFrame  # recorded requests made ready: item, date, pieces
    expectation: Expectation
    warnings: pl.DataFrame  # what had to be cut, to be shown


def prepare(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    needs: Sequence[str] = PLAN_NEEDS,
    strict: bool = False,
    reading: Future[Intake] | None = None,
) -> Prepared:
    """Take in, index and forecast.

    Args:
        folder: holds the company's tables.
        settings: of the company.
        stages: hears what is under way.
        as_of: the day of the question; None: the latest that the tables speak of.
        needs: tables without which the work makes no sense.
        strict: stop at the first row that is wrong.
        reading: the folder already on its way in, begun while the tools were loaded.

    Raises:
        InputRefusedError: a file that is needed is missing, or one that is there would mislead;
            with `strict`, a row is wrong.
    """
    with stages("take in"):
        if reading is None:
            options = intake_settings(settings, needs)
            intake = take_in(folder, as_of=as_of, settings=options, strict=strict)
        else:
            intake = reading.result()
    if intake.refused_files or (strict and not intake.rejected.is_empty()):
        raise InputRefusedError(intake)
    return made_ready(intake, settings, stages)


def made_ready(intake: Intake, settings: Settings, stages: Stages) -> Prepared:
    """Index and forecast what was taken in."""
    with stages("index"):
        company = world.build(intake.tables, settings)
        lanes = supply.of(company, intake.tables, settings)
    with stages("forecast"):
        known = recorded(company, intake, settings)
        expected = expectation.expect(company, lanes, known.asked, intake, settings)
    return Prepared(intake, settings, company, lanes, known.asked, expected, known.warnings)
