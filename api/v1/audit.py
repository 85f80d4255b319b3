"""The audit trail: who did what, and whether anybody changed it afterwards."""

from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from data.store import audit, stock_reading
from inventory.people import Role

router = APIRouter(prefix="/v1/audit", tags=["audit"], route_class=GuardedRoute)
_START: Final = 2**62


class AuditRow(Shown):
    """What somebody did."""

    sequence: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = Field(description="as it was hashed, JSON")
    movement_id: int | None
    previous_hash: str
    hash: str


class AuditRows(Shown):
    """A page of the trail, the newest first."""

    rows: list[AuditRow]
    next: str | None = None


class Verified(Shown):
    """Whether the chain is whole, and its end, to be kept elsewhere."""

    sound: bool
    sequence: int
    hash: str
    trouble: str | None = None


@router.get("")
@allow(Role.ADMIN, Role.AUDITOR)
async def list_rows(ask: Ask, limit: Limit = 50, cursor: Cursor = "") -> AuditRows:
    """Who did what, the newest first."""
    (before,) = place_of(ask.desk, cursor, _START)
    rows = await ask.read(lambda c: stock_reading.audit_rows(c, before, limit + 1))
    shown = [AuditRow(**row) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].sequence) if len(rows) > limit else None
    return AuditRows(rows=shown, next=more)


@router.get("/verify", response_model_exclude_unset=True)
@allow(Role.ADMIN, Role.AUDITOR)
async def verify(ask: Ask) -> Verified:
    """Go through the whole chain."""

    def work() -> dict[str, Any]:
        with ask.desk.store.read() as connection:
            broken, head = audit.verify(connection), audit.head(connection)
        told = {"trouble": broken.message} if broken else {}
        return {"sound": broken is None, "sequence": head.sequence, "hash": head.hash, **told}

    return Verified(**await ask.do(work))
