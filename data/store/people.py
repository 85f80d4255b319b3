"""People, their sessions and their keys, as rows; who may do what is decided elsewhere."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store.people_tables import API_KEYS, PEOPLE, SESSIONS, SIGN_IN_STATE
from data.store.prepared import Prepared
from inventory.people import Person, Role

_TOKEN: Final[sa.BindParameter[str]] = sa.bindparam("token")
_BY_SESSION: Final = sa.select(
    PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.sites, PEOPLE.c.active,
    SESSIONS.c.expires_at, SESSIONS.c.ended_at,
).join(PEOPLE, PEOPLE.c.name == SESSIONS.c.name).where(SESSIONS.c.token_hash == _TOKEN)  # fmt: skip
_BY_KEY: Final = sa.select(
    PEOPLE.c.name, API_KEYS.c.role, PEOPLE.c.sites, PEOPLE.c.active,
    API_KEYS.c.expires_at, API_KEYS.c.ended_at,
).join(PEOPLE, PEOPLE.c.name == API_KEYS.c.name).where(API_KEYS.c.key_hash == _TOKEN)  # fmt: skip
_NAMES: Final = [column.name for column in PEOPLE.c]
_ADD: Final = sa.text(
    f"INSERT INTO people ({', '.join(_NAMES)}) VALUES (:{', :'.join(_NAMES)})"
    " ON CONFLICT (name) DO NOTHING"
).bindparams(*(sa.bindparam(column.name, type_=column.type) for column in PEOPLE.c))
_EPOCH: Final = Prepared(sa.select(SIGN_IN_STATE.c.epoch))
SHOWN: Final = (
    PEOPLE.c.name, PEOPLE.c.role, PEOPLE.c.sites, PEOPLE.c.active, PEOPLE.c.version,
    PEOPLE.c.created_at, PEOPLE.c.changed_at,
)  # fmt: skip
KEY_SHOWN: Final = (
    API_KEYS.c.key_id, API_KEYS.c.name, API_KEYS.c.label, API_KEYS.c.prefix, API_KEYS.c.role,
    API_KEYS.c.created_at, API_KEYS.c.created_by, API_KEYS.c.expires_at, API_KEYS.c.ended_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a token belongs to, and until when it is good."""

    person: Person
    expires_at: datetime | None
    revoked: bool


def epoch(connection: sa.Connection) -> int:
    """Goes up whenever somebody loses a right; what was known before it may be wrong."""
    rows = _EPOCH.rows(connection)
    return int(rows[0][0]) if rows else 0


def next_epoch(connection: sa.Connection) -> None:
    """Make every process look again at who may come in."""
    mine = sa.update(SIGN_IN_STATE).values(epoch=SIGN_IN_STATE.c.epoch + 1)
    if connection.execute(mine).rowcount == 0:
        connection.execute(sa.insert(SIGN_IN_STATE), {"state_id": 1, "epoch": 1})


def holder(connection: sa.Connection, token_hash: str, *, is_key: bool) -> Found | None:
    """Whose token it is; None when it is nobody's."""
    row = connection.execute(_BY_KEY if is_key else _BY_SESSION, {"token": token_hash}).first()
    if row is None:
        return None
    person = Person(row.name, Role(row.role), tuple(json.loads(row.sites)))
    return Found(person, row.expires_at, revoked=not row.active or row.ended_at is not None)


def account(connection: sa.Connection, name: str, *, lock: bool = False) -> Any:
    """The row of a person, password hash included; None when there is none."""
    query = sa.select(PEOPLE).where(PEOPLE.c.name == name)
    return connection.execute(query.with_for_update() if lock else query).first()


def accounts(connection: sa.Connection, after: str, limit: int) -> Sequence[Any]:
    """People by name, from after `after`."""
    query = sa.select(*SHOWN).where(PEOPLE.c.name > after).order_by(PEOPLE.c.name).limit(limit)
    return connection.execute(query).all()


def anybody(connection: sa.Connection) -> bool:
    """True when somebody may come in already."""
    return connection.execute(sa.select(PEOPLE.c.name).limit(1)).first() is not None


def add_account(connection: sa.Connection, row: dict[str, Any]) -> bool:
    """Write a person down; False where somebody of that name is there, since a moment even."""
    return connection.execute(_ADD, row).rowcount == 1


def change_account(connection: sa.Connection, name: str, version: int, **values: Any) -> bool:
    """Change a person who is still at `version`; True when it was."""
    same = sa.and_(PEOPLE.c.name == name, PEOPLE.c.version == version)
    changed = sa.update(PEOPLE).where(same).values(version=version + 1, **values)
    return connection.execute(changed).rowcount == 1


def open_session(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Write a session down."""
    connection.execute(sa.insert(SESSIONS), row)


def end_session(connection: sa.Connection, token_hash: str, now: datetime) -> None:
    """End one session."""
    mine = sa.and_(SESSIONS.c.token_hash == token_hash, SESSIONS.c.ended_at.is_(None))
    connection.execute(sa.update(SESSIONS).where(mine).values(ended_at=now))
    next_epoch(connection)


def end_sessions_of(connection: sa.Connection, name: str, now: datetime) -> None:
    """End every session of a person."""
    theirs = sa.and_(SESSIONS.c.name == name, SESSIONS.c.ended_at.is_(None))
    connection.execute(sa.update(SESSIONS).where(theirs).values(ended_at=now))
    next_epoch(connection)


def forget_sessions(connection: sa.Connection, before: datetime) -> int:
    """Drop sessions that were over before; returns how many."""
    return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at < before)).rowcount


def add_key(connection: sa.Connection, row: dict[str, Any]) -> int:
    """Write a key down; its number."""
    made = connection.execute(sa.insert(API_KEYS).returning(API_KEYS.c.key_id), row)
    return int(made.scalar_one())


def keys_of(connection: sa.Connection, name: str) -> Sequence[Any]:
    """The keys of a person, without what opens the door."""
    query = sa.select(*KEY_SHOWN).where(API_KEYS.c.name == name).order_by(API_KEYS.c.key_id)
    return connection.execute(query).all()


def end_key(connection: sa.Connection, name: str, key_id: int, now: datetime) -> bool:
    """End a key; True when there was one."""
    mine = sa.and_(API_KEYS.c.key_id == key_id, API_KEYS.c.name == name)
    ended = sa.update(API_KEYS).where(mine, API_KEYS.c.ended_at.is_(None)).values(ended_at=now)
    there = connection.execute(sa.select(API_KEYS.c.key_id).where(mine)).first() is not None
    connection.execute(ended)
    next_epoch(connection)
    return there


def end_keys_of_others(connection: sa.Connection, name: str, role: Role, now: datetime) -> None:
    """End every key of a person that opens more, or other, than their role."""
    other = sa.and_(API_KEYS.c.name == name, API_KEYS.c.role != role.value)
    ended = sa.update(API_KEYS).where(other, API_KEYS.c.ended_at.is_(None)).values(ended_at=now)
    connection.execute(ended)
    next_epoch(connection)


def set_first_admin(connection: sa.Connection, token_hash: str) -> None:
    """Keep the token that makes the first admin."""
    next_epoch(connection)
    connection.execute(sa.update(SIGN_IN_STATE).values(first_admin_hash=token_hash))


def use_first_admin(connection: sa.Connection, token_hash: str) -> bool:
    """Use that token up; True for the one who did."""
    mine = sa.update(SIGN_IN_STATE).where(SIGN_IN_STATE.c.first_admin_hash == token_hash)
    used = connection.execute(mine.values(first_admin_hash=None)).rowcount == 1
    if used:
        next_epoch(connection)
    return used
