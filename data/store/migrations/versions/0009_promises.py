"""Repair orders, promises with what became of them, feedback; what moves a promise is told.

The tables of promises that were there before were never written to.
"""

import sqlalchemy as sa
from alembic import op

from data.store.columns import (
    NAMING,
    figure,
    moment,
    one_of,
    serial,
    whole,
    word,
    yes_or_no,
)
from data.store.triggers import insert_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

METADATA = sa.MetaData(naming_convention=NAMING)
REPAIR_ORDERS = sa.Table(
    "repair_orders",
    METADATA,
    word("repair_order_id", "the company's number of the repair", key=True),
    word("location_id", "where the repair is done", required=True),
    word("owner", "the technician", required=True),
    word("customer_id", "whose machine it is"),
    word("customer_class", "class of the customer"),
    word("tier", "contract tier on the day it was opened; A before B before C"),
    word("machine", "the machine, in the technician's words"),
    word("state", "open, closed or cancelled", required=True),
    moment("need_by", "when the parts are needed, UTC"),
    moment("opened_at", "UTC", required=True),
    moment("closed_at", "UTC"),
    whole("version", "goes up by one at every change", required=True),
    one_of("state", "open", "closed", "cancelled"),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_once"),
    sa.Index(None, "customer_id", "state"),
    sa.Index(None, "owner", "state"),
    sa.Index(None, "location_id", "state"),
)
REPAIR_LINES = sa.Table(
    "repair_lines",
    METADATA,
    sa.Column(
        "repair_order_id",
        sa.ForeignKey("repair_orders.repair_order_id"),
        primary_key=True,
        comment="the repair",
    ),
    whole("line", "its line, from 1", key=True),
    word("asked_part_id", "the part that was asked for", required=True),
    word("part_id", "the part that is used: that one or an alternate", required=True),
    whole("quantity", "pieces", required=True),
    word("criticality", "of the part: A, B, C"),
    word("way", "how it comes: shelf, nearby, van, depot, on_order …", required=True),
    word("from_location_id", "where it comes from; blank = a supplier", required=True),
    word("location_id", "where it is needed", required=True),
    word("state", "waiting, held, under_way, ready, handed_over or dropped", required=True),
    moment("since", "when it was asked for, UTC; settles who waits before whom", required=True),
    whole("reservation_id", "the reservation that holds its pieces"),
    moment("sent_at", "when it left where it was held, UTC"),
    moment("ready_at", "when it was there, UTC"),
    whole("returned", "pieces that came back unused", required=True),
    one_of("state", "waiting", "held", "under_way", "ready", "handed_over", "dropped"),
    sa.CheckConstraint("quantity > 0", name="quantity_is_positive"),
    sa.CheckConstraint("returned BETWEEN 0 AND quantity", name="returned_is_part_of_it"),
    sa.Index(None, "part_id", "location_id", "state"),
    sa.Index(None, "reservation_id"),
)
PROMISES = sa.Table(
    "promises",
    METADATA,
    serial("promise_id", "running number"),
    word("repair_order_id", "the repair it was made for", required=True),
    whole("line", "its line", required=True),
    word("part_id", "part number", required=True),
    word("location_id", "where the part is needed", required=True),
    word("from_location_id", "where it comes from; blank = a supplier", required=True),
    word("way", "shelf, nearby, van, depot, on_order …", required=True),
    moment("made_at", "UTC", required=True),
    moment("promised_for", "met in nine of ten cases (P90), UTC; null = unknown, with the reason"),
    moment("likely_by", "met in half of all cases (P50), UTC"),
    moment("deadline", "when it was needed, UTC"),
    figure("chance", "chance to make the deadline, 0..1"),
    word("reason", "why unknown, or what it rests on"),
    word("sentence", "what the customer was told", required=True),
    sa.UniqueConstraint("repair_order_id", "line"),
    sa.Index(None, "part_id", "location_id"),
)
PROMISE_EVENTS = sa.Table(
    "promise_events",
    METADATA,
    serial("event_id", "running number"),
    sa.Column(
        "promise_id",
        sa.ForeignKey("promises.promise_id"),
        nullable=False,
        index=True,
        comment="the promise that moved",
    ),
    moment("at", "UTC", required=True),
    word("actor", "who or what moved it", required=True),
    moment("old", "what was promised before, UTC"),
    moment("new", "what is promised now, UTC; null = unknown"),
    moment("likely", "the moment met in half of all cases now, UTC"),
    word("cause", "why", required=True),
)
PROMISE_OUTCOMES = sa.Table(
    "promise_outcomes",
    METADATA,
    sa.Column(
        "promise_id",
        sa.ForeignKey("promises.promise_id"),
        primary_key=True,
        autoincrement=False,
        comment="the promise it is about",
    ),
    moment("at", "when the part was there, or the promise fell, UTC", required=True),
    word("outcome", "kept, late, failed (not there although held) or withdrawn", required=True),
    yes_or_no("by_likely", "there by the moment met in half of all cases"),
    one_of("outcome", "kept", "late", "failed", "withdrawn"),
)
FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    serial("feedback_id", "running number"),
    moment("at", "UTC", required=True),
    word("actor", "who said it", required=True),
    word("kind", "not_there, wrong_part or late", required=True),
    word("part_id", "part number", required=True),
    word("location_id", "where", required=True),
    whole("pieces", "how many", required=True),
    word("repair_order_id", "the repair it happened in"),
    whole("line", "its line"),
    word("note", "in words"),
    one_of("kind", "not_there", "wrong_part", "late"),
    sa.CheckConstraint("pieces > 0", name="pieces_are_positive"),
    sa.Index(None, "part_id", "location_id"),
)

_NEWS = """
INSERT INTO outbox (created_at, topic, payload, dedupe_key, attempts)
VALUES (NEW.at, 'promise.moved', '{"event_id": ' || NEW.event_id || '}',
        'promise event ' || NEW.event_id, 0)
"""
_TELL = (
    "CREATE OR REPLACE FUNCTION tell_of_promise() RETURNS trigger LANGUAGE plpgsql AS $$"
    f" BEGIN {_NEWS}; RETURN NULL; END $$"
)
_INDEXED = (
    ("lead_times", "part_id"),
    ("kits", "job_type"),
    ("contracts", "customer_id"),
    ("customers", "customer_id"),
)


def upgrade() -> None:
    """Make the tables anew, and the trigger that lets no promise move in silence."""
    connection = op.get_bind()
    for old in ("promise_events", "promises"):
        if connection.exec_driver_sql(f"SELECT COUNT(*) FROM {old}").scalar_one():
            raise RuntimeError(f"{old} has rows, which no version before this one wrote")
        op.drop_table(old)
    METADATA.create_all(connection)
    for table in ("promises", "promise_events", "promise_outcomes", "feedback"):
        insert_only(connection, table)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "CREATE TRIGGER promise_events_are_told AFTER INSERT ON promise_events"
            f" BEGIN {_NEWS}; END"
        )
    else:
        connection.exec_driver_sql(_TELL)
        connection.exec_driver_sql(
            "CREATE TRIGGER promise_events_are_told AFTER INSERT ON promise_events"
            " FOR EACH ROW EXECUTE FUNCTION tell_of_promise()"
        )
    for table, column in _INDEXED:
        op.create_index(f"ix_{table}_batch_id_{column}", table, ["batch_id", column])
