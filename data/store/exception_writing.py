"""Exceptions that people raise, beside those a night finds."""

from datetime import datetime

import sqlalchemy as sa

from data.store.night_tables import EXCEPTIONS

FIRST_ACTIONS = {
    "feedback_not_there": "Count the shelf; the books were corrected by what was missing.",
    "feedback_wrong_part": "Check the bin and the part's label; send the right one.",
    "feedback_late": "Look at the lane: it took longer than was promised.",
}


def raise_exception(
    connection: sa.Connection,
    *,
    at: datetime,
    kind: str,
    part_id: str,
    location_id: str,
    subject: str,
    occurrences: int,
    value: float,
) -> None:
    """Put something on the planner's list; it stays there until somebody closes it."""
    row = {
        "run_id": None,
        "at": at,
        "kind": kind,
        "part_id": part_id,
        "location_id": location_id,
        "subject": subject,
        "occurrences": occurrences,
        "value": value,
        "first_action": FIRST_ACTIONS[kind],
        "state": "open",
    }
    connection.execute(sa.insert(EXCEPTIONS), row)
