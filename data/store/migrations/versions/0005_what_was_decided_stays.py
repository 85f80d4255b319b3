"""A plan's lines are written once, and a proposal in a final state stays as it is."""

from alembic import op

from data.store.triggers import final_states, written_once

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the triggers."""
    connection = op.get_bind()
    written_once(connection, "plan_lines")
    final_states(connection, "proposals", "state", "open", "approved", "overridden")
