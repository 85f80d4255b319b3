"""People, sessions and keys; the index parts are found by; edits of plans."""

import sqlalchemy as sa
from alembic import op

from data.store.columns import NAMING, moment, one_of, serial, sorted_word, whole, word, yes_or_no
from data.store.triggers import insert_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

METADATA = sa.MetaData(naming_convention=NAMING)
_ROLES = ("technician", "planner", "finance", "admin", "service", "auditor")

PEOPLE = sa.Table(
    "people",
    METADATA,
    word("name", "what they sign in with; written beside everything they do", key=True),
    word("role", "technician, planner, finance, admin, service or auditor", required=True),
    word("sites", "JSON list of their locations; * = every one", required=True),
    word("password_hash", "argon2id; null = signs in with a key only"),
    yes_or_no("active", "may come in", required=True),
    whole("version", "goes up by one at every change", required=True),
    moment("created_at", "UTC", required=True),
    moment("changed_at", "UTC", required=True),
    one_of("role", *_ROLES),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    word("token_hash", "SHA-256 of the token; the token itself is nowhere kept", key=True),
    sa.Column(
        "name", sa.ForeignKey("people.name"), nullable=False, index=True, comment="whose it is"
    ),
    moment("created_at", "UTC", required=True),
    moment("expires_at", "UTC", required=True),
    moment("ended_at", "when somebody ended it, UTC"),
)
API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    serial("key_id", "running number"),
    sa.Column(
        "name", sa.ForeignKey("people.name"), nullable=False, index=True, comment="who uses it"
    ),
    word("label", "what it is for", required=True),
    word("prefix", "its first letters, to tell keys apart", required=True),
    word("key_hash", "SHA-256 of the key; the key was shown once", required=True),
    word("role", "what it may do", required=True),
    moment("created_at", "UTC", required=True),
    word("created_by", "who made it", required=True),
    moment("expires_at", "UTC; null = until somebody ends it"),
    moment("ended_at", "when somebody ended it, UTC"),
    sa.UniqueConstraint("key_hash"),
    one_of("role", *_ROLES),
)
SIGN_IN_STATE = sa.Table(
    "sign_in_state",
    METADATA,
    whole("state_id", "always 1", key=True),
    whole("epoch", "goes up whenever somebody loses a right, so that nobody is remembered wrongly",
          required=True),
    word("first_admin_hash", "SHA-256 of the token that makes the first admin; null once used"),
    sa.CheckConstraint("state_id = 1", name="only_one"),
)  # fmt: skip
PART_WORDS = sa.Table(
    "part_words",
    METADATA,
    whole("generation", "which making of the index", key=True),
    whole("is_number", "1: the part number itself; 0: a word of it or its description", key=True),
    sorted_word("word", "a number or word, in capitals, letters and digits only"),
    word("part_id", "part number", key=True),
    sqlite_with_rowid=False,
)
PART_TYPOS = sa.Table(
    "part_typos",
    METADATA,
    whole("generation", "which making of the index", key=True),
    sorted_word("typo", "a number with one sign left out"),
    word("part_id", "part number", key=True),
    sqlite_with_rowid=False,
)
PART_INDEX = sa.Table(
    "part_index",
    METADATA,
    whole("index_id", "always 1", key=True),
    whole("generation", "the making that readers use", required=True),
    word("batch_id", "the delivery of parts it was made from", required=True),
    moment("made_at", "UTC", required=True),
    sa.CheckConstraint("index_id = 1", name="only_one"),
)
PLAN_VERSIONS = sa.Table(
    "plan_versions",
    METADATA,
    sa.Column("run_id", sa.ForeignKey("runs.run_id"), primary_key=True, comment="the plan"),
    whole("version", "goes up by one at every edit and decision", required=True),
)
PLAN_EDITS = sa.Table(
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


def upgrade() -> None:
    """Add the tables."""
    connection = op.get_bind()
    METADATA.reflect(connection, only=["runs", "proposals"])
    METADATA.create_all(connection)
    insert_only(connection, "plan_edits")
    for table, column in (
        ("parts", "superseded_by"),
        ("substitutes", "part_id"),
        ("substitutes", "substitute_id"),
    ):
        op.create_index(f"ix_{table}_batch_id_{column}", table, ["batch_id", column])
    op.create_index("ix_reservations_owner_state", "reservations", ["owner", "state"])
