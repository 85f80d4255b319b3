"""What every page is made with: guarded like the API, refused in words, rendered for its reader."""

import hashlib
import secrets
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access import GuardedRoute
from api.asking import Asking
from api.desk import Desk
from api.problem import Problem, refusal
from api.validation import problem_of
from inventory.ledger import Answer
from inventory.ledger import Request as LedgerRequest
from inventory.people import Person, Role

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_DAYS_WITH_HOURS: Final = 6  # farther away an hour says more than is known
_FIND, _ORDERS = ("/find", "Find a part"), ("/orders", "My repair orders")
_HELD, _DOCS = ("/orders", "Reservations"), ("/docs", "API")
NAVIGATION: Final = {
    Role.TECHNICIAN: (_FIND, _ORDERS),
    Role.PLANNER: (_FIND, _HELD, _DOCS),
    Role.FINANCE: (_FIND, _DOCS),
    Role.ADMIN: (_FIND, _DOCS),
    Role.SERVICE: (_DOCS,),
    Role.AUDITOR: (_DOCS,),
}


class PageRoute(GuardedRoute):
    """A route whose refusals are pages: who did not sign in is led to the door."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The guarded handler, its refusals told as a page."""
        answer = super().get_route_handler()

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except Problem as problem:
                return _refused(request, problem)
            except RequestValidationError as trouble:
                return _refused(request, problem_of(trouble.errors()))

        return told


def _refused(request: Request, problem: Problem) -> Response:
    if problem.status_code == 401 and request.url.path not in ("/sign-in", "/first-admin"):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        door = f"/sign-in?next={quote(asked, safe='')}" if request.method == "GET" else "/sign-in"
        if "hx-request" in request.headers:
            return Response(status_code=204, headers={"HX-Redirect": door})
        return RedirectResponse(door, 303)
    person = getattr(request.state, "person", None)
    told = {"problem": problem.told(), "person": person}
    return page(request, "problem.html", told, status=problem.status_code)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["moment"] = moment
    found.globals["static"] = static
    return found


@cache
def static(name: str) -> str:
    """The address of a file that browsers may keep for ever."""
    path = STATIC / name
    kept = path if path.exists() else STATIC / f"{name}.gz"
    return f"/static/{name}?v={hashlib.sha256(kept.read_bytes()).hexdigest()[:12]}"


def page(
    request: Request, template: str, facts: dict[str, Any], *, status: int = 200
) -> HTMLResponse:
    """A page for whoever asks, with the navigation of their role."""
    desk: Desk = request.app.state.desk
    person: Person | None = facts.get("person")
    whole = {
        "navigation": NAVIGATION[person.role] if person else (),
        "path": request.url.path,
        "csrf": desk.csrf_token(request) if person else "",
        "new_key": secrets.token_urlsafe(16),
        **facts,
        "person": person,
    }
    text = _environment().get_template(template).render(whole)
    return HTMLResponse(text, status)


async def performed(
    ask: Asking, key: str, work: Callable[[LedgerRequest], Answer]
) -> dict[str, Any]:
    """A write from a form, under the key that came with the form: sent twice, done once.

    Raises:
        Problem: when it was refused.
    """
    signed = LedgerRequest(ask.person.name, key, ask.now)
    answer = await ask.do(lambda: work(signed))
    if not answer.ok:
        raise refusal(answer)
    return dict(answer.body)


def moment(at: datetime | None, zone: Any = None, now: datetime | None = None) -> str:
    """A moment as people say it, at the site."""
    if at is None:
        return "unknown"
    here = at.astimezone(zone) if zone else at
    if now is None:
        return f"{here:%a %-d %b, %H:%M}"
    today = (now.astimezone(zone) if zone else now).date()
    if here.date() == today:
        return f"today, {here:%H:%M}"
    if here.year != today.year:
        return f"{here:%-d %b %Y}"
    far = (here.date() - today).days > _DAYS_WITH_HOURS
    return f"{here:%a %-d %b}" if far else f"{here:%a %-d %b, %H:%M}"
