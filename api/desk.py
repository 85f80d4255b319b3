"""The desk requests are answered at: the store, the clock, the secret, and who is known by token.

A token that was looked up is remembered until somebody, in whichever process, loses a right.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.limits import Pace
from api.network import Network
from api.problem import Problem
from data.store import catalogue, people
from data.store.engine import Store
from data.store.reader import Reader
from inventory.people import Person
from planning.finance.report import asked as reports
from planning.night.start import Carry, in_a_child
from planning.people.sign_in import holder
from planning.promises.outlook import Outlook
from planning.settings import Settings

T = TypeVar("T")
LOG: Final = logging.getLogger("sparewise.api")
COOKIE: Final = "sparewise_session"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
SHORTEST_SECRET: Final = 32  # bytes
_MOST_REMEMBERED: Final = 10_000


def utc_now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass
class Desk:
    """Everything a request needs; one per process."""

    store: Store
    settings: Settings
    secret: bytes = field(repr=False)
    clock: Callable[[], datetime] = utc_now
    pace_of: Pace = field(default_factory=Pace)
    carry: Carry = in_a_child
    carry_report: reports.Carry = reports.in_a_child
    behind_tls: bool = False
    pace_at_door: Pace = field(default_factory=lambda: Pace(10 / 60, 10))

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError(f"The secret has fewer than {SHORTEST_SECRET} bytes.")
        self._reader = Reader(self.store)
        self._known: dict[str, people.Found] = {}
        self._epoch = -1
        self._network = Network("", {})
        self.outlook = Outlook(self.settings)
        self._worker = ThreadPoolExecutor(1, "deliveries")

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` reads in one view: at once on SQLite, in a thread on a server."""
        if self.store.is_sqlite:
            return self._reader.read(work)
        return await run_in_threadpool(self._read_there, work)

    async def do(self, work: Callable[[], T]) -> T:
        """Do what waits for a disk or takes a while, beside the requests that do not."""
        return await run_in_threadpool(work)

    def _read_there(self, work: Callable[[sa.Connection], T]) -> T:
        with self.store.read() as connection:
            return work(connection)

    async def identify(self, request: Request) -> Person:
        """Who asks.

        Raises:
            Problem: 401 when nobody did, or somebody who may not come in any more.
        """
        token = token_of(request)
        if not token:
            said = "Sign in, or send a key: Authorization: Bearer …"
            raise Problem(401, "auth.missing", said, headers={"WWW-Authenticate": "Bearer"})
        found = await self.read(lambda connection: self._found(connection, token))
        if found is None:
            raise Problem(401, "auth.invalid", "Nobody is known by this token.")
        if found.revoked:
            raise Problem(401, "auth.revoked", "This sign-in was ended. Sign in again.")
        if found.expires_at is not None and found.expires_at <= self.clock():
            raise Problem(401, "auth.expired", "This sign-in is over. Sign in again.")
        return found.person

    def _found(self, connection: sa.Connection, token: str) -> people.Found | None:
        now = people.epoch(connection)
        if now != self._epoch or len(self._known) > _MOST_REMEMBERED:
            self._known, self._epoch = {}, now
        found = self._known.get(token)
        if found is None:
            found = holder(connection, token)
            if found is not None:
                self._known[token] = found
        return found

    def network(self, connection: sa.Connection) -> Network:
        """The locations in force."""
        batch = catalogue.location_batch(connection)
        if batch != self._network.batch_id:
            self._network = Network(batch, catalogue.parents(connection))
        return self._network

    def pace(self, name: str) -> None:
        """Count a request of `name`.

        Raises:
            Problem: 429 when there were too many.
        """
        wait_seconds = self.pace_of.wait_seconds(name)
        if wait_seconds > 0:
            after = {"Retry-After": str(max(1, round(wait_seconds)))}
            raise Problem(429, "rate.exceeded", "Too many requests. Wait a moment.", headers=after)

    def pace_sign_in(self, name: str, source: str) -> None:
        """Count a try to come in, by source and by name; of a source that has to wait, no name.

        Raises:
            Problem: 429 when there were too many.
        """
        for one in (f"s {source}", f"n {name}"):
            wait_seconds = self.pace_at_door.wait_seconds(one)
            if wait_seconds > 0:
                after = {"Retry-After": str(round(wait_seconds) + 1)}
                said = "Too many tries. Wait a minute."
                raise Problem(429, "rate.exceeded", said, headers=after)

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` after what was asked before it, one at a time."""
        self._worker.submit(work).add_done_callback(_told)

    def csrf_token(self, request: Request) -> str:
        """What a form of this session must bring along."""
        return self.sign(b"csrf " + token_of(request).encode())

    async def check_csrf(self, request: Request) -> None:
        """Refuse a write that another site could have sent along with our cookie."""
        if "authorization" in request.headers:
            return
        given = request.headers.get(CSRF_HEADER, "")
        content = request.headers.get("content-type", "")
        if not given and content.startswith("application/x-www-form-urlencoded"):
            given = str((await request.form()).get(CSRF_FIELD, ""))
        if not hmac.compare_digest(given.encode(), self.csrf_token(request).encode()):
            said = f"Send the token of the page as {CSRF_HEADER}."
            raise Problem(403, "csrf.missing", said)

    def sign(self, text: bytes) -> str:
        """A mark only this installation can make."""
        return hmac.new(self.secret, text, hashlib.sha256).hexdigest()[:32]

    def close(self) -> None:
        """Finish what was begun and let go of the open connection."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._reader.close()


def _told(done: Future[object]) -> None:
    if not done.cancelled() and done.exception() is not None:
        LOG.error("A delivery failed.", exc_info=done.exception())


def token_of(request: Request) -> str:
    """The token a request brings along: a bearer's, else the cookie's; blank without."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return token.strip() if scheme.lower() == "bearer" else "?"
    return request.cookies.get(COOKIE, "")
