"""The backtest of a folder: table, JSON and a page that needs no network."""

import json
import re
from datetime import date

import numpy as np
import polars as pl
import pytest

from forecasting.backtest import METHODS
from planning.backtest import backtest_folder
from planning.settings import Settings
from planning.stages import Stages

SHARES = ["0.5", "0.8", "0.9", "0.95", "0.99"]


def a_folder(path, *, months=30):
    """Twelve parts at two places, a lead time of two months, `months` of demand."""
    rng = np.random.default_rng(8)
    parts = [f"P{number:02}" for number in range(12)]
    rows = []
    for part in range(12):
        for place in ("EAST", "WEST"):
            for month in range(months):
                for _ in range(rng.poisson(0.15 + 0.12 * part)):
                    day = date(2022 + month // 12, 1 + month % 12, int(rng.integers(1, 28)))
                    rows.append((parts[part], place, day, int(1 + rng.poisson(0.7))))
    path.mkdir()
    demand = pl.DataFrame(rows, schema=["part_id", "location_id", "date", "quantity"], orient="row")
    demand.write_csv(path / "demand.csv")
    pl.DataFrame({"part_id": parts, "unit_cost": [10.0] * 12}).write_csv(path / "parts.csv")
    pl.DataFrame({"location_id": ["EAST", "WEST"]}).write_csv(path / "locations.csv")
    lanes = {"location_id": ["EAST", "WEST"], "lead_time_days": [60.0, 60.0]}
    pl.DataFrame(lanes).write_csv(path / "lead_times.csv")
    return path


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    base = tmp_path_factory.mktemp("backtest")
    folder = a_folder(base / "input")
    return a_backtest(folder), folder


def a_backtest(folder):
    return backtest_folder(folder, settings=Settings(), stages=Stages(), as_of=date(2024, 6, 30))


def test_the_json_has_every_method_keyed_by_quantile(tried):
    report = json.loads(tried[0].pages["backtest.json"])
    assert set(report["methods"]) == set(METHODS)
    assert len(report["protocol"]["origins"]) == 10
    for one in report["methods"].values():
        assert list(one["pinball"]) == SHARES
        assert list(one["calibration"]) == SHARES
        assert all(0 <= held <= 1 for held in one["calibration"].values())
        assert all(loss >= 0 for loss in one["pinball"].values())
        assert one["bias"] is not None
        assert one["scaled_squared_error"] >= 0


def test_the_table_has_a_row_for_each_class_and_method_and_classes_sum_to_all(tried):
    table = tried[0].tables["backtest"]
    ours = table.filter(method="chosen")
    total = ours.filter(demand_class="all")["cases"].item()
    assert ours.filter(pl.col("demand_class") != "all")["cases"].sum() == total
    assert table.filter(demand_class="all").height == len(METHODS)


def test_the_page_asks_nothing_of_the_network(tried):
    page = tried[0].pages["backtest.html"]
    assert "Forecasts against what happened" in page
    assert page.count("<svg") >= 5
    assert "<script" not in page
    links = set(re.findall(r"""(?:src|href)=["']([^"'#]+)""", page))
    assert not links


def test_methods_are_priced_at_equal_service(tried):
    methods = json.loads(tried[0].pages["backtest.json"])["methods"]
    ours = methods["chosen"]
    assert ours["stock_value_at_equal_service"] == pytest.approx(ours["stock_value"]["0.95"])
    service = ours["fill_rate"]["0.95"]
    for name, one in methods.items():
        stock = one["stock_value_at_equal_service"]
        if stock is None:
            assert not one["fill_rate"]["0.5"] <= service <= one["fill_rate"]["0.99"], name
            continue
        reached = [one["fill_rate"][share] for share in SHARES]
        left = [one["stock_value"][share] for share in SHARES]
        assert min(left) <= stock <= max(left)
        assert np.interp(stock, left, reached) == pytest.approx(service)
    assert "To hand over" in tried[0].pages["backtest.html"]


def test_the_same_folder_gives_the_same_bytes(tried):
    answer, folder = tried
    assert a_backtest(folder).pages == answer.pages


def test_too_little_history_is_an_answer(tmp_path):
    folder = a_folder(tmp_path / "input", months=1)
    answer = backtest_folder(folder, settings=Settings(), stages=Stages())
    assert answer.exit == 0
    assert answer.summary["methods"] == {}
