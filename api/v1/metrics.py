"""How often and how fast, for a monitor."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from api import metrics
from api.access import GuardedRoute, allow
from inventory.people import Role

router = APIRouter(tags=["health"], route_class=GuardedRoute)


@router.get("/metrics", response_class=PlainTextResponse)
@allow(Role.ADMIN, Role.SERVICE)
async def show_metrics() -> PlainTextResponse:
    """Requests by route and status, and their seconds, in Prometheus' form."""
    return PlainTextResponse(metrics.text(), media_type="text/plain; version=0.0.4")
