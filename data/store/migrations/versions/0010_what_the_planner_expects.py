"""Tell SQLite how the tables that come in are filled, so that it finds single rows by their index.

Without statistics SQLite takes ten rows for every delivery and reads a delivery from its beginning
to its end rather than look one part up. These figures are stated once, not counted: plans then do
not depend on who ran ANALYZE last. PostgreSQL counts for itself.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DELIVERED, IN_ONE_DELIVERY = 1_000_000, 500_000
# rows that share the batch, then also the next column of the index, and so on
INDEXES: dict[str, dict[str, tuple[int, ...]]] = {
    "contracts": {"ix_contracts_batch_id_customer_id": (5,)},
    "current_policies": {"ix_current_policies_batch_id_part_id_location_id": (20, 1)},
    "customers": {"ix_customers_batch_id_customer_id": (1,)},
    "kits": {"ix_kits_batch_id_job_type": (10,)},
    "lead_times": {"ix_lead_times_batch_id_part_id": (20,)},
    "locations": {"ix_locations_batch_id_location_id": (1,)},
    "open_orders": {"ix_open_orders_batch_id_part_id_location_id": (20, 2)},
    "parts": {"ix_parts_batch_id_part_id": (1,), "ix_parts_batch_id_superseded_by": (2,)},
    "stock": {"ix_stock_batch_id_part_id_location_id": (20, 2)},
    "substitutes": {
        "ix_substitutes_batch_id_part_id": (2,),
        "ix_substitutes_batch_id_substitute_id": (2,),
    },
}


def upgrade() -> None:
    """State the figures."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, indexes in INDEXES.items():
        op.execute(f"ANALYZE {table}")  # makes the table of statistics where there is none
        op.execute(f"DELETE FROM sqlite_stat1 WHERE tbl = '{table}'")
        for index, shared in ((table, (1,)), *indexes.items()):
            figures = " ".join(map(str, (DELIVERED, IN_ONE_DELIVERY, *shared)))
            op.execute(f"INSERT INTO sqlite_stat1 VALUES ('{table}', '{index}', '{figures}')")


def downgrade() -> None:
    """Forget them."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in INDEXES:
        op.execute(f"DELETE FROM sqlite_stat1 WHERE tbl = '{table}'")
