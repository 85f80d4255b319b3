"""Tables as they were taken in: every accepted row, of the batch it came with.

A batch is one delivery of one table. It is written in small transactions and becomes the current
one by moving a single pointer, so that a reader sees the old delivery or the new one, never a
mixture, and a night can hold on to the batches it started from.
"""

from typing import Any, Final

import sqlalchemy as sa

from data.store.columns import METADATA, day, figure, moment, one_of, whole, word, yes_or_no

BATCHES: Final = sa.Table(
    "batches",
    METADATA,
    word("batch_id", "identifies one delivery of one table", key=True),
    word("table_name", "the table its rows belong to", required=True),
    word("content_hash", "SHA-256 of the accepted rows in canonical order", required=True),
    whole("row_count", "accepted rows", required=True),
    day("as_of", "the day the rows speak of"),
    moment("taken_in_at", "when it was taken in, UTC", required=True),
    word("state", "loading, complete or dropped", required=True),
    one_of("state", "loading", "complete", "dropped"),
)
CURRENT_BATCHES: Final = sa.Table(
    "current_batches",
    METADATA,
    word("table_name", "a table that comes in", key=True),
    sa.Column(
        "batch_id",
        sa.Text,
        sa.ForeignKey("batches.batch_id"),
        nullable=False,
        comment="the delivery in force",
    ),
)


def _incoming(name: str, *columns: sa.Column[Any], index: tuple[str, ...] = ()) -> sa.Table:
    extra = [sa.Index(None, "batch_id", *index)] if index else []
    return sa.Table(
        name,
        METADATA,
        sa.Column("batch_id", sa.Text, primary_key=True, comment="the delivery it came with"),
        whole("row_number", "place in the canonical order of the batch, from 0", key=True),
        *columns,
        *extra,
        sqlite_with_rowid=False,
    )


def _part(*, required: bool = True) -> sa.Column[str]:
    return word("part_id", "part number", required=required)


def _location(*, required: bool = True) -> sa.Column[str]:
    return word("location_id", "stocking location", required=required)


def _scope() -> tuple[sa.Column[Any], ...]:
    return (
        word("tier", "service tier; blank = all"),
        word("location_id", "location; blank = all"),
        word("criticality", "A vital, B essential, C desirable; blank = all"),
        word("customer_class", "customer class; blank = all"),
    )


_AT_ITEM: Final = ("part_id", "location_id")

