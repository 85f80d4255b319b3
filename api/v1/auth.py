"""Come in and go: by name and password, or as the first admin with the console's token."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from api.access import EVERYBODY, GuardedRoute, allow, public
from api.asking import Ask
from api.desk import COOKIE, Desk, token_of
from api.fields import Body, Shown
from api.problem import Problem
from planning.people import accounts, sign_in

router = APIRouter(prefix="/v1/auth", tags=["sign-in"], route_class=GuardedRoute)
Password = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class SignInAsked(Body):
    """Who comes in."""

    name: Name
    password: Password


class SignedIn(Shown):
    """A session; its token is a bearer's, and the cookie's."""

    token: str
    name: str
    expires_at: datetime


class FirstAdminAsked(Body):
    """The token the server printed, and who is to be the first admin."""

    token: Password
    name: Name
    password: Password


class Gone(Shown):
    """It is over."""

    signed_out: bool


class FirstAdminMade(Shown):
    """The first admin."""

    name: str


@router.post("/login")
@public()
async def login(request: Request, response: Response, asked: SignInAsked) -> SignedIn:
    """Open a session; unknown names and wrong passwords are told alike."""
    desk: Desk = request.app.state.desk
    session = await open_session(request, desk, asked.name, asked.password)
    keep_cookie(response, desk, session)
    return SignedIn(token=session.token, name=session.name, expires_at=session.expires_at)


@router.post("/logout")
@allow(*EVERYBODY, keyed=False)
async def logout(ask: Ask, response: Response) -> Gone:
    """End this session, at once and everywhere."""
    token, now = token_of(ask.request), ask.now
    await ask.do(lambda: sign_in.sign_out(ask.desk.store, token, now))
    response.delete_cookie(COOKIE)
    return Gone(signed_out=True)


@router.post("/first-admin", status_code=201)
@public()
async def first_admin(request: Request, asked: FirstAdminAsked) -> FirstAdminMade:
    """Make the first admin, once, with the token of the console."""
    await make_first_admin(request, asked.token, asked.name, asked.password)
    return FirstAdminMade(name=asked.name)


async def make_first_admin(request: Request, token: str, name: str, password: str) -> None:
    """Make the first admin.

    Raises:
        Problem: it is not the token of the console, or the account cannot be.
    """
    desk: Desk = request.app.state.desk
    desk.pace_sign_in("first admin", _source(request))
    now = desk.clock()
    try:
        made = await desk.do(
            lambda: accounts.make_first_admin(desk.store, token, name, password, now)
        )
    except accounts.CannotMake as trouble:
        raise Problem(422, "value.not_allowed", str(trouble), field=trouble.field) from None
    if not made:
        raise Problem(401, "auth.invalid", "That is not the token, or there is an admin.")


async def open_session(request: Request, desk: Desk, name: str, password: str) -> sign_in.Session:
    """A session for whoever knows the password.

    Raises:
        Problem: 401 for everybody else, 429 after too many tries.
    """
    desk.pace_sign_in(name, _source(request))
    now = desk.clock()
    try:
        return await desk.do(lambda: sign_in.sign_in(desk.store, name, password, now))
    except sign_in.NotLetIn as no:
        raise Problem(401, "auth.wrong", str(no)) from None


def keep_cookie(response: Response, desk: Desk, session: sign_in.Session) -> None:
    """Give the browser its session; no script reads it, no other site sends it with a form."""
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.expires_at,
        httponly=True,
        samesite="lax",
        secure=desk.behind_tls,
        path="/",
    )


def _source(request: Request) -> str:
    return request.client.host if request.client else ""
