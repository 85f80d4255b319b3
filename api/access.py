"""Who may do what, by declaration: a route says whom it is for, or the server does not start."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from api.bodies import LARGEST_BODY, read_body, strict_json
from api.desk import Desk
from api.problem import Problem
from inventory.people import Role

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_TOKENS_IN_ADDRESS: Final = frozenset({"access_token", "token", "api_key", "apikey", "key"})
_FORM_OVERHEAD: Final = 2048  # boundaries and names around a file
_DECLARED: Final = "sparewise_access"
EVERYBODY: Final = frozenset(Role)


class Undeclared(TypeError):
    """A route that does not say whom it is for."""


@dataclass(frozen=True, slots=True)
class Access:
    """Whom a route is for, and what its request must bring along."""

    roles: frozenset[Role]
    public: bool = False  # nobody has to sign in
    keyed: bool = True  # a write needs an Idempotency-Key; see `Asking.signed`
    form: bool = False  # the body is a form or a file, not JSON
    largest_body: int = LARGEST_BODY
    own_only: frozenset[str] = frozenset()  # fields that exist, but not for whoever asks


def allow(*roles: Role, **more: Any) -> Callable[[Endpoint], Endpoint]:
    """Declare that a route is for `roles`, and for nobody else."""
    return _declare(Access(frozenset(roles), **more))


def public(**more: Any) -> Callable[[Endpoint], Endpoint]:
    """Declare that nobody has to sign in for a route."""
    return _declare(Access(frozenset(), public=True, keyed=False, **more))


def _declare(access: Access) -> Callable[[Endpoint], Endpoint]:
    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _DECLARED, access)
        return endpoint

    return mark


def access_of(endpoint: Callable[..., Any], path: str) -> Access:
    """What a route declares.

    Raises:
        Undeclared: when it declares nothing.
    """
    access = getattr(endpoint, _DECLARED, None)
    if not isinstance(access, Access):
        raise Undeclared(f"{path} does not say whom it is for: put @allow(...) above it.")
    return access


class GuardedRoute(APIRoute):
    """A route that looks who asks before it looks at what is asked."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.access = access_of(endpoint, path)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler behind our guard."""
        answer = super().get_route_handler()
        access = self.access
        names = frozenset(_query_names(self.dependant))

        async def guarded(request: Request) -> Response:
            await _let_in(request, access, names)
            return await answer(request)

        return guarded


def _query_names(dependant: Dependant) -> Iterator[str]:
    for field in dependant.query_params:
        yield field.alias
    for further in dependant.dependencies:
        yield from _query_names(further)


async def _let_in(request: Request, access: Access, names: frozenset[str]) -> None:
    desk: Desk = request.app.state.desk
    asked = frozenset(request.query_params) if request.url.query else frozenset()
    if asked & (_TOKENS_IN_ADDRESS - names):
        raise Problem(400, "auth.location", "A token belongs in the Authorization header.")
    writes = request.method not in _SAFE
    if not access.public:
        person = await desk.identify(request)
        if person.role not in access.roles:
            said = f"This is not for the role {person.role.value}."
            raise Problem(403, "role.forbidden", said, role=person.role.value)
        request.state.person = person
        desk.pace(person.name)
    if unknown := asked - names:
        name = min(unknown).encode("ascii", "replace").decode()[:60]
        raise Problem(422, "field.unknown", "No such parameter.", field=name)
    if not writes:
        return
    if access.form:
        _limit(request, access.largest_body)
    else:
        body = await read_body(request, access.largest_body)
        request._body, request._json = body, strict_json(request, body)
        if forbidden := access.own_only & frozenset(request._json or ()):
            raise Problem(403, "field.forbidden", "Not yours to change.", field=min(forbidden))
    if not access.public:
        await desk.check_csrf(request)


def _limit(request: Request, largest: int) -> None:
    """Stop a form that is too large, whether or not its length was told."""
    most, seen, receive = largest + _FORM_OVERHEAD, 0, request._receive
    too_large = Problem(413, "file.too_large", f"At most {largest:,} bytes.", largest=largest)
    told = request.headers.get("content-length", "")
    if told.isdigit() and int(told) > most:
        raise too_large

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise too_large
        return message

    request._receive = counted
