"""The report of a night: its bridge, the ledger's account, what people decided; made on demand."""

import re
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.desk import Desk
from api.limits import Pace
from data.store import proposals
from data.store.decisions import Verdict
from data.store.engine import Store
from data.store.ledger import perform
from data.store.night_inputs import balances
from inventory.ledger import Request
from inventory.ledger_commands import Issue, Receive
from inventory.people import Role
from planning import children, outputs
from planning.decisions.use_case import Chosen, decide
from planning.finance.report import asked
from planning.finance.report.asked import State
from planning.finance.report.of_night import NoSuchNightError, place_of
from planning.finance.report.use_case import report
from planning.night.use_case import run_night
from planning.people import accounts
from planning.people.sign_in import sign_in
from planning.settings import Settings
from planning.stages import Stages
from tests.api.world import PASSWORD, SECRET
from tests.planning.night.conftest import (  # noqa: F401 - fixtures of the nights' own tests
    DAY,
    SETTINGS,
    clock,
    cluster,
    company,
    engine_name,
    migrated_file,
    nights,
    place,
    store,
    tables,
    undisturbed,
)


def a_day_of_business(company, clock):  # noqa: F811
    """Pieces come and go, and a planner wants another level than was proposed."""
    shelf = balances(company).filter(pl.col("on_hand") > 2).sort("part_id", "location_id").row(0)
    part, place = shelf[:2]  # noqa: F811
    clock.jump(3600)
    assert perform(company, Request("ada", "in", clock()), Receive(part, place, 5)).ok
    assert perform(company, Request("ada", "out", clock()), Issue(part, place, 2, "RO-1")).ok
    level = proposals.open_proposals(company).filter(pl.col("kind") == "level").row(0, named=True)
    other = Verdict(
        "overridden", reason_code="no_room", reorder_point=level["proposed_reorder_point"] + 1,
        expires_on=DAY + timedelta(days=90),
    )  # fmt: skip
    told = decide(
        company, SETTINGS, Chosen([level["proposal_id"]]), other, actor="ada", clock=clock
    )
    assert told["decided"] == [level["proposal_id"]]


def test_the_report_of_a_night_adds_up_to_plan_and_ledger(company, nights, clock, tmp_path):  # noqa: F811
    run_night(company, SETTINGS, nights, actor="ada", clock=clock)
    a_day_of_business(company, clock)
    clock.jump(86_400)
    day = DAY + timedelta(days=1)
    told = run_night(company, SETTINGS, nights, actor="ada", clock=clock, as_of=day)
    found = place_of(company, nights)
    assert found.night.run_id == told.summary["run_id"]
    answer = report(found.frozen, settings=SETTINGS, stages=Stages(), plan=found.plan,
                    as_of=day, night=found.night)  # fmt: skip
    outputs.write(tmp_path, answer)
    facts = answer.tables["facts"]
    assert set(facts["run_id"]) == {told.summary["run_id"]}
    value = dict(facts.select("id", "value").rows())
    steps = [of for key, of in value.items() if key.startswith("bridge.")
             and key not in ("bridge.opening", "bridge.plan", "bridge.closing")]  # fmt: skip
    assert value["bridge.opening"] + sum(steps) == value["bridge.closing"] == value["stock.value"]
    assert float(value["bridge.plan"]) == round(told.summary["stock_value"], 2)
    held = balances(company).join(
        pl.read_parquet(found.frozen / "parts.parquet").select("part_id", "unit_cost"), on="part_id"
    )
    exact = sum((Decimal(str(round(cost, 4))) * pieces for pieces, cost in
                 held.select("on_hand", "unit_cost").rows()), Decimal(0))  # fmt: skip
    assert abs(value["books.closing"] - exact) <= Decimal("0.01")
    moved = sum(of for key, of in value.items() if re.fullmatch(r"books\.[a-z]+", key)
                and key not in ("books.opening", "books.closing"))  # fmt: skip
    assert value["books.opening"] + moved == value["books.closing"]
    assert (value["books.receipt.pieces"], value["books.issue.pieces"]) == (5, -2)
    assert any(key.startswith("override.") and key.endswith(".instead") for key in value)
    shown = set(re.findall(r'data-fact="([^"]+)"', (tmp_path / "report.html").read_text("utf-8")))
    assert shown == set(value)


def test_a_night_that_is_not_there_is_named(company, nights):  # noqa: F811
    with pytest.raises(NoSuchNightError, match="No night has published"):
        place_of(company, nights)
    with pytest.raises(NoSuchNightError, match=r"no run '2020-01-01\.1'"):
        place_of(company, nights, "2020-01-01.1")


def test_a_report_that_is_asked_for_is_made_once_by_a_process_of_its_own(undisturbed, clock):  # noqa: F811
    answer, folder = undisturbed
    run, here = answer.summary["run_id"], folder.parent
    store = Store(here.parent / "store.db")  # noqa: F811
    settings = Settings(nights_folder=str(here))

    def ask(key, carry):
        return asked.ask_for(store, settings, Request("fin", key, clock()), "", carry=carry)

    assert asked.state_of(here, run) is State.NONE
    seen = []

    def while_it_is_made(told, lock):
        seen.append(told)
        assert asked.state_of(here, run) is State.UNDER_WAY
        assert ask("meanwhile", asked.in_a_child).code == "run.in_progress"

    assert ask("first", while_it_is_made).body == {"run_id": run, "state": "under way"}
    assert asked.state_of(here, run) is State.FAILED  # nobody made it, and the lock is free again
    assert ask("first", while_it_is_made).replayed
    assert len(seen) == 1
    assert ask("second", asked.in_a_child).ok
    children._CHILDREN[-1].wait(timeout=300)
    assert asked.state_of(here, run) is State.THERE, (folder / "finance.log").read_text()
    assert ask("third", while_it_is_made).body["state"] == "there"
    written = {one.name for one in (folder / asked.FOLDER).iterdir()}
    assert {"report.html", "report.xlsx", "report.pdf", "facts.parquet", "items.csv"} <= written
    lies = {one.name: one.read_bytes() for one in (folder / asked.FOLDER).iterdir()}
    out = handed_out(store, settings, clock)
    assert {"report.html", "report.xlsx", "report.pdf", "facts.parquet", "items.csv"} <= set(out)
    assert all(lies[name] == content for name, content in out.items() if name in lies)
    store.close()


def handed_out(store, settings, clock):  # noqa: F811
    """Every file that finance gets over HTTP, by name: the same figures, byte for byte."""
    accounts.make(store, Request("setup", "fin1", clock()), "fin1", Role.FINANCE,
                  password=PASSWORD, sites=("*",))  # fmt: skip
    token = sign_in(store, "fin1", PASSWORD, clock()).token
    app = create_app(Desk(store, settings, SECRET, clock, Pace(0)))
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    listed = client.get("/v1/reports").json()
    assert listed["finance"] == "there"
    return {one["name"]: client.get(one["address"]).content for one in listed["reports"]}
