"""Tables of the nights: runs and their stages, plans, proposals, decisions, exceptions, outbox."""

from typing import Any, Final

import sqlalchemy as sa

from data.store.columns import METADATA, day, figure, moment, one_of, serial, whole, word, yes_or_no

LEASES: Final = sa.Table(
    "leases",
    METADATA,
    word("name", "what only one may do at a time", key=True),
    word("owner", "token of whoever holds it; null = free"),
    word("run_id", "the run it is held for"),
    whole(
        "fencing",
        "goes up by one at every change of hands; older holders may not write",
        required=True,
    ),
    moment("heartbeat_at", "last sign of life, UTC"),
)
RUNS: Final = sa.Table(
    "runs",
    METADATA,
    word("run_id", "identifies a night", key=True),
    day("as_of", "the business day it speaks of", required=True),
    word("state", "running, interrupted, failed, timed_out, finished or published", required=True),
    word("actor", "who started it", required=True),
    whole("fencing", "lease number of its owner", required=True),
    moment("started_at", "UTC", required=True),
    moment("finished_at", "UTC"),
    word("code_version", "version of the product that computed it", required=True),
    word("input_hash", "SHA-256 of the frozen inputs"),
    word("plan_hash", "SHA-256 of the plan's rows"),
    word("outcome", "optimal, stopped, not_proven or impossible"),
    word("summary", "summary as JSON"),
    one_of("state", "running", "interrupted", "failed", "timed_out", "finished", "published"),
    sa.Index(None, "as_of"),
)
RUN_INPUTS: Final = sa.Table(
    "run_inputs",
    METADATA,
    sa.Column("run_id", sa.ForeignKey("runs.run_id"), primary_key=True, comment="the run"),
    word("table_name", "a table that came in", key=True),
    sa.Column(
        "batch_id",
        sa.ForeignKey("batches.batch_id"),
        nullable=False,
        comment="the delivery it is frozen at",
    ),
)
STAGES: Final = sa.Table(
    "run_stages",
    METADATA,
    sa.Column("run_id", sa.ForeignKey("runs.run_id"), primary_key=True, comment="the run"),
    word(
        "stage",
        "take in, validate, freeze, forecast, optimise, verify, write, publish, report",
        key=True,
    ),
    word("status", "running, done or failed", required=True),
    word("input_hash", "SHA-256 of what it read"),
    word("output_hash", "SHA-256 of what it left"),
    moment("started_at", "UTC", required=True),
    moment("finished_at", "UTC"),
    figure("seconds", "seconds it took, by a monotonic clock"),
    whole("row_count", "rows it left"),
    word("message", "one line for the log"),
    one_of("status", "running", "done", "failed"),
)
PUBLISHED: Final = sa.Table(
    "published",
    METADATA,
    word("name", "what is published: the plan", key=True),
    sa.Column("run_id", sa.ForeignKey("runs.run_id"), nullable=False, comment="the run in force"),
    whole("version", "goes up by one at every publication", required=True),
    moment("published_at", "UTC", required=True),
)


def _of_run() -> sa.Column[Any]:
    return sa.Column("run_id", sa.Text, primary_key=True, comment="the run")


