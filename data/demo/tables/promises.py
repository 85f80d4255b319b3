"""What was promised, and to whom."""

from datetime import date

import numpy as np
import polars as pl

from data.demo.chance import stream
from data.demo.company import Company
from data.demo.network import STORE
from data.demo.tables.words import blank, location_ids, numbered, part_ids, same

CLASSES = ("standard", "key")
FIRST_WORDS = ("Alpine", "Blue Harbour", "Castor", "Delta", "Evergreen", "Falk", "Granit", "Nova")
SECOND_WORDS = ("Logistics", "Packaging", "Foods", "Clinics", "Print", "Recycling", "Transit")
# What a waiting piece costs the company itself: calls, second trips, penalties. The customer's loss
# is what the promises below are for; priced in full here, it would buy more than was promised.
DELAY_COSTS = (
    # cost per piece and day, tier, criticality
    (0.5, "", ""),
    (1.0, "B", ""),
    (2.0, "A", ""),
    (4.0, "", "A"),
    (9.0, "A", "A"),
)
RULE_SCHEMA = {
    "minimum_level": pl.Int64,
    "maximum_level": pl.Int64,
    "stocking": pl.String,
    "maximum_change": pl.Int64,
    "reason": pl.String,
    "valid_to": pl.Date,
}
RULES: tuple[tuple[int | None, int | None, str, int | None, str, date | None], ...] = (
    (1, None, "free", None, "One piece must stay: agreed with the customer", date(2027, 12, 31)),
    (None, 6, "free", None, "No more room on the shelf", None),
    (None, None, "always", None, "Safety part", None),
    (None, None, "free", 2, "Small steps after the last surprise", date(2027, 3, 31)),
    (None, None, "never", None, "Too heavy for the field: the depot sends it", None),
)
NEVER = len(RULES) - 1

TARGETS = (
    # measure, target, per, tier, criticality
    ("fill_rate", 0.95, "", "A", ""),
    ("fill_rate", 0.92, "", "B", ""),
    ("fill_rate", 0.90, "", "C", ""),
    ("line_fill_rate", 0.95, "", "", "A"),
    ("waiting_days", 4.0, "location", "", ""),
    ("value_fill_rate", 0.75, "", "", ""),
)


def service_targets(company: Company) -> pl.DataFrame:
    """Piece fill by tier, lines of vital parts, waiting at every site, and value at large."""
    tiers = {*company.network.tier, ""}
    rows = [row for row in TARGETS if row[3] in tiers]
    measure, target, per, tier, criticality = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "measure": measure,
            "target": target,
            "within_days": pl.repeat(None, len(rows), dtype=pl.Float64, eager=True),
            "per": [word or None for word in per],
            "tier": [word or None for word in tier],
            "location_id": pl.repeat(None, len(rows), dtype=pl.String, eager=True),
            "criticality": [word or None for word in criticality],
            "customer_class": pl.repeat(None, len(rows), dtype=pl.String, eager=True),
        }
    )


def customers(company: Company) -> pl.DataFrame:
    """Everyone who runs machines."""
    location = company.clients.location
    chance = stream(company.seed, "names")
    first = pl.Series(FIRST_WORDS).gather(chance.integers(0, len(FIRST_WORDS), len(location)))
    second = pl.Series(SECOND_WORDS).gather(chance.integers(0, len(SECOND_WORDS), len(location)))
    place = pl.Series(company.network.location_id).str.replace(r"^[A-Z]+-", "")
    near = place.gather(location).str.to_titlecase()
    return pl.DataFrame(
        {
            "customer_id": _customer_ids(len(location)),
            "name": pl.select(pl.concat_str(first, second, near, separator=" ")).to_series(),
            "customer_class": pl.Series(CLASSES).gather(company.clients.key_account),
        }
    )


def _customer_ids(count: int) -> pl.Series:
    return numbered("C", np.arange(1, count + 1), 5)


