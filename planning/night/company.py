"""The company as a night sees it: its frozen folder indexed, with forecasts kept or made anew."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.intake import Intake, take_in
from data.intake.accepted import coded
from data.intake.checked import Checked
from planning import changes, expectation, histories, shelves, supply, world
from planning.expectation import Expectation
from planning.intake_settings import intake_settings
from planning.night.folder import hash_of
from planning.prepare import PLAN_NEEDS, Prepared
from planning.recorded import recorded
from planning.settings import Settings
from planning.supply import Supply
from planning.world import World


class Company:
    """World, supply and recorded requests of one input folder."""

    def __init__(self, intake: Intake, settings: Settings) -> None:
        self.intake, self.settings = intake, settings
        self.world: World = world.build(intake.tables, settings)
        self.supply: Supply = supply.of(self.world, intake.tables, settings)
        known = recorded(self.world, intake, settings)
        self.asked, self.warnings = known.asked, known.warnings

    def history_hash(self) -> str:
        """Hash of all that forecasts rest on: requests of closed periods, calendar, items, counts.

        What is asked for in the month that is still open moves no forecast.
        """
        periods = histories.whole_periods(self.world, self.intake, self.settings)
        number = periods.number(self.asked["date"].to_numpy())
        closed = self.asked.filter(pl.Series((number >= 0) & (number < periods.count)))
        location = self.world.items["location"].to_numpy()
        customers = np.unique(location[self.asked["item"].unique().to_numpy()])
        items = self.world.items.with_columns(
            first_row=histories.first_whole(self.world, periods),
            unit_cost=self.world.of_parts("unit_cost"),
            horizon=expectation.horizon_days(self.supply),
        )
        first, known = str(periods.first), histories.known(self.intake, periods)
        return hash_of(
            self.settings.period,
            first,
            periods.days(),
            known,
            closed,
            customers,
            items,
            *self._beside(),
        )

    def _beside(self) -> list[pl.DataFrame]:
        """What forecasts rest on beside requests."""
        tables = self.intake.tables
        periods = histories.whole_periods(self.world, self.intake, self.settings)
        stock, machines = coded(tables, "stock"), coded(tables, "installed_base")
        empty = shelves.in_stock(self.world, stock, periods, self.intake.as_of)
        beside = [tables["forecasts"], machines, empty, self.world.heirs]
        if not tables["demand_changes"].is_empty():
            hand = changes.changes(self.world, tables["demand_changes"])
            day, days = self.intake.as_of, expectation.horizon_days(self.supply)
            begun = changes.under_way(hand, periods, len(days), day)
            beside += [
                changes.ahead(hand, days, periods, day),
                pl.DataFrame({"begun": begun}),
                hand.rows,
            ]
        return beside

    def expect(self) -> Expectation:
        """Forecasts, made anew."""
        return expectation.expect(self.world, self.supply, self.asked, self.intake, self.settings)

    def prepared(self, expected: Expectation) -> Prepared:
        """Everything a plan is posed from."""
        return Prepared(
            self.intake,
            self.settings,
            self.world,
            self.supply,
            self.asked,
            expected,
            self.warnings,
        )


def through_the_door(
    folder: Path, as_of: date, settings: Settings, checked: Checked | None = None
) -> Intake:
    """The folder as `sparewise plan` would read it; what was `checked` before need not be again.

    A night knows its files by hashes of their own, so the rows are not hashed once more.
    """
    options = intake_settings(settings, PLAN_NEEDS)
    return take_in(folder, as_of=as_of, settings=options, checked=checked, hashed=False)