PLAN_LINES: Final = sa.Table(
    "plan_lines",
    METADATA,
    _of_run(),
    word("part_id", "part number", key=True),
    word("location_id", "stocking location", key=True),
    whole("reorder_point", "pieces; order at or below it", required=True),
    whole("order_quantity", "pieces", required=True),
    whole("base_stock_level", "pieces", required=True),
    figure("demand_per_day", "customers' pieces per day"),
    figure("replenished_per_day", "children's pieces per day"),
    figure("lead_time_demand_mean", "pieces"),
    figure("lead_time_demand_variance", "pieces²"),
    figure("fill_rate", "share of pieces served at once, 0..1"),
    figure("line_fill_rate", "share of requests served in full at once, 0..1"),
    figure("ready_rate", "share of time with stock on the shelf, 0..1"),
    figure("waiting_days", "days, over all pieces"),
    figure("expected_on_hand", "pieces"),
    figure("expected_backorders", "pieces"),
    figure("stock_value", "money: unit cost × expected on hand"),
    figure("holding_cost_per_year", "money per year"),
    figure("ordering_cost_per_year", "money per year"),
    whole("previous_reorder_point", "pieces"),
    word("reason", "why, in a sentence"),
    sqlite_with_rowid=False,
)
PROPOSALS: Final = sa.Table(
    "proposals",
    METADATA,
    serial("proposal_id", "running number"),
    sa.Column(
        "run_id", sa.ForeignKey("runs.run_id"), nullable=False, comment="the run that raised it"
    ),
    sa.Column(
        "last_run_id",
        sa.ForeignKey("runs.run_id"),
        nullable=False,
        comment="the newest run that still says so",
    ),
    word("part_id", "part number", required=True),
    word("location_id", "stocking location", required=True),
    word("kind", "level, last_piece, order, move or return", required=True),
    word("cause", "what it was raised for", required=True),
    word("state", "open, approved, rejected, overridden, superseded or released", required=True),
    whole("version", "goes up by one at every change; decisions name it", required=True),
    whole("current_reorder_point", "pieces"),
    whole("current_order_quantity", "pieces"),
    whole("proposed_reorder_point", "pieces"),
    whole("proposed_order_quantity", "pieces"),
    whole("quantity", "pieces to order, move or return"),
    word("source", "where from"),
    figure("value_change", "money: change of stock value", required=True),
    figure("cost_per_year_change", "money per year"),
    figure("waiting_days_change", "days"),
    word("reason", "why, in a sentence", required=True),
    one_of("state", "open", "approved", "rejected", "overridden", "superseded", "released"),
    one_of("kind", "level", "last_piece", "order", "move", "return"),
    sa.Index(
        "one_open_proposal_per_item_and_cause",
        "part_id",
        "location_id",
        "cause",
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index(None, "run_id", "state"),
)
CHANGES: Final = sa.Table(
    "proposal_changes",
    METADATA,
    _of_run(),
    sa.Column(
        "proposal_id",
        sa.ForeignKey("proposals.proposal_id"),
        primary_key=True,
        autoincrement=False,
        comment="the open proposal that the run changes once it is published",
    ),
    whole("seen_version", "the version it changes; no other", required=True),
    yes_or_no("withdrawn", "true: the run does not propose it any more", required=True),
    word("kind", "level, last_piece, order, move or return"),
    whole("current_reorder_point", "pieces"),
    whole("current_order_quantity", "pieces"),
    whole("proposed_reorder_point", "pieces"),
    whole("proposed_order_quantity", "pieces"),
    whole("quantity", "pieces to order, move or return"),
    word("source", "where from"),
    figure("value_change", "money: change of stock value"),
    figure("cost_per_year_change", "money per year"),
    figure("waiting_days_change", "days"),
    word("reason", "why, in a sentence"),
    sqlite_with_rowid=False,
)
RELEASES: Final = sa.Table(
    "releases",
    METADATA,
    serial("release_id", "running number"),
    moment("at", "UTC", required=True),
    word("actor", "who released", required=True),
    word("content_hash", "SHA-256 of the file handed over", required=True),
    whole("row_count", "rows handed over", required=True),
)
DECISIONS: Final = sa.Table(
    "decisions",
    METADATA,
    serial("decision_id", "running number"),
    sa.Column(
        "proposal_id",
        sa.ForeignKey("proposals.proposal_id"),
        nullable=False,
        unique=True,
        comment="a proposal is decided once",
    ),
    word("verdict", "approved, rejected or overridden", required=True),
    whole("version", "version of the proposal it was decided at", required=True),
    word("actor", "who decided", required=True),
    word("second_actor", "the second pair of eyes, above the value that asks for one"),
    moment("at", "UTC", required=True),
    word("reason_code", "coded reason; required unless approved"),
    word("comment", "in words"),
    whole("reorder_point", "pieces, when overridden"),
    whole("order_quantity", "pieces, when overridden"),
    day("expires_on", "day an override ends"),
    one_of("verdict", "approved", "rejected", "overridden"),
    sa.CheckConstraint("verdict = 'approved' OR reason_code IS NOT NULL", name="a_no_has_a_reason"),
    sa.CheckConstraint(
        "second_actor IS NULL OR second_actor <> actor", name="four_eyes_are_two_people"
    ),
)
RELEASED: Final = sa.Table(
    "released_decisions",
    METADATA,
    sa.Column(
        "decision_id",
        sa.ForeignKey("decisions.decision_id"),
        primary_key=True,
        autoincrement=False,
        comment="handed over exactly once",
    ),
    sa.Column(
        "release_id",
        sa.ForeignKey("releases.release_id"),
        nullable=False,
        index=True,
        comment="with which file",
    ),
)
OVERRIDES: Final = sa.Table(
    "override_outcomes",
    METADATA,
    _of_run(),
    sa.Column(
        "decision_id",
        sa.ForeignKey("decisions.decision_id"),
        primary_key=True,
        autoincrement=False,
        comment="the override",
    ),
    figure("cost_per_year_change", "money per year against the proposal", required=True),
    figure("waiting_days_change", "days against the proposal", required=True),
)
EXCEPTIONS: Final = sa.Table(
    "exceptions",
    METADATA,
    serial("exception_id", "running number"),
    sa.Column(
        "run_id", sa.ForeignKey("runs.run_id"), comment="the run that saw it; null = a person did"
    ),
    moment("at", "UTC", required=True),
    word(
        "kind",
        "shortage, at risk, promise, excess, outlier, lead time, target, data …",
        required=True,
    ),
    word("part_id", "part number"),
    word("location_id", "stocking location"),
    word("subject", "what else it is about"),
    whole("occurrences", "how often", required=True),
    figure("value", "money at stake"),
    word("first_action", "what to do first, in a sentence", required=True),
    word("state", "open or closed", required=True),
    one_of("state", "open", "closed"),
    sa.Index(None, "run_id", "kind"),
)
OUTBOX: Final = sa.Table(
    "outbox",
    METADATA,
    serial("message_id", "running number"),
    moment("created_at", "UTC", required=True),
    word("topic", "what it is about", required=True),
    word("payload", "JSON", required=True),
    word("dedupe_key", "the same news is sent once", required=True),
    whole("attempts", "tries so far", required=True),
    moment("next_attempt_at", "not before, UTC"),
    moment("sent_at", "UTC; null = waiting"),
    word("last_error", "what went wrong last"),
    sa.UniqueConstraint("dedupe_key"),
    sa.Index(None, "sent_at", "next_attempt_at"),
)

INSERT_ONLY: Final = ("releases", "decisions", "released_decisions")