def contracts(company: Company) -> pl.DataFrame:
    """What each customer was promised, before the middle of the history and since."""
    count = len(company.clients.location)
    chance = stream(company.seed, "contracts")
    tiers = sorted(set(company.network.tier))
    mood = chance.random((2, count)) * np.where(company.clients.key_account == 1, 0.5, 1)
    tier = np.minimum((mood * len(tiers)).astype(np.int64), len(tiers) - 1)
    changed = np.flatnonzero(chance.random(count) < 0.5)
    customer = np.concatenate([changed, np.arange(count)])
    now = np.arange(len(customer)) >= len(changed)
    return pl.DataFrame(
        {
            "contract_id": numbered("K", np.arange(1, len(customer) + 1), 5),
            "customer_id": _customer_ids(count).gather(customer),
            "part_id": blank(len(customer)),
            "tier": pl.Series(tiers).gather(tier[now.astype(np.int64), customer]),
            "valid_from": pl.Series([date(2022, 1, 1), date(2025, 4, 1)]).gather(now.astype(int)),
            "valid_to": pl.Series([date(2025, 3, 31), date(2028, 3, 31)]).gather(now.astype(int)),
        }
    )


def delay_costs(company: Company) -> pl.DataFrame:
    """What a piece that is waited for costs a day; the more specific row wins."""
    tiers = {*company.network.tier, ""}
    rows = [row for row in DELAY_COSTS if row[1] in tiers]
    cost, tier, criticality = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            "cost_per_piece_and_day": cost,
            "currency": same("EUR", len(rows)),
            "tier": [word or None for word in tier],
            "location_id": blank(len(rows)),
            "criticality": [word or None for word in criticality],
            "customer_class": blank(len(rows)),
        }
    )


def budgets(company: Company) -> pl.DataFrame:
    """Stock value that finance allows: a tenth less than what lies there now."""
    on_hand = company.shelves.seen[0, -1].reshape(len(company.catalogue), -1).sum(axis=1)
    value = float(np.dot(on_hand, company.catalogue.unit_cost))
    return pl.DataFrame({"scope": ["all"], "budget": [round(0.9 * value, -3)], "currency": ["EUR"]})


def item_rules(company: Company) -> pl.DataFrame:
    """A few levels that people insist on, each with its reason."""
    goods, network = company.catalogue, company.network
    chance = stream(company.seed, "item rules")
    stocked = np.flatnonzero(company.levels.kept.ravel())
    count = max(len(stocked) // 500, min(len(RULES), len(stocked) // 20))
    item = np.sort(chance.choice(stocked, count, replace=False))
    item = item[np.argsort(network.kind[item % len(network)] >= STORE, kind="stable")]
    part, location = np.divmod(item, len(network))
    rule = np.arange(count) % len(RULES)
    rule = np.where((rule == NEVER) & (network.kind[location] < STORE), 0, rule)
    rows = pl.DataFrame(RULES, schema=RULE_SCHEMA, orient="row")[rule]
    return pl.DataFrame(
        {
            "part_id": part_ids(goods).gather(part),
            "location_id": location_ids(network).gather(location),
        }
    ).hstack(rows)


def demand_changes(company: Company) -> pl.DataFrame:
    """What planners expect beyond the figures: their opinion, not knowledge of the year to come."""
    part = company.plans.positions.part[company.plans.campaigns.position[:1]]
    site = company.network.location_id[-1]
    return pl.DataFrame(
        {
            "part_id": [part_ids(company.catalogue)[int(part[0])], None],
            "location_id": [None, site],
            "valid_from": [date(2026, 10, 1), date(2026, 11, 1)],
            "valid_to": [date(2026, 12, 31), date(2027, 1, 31)],
            "factor": [1.2, 0.9],
            "pieces": blank(2, pl.Float64),
            "reason": ["Recall of 2025: stragglers expected", "Winter shutdown at two customers"],
            "author": ["M. Okafor", "J. Lindqvist"],
        }
    )
