"""The schema, in one place: `METADATA` knows every table, `INSERT_ONLY` those that only grow.

Master tables live in `master_tables`, the ledger in `ledger_tables`, nights in `night_tables`,
people in `people_tables`, what parts are found by in `search_tables`, repair orders and promises in
`promise_tables`.
"""

from typing import Final

from data.store import (
    ledger_tables,
    night_tables,
    people_tables,
    plan_edit_tables,
    promise_tables,
    search_tables,
)
from data.store.columns import METADATA
from data.store.master_tables import INCOMING

INSERT_ONLY: Final = (
    *ledger_tables.INSERT_ONLY,
    *night_tables.INSERT_ONLY,
    *plan_edit_tables.INSERT_ONLY,
    *promise_tables.INSERT_ONLY,
)

__all__ = ["INCOMING", "INSERT_ONLY", "METADATA", "people_tables", "search_tables"]
