"""Master data: parts, locations, lead times."""

import numpy as np
import polars as pl

from data.demo.calendar import month_ends
from data.demo.catalogue import FAMILIES
from data.demo.chance import stream
from data.demo.company import Company
from data.demo.tables.words import blank, days, location_ids, part_ids, same, supplier_ids

CURRENCIES = ("EUR", "USD", "GBP", "PLN")
RATES = (1.0, 0.92, 1.17, 0.235)  # euros for one unit, on the last day of the history


def parts(company: Company) -> pl.DataFrame:
    """One row each part."""
    goods, terms = company.catalogue, company.terms
    ids = part_ids(goods)
    return pl.DataFrame(
        {
            "part_id": ids,
            "description": _descriptions(company),
            "unit_cost": goods.unit_cost,
            "currency": same("EUR", len(ids)),
            "unit_of_measure": same("EA", len(ids)),
            "holding_rate": terms.holding_rate,
            "criticality": pl.Series(goods.criticality.astype(object), dtype=pl.String),
            "order_multiple": goods.order_multiple,
            "minimum_order_quantity": goods.minimum_order_quantity,
            "ordering_cost": terms.ordering_cost,
            "supplier_id": supplier_ids(goods.supplier),
            "repairable_share": blank(len(ids), pl.Float64),
            "local_repair_share": blank(len(ids), pl.Float64),
            "repair_time_days": blank(len(ids), pl.Float64),
            "active": goods.listed,
            "superseded_by": ids.gather(pl.Series(goods.successor).replace(-1, None)),
        }
    )


def _descriptions(company: Company) -> pl.Series:
    """Ball bearing 35 mm: a word of the family and a size."""
    family = company.catalogue.family
    chance = stream(company.seed, "descriptions")
    words = pl.Series([word for one in FAMILIES for word in one.words])
    word = words.gather(3 * family + chance.integers(0, 3, len(family)))
    size = pl.Series(5 * chance.integers(1, 60, len(family))).cast(pl.String)
    return pl.select(pl.concat_str(word, pl.lit(" "), size, pl.lit(" mm"))).to_series()


def locations(company: Company) -> pl.DataFrame:
    """One row each location."""
    network = company.network
    ids = location_ids(network)
    return pl.DataFrame(
        {
            "location_id": ids,
            "name": network.name,
            "parent_id": ids.gather(pl.Series(network.parent).replace(-1, None)),
            "timezone": network.timezone,
            "tier": network.tier,
        }
    )


def lead_times(company: Company) -> pl.DataFrame:
    """A row for each lane, and one for each part at the warehouse, which buys it."""
    network, terms = company.network, company.terms
    ids = location_ids(network)
    lanes = np.flatnonzero(network.parent >= 0)
    root = np.zeros(len(terms.lead_days), dtype=np.int64)
    by_lane = pl.DataFrame(
        {
            "part_id": blank(len(lanes)),
            "location_id": ids.gather(lanes),
            "lead_time_days": network.lane_days[lanes],
            "lead_time_sd_days": network.lane_sd_days[lanes],
            "source": same("parent", len(lanes)),
            "emergency_lead_time_days": np.round(np.maximum(0.5, 0.25 * network.lane_days), 1)[
                lanes
            ],
            "emergency_cost": same(85.0, len(lanes)),
        }
    )
    by_part = pl.DataFrame(
        {
            "part_id": part_ids(company.catalogue),
            "location_id": ids.gather(root),
            "lead_time_days": terms.lead_days,
            "lead_time_sd_days": terms.lead_sd_days,
            "source": same("supplier", len(root)),
            "emergency_lead_time_days": np.round(np.maximum(1, 0.2 * terms.lead_days)),
            "emergency_cost": same(140.0, len(root)),
        }
    )
    return pl.concat([by_lane, by_part])


def exchange_rates(company: Company) -> pl.DataFrame:
    """Euros for one unit of each currency, at each month's end; the last one is in force."""
    ends = month_ends()
    wander = 0.006 * stream(company.seed, "exchange rates").standard_normal((3, len(ends)))
    path = np.exp(np.cumsum(wander, axis=1) - np.sum(wander, axis=1, keepdims=True))
    rates = np.vstack([np.ones(len(ends)), np.array(RATES[1:])[:, None] * path])
    rates[:, -1] = RATES
    currency, when = np.divmod(np.arange(rates.size), len(ends))
    return pl.DataFrame(
        {
            "currency": pl.Series(CURRENCIES).gather(currency),
            "date": days(ends[when]),
            "rate": np.round(rates.ravel(), 4),
        }
    )


def substitutes(company: Company) -> pl.DataFrame:
    """Parts that do each other's work without one replacing the other for good."""
    goods = company.catalogue
    chance = stream(company.seed, "substitutes")
    plain = (goods.successor < 0) & goods.listed
    plain[goods.successor[goods.successor >= 0]] = False
    row = np.flatnonzero(plain)
    row = row[np.lexsort((goods.unit_cost[row], goods.family[row]))]  # like beside like
    part, other = row[0:-1:2], row[1::2]
    chosen = (goods.family[part] == goods.family[other]) & (chance.random(len(part)) < 0.06)
    chosen[:1] |= goods.family[part[:1]] == goods.family[other[:1]]
    ids = part_ids(goods)
    return pl.DataFrame(
        {
            "part_id": ids.gather(part[chosen]),
            "substitute_id": ids.gather(other[chosen]),
            "both_ways": chance.random(int(chosen.sum())) < 0.7,
        }
    )
