"""Tables of the stock ledger: balances, the journal, reservations, and what makes them provable."""

from typing import Final

import sqlalchemy as sa

from data.store.columns import METADATA, MOST_PIECES, moment, one_of, serial, whole, word

BALANCES: Final = sa.Table(
    "stock_balances",
    METADATA,
    word("part_id", "part number", key=True),
    word("location_id", "stocking location", key=True),
    whole("on_hand", "pieces physically there", required=True),
    whole("reserved", "pieces of on_hand held for reservations", required=True),
    sa.CheckConstraint(f"on_hand BETWEEN 0 AND {MOST_PIECES}", name="on_hand_is_not_negative"),
    sa.CheckConstraint("reserved BETWEEN 0 AND on_hand", name="reserved_is_on_hand"),
    sqlite_with_rowid=False,
)
MOVEMENTS: Final = sa.Table(
    "movements",
    METADATA,
    serial("movement_id", "running number; gaps are allowed, commits may come in another order"),
    word(
        "kind",
        "receipt, issue, transfer, count, correction, return, scrap, snapshot, reserve …",
        required=True,
    ),
    moment("at", "when it was recorded, UTC", required=True),
    word("actor", "who recorded it", required=True),
    word("document_id", "repair order, purchase order or delivery it belongs to"),
    word("reason", "why, in words"),
    word("customer_class", "class of the customer it was for"),
    whole("reservation_id", "the reservation it holds, releases or serves"),
    sa.Index(None, "at"),
    sa.Index(None, "reservation_id"),
)
JOURNAL: Final = sa.Table(
    "journal",
    METADATA,
    serial("entry_id", "running number"),
    sa.Column(
        "movement_id",
        sa.ForeignKey("movements.movement_id"),
        nullable=False,
        index=True,
        comment="the movement it is a side of",
    ),
    word(
        "account", "available, reserved, supplier, consumed, adjustment or scrapped", required=True
    ),
    word("part_id", "part number", required=True),
    word(
        "location_id", "stocking location; for outside accounts the one it concerns", required=True
    ),
    whole("pieces", "pieces coming (+) or going (−)", required=True),
    sa.CheckConstraint("pieces <> 0", name="something_moves"),
    one_of("account", "available", "reserved", "supplier", "consumed", "adjustment", "scrapped"),
    sa.Index(None, "part_id", "location_id"),
)
RESERVATIONS: Final = sa.Table(
    "reservations",
    METADATA,
    serial("reservation_id", "running number"),
    word("state", "active until it is fulfilled, cancelled or expired", required=True),
    word("owner", "who asked for it", required=True),
    word("repair_order_id", "the job it is for"),
    word("customer_class", "class of the customer it is for"),
    moment("created_at", "UTC", required=True),
    moment("expires_at", "held until, UTC; null = until somebody decides"),
    moment("closed_at", "when it reached its final state, UTC"),
    one_of("state", "active", "fulfilled", "cancelled", "expired"),
    sa.CheckConstraint("(state = 'active') = (closed_at IS NULL)", name="closed_once"),
    sa.Index(None, "state", "expires_at"),
    sa.Index(None, "repair_order_id"),
    sa.Index(None, "owner", "state"),
)
LINES: Final = sa.Table(
    "reservation_lines",
    METADATA,
    sa.Column(
        "reservation_id",
        sa.ForeignKey("reservations.reservation_id"),
        primary_key=True,
        comment="the reservation",
    ),
    whole("line", "place in the request, from 1", key=True),
    word("part_id", "part number", required=True),
    word("location_id", "stocking location", required=True),
    whole("quantity", "pieces asked for and granted", required=True),
    whole("held", "pieces held now", required=True),
    whole("at_risk", "pieces granted that are no longer there", required=True),
    whole("fulfilled", "pieces handed over", required=True),
    whole("released", "pieces given back by cancelling or expiry", required=True),
    sa.CheckConstraint("quantity > 0", name="quantity_is_positive"),
    sa.CheckConstraint(
        "held >= 0 AND at_risk >= 0 AND fulfilled >= 0 AND released >= 0", name="nothing_negative"
    ),
    sa.CheckConstraint(
        "held + at_risk + fulfilled + released = quantity", name="every_piece_accounted_for"
    ),
    sa.Index(
        "reservation_lines_at_risk",
        "part_id",
        "location_id",
        sqlite_where=sa.text("at_risk > 0"),
        postgresql_where=sa.text("at_risk > 0"),
    ),
    sa.Index(None, "part_id", "location_id"),
)
REFUSED: Final = sa.Table(
    "refused_requests",
    METADATA,
    serial("refused_id", "running number"),
    moment("at", "UTC", required=True),
    word("actor", "who asked", required=True),
    word("part_id", "part number", required=True),
    word("location_id", "where it was asked for", required=True),
    whole("quantity", "pieces asked for", required=True),
    whole("available", "pieces that were free", required=True),
    word("document_id", "the job it was for"),
    word("customer_class", "class of the customer"),
    sa.CheckConstraint("quantity > 0", name="quantity_is_positive"),
    sa.Index(None, "part_id", "location_id"),
)
LOCKS: Final = sa.Table(
    "location_locks",
    METADATA,
    word("location_id", "closed for reservations and issues, as during a stock count", key=True),
    word("reason", "why", required=True),
    word("actor", "who closed it", required=True),
    moment("since", "UTC", required=True),
)
IDEMPOTENCY: Final = sa.Table(
    "idempotency",
    METADATA,
    word("actor", "who sent it", key=True),
    word("route", "what was asked", key=True),
    word("key", "the sender's key, up to 255 characters", key=True),
    word("request_hash", "SHA-256 of the command", required=True),
    word("code", "ok, or the code of the refusal", required=True),
    word("body", "the answer as JSON, given again to whoever repeats the request", required=True),
    moment("at", "UTC", required=True),
    sa.Index(None, "at"),
)
AUDIT: Final = sa.Table(
    "audit",
    METADATA,
    whole("sequence", "1, 2, 3 … without gaps, in order of commits", key=True),
    moment("at", "UTC", required=True),
    word("actor", "who", required=True),
    word("action", "what", required=True),
    word("subject", "to what", required=True),
    word("detail", "the command and its outcome, as JSON, as it was hashed", required=True),
    sa.Column(
        "movement_id",
        sa.ForeignKey("movements.movement_id"),
        unique=True,
        comment="the movement it stands for, if any",
    ),
    word("previous_hash", "hash of the row before, hexadecimal", required=True),
    word("hash", "SHA-256 over this row and previous_hash, hexadecimal", required=True),
)
AUDIT_HEAD: Final = sa.Table(
    "audit_head",
    METADATA,
    whole("head_id", "always 1", key=True),
    whole("sequence", "the last row's", required=True),
    word("hash", "the last row's", required=True),
    sa.CheckConstraint("head_id = 1", name="only_one"),
)
RECONCILIATIONS: Final = sa.Table(
    "reconciliations",
    METADATA,
    serial("reconciliation_id", "running number"),
    word("actor", "who delivered the snapshot", required=True),
    moment("counted_at", "the moment the snapshot speaks of, UTC", required=True),
    moment("at", "when it was reconciled, UTC", required=True),
    word(
        "content_hash",
        "SHA-256 of the snapshot's rows; the same snapshot is reconciled once",
        required=True,
    ),
    word("state", "loading, open or applied", required=True),
    sa.UniqueConstraint("content_hash"),
    one_of("state", "loading", "open", "applied"),
)
DIFFERENCES: Final = sa.Table(
    "stock_differences",
    METADATA,
    sa.Column(
        "reconciliation_id",
        sa.ForeignKey("reconciliations.reconciliation_id"),
        primary_key=True,
        autoincrement=False,
        comment="the reconciliation",
    ),
    whole("row_number", "place in the order of parts and locations, from 0", key=True),
    word("part_id", "part number", required=True),
    word("location_id", "stocking location", required=True),
    whole("booked", "pieces on hand by the ledger at the snapshot's moment", required=True),
    whole("counted", "pieces on hand by the snapshot; null = it does not name the item"),
    whole("applied", "pieces the ledger was moved by; null = not yet"),
    whole("lost_holds", "pieces no longer held for reservations", required=True),
)
EVENTS: Final = sa.Table(
    "reservation_events",
    METADATA,
    serial("event_id", "running number"),
    moment("at", "UTC", required=True),
    sa.Column(
        "reservation_id",
        sa.ForeignKey("reservations.reservation_id"),
        nullable=False,
        comment="the reservation",
    ),
    whole("line", "its line", required=True),
    word("kind", "at_risk: pieces no longer there; covered: there again", required=True),
    whole("pieces", "pieces", required=True),
    sa.Column(
        "movement_id",
        sa.ForeignKey("movements.movement_id"),
        nullable=False,
        comment="the movement that caused it",
    ),
    one_of("kind", "at_risk", "covered"),
    sa.Index(None, "reservation_id"),
)
INSERT_ONLY: Final = (
    "movements",
    "journal",
    "refused_requests",
    "audit",
    "reservation_events",
)
