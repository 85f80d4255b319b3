"""The company as a night sees it: its frozen folder indexed, with forecasts kept or made anew."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.intake import Intake, take_in
from planning import expectation, supply, world
from planning.expectation import Expectation
from planning.intake_settings import intake_settings
from planning.night.folder import hash_of
from planning.prepare import PLAN_NEEDS, Prepared
from planning.settings import Settings
from planning.supply import Supply
from planning.world import World


class Company:
    """World, supply and recorded requests of one input folder."""

    def __init__(self, intake: Intake, settings: Settings) -> None:
        self.intake, self.settings = intake, settings
        self.world: World = world.build(intake.tables, settings)
        self.supply: Supply = supply.of(self.world, intake.tables, settings)
        self.asked: pl.DataFrame = expectation.requests(self.world, intake.tables["demand"])

    def history_hash(self) -> str:
        """Hash of all that forecasts rest on: requests of closed periods, calendar, items, prices.

        What is asked for in the month that is still open moves no forecast.
        """
        periods = expectation.calendar(self.world, self.intake.as_of, self.settings)
        number = periods.number(self.asked["date"].to_numpy())
        closed = self.asked.filter(pl.Series((number >= 0) & (number < periods.count)))
        location = self.world.items["location"].to_numpy()
        customers = np.unique(location[self.asked["item"].unique().to_numpy()])
        items = self.world.items.with_columns(
            first_row=expectation.first_periods(self.world, periods),
            unit_cost=self.world.of_parts("unit_cost"),
        )
        given = self.intake.tables["forecasts"]
        first = str(periods.first)
        return hash_of(self.settings.period, first, periods.days(), closed, customers, items, given)

    def expect(self) -> Expectation:
        """Forecasts, made anew."""
        given = self.intake.tables["forecasts"]
        return expectation.expect(self.world, self.asked, given, self.intake.as_of, self.settings)

    def prepared(self, expected: Expectation) -> Prepared:
        """Everything a plan is posed from."""
        return Prepared(self.intake, self.settings, self.world, self.supply, self.asked, expected)


def through_the_door(folder: Path, as_of: date, settings: Settings) -> Intake:
    """The folder as `sparewise plan` would read it."""
    return take_in(folder, as_of=as_of, settings=intake_settings(settings, PLAN_NEEDS))
