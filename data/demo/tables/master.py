"""Master data: parts, locations, lead times."""

import numpy as np
import polars as pl

from data.demo.catalogue import FAMILIES
from data.demo.chance import stream
from data.demo.company import Company
from data.demo.tables.words import location_ids, part_ids, supplier_ids


def parts(company: Company) -> pl.DataFrame:
    """One row each part."""
    goods, terms = company.catalogue, company.terms
    ids = part_ids(goods)
    return pl.DataFrame(
        {
            "part_id": ids,
            "description": _descriptions(company),
            "unit_cost": goods.unit_cost,
            "currency": pl.repeat("EUR", len(ids), eager=True),
            "unit_of_measure": pl.repeat("EA", len(ids), eager=True),
            "holding_rate": terms.holding_rate,
            "criticality": pl.Series(goods.criticality.astype(object), dtype=pl.String),
            "order_multiple": goods.order_multiple,
            "minimum_order_quantity": goods.minimum_order_quantity,
            "ordering_cost": terms.ordering_cost,
            "supplier_id": supplier_ids(goods.supplier),
            "repairable_share": pl.repeat(None, len(ids), dtype=pl.Float64, eager=True),
            "local_repair_share": pl.repeat(None, len(ids), dtype=pl.Float64, eager=True),
            "repair_time_days": pl.repeat(None, len(ids), dtype=pl.Float64, eager=True),
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
            "part_id": pl.repeat(None, len(lanes), dtype=pl.String, eager=True),
            "location_id": ids.gather(lanes),
            "lead_time_days": network.lane_days[lanes],
            "lead_time_sd_days": network.lane_sd_days[lanes],
            "source": pl.repeat("parent", len(lanes), eager=True),
            "emergency_lead_time_days": np.round(np.maximum(0.5, 0.25 * network.lane_days), 1)[
                lanes
            ],
            "emergency_cost": pl.repeat(85.0, len(lanes), eager=True),
        }
    )
    by_part = pl.DataFrame(
        {
            "part_id": part_ids(company.catalogue),
            "location_id": ids.gather(root),
            "lead_time_days": terms.lead_days,
            "lead_time_sd_days": terms.lead_sd_days,
            "source": pl.repeat("supplier", len(root), eager=True),
            "emergency_lead_time_days": np.round(np.maximum(1, 0.2 * terms.lead_days)),
            "emergency_cost": pl.repeat(140.0, len(root), eager=True),
        }
    )
    return pl.concat([by_lane, by_part])
