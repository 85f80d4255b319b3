"""Accounts and keys: an admin makes and changes them, nobody changes their own role."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import audit, people
from data.store.engine import Store
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request
from inventory.people import EVERYWHERE, Role
from planning.people.passwords import (
    KEY_PREFIX,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    drawn,
    fits,
    hashed,
    token_hash,
)

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_SHOWN_LETTERS: Final = 12


class CannotMake(Exception):
    """An account that cannot be; the message says why, `field` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_name(name: str) -> str:
    """A name that can stand in a log, an address and a report.

    Raises:
        CannotMake: when it cannot.
    """
    if not _NAME.fullmatch(name):
        wanted = "1 to 64 small letters, digits, dots, dashes, underscores or @"
        raise CannotMake("name", f"A name is {wanted}, and begins with a letter or digit.")
    return name


def check_password(password: str) -> str:
    """A password long enough.

    Raises:
        CannotMake: when it is not.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        said = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} signs."
        raise CannotMake("password", said)
    return password


def make(
    store: Store,
    request: Request,
    name: str,
    role: Role,
    *,
    password: str | None = None,
    sites: Sequence[str] = (EVERYWHERE,),
) -> Answer:
    """Make an account, once however often it is asked for."""
    row = _row(check_name(name), role, password, sites, request.at)
    asked = {"name": name, "role": role.value, "sites": list(sites)}
    return once(store, request, "make account", asked, lambda c: _make(c, row))


def _make(connection: sa.Connection, row: dict[str, Any]) -> Done:
    name = row["name"]
    if not people.add_account(connection, row):
        raise Refused(Refusal.TAKEN, f"There is an account {name} already.", field="name")
    return Done(f"account {name}", {"name": name, "role": row["role"], "version": 1})


def _row(
    name: str, role: Role, password: str | None, sites: Sequence[str], now: datetime
) -> dict[str, Any]:
    return {
        "name": name,
        "role": role.value,
        "sites": json.dumps(sorted(set(sites))),
        "password_hash": None if password is None else hashed(check_password(password)),
        "active": True,
        "version": 1,
        "created_at": now,
        "changed_at": now,
    }


def change(store: Store, request: Request, name: str, version: int, **values: Any) -> Answer:
    """Change role, sites, password or `active` of an account that is at `version`.

    Whoever loses a right loses it at once: every session of the account ends, and with a change of
    role every key of another one.
    """
    asked = {key: value for key, value in values.items() if key != "password" and value is not None}
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if value is None:
            continue
        if key == "password":
            kept["password_hash"] = hashed(check_password(value))
        elif key == "sites":
            kept["sites"] = json.dumps(sorted(set(value)))
        else:
            kept[key] = value.value if isinstance(value, Role) else value
    if "role" in kept and name == request.actor:
        raise CannotMake("role", "Nobody changes their own role.")
    asked = {"name": name, "version": version, **asked, "password": "password_hash" in kept}

    def work(connection: sa.Connection) -> Done:
        row = people.account(connection, name, lock=True)
        if row is None:
            raise Refused(Refusal.UNKNOWN, f"There is no account {name}.", field="name")
        if not people.change_account(connection, name, version, changed_at=request.at, **kept):
            said = f"{name} is at version {row.version}, not {version}. Look again."
            raise Refused(Refusal.STALE, said, version=row.version)
        people.end_sessions_of(connection, name, request.at)
        if "role" in kept:
            people.end_keys_of_others(connection, name, Role(kept["role"]), request.at)
        return Done(f"account {name}", {"name": name, "version": version + 1})

    return once(store, request, "change account", asked, work)


def change_password(store: Store, request: Request, old: str, new: str) -> Answer:
    """Change one's own password; every session of oneself ends."""
    with store.read() as connection:
        row = people.account(connection, request.actor)
    if row is None or not fits(old, row.password_hash):
        raise CannotMake("old_password", "That is not your password.")
    return change(store, request, request.actor, row.version, password=new)


def make_key(
    store: Store,
    request: Request,
    name: str,
    role: Role,
    *,
    label: str,
    expires_at: datetime | None = None,
) -> tuple[Answer, str]:
    """Make a key for `name`; it is shown this once, and blank when the request was a repetition."""
    key = drawn(KEY_PREFIX)
    row = {
        "name": name,
        "label": label,
        "prefix": key[:_SHOWN_LETTERS],
        "key_hash": token_hash(key),
        "role": role.value,
        "created_at": request.at,
        "created_by": request.actor,
        "expires_at": expires_at,
    }

    def work(connection: sa.Connection) -> Done:
        owner = people.account(connection, name, lock=True)
        if owner is None:
            raise Refused(Refusal.UNKNOWN, f"There is no account {name}.", field="name")
        if name == request.actor and role.value != owner.role:
            said = "Nobody gives themselves another role."
            raise Refused(Refusal.FOUR_EYES, said, field="role")
        number = people.add_key(connection, row)
        body = {"key_id": number, "prefix": row["prefix"], "role": role.value, "label": label}
        return Done(f"key {number} of {name}", body)

    asked = {"name": name, "role": role.value, "label": label, "expires_at": expires_at}
    answer = once(store, request, "make key", asked, work)
    return answer, "" if answer.replayed or not answer.ok else key


def end_key(store: Store, request: Request, name: str, key_id: int) -> Answer:
    """End a key at once."""

    def work(connection: sa.Connection) -> Done:
        if not people.end_key(connection, name, key_id, request.at):
            raise Refused(Refusal.UNKNOWN, f"{name} has no key {key_id}.", field="key_id")
        return Done(f"key {key_id} of {name}", {"key_id": key_id, "ended": True})

    return once(store, request, "end key", {"name": name, "key_id": key_id}, work)


def first_admin_token(store: Store) -> str:
    """A token that makes the first admin, once; blank where somebody may come in already."""
    token = drawn("first_")

    def work(connection: sa.Connection) -> str:
        if people.anybody(connection):
            return ""
        people.set_first_admin(connection, token_hash(token))
        return token

    return store.transact(work)


def make_first_admin(store: Store, token: str, name: str, password: str, now: datetime) -> bool:
    """Make the first admin with the token of the console; False when it is not that token."""
    row = _row(check_name(name), Role.ADMIN, password, (EVERYWHERE,), now)

    def work(connection: sa.Connection) -> bool:
        used = people.use_first_admin(connection, token_hash(token))
        if not used or people.anybody(connection) or not people.add_account(connection, row):
            return False
        audit.append(connection, Request(name, "first admin", now), "first admin", name, {})
        return True

    return store.transact(work)
