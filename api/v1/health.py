"""Is the server up? Nothing else is said here."""

from fastapi import APIRouter

from api.access import GuardedRoute, public
from api.fields import Shown

router = APIRouter(tags=["health"], route_class=GuardedRoute)


class Health(Shown):
    """Up."""

    status: str


@router.get("/healthz")
@public()
async def healthz() -> Health:
    """Up and answering; says nothing about the company."""
    return Health(status="ok")
