"""Tables of what planners change in a plan before it is approved."""

from typing import Final

import sqlalchemy as sa

from data.store.columns import METADATA, moment, serial, whole, word

PLAN_VERSIONS: Final = sa.Table(
    "plan_versions",
    METADATA,
    sa.Column("run_id", sa.ForeignKey("runs.run_id"), primary_key=True, comment="the plan"),
    whole("version", "goes up by one at every edit and decision", required=True),
)
PLAN_EDITS: Final = sa.Table(
    "plan_edits",
    METADATA,
    serial("edit_id", "running number"),
    sa.Column(
        "run_id", sa.ForeignKey("runs.run_id"), nullable=False, index=True, comment="the plan"
    ),
    sa.Column(
        "proposal_id",
        sa.ForeignKey("proposals.proposal_id"),
        nullable=False,
        comment="the line that was changed",
    ),
    moment("at", "UTC", required=True),
    word("actor", "who changed it; somebody else approves", required=True),
    whole("old", "reorder point before, pieces"),
    whole("new", "reorder point after, pieces", required=True),
)
INSERT_ONLY: Final = ("plan_edits",)
