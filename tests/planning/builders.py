"""Tables of a tiny company: valid by default, a test states only what matters."""

import polars as pl

from data.intake import Intake
from data.intake.quarantine import Quarantine
from data.intake.tables import TABLES


def tables(**given):
    """Every table, empty but for the rows given as lists of dicts."""
    return {name: _frame(name, given.get(name, [])) for name in TABLES}


def _frame(name, rows):
    schema = TABLES[name].schema
    return pl.DataFrame([{**dict.fromkeys(schema), **row} for row in rows], schema=schema)


def an_intake(all_tables, as_of):
    """Tables as if they had come through the door, with nothing rejected or set aside."""
    kept = Quarantine(strict=False)
    aside = pl.DataFrame(schema=TABLES["demand"].schema | {"reason": pl.String})
    return Intake(all_tables, as_of, kept.rejected, kept.warnings, [], "", aside, kept.behind)


def a_part(part_id="P-1", **changes):
    return {"part_id": part_id, "unit_cost": 100.0, "currency": "EUR", **changes}


def a_location(location_id="L-1", **changes):
    return {"location_id": location_id, "tier": "A", **changes}


def a_lane(location_id="L-1", days=10.0, **changes):
    return {"location_id": location_id, "lead_time_days": days, **changes}


def a_stock(part_id="P-1", location_id="L-1", on_hand=1, **changes):
    return {"part_id": part_id, "location_id": location_id, "on_hand": on_hand, **changes}
