"""Come in and go: sessions are kept in the database and end at once when somebody ends them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from data.store import audit, people
from data.store.engine import Store
from inventory.ledger import Request
from inventory.people import Person
from planning.people.passwords import KEY_PREFIX, SESSION_PREFIX, drawn, fits, token_hash

SESSION_LENGTH: Final = timedelta(hours=12)


class NotLetIn(Exception):
    """Wrong name or password, nobody says which; or the account is closed."""


@dataclass(frozen=True, slots=True)
class Session:
    """What somebody who signed in holds; the token is shown this once."""

    token: str
    name: str
    expires_at: datetime


def sign_in(store: Store, name: str, password: str, now: datetime) -> Session:
    """Open a session.

    Raises:
        NotLetIn: the same for an unknown name, a wrong password and a closed account.
    """
    with store.read() as connection:
        known = people.account(connection, name)
    if not fits(password, known.password_hash if known else None) or not known.active:
        raise NotLetIn("Name or password is wrong.")
    session = Session(drawn(SESSION_PREFIX), name, now + SESSION_LENGTH)
    row = {
        "token_hash": token_hash(session.token),
        "name": name,
        "created_at": now,
        "expires_at": session.expires_at,
    }

    def work(connection: sa.Connection) -> None:
        people.open_session(connection, row)
        request = Request(name, "sign in", now)
        audit.append(connection, request, "sign in", name, {})

    store.transact(work)
    return session


def sign_out(store: Store, token: str, now: datetime) -> None:
    """End this session, here and in every process."""
    store.transact(lambda connection: people.end_session(connection, token_hash(token), now))


def holder(connection: sa.Connection, token: str) -> people.Found | None:
    """Whose token it is; None when it is nobody's."""
    if not token.startswith((SESSION_PREFIX, KEY_PREFIX)):
        return None
    is_key = token.startswith(KEY_PREFIX)
    return people.holder(connection, token_hash(token), is_key=is_key)


__all__ = ["NotLetIn", "Person", "Session", "holder", "sign_in", "sign_out"]
