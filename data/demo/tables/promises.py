"""What was promised, and to whom."""

import polars as pl

from data.demo.company import Company

TARGETS = (
    # measure, target, per, tier, criticality
    ("fill_rate", 0.95, "", "A", ""),
    ("fill_rate", 0.93, "", "B", ""),
    ("fill_rate", 0.90, "", "C", ""),
    ("line_fill_rate", 0.94, "", "", "A"),
    ("waiting_days", 4.0, "location", "", ""),
    ("value_fill_rate", 0.80, "", "", ""),
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
