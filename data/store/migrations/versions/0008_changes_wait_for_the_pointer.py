"""What a night changes in open proposals waits beside them until its plan is published."""

import sqlalchemy as sa
from alembic import op

from data.store.columns import NAMING, figure, whole, word, yes_or_no

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

METADATA = sa.MetaData(naming_convention=NAMING)
CHANGES = sa.Table(
    "proposal_changes",
    METADATA,
    sa.Column("run_id", sa.Text, primary_key=True, comment="the run"),
    sa.Column(
        "proposal_id",
        sa.ForeignKey("proposals.proposal_id"),
        primary_key=True,
        autoincrement=False,
        comment="the open proposal that the run changes once it is published",
    ),
    whole("seen_version", "the version it changes; no other", required=True),
    yes_or_no("withdrawn", "true: the run does not propose it any more", required=True),
    word("kind", "level, last_piece, order, move or return"),
    whole("current_reorder_point", "pieces"),
    whole("current_order_quantity", "pieces"),
    whole("proposed_reorder_point", "pieces"),
    whole("proposed_order_quantity", "pieces"),
    whole("quantity", "pieces to order, move or return"),
    word("source", "where from"),
    figure("value_change", "money: change of stock value"),
    figure("cost_per_year_change", "money per year"),
    figure("waiting_days_change", "days"),
    word("reason", "why, in a sentence"),
    sqlite_with_rowid=False,
)


def upgrade() -> None:
    """Add the table."""
    connection = op.get_bind()
    METADATA.reflect(connection, only=["proposals"])
    METADATA.create_all(connection)
