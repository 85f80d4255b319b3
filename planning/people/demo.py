"""The people of the demo company: one for each role, with passwords drawn when it is made."""

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from data.store import catalogue
from data.store.engine import Store
from inventory.ledger import Request
from inventory.people import EVERYWHERE, Role
from planning.people import accounts

PEOPLE: Final = (
    ("tom", Role.TECHNICIAN, "a technician"),
    ("paula", Role.PLANNER, "a planner"),
    ("peter", Role.PLANNER, "the second planner"),
    ("fiona", Role.FINANCE, "finance"),
    ("anna", Role.ADMIN, "the admin"),
    ("ulla", Role.AUDITOR, "the auditor"),
)
FILE: Final = "sign-in.txt"


def hire(store: Store, folder: Path) -> Path:
    """Make everybody's account unless they are there; their passwords lie in a file of ours."""
    path = folder / FILE
    with store.read() as connection:
        site = _a_site(catalogue.parents(connection))
    lines = []
    now = datetime.now(UTC)
    for name, role, what in PEOPLE:
        password = secrets.token_urlsafe(9)
        sites = (site,) if role is Role.TECHNICIAN else (EVERYWHERE,)
        request = Request("demo", f"account {name}", now)
        made = accounts.make(store, request, name, role, password=password, sites=sites)
        if made.ok and not made.replayed:
            place = f" at {site}" if role is Role.TECHNICIAN else ""
            lines.append(f"{name:<7}{password:<14}{what}{place}")
    if lines:
        handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    return path


def _a_site(parents: Mapping[str, str]) -> str:
    """The first location that another one replenishes; any where there is none."""
    replenished = sorted(place for place, parent in parents.items() if parent)
    return replenished[0] if replenished else sorted(parents)[0]
