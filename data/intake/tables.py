"""The tables that come in: their columns, what a cell may hold, and which table is named by which.

One column, one line. What is stated here is read by the parsers, the rules, the report and the
docs; a second list of columns exists nowhere.
"""

from collections.abc import Mapping
from types import MappingProxyType

from data.intake.columns import Column, Kind, Table

MOST_PIECES = 1e12
MASTERS = ("locations", "parts")  # every other table speaks of what is left of these


def _id(name: str, *, names: str = "", filled: bool = True, required: bool | None = None) -> Column:
    required = filled if required is None else required
    return Column(name, Kind.ID, required, filled, names=names, longest=100)


def _part(*, filled: bool = True) -> Column:
    return _id("part_id", names="parts", filled=filled)


def _location(*, filled: bool = True) -> Column:
    return _id("location_id", names="locations", filled=filled)


def _text(name: str, *, filled: bool = False, longest: int = 2000) -> Column:
    return Column(name, Kind.TEXT, filled, filled, longest=longest)


def _word(name: str, *words: str, filled: bool = False) -> Column:
    return Column(name, Kind.WORD, filled, filled, words=words)


def _number(
    name: str, *, filled: bool = False, least: float | None = 0, most: float = 1e15
) -> Column:
    return Column(name, Kind.NUMBER, filled, filled, least, most)


def _share(name: str) -> Column:
    return Column(name, Kind.SHARE, least=0, most=1)


def _pieces(name: str, *, filled: bool = False, least: float | None = 0) -> Column:
    return Column(name, Kind.PIECES, filled, filled, least, MOST_PIECES)


def _day(
    name: str, *, filled: bool = False, past: bool = False, open_ended: bool = False
) -> Column:
    return Column(name, Kind.DAY, filled, filled, open_ended=open_ended, of_the_past=past)


CRITICALITY = ("A", "B", "C")
MEASURES = (
    "fill_rate",
    "line_fill_rate",
    "value_fill_rate",
    "ready_rate",
    "waiting_days",
    "response_share",
    "availability",
)
_SCOPE = (
    _id("tier", filled=False),
    _location(filled=False),
    _word("criticality", *CRITICALITY),
    _id("customer_class", filled=False),
)

