"""Reservation lines say how many of their pieces are at risk, so that every piece is accounted for.

Until here a line's pieces at risk were what was neither held nor fulfilled nor released.
"""

import sqlalchemy as sa
from alembic import op

from data.store.columns import NAMING, whole, word

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

METADATA = sa.MetaData(naming_convention=NAMING)
LINES = sa.Table(
    "reservation_lines",
    METADATA,
    sa.Column(
        "reservation_id",
        sa.ForeignKey("reservations.reservation_id"),
        primary_key=True,
        comment="the reservation",
    ),
    whole("line", "place in the request, from 1", key=True),
    word("part_id", "part number", required=True),
    word("location_id", "stocking location", required=True),
    whole("quantity", "pieces asked for and granted", required=True),
    whole("held", "pieces held now", required=True),
    whole("at_risk", "pieces granted that are no longer there", required=True),
    whole("fulfilled", "pieces handed over", required=True),
    whole("released", "pieces given back by cancelling or expiry", required=True),
    sa.CheckConstraint("quantity > 0", name="quantity_is_positive"),
    sa.CheckConstraint(
        "held >= 0 AND at_risk >= 0 AND fulfilled >= 0 AND released >= 0", name="nothing_negative"
    ),
    sa.CheckConstraint(
        "held + at_risk + fulfilled + released = quantity", name="every_piece_accounted_for"
    ),
    sa.Index(None, "part_id", "location_id"),
    sa.Index(
        "reservation_lines_at_risk",
        "part_id",
        "location_id",
        sqlite_where=sa.text("at_risk > 0"),
        postgresql_where=sa.text("at_risk > 0"),
    ),
)


def upgrade() -> None:
    """Rebuild the table around its rows."""
    connection = op.get_bind()
    run = connection.exec_driver_sql
    run("CREATE TEMPORARY TABLE lines_before AS SELECT * FROM reservation_lines")
    op.drop_table("reservation_lines")
    METADATA.reflect(connection, only=["reservations"])
    METADATA.create_all(connection)
    run(
        "INSERT INTO reservation_lines"
        " SELECT reservation_id, line, part_id, location_id, quantity, held,"
        " CASE WHEN state = 'active' THEN quantity - held - fulfilled - released ELSE 0 END,"
        " fulfilled,"
        " CASE WHEN state = 'active' THEN released ELSE quantity - held - fulfilled END"
        " FROM lines_before JOIN reservations USING (reservation_id)"
    )
    run("DROP TABLE lines_before")
