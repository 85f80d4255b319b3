"""The company of bad_inputs.json's baseline behind a real application, with one person per role."""

import itertools
import secrets
from datetime import UTC, datetime, timedelta

import polars as pl
from starlette.testclient import TestClient

from api.app import create_app
from api.desk import Desk
from api.limits import Pace
from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.ledger import perform
from data.store.part_search import refresh
from inventory.ledger import Request
from inventory.ledger_commands import Receive
from inventory.people import Role
from planning.people import accounts
from planning.people.sign_in import sign_in
from planning.settings import Settings

NOW = datetime(2025, 7, 1, 6, tzinfo=UTC)
PASSWORD = "correct horse battery"
PEOPLE = {
    "technician": ("tech1", Role.TECHNICIAN, ("FSL-1",)),
    "planner": ("planner1", Role.PLANNER, ("*",)),
    "finance": ("fin1", Role.FINANCE, ("*",)),
    "admin": ("admin1", Role.ADMIN, ("*",)),
    "service": ("erp1", Role.SERVICE, ("*",)),
    "auditor": ("aud1", Role.AUDITOR, ("*",)),
    "colleague": ("tech2", Role.TECHNICIAN, ("FSL-2",)),
    "second planner": ("planner2", Role.PLANNER, ("*",)),
}
KEYS = itertools.count()
SECRET = b"a secret of thirty-two bytes or more"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def a_key() -> str:
    return f"key-{next(KEYS)}-{secrets.token_hex(4)}"


def request(actor: str = "setup") -> Request:
    return Request(actor, a_key(), NOW)


def fill(store: Store) -> None:
    """Parts, locations and stock of the baseline, and everybody's account."""
    parts = pl.DataFrame(
        {
            "part_id": ["P-100", "P-200", "P-300", "AB/12", "P-099"],
            "description": ["Pump seal kit", "Pump shaft", "Filter, oil", "Hose 1/2", "Seal, old"],
            "unit_cost": [12.5, 480.0, 12.5, 3.0, 11.0],
            "currency": ["EUR"] * 5,
            "holding_rate": [0.25] * 5,
            "criticality": ["A", "B", "C", "C", "A"],
            "active": [True, True, False, True, True],
            "superseded_by": [None, None, None, None, "P-100"],
        }
    )
    locations = pl.DataFrame(
        {
            "location_id": ["CW", "FSL-1", "FSL-2", "FAR", "FAR-1"],
            "name": ["Central", "Forward 1", "Forward 2", "Far", "Far 1"],
            "parent_id": [None, "CW", "CW", None, "FAR"],
            "timezone": ["Europe/Berlin", "Europe/Berlin", "America/Chicago", None, None],
            "tier": ["A", "A", "B", "B", "B"],
        }
    )
    substitutes = pl.DataFrame(
        {"part_id": ["P-100"], "substitute_id": ["P-200"], "both_ways": [False]}
    )
    tables = {"parts": parts, "locations": locations, "substitutes": substitutes}
    keep_tables(store, tables, taken_in_at=NOW)
    refresh(store, NOW)
    for part, place, pieces in (
        ("P-100", "FSL-1", 7), ("P-200", "FSL-2", 4), ("P-100", "CW", 40), ("P-100", "FSL-2", 5),
        ("P-100", "FAR-1", 9),
    ):  # fmt: skip
        assert perform(store, request(), Receive(part, place, pieces)).ok


def hire(store: Store, *, today: bool = False) -> dict[str, str]:
    """Everybody's account; a token by who it is, a session's or (the service's) a key's.

    Sessions begin at `NOW`; with `today` now, for servers with a clock of their own.
    """
    now = datetime.now(UTC) if today else NOW
    tokens = {}
    for who, (name, role, sites) in PEOPLE.items():
        service = role is Role.SERVICE
        password = None if service else PASSWORD
        assert accounts.make(store, request(), name, role, password=password, sites=sites).ok
        if service:
            _, tokens[who] = accounts.make_key(store, request(), name, role, label="ERP")
        else:
            tokens[who] = sign_in(store, name, PASSWORD, now).token
    return tokens


class Door:
    """The application with everybody signed in."""

    def __init__(self, store: Store, tokens: dict[str, str] | None = None, **options) -> None:
        self.store, self.clock = store, Clock()
        self.tokens = hire(store) if tokens is None else tokens
        self.carried: list[dict] = []
        self.desk = Desk(
            store,
            Settings(),
            SECRET,
            self.clock,
            Pace(0),
            carry=lambda told, _: self.carried.append(told),
            carry_report=lambda told, _: self.carried.append(told),
            pace_at_door=Pace(0),
        )
        self.app = create_app(self.desk, **options)
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def ask(self, method: str, path: str, who: str = "", *, key: str | None = "", **more):
        """One request; writes get a fresh key unless one is given or None."""
        headers = dict(more.pop("headers", {}))
        if who in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who not in ("", "none"):
            headers["Authorization"] = f"Bearer {who}"
        if method not in ("GET", "HEAD") and key is not None:
            headers.setdefault("Idempotency-Key", key or a_key())
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, who: str = "planner", **more):
        return self.ask("GET", path, who, **more)

    def post(self, path: str, who: str = "planner", **more):
        return self.ask("POST", path, who, **more)
