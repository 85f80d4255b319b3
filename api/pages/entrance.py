"""The door for people: sign in, sign out, the first admin."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import EVERYBODY, allow, public
from api.desk import COOKIE, Desk, token_of
from api.pages.page import NAVIGATION, PageRoute, page
from api.problem import Problem
from api.v1.auth import keep_cookie, make_first_admin, open_session
from planning.people import sign_in

router = APIRouter(tags=["pages"], route_class=PageRoute, include_in_schema=False)
Field = Annotated[str, Form(max_length=200)]
Next = Annotated[str, Query(max_length=2000)]


@router.get("/")
@allow(*EVERYBODY)
async def start(request: Request) -> Response:
    """The first page of one's role."""
    return RedirectResponse(NAVIGATION[request.state.person.role][0][0], 303)


@router.get("/sign-in")
@public()
async def show_door(request: Request, next: Next = "/") -> Response:  # noqa: A002 - as browsers say
    """The door."""
    return page(request, "sign_in.html", {"next": next, "said": "", "name": ""})


@router.post("/sign-in")
@public(form=True, largest_body=10_000)
async def come_in(
    request: Request, name: Field = "", password: Field = "", where: Field = "/"
) -> Response:
    """Come in and go on to where one was going."""
    desk: Desk = request.app.state.desk
    _same_site(request)
    try:
        session = await open_session(request, desk, name.strip().lower(), password)
    except Problem as problem:
        facts = {"next": where, "said": problem.detail, "name": name}
        return page(request, "sign_in.html", facts, status=problem.status_code)
    inside = where.startswith("/") and not where.startswith(("//", "/\\"))
    answer = RedirectResponse(where if inside else "/", 303)
    keep_cookie(answer, desk, session)
    return answer


@router.post("/sign-out")
@allow(*EVERYBODY, form=True, largest_body=10_000)
async def go(request: Request) -> Response:
    """End the session here and everywhere."""
    desk: Desk = request.app.state.desk
    token, now = token_of(request), desk.clock()
    await desk.do(lambda: sign_in.sign_out(desk.store, token, now))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/first-admin")
@public()
async def show_first_admin(request: Request) -> Response:
    """Where the first admin is made."""
    return page(request, "first_admin.html", {"said": "", "made": ""})


@router.post("/first-admin")
@public(form=True, largest_body=10_000)
async def make_admin(
    request: Request, token: Field = "", name: Field = "", password: Field = ""
) -> Response:
    """Make the first admin, once, with the token of the console."""
    _same_site(request)
    try:
        await make_first_admin(request, token.strip(), name.strip().lower(), password)
    except Problem as problem:
        facts = {"said": problem.detail, "made": ""}
        return page(request, "first_admin.html", facts, status=problem.status_code)
    return page(request, "first_admin.html", {"said": "", "made": name})


def _same_site(request: Request) -> None:
    """Refuse a form that another site sent: there is no session yet that could sign it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "csrf.missing", "That form came from another site.")
