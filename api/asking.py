"""What every route gets: who asks, at what desk, at what moment, under which key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends
from starlette.requests import Request

from api.desk import Desk
from api.problem import Problem, refusal
from inventory.ledger import LONGEST_KEY, Answer
from inventory.ledger import Request as LedgerRequest
from inventory.people import Person

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """A request somebody may make."""

    person: Person
    desk: Desk
    request: Request
    now: datetime

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` reads, in one consistent view."""
        return await self.desk.read(work)

    async def do(self, work: Callable[[], T]) -> T:
        """Do what writes or takes a while."""
        return await self.desk.do(work)

    async def perform(self, work: Callable[[LedgerRequest], Answer]) -> dict[str, Any]:
        """Do a write under this request's key; what it answered.

        Raises:
            Problem: when it was refused.
        """
        signed = self.signed()
        answer = await self.desk.do(lambda: work(signed))
        if not answer.ok:
            raise refusal(answer)
        return dict(answer.body)

    def signed(self) -> LedgerRequest:
        """Who asks, under which key, as the store writes it down."""
        return LedgerRequest(self.person.name, _key(self.request), self.now)

    def if_match(self) -> int | None:
        """The version the sender saw; None when none was named.

        Raises:
            Problem: when it is no version.
        """
        given = self.request.headers.get("if-match")
        if given is None:
            return None
        text = given.strip().removeprefix("W/").strip('"')
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Problem(400, "version.format", 'If-Match is a version: "3".', field="If-Match")
        return int(text)


def asking(request: Request) -> Asking:
    """What a route gets."""
    desk: Desk = request.app.state.desk
    return Asking(request.state.person, desk, request, desk.clock())


async def _asking(request: Request) -> Asking:
    return asking(request)


Ask = Annotated[Asking, Depends(_asking)]


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        said = "Send an Idempotency-Key, so that a repeated request takes effect once."
        raise Problem(400, "idempotency.missing", said, field="Idempotency-Key")
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        said = f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters."
        raise Problem(400, "idempotency.format", said, field="Idempotency-Key")
    if not key.strip():
        raise Problem(400, "idempotency.format", "A blank key.", field="Idempotency-Key")
    return key
