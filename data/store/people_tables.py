"""Tables of who may come in: people, their sessions, keys of machines, tokens used once."""

from typing import Final

import sqlalchemy as sa

from data.store.columns import METADATA, moment, one_of, serial, whole, word, yes_or_no

_ROLES: Final = ("technician", "planner", "finance", "admin", "service", "auditor")

PEOPLE: Final = sa.Table(
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
SESSIONS: Final = sa.Table(
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
API_KEYS: Final = sa.Table(
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
SIGN_IN_STATE: Final = sa.Table(
    "sign_in_state",
    METADATA,
    whole("state_id", "always 1", key=True),
    whole("epoch", "goes up whenever somebody loses a right, so that nobody is remembered wrongly",
          required=True),
    word("first_admin_hash", "SHA-256 of the token that makes the first admin; null once used"),
    sa.CheckConstraint("state_id = 1", name="only_one"),
)  # fmt: skip
