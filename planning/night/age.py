"""How old the plan in force is, in words."""

from datetime import datetime

from data.store import runs
from data.store.engine import Store


def in_words(published_at: datetime, now: datetime) -> str:
    """Today, one day ago, or how many days ago."""
    days = (now - published_at).days
    if days < 1:
        return "in the last 24 hours"
    return "1 day ago" if days == 1 else f"{days:,} days ago"


def plan_in_force(store: Store, now: datetime) -> str:
    """The plan in force and when it was published, as the subject of a sentence; or `No plan`."""
    with store.read() as connection:
        row = runs.published(connection)
    if row is None:
        return "No plan"
    return f"The plan of {row.run_id}, published {in_words(row.published_at, now)},"
