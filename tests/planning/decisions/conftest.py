"""Open proposals of a published run, without the night that would raise them."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from data.store import proposals, runs
from inventory.ledger import Request
from planning.night import raising
from tests.data.store.conftest import (  # noqa: F401 - fixtures of the store's own tests
    cluster,
    engine_name,
    migrated_file,
    place,
    store,
)

MOMENT = datetime(2026, 10, 1, 2, tzinfo=UTC)


def a_proposal(number: int, **facts) -> dict:
    kind = facts.pop("kind", "level")
    return {
        "part_id": f"P-{number:02d}",
        "location_id": "HERE",
        "cause": "level" if kind in ("level", "last_piece") else kind,
        "kind": kind,
        "current_reorder_point": 1,
        "current_order_quantity": 1,
        "proposed_reorder_point": -1 if kind == "last_piece" else 3,
        "proposed_order_quantity": 1,
        "quantity": None,
        "source": None,
        "value_change": 10.0 * number,
        "cost_per_year_change": 2.0,
        "waiting_days_change": -0.5,
        "reason": "because",
        **facts,
    }


def publish(store, rows, *, days=0, outcome="optimal"):  # noqa: F811
    """A run with these proposals in force; returns its number."""
    day = date(2026, 10, 1) + timedelta(days=days)
    now = MOMENT + timedelta(days=days)
    ask = runs.Ask(day, "ada", "1", f"input {days}", {}, f"owner {days}", now, timedelta(minutes=1))
    begun = runs.begin(store, ask)
    runs.note_run(store, begun.lease, begun.run_id, outcome=outcome)
    frame = pl.DataFrame(rows, schema=raising.SCHEMA)
    open_now = proposals.open_proposals(store, prepared=True)
    merged = raising.merge(frame, open_now, begun.run_id)
    proposals.stage(store, begun.lease, begun.run_id, merged.raised)
    proposals.publish(store, begun.lease, begun.run_id, merged, Request("ada", "publish", now))
    runs.leave(store, begun.lease, begun.run_id, "published", now)
    return begun.run_id


@pytest.fixture
def worklist(store):  # noqa: F811
    """Twenty level proposals and one last piece, in force."""
    rows = [a_proposal(number) for number in range(1, 21)]
    publish(store, [*rows, a_proposal(21, kind="last_piece")])
    return store