_ALL = (
    Table(
        "parts",
        (
            _id("part_id"),
            _text("description"),
            _number("unit_cost", filled=True),
            _id("currency", filled=False),
            _id("unit_of_measure", filled=False),
            _share("holding_rate"),
            _word("criticality", *CRITICALITY),
            _pieces("order_multiple", least=1),
            _pieces("minimum_order_quantity"),
            _number("ordering_cost"),
            _id("supplier_id", filled=False),
            _share("repairable_share"),
            _share("local_repair_share"),
            _number("repair_time_days"),
            Column("active", Kind.SWITCH),
            _id("superseded_by", names="parts", filled=False),
        ),
        key=("part_id",),
        needs_rows=True,
    ),
    Table(
        "locations",
        (
            _id("location_id"),
            _text("name"),
            _id("parent_id", names="locations", filled=False),
            _id("timezone", filled=False),
            _id("tier", filled=False),
        ),
        key=("location_id",),
        needs_rows=True,
    ),
    Table(
        "lead_times",
        (
            _part(filled=False),
            _location(),
            Column("lead_time_days", Kind.NUMBER, required=True, least=0, most=1e15),
            _number("lead_time_sd_days"),
            _word("source", "parent", "supplier"),
            _number("emergency_lead_time_days"),
            _number("emergency_cost"),
        ),
        key=("part_id", "location_id"),
        needs_rows=True,
    ),
    Table(
        "demand",
        (
            _part(),
            _location(),
            _day("date", filled=True, past=True),
            _pieces("quantity", filled=True, least=None),
            _text("document_id", longest=200),
            _id("customer_class", filled=False),
            _id("unit_of_measure", filled=False),
        ),
        needs_rows=True,
        site_days=True,
    ),
    Table(
        "forecasts",
        (
            _part(),
            _location(),
            _number("demand_per_day", filled=True),
            _number("demand_variance_per_day"),
            _number("rate_variance"),
            _number("mean_request_size", least=1),
            _number("request_size_variance"),
        ),
        key=("part_id", "location_id"),
        needs_rows=True,
    ),
    Table(
        "stock",
        (
            _part(),
            _location(),
            _pieces("on_hand", filled=True),
            _pieces("reserved"),
            _pieces("on_order"),
            _pieces("backorders"),
            _day("as_of", past=True),
            _id("unit_of_measure", filled=False),
        ),
        key=("part_id", "location_id", "as_of"),
        needs_rows=True,
        site_days=True,
    ),
    Table(
        "open_orders",
        (
            _id("order_id"),
            _part(),
            _location(),
            _pieces("quantity", filled=True),
            _day("ordered_on", past=True),
            _day("expected_on"),
            _id("supplier_id", filled=False),
        ),
    ),
    Table(
        "receipts",
        (
            _id("order_id", filled=False),
            _part(),
            _location(),
            _pieces("quantity", filled=True),
            _day("ordered_on", filled=True, past=True),
            _day("promised_on"),
            _day("received_on", filled=True, past=True),
            _id("supplier_id", filled=False),
        ),
    ),
    Table(
        "service_targets",
        (
            _word("measure", *MEASURES, filled=True),
            _number("target", filled=True),
            _number("within_days"),
            _word("per", "location", "item"),
            *_SCOPE,
        ),
        key=(
            "measure",
            "within_days",
            "per",
            "tier",
            "location_id",
            "criticality",
            "customer_class",
        ),
        needs_rows=True,
    ),
    Table(
        "current_policies",
        (
            _part(),
            _location(),
            _pieces("reorder_point", filled=True, least=-MOST_PIECES),
            _pieces("order_quantity", filled=True, least=1),
        ),
        key=("part_id", "location_id"),
    ),
    Table(
        "item_rules",
        (
            _part(filled=False),
            _location(filled=False),
            _pieces("minimum_level", least=-1),
            _pieces("maximum_level", least=-1),
            _word("stocking", "free", "never", "always"),
            _pieces("maximum_change"),
            _text("reason"),
            _day("valid_to", open_ended=True),
        ),
        key=("part_id", "location_id"),
    ),
    Table(
        "delay_costs",
        (
            _number("cost_per_piece_and_day", filled=True),
            _id("currency", filled=False),
            *_SCOPE,
        ),
        key=("tier", "location_id", "criticality", "customer_class"),
    ),
    Table(
        "installed_base",
        (
            _id("machine_type"),
            _location(),
            _pieces("machines", filled=True),
            _part(),
            _pieces("parts_per_machine", filled=True, least=1),
            _number("failures_per_machine_year"),
            _day("valid_from"),
            _day("valid_to", open_ended=True),
        ),
        key=("machine_type", "location_id", "part_id", "valid_from"),
    ),
    Table(
        "substitutes",
        (
            _part(),
            _id("substitute_id", names="parts"),
            Column("both_ways", Kind.SWITCH),
        ),
        key=("part_id", "substitute_id"),
    ),
    Table(
        "kits",
        (_id("job_type"), _part(), _pieces("quantity", filled=True, least=1)),
        key=("job_type", "part_id"),
    ),
    Table(
        "customers",
        (_id("customer_id"), _text("name"), _id("customer_class", filled=False)),
        key=("customer_id",),
    ),
    Table(
        "contracts",
        (
            _id("contract_id"),
            _id("customer_id", filled=False),
            _part(filled=False),
            _id("tier"),
            _day("valid_from", filled=True),
            _day("valid_to", filled=True, open_ended=True),
        ),
    ),
    Table(
        "demand_changes",
        (
            _part(filled=False),
            _location(filled=False),
            _day("valid_from", filled=True),
            _day("valid_to", filled=True, open_ended=True),
            _number("factor"),
            _number("pieces", least=None),
            _text("reason", filled=True),
            _text("author", filled=True, longest=200),
        ),
    ),
    Table(
        "exchange_rates",
        (_id("currency"), _day("date", filled=True), _number("rate", filled=True)),
        key=("currency", "date"),
    ),
    Table(
        "budgets",
        (_id("scope"), _number("budget", filled=True), _id("currency")),
        key=("scope",),
    ),
)

TABLES: Mapping[str, Table] = MappingProxyType({table.name: table for table in _ALL})
