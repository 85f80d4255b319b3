"""One currency in every sum: foreign prices count by the last rate known on the day."""

from datetime import date
from decimal import Decimal

import pytest

from data.intake import IntakeSettings, take_in
from planning.finance.forms.facts import Facts
from planning.finance.report.ageing import shelves
from planning.finance.report.of_night import OfNight
from planning.finance.report.use_case import _sight, _told
from planning.prepare import made_ready
from planning.settings import Settings
from planning.stages import Stages
from tests.data.intake.folders import baseline, write

RATES = [("2025-05-01", "0.5"), ("2025-06-29", "0.9"), ("2025-07-02", "7")]


@pytest.mark.parametrize(("day", "rate"), [("2025-06-30", "0.9"), ("2025-06-20", "0.5")])
def test_the_report_adds_up_dollars_as_euros_of_the_day(tmp_path, day, rate):
    tables = baseline()
    tables["parts"] = [part | {"currency": "USD"} if part["part_id"] == "P-200" else part
                       for part in tables["parts"]]  # fmt: skip
    tables["stock"] = [row | {"as_of": "2025-06-19"} for row in tables["stock"]]
    tables["exchange_rates"] = [{"currency": "USD", "date": on, "rate": at} for on, at in RATES]
    settings = Settings(currency="EUR")
    intake = take_in(write(tmp_path, tables), as_of=date.fromisoformat(day),
                     settings=IntakeSettings(currency="EUR"))  # fmt: skip
    facts = Facts("run", date.fromisoformat(day))
    ready = made_ready(intake, settings, Stages())
    sight = _sight(ready, None, None, OfNight(), map)
    _told(sight, shelves(sight), facts, OfNight(), 0.001, map)
    price = {part["part_id"]: Decimal(part["unit_cost"]) for part in tables["parts"]}
    price["P-200"] *= Decimal(rate)
    lies = sum(price[row["part_id"]] * int(row["on_hand"]) for row in tables["stock"])
    assert next(one.value for one in facts if one.id == "stock.value") == lies
    assert ready.world.currency == "EUR"
