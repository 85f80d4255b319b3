"""Movements are found by their moment and by their reservation without reading all of them."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    for column in ("at", "reservation_id"):
        op.create_index(f"ix_movements_{column}", "movements", [column])
