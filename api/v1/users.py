"""People: oneself, and, for an admin, everybody's account and keys."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.access import EVERYBODY, GuardedRoute, allow
from api.asking import Ask
from api.fields import AddressNumber, Body, Instant, LocationId, Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from api.v1.auth import Name, Password
from data.store import people
from inventory.ledger import Answer
from inventory.ledger import Request as LedgerRequest
from inventory.people import Role
from planning.people import accounts

router = APIRouter(prefix="/v1", tags=["people"], route_class=GuardedRoute)
Whose = Annotated[str, Path(max_length=64, description="name of the account")]
_NOT_ONES_OWN: Final = frozenset({"role", "sites", "active", "name", "version"})


class Me(Shown):
    """Who asks."""

    name: str
    role: Role
    sites: list[str] = Field(description="* = every location")


class PasswordAsked(Body):
    """One's own new password; nothing else of oneself can be changed."""

    old_password: Password
    new_password: Password


class RoleIn(Body):
    """What an account is made of."""

    name: Name
    role: Role = Field(strict=False)
    password: Password | None = Field(None, description="none: signs in with a key only")
    sites: list[LocationId] = Field(default=["*"], min_length=1, max_length=1000)


class AccountChange(Body):
    """What changes; the rest stays. Every session of the account ends."""

    role: Role | None = Field(None, strict=False)
    password: Password | None = None
    sites: list[LocationId] | None = Field(None, min_length=1, max_length=1000)
    active: bool | None = None


class AccountShown(Shown):
    """An account."""

    name: str
    role: Role
    sites: list[str]
    active: bool
    version: int
    created_at: datetime
    changed_at: datetime


class Accounts(Shown):
    """A page of accounts, by name."""

    users: list[AccountShown]
    next: str | None = None


class Versioned(Shown):
    """An account as it is now."""

    name: str
    version: int


class KeyAsked(Body):
    """A key for a machine."""

    label: Annotated[str, Field(min_length=1, max_length=200)]
    role: Role = Field(strict=False)
    expires_at: Instant | None = None


class KeyMade(Shown):
    """The key, shown this once; blank when the request was a repetition."""

    key_id: int
    prefix: str
    role: Role
    label: str
    key: str


class KeyShown(Shown):
    """A key, without what opens the door."""

    key_id: int
    label: str
    prefix: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    ended_at: datetime | None


class Keys(Shown):
    """The keys of an account."""

    keys: list[KeyShown]


class KeyEnded(Shown):
    """It opens nothing any more."""

    key_id: int
    ended: bool


@router.get("/users/me")
@allow(*EVERYBODY)
async def show_me(ask: Ask) -> Me:
    """Who asks."""
    return Me(name=ask.person.name, role=ask.person.role, sites=list(ask.person.sites))


@router.patch("/users/me")
@allow(*(EVERYBODY - {Role.SERVICE}), own_only=_NOT_ONES_OWN)
async def change_me(ask: Ask, asked: PasswordAsked) -> Versioned:
    """Change one's own password; every session of oneself ends."""
    store = ask.desk.store
    return Versioned(
        **await _made(
            ask,
            lambda signed: accounts.change_password(
                store, signed, asked.old_password, asked.new_password
            ),
        )
    )


@router.get("/admin/users")
@allow(Role.ADMIN)
async def list_accounts(ask: Ask, limit: Limit = 50, cursor: Cursor = "") -> Accounts:
    """Accounts, by name."""
    (after,) = place_of(ask.desk, cursor, "")
    rows = await ask.read(lambda c: people.accounts(c, after, limit + 1))
    shown = [_shown(row) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].name) if len(rows) > limit else None
    return Accounts(users=shown, next=more)


@router.post("/admin/users", status_code=201)
@allow(Role.ADMIN)
async def make_account(ask: Ask, asked: RoleIn) -> Versioned:
    """Make an account."""
    store = ask.desk.store
    return Versioned(
        **await _made(
            ask,
            lambda signed: accounts.make(
                store,
                signed,
                asked.name,
                asked.role,
                password=asked.password,
                sites=asked.sites,
            ),
        )
    )


@router.get("/admin/users/{name}")
@allow(Role.ADMIN)
async def show_account(ask: Ask, response: Response, name: Whose) -> AccountShown:
    """One account; its ETag is its version."""
    row = await ask.read(lambda c: people.account(c, name))
    if row is None:
        raise Problem(404, "ref.unknown", "There is no such account.", field="name")
    response.headers["ETag"] = f'"{row.version}"'
    return _shown(row)


@router.patch("/admin/users/{name}")
@allow(Role.ADMIN)
async def change_account(ask: Ask, name: Whose, asked: AccountChange) -> Versioned:
    """Change role, sites, password, or close an account; nobody changes their own role."""
    version = ask.if_match()
    if version is None:
        said = 'Say which version you saw: If-Match: "1".'
        raise Problem(428, "version.missing", said, field="If-Match")
    store = ask.desk.store
    values = asked.model_dump(exclude_none=True)
    return Versioned(
        **await _made(ask, lambda signed: accounts.change(store, signed, name, version, **values))
    )


@router.get("/admin/users/{name}/keys")
@allow(Role.ADMIN)
async def list_keys(ask: Ask, name: Whose) -> Keys:
    """The keys of an account."""
    rows = await ask.read(lambda c: people.keys_of(c, name))
    return Keys(keys=[KeyShown.model_validate(row, from_attributes=True) for row in rows])


@router.post("/admin/users/{name}/keys", status_code=201)
@allow(Role.ADMIN)
async def make_key(ask: Ask, name: Whose, asked: KeyAsked) -> KeyMade:
    """Make a key; it is shown this once."""
    if asked.expires_at is not None and asked.expires_at <= ask.now:
        raise Problem(422, "date.in_past", "That moment is over.", field="expires_at")
    store, shown = ask.desk.store, [""]

    def work(signed: LedgerRequest) -> Answer:
        answer, shown[0] = accounts.make_key(
            store, signed, name, asked.role, label=asked.label, expires_at=asked.expires_at
        )
        return answer

    return KeyMade(**await ask.perform(work), key=shown[0])


@router.post("/admin/users/{name}/keys/{key_id}/end")
@allow(Role.ADMIN)
async def end_key(
    ask: Ask, name: Whose, key_id: Annotated[AddressNumber, Path(description="number of the key")]
) -> KeyEnded:
    """End a key at once."""
    store = ask.desk.store
    return KeyEnded(
        **await ask.perform(lambda signed: accounts.end_key(store, signed, name, key_id))
    )


async def _made(ask: Ask, work: Callable[[LedgerRequest], Answer]) -> dict[str, Any]:
    try:
        return await ask.perform(work)
    except accounts.CannotMake as trouble:
        code = "field.forbidden" if trouble.field == "role" else "value.not_allowed"
        status = 403 if trouble.field == "role" else 422
        raise Problem(status, code, str(trouble), field=trouble.field) from None


def _shown(row: Any) -> AccountShown:
    facts = {name: getattr(row, name) for name in AccountShown.model_fields if name != "sites"}
    return AccountShown(**facts, sites=json.loads(row.sites))
