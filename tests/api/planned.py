"""A company with a published plan, without the seconds of a night: runs, lines, open proposals."""

import json
from datetime import timedelta

import sqlalchemy as sa

from data.store import night_tables as tables
from data.store.engine import Store
from tests.api.world import NOW

SUMMARY = {
    "items": 3, "outcome": "optimal", "cost_per_year": {"total": 1000.0}, "stock_value": 500.0,
    "targets": [
        {"scope": "tier A", "per": None, "measure": "fill_rate", "target": 0.98, "achieved": 0.985,
         "price": 12.0}
    ],
}  # fmt: skip


def publish(
    store: Store, run_id: str, *, lines: int = 3, day: int = 0, dear: bool = False, level: int = 3
) -> None:
    """Put a plan in force with open proposals for P-100 at three places, or more."""
    began = NOW - timedelta(days=10 - day)
    places = [("P-100", "FSL-1"), ("P-100", "FSL-2"), ("P-200", "FSL-2")]
    items = (places + [(f"X-{n:05d}", "CW") for n in range(lines)])[:lines]
    with store.write() as connection:
        connection.execute(
            sa.insert(tables.RUNS),
            {
                "run_id": run_id, "as_of": began.date(), "state": "published", "actor": "night",
                "fencing": 1, "started_at": began, "finished_at": began, "code_version": "0.1.0",
                "outcome": "optimal", "plan_hash": "0" * 64, "summary": json.dumps(SUMMARY),
            },
        )  # fmt: skip
        connection.execute(
            sa.insert(tables.STAGES),
            [
                {"run_id": run_id, "stage": stage, "status": "done", "started_at": began,
                 "finished_at": began, "seconds": 1.0, "row_count": 3, "message": ""}
                for stage in ("verify", "report")
            ],
        )  # fmt: skip
        old = sa.update(tables.PROPOSALS).where(tables.PROPOSALS.c.state == "open")
        connection.execute(old.values(state="superseded"))
        connection.execute(sa.delete(tables.PUBLISHED))
        pointer = {"name": "plan", "run_id": run_id, "version": 1 + day, "published_at": began}
        connection.execute(sa.insert(tables.PUBLISHED), pointer)
        connection.execute(
            sa.insert(tables.PLAN_LINES),
            [
                {"run_id": run_id, "part_id": part, "location_id": place, "reorder_point": level,
                 "order_quantity": 1, "base_stock_level": level + 1, "fill_rate": 0.98,
                 "stock_value": 10.0, "reason": "demand rose"}
                for part, place in items
            ],
        )  # fmt: skip
        connection.execute(
            sa.insert(tables.PROPOSALS),
            [
                {"run_id": run_id, "last_run_id": run_id, "part_id": part, "location_id": place,
                 "kind": "level", "cause": "level", "state": "open", "version": 1,
                 "current_reorder_point": 2, "current_order_quantity": 1,
                 "proposed_reorder_point": 3, "proposed_order_quantity": 1,
                 "value_change": 20_000.0 if dear else 12.5, "cost_per_year_change": 1.0,
                 "waiting_days_change": -0.1, "reason": "demand rose"}
                for part, place in items
            ],
        )  # fmt: skip
        connection.execute(
            sa.insert(tables.EXCEPTIONS),
            [{"run_id": run_id, "at": began, "kind": "shortage", "part_id": "P-100",
              "location_id": "FSL-1", "occurrences": 1, "value": 5.0,
              "first_action": "order now", "state": "open"}],
        )  # fmt: skip