_incoming(
    "parts",
    _part(),
    word("description", "what it is"),
    figure("unit_cost", "money per piece, in currency", required=True),
    word("currency", "ISO 4217"),
    word("unit_of_measure", "unit of the quantities"),
    figure("holding_rate", "share of the value per year"),
    word("criticality", "A vital, B essential, C desirable"),
    whole("order_multiple", "pieces"),
    whole("minimum_order_quantity", "pieces"),
    figure("ordering_cost", "money per order line, in currency"),
    word("supplier_id", "who sells it"),
    figure("repairable_share", "share of demand that returns and is repaired, 0..1"),
    figure("local_repair_share", "share of repairs done at the location, 0..1"),
    figure("repair_time_days", "days"),
    yes_or_no("active", "still stocked and sold"),
    word("superseded_by", "part number that replaces it"),
    index=("part_id",),
)
_incoming(
    "locations",
    _location(),
    word("name", "what people call it"),
    word("parent_id", "the location that replenishes it; blank = a supplier does"),
    word("timezone", "IANA time zone"),
    word("tier", "service tier promised there"),
    index=("location_id",),
)
_incoming(
    "lead_times",
    _part(required=False),
    _location(),
    figure("lead_time_days", "days from order to shelf; blank = unknown"),
    figure("lead_time_sd_days", "days"),
    word("source", "parent or supplier"),
    figure("emergency_lead_time_days", "days"),
    figure("emergency_cost", "money per emergency shipment"),
)
_incoming(
    "demand",
    _part(),
    _location(),
    day("date", "day of the request, at the location", required=True),
    whole("quantity", "pieces", required=True),
    word("document_id", "rows of one document, part and location are one request"),
    word("customer_class", "class of the customer who asked"),
    word("unit_of_measure", "unit as delivered"),
)
_incoming(
    "forecasts",
    _part(),
    _location(),
    figure("demand_per_day", "pieces per day", required=True),
    figure("demand_variance_per_day", "pieces² per day"),
    figure("rate_variance", "pieces² per day²"),
    figure("mean_request_size", "pieces per request"),
    figure("request_size_variance", "pieces²"),
)
_incoming(
    "stock",
    _part(),
    _location(),
    whole("on_hand", "pieces physically there", required=True),
    whole("reserved", "pieces of on_hand that are spoken for"),
    whole("on_order", "pieces ordered, in transit or in repair"),
    whole("backorders", "pieces asked for and waiting"),
    day("as_of", "the day it was true, at its end"),
    word("unit_of_measure", "unit as delivered"),
    index=_AT_ITEM,
)
_incoming(
    "open_orders",
    word("order_id", "order line", required=True),
    _part(),
    _location(),
    whole("quantity", "pieces", required=True),
    day("ordered_on", "day of the order"),
    day("expected_on", "day expected; blank = unknown"),
    word("supplier_id", "who delivers"),
    index=_AT_ITEM,
)
_incoming(
    "receipts",
    word("order_id", "order line"),
    _part(),
    _location(),
    whole("quantity", "pieces", required=True),
    day("ordered_on", "day of the order", required=True),
    day("promised_on", "day promised"),
    day("received_on", "day it arrived", required=True),
    word("supplier_id", "who delivered"),
)
_incoming(
    "service_targets",
    word("measure", "what is promised", required=True),
    figure("target", "share 0..1, or days for waiting_days", required=True),
    figure("within_days", "days, for response_share"),
    word("per", "blank = the scope together, else location or item"),
    *_scope(),
)
_incoming(
    "current_policies",
    _part(),
    _location(),
    whole("reorder_point", "pieces; order at or below it", required=True),
    whole("order_quantity", "pieces", required=True),
    index=_AT_ITEM,
)
_incoming(
    "item_rules",
    _part(required=False),
    _location(required=False),
    whole("minimum_level", "pieces"),
    whole("maximum_level", "pieces"),
    word("stocking", "free, never or always"),
    whole("maximum_change", "pieces per night"),
    word("reason", "why"),
    day("valid_to", "last day it holds"),
)
_incoming(
    "delay_costs",
    figure("cost_per_piece_and_day", "money per piece and day, in currency", required=True),
    word("currency", "ISO 4217"),
    *_scope(),
)
_incoming(
    "installed_base",
    word("machine_type", "type of machine", required=True),
    _location(),
    whole("machines", "machines served from there", required=True),
    _part(),
    whole("parts_per_machine", "pieces per machine", required=True),
    figure("failures_per_machine_year", "failures per machine and year"),
    day("valid_from", "first day"),
    day("valid_to", "last day"),
)
_incoming(
    "substitutes",
    _part(),
    word("substitute_id", "part that may be used instead", required=True),
    yes_or_no("both_ways", "each replaces the other"),
)
_incoming(
    "kits",
    word("job_type", "kind of repair", required=True),
    _part(),
    whole("quantity", "pieces per job", required=True),
)
_incoming(
    "customers",
    word("customer_id", "customer", required=True),
    word("name", "what they are called"),
    word("customer_class", "class"),
)
_incoming(
    "contracts",
    word("contract_id", "contract", required=True),
    word("customer_id", "customer"),
    _part(required=False),
    word("tier", "service tier sold", required=True),
    day("valid_from", "first day", required=True),
    day("valid_to", "last day", required=True),
)
_incoming(
    "demand_changes",
    _part(required=False),
    _location(required=False),
    day("valid_from", "first day", required=True),
    day("valid_to", "last day", required=True),
    figure("factor", "times the forecast"),
    figure("pieces", "pieces in all, added to the forecast"),
    word("reason", "why", required=True),
    word("author", "who said so", required=True),
)
_incoming(
    "exchange_rates",
    word("currency", "ISO 4217", required=True),
    day("date", "day of the rate", required=True),
    figure("rate", "reporting currency per unit of currency", required=True),
)
_incoming(
    "budgets",
    word("scope", "what it is for", required=True),
    figure("budget", "money, in currency", required=True),
    word("currency", "ISO 4217", required=True),
)

for _table, _column in (
    ("parts", "superseded_by"),
    ("substitutes", "part_id"),
    ("substitutes", "substitute_id"),
    ("lead_times", "part_id"),
    ("kits", "job_type"),
    ("contracts", "customer_id"),
    ("customers", "customer_id"),
):
    sa.Index(None, METADATA.tables[_table].c.batch_id, METADATA.tables[_table].c[_column])

INCOMING: Final[dict[str, sa.Table]] = {
    name: table
    for name, table in METADATA.tables.items()
    if {"batch_id", "row_number"} <= set(table.c.keys())
}
