"""Every refusal over HTTP has one shape: problem+json (RFC 9457) with a code and often the field.

What the inner packages refuse becomes a status here and nowhere else.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from data.store.retry import StoreBusy
from inventory.errors import InventoryError
from inventory.ledger import Answer, Refusal
from planning.promises.inquiry import NotKnown

STATUS_OF: Final[Mapping[str, int]] = {
    Refusal.INSUFFICIENT: 409,
    Refusal.UNKNOWN: 404,
    Refusal.LOCKED: 409,
    Refusal.FINAL_STATE: 409,
    Refusal.NOT_DUE: 409,
    Refusal.AT_RISK: 409,
    Refusal.EXCEEDS: 422,
    Refusal.OTHER_REQUEST: 409,
    Refusal.TAKEN: 409,
    Refusal.STALE: 412,
    Refusal.SUPERSEDED: 409,
    Refusal.IMMUTABLE: 409,
    Refusal.IMPOSSIBLE: 409,
    Refusal.FOUR_EYES: 403,
    Refusal.RUNNING: 409,
    Refusal.TOO_MANY: 429,
    Refusal.NO_VERSION: 428,
    Refusal.DECIDED: 409,
    Refusal.NOTHING: 409,
}
_TITLES: Final = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not yours to do",
    404: "Not there",
    405: "That cannot be done here",
    409: "It is not so any more",
    412: "It changed since it was read",
    413: "Too large",
    415: "Not in this form",
    421: "Not this host",
    422: "A value is not allowed",
    428: "Say which version",
    429: "Too many requests",
    500: "Our mistake",
    503: "Try again in a moment",
}
_OF_STATUS: Final = {404: Refusal.UNKNOWN.value, 405: "method"}
PROBLEM_JSON: Final = "application/problem+json"
INTERNAL: Final = "internal"


class Problem(HTTPException):
    """A refusal, ready to be told."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str = "",
        headers: Mapping[str, str] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(status, detail, headers=headers)
        self.code, self.field, self.facts = code, field, facts

    def told(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "type": f"urn:problem:sparewise:{self.code}",
            "title": _TITLES.get(self.status_code, "Refused"),
            "status": self.status_code,
            "detail": self.detail,
            "code": self.code,
            **({"field": self.field} if self.field else {}),
            **self.facts,
        }


def refusal(answer: Answer) -> Problem:
    """The problem an answer of the ledger's door stands for."""
    facts = {name: value for name, value in answer.body.items() if name not in ("message", "field")}
    field = str(answer.body.get("field", ""))
    message = str(answer.body.get("message", "Refused."))
    return Problem(STATUS_OF[answer.code], str(answer.code), message, field=field, **facts)


def respond(problem: Problem) -> Response:
    """A problem as an answer."""
    return JSONResponse(
        problem.told(),
        status_code=problem.status_code,
        headers=problem.headers,
        media_type=PROBLEM_JSON,
    )


async def of_http(_: Request, trouble: Exception) -> Response:
    """Answer our own problems, and what the framework refuses by itself."""
    if isinstance(trouble, Problem):
        return respond(trouble)
    if not isinstance(trouble, HTTPException):
        return respond(_mistake())
    code = _OF_STATUS.get(trouble.status_code, f"http.{trouble.status_code}")
    detail = _TITLES.get(trouble.status_code, "Refused") + "."
    return respond(Problem(trouble.status_code, code, detail, headers=trouble.headers))


async def of_domain(_: Request, trouble: Exception) -> Response:
    """A value the domain refuses: its message may be shown as it stands."""
    field = str(getattr(trouble, "figure", ""))
    return respond(Problem(422, "value.not_allowed", str(trouble), field=field))


async def of_unknown(_: Request, trouble: Exception) -> Response:
    """A part, place, job or customer that nobody knows."""
    field = str(getattr(trouble, "field", ""))
    return respond(Problem(404, Refusal.UNKNOWN.value, str(trouble), field=field))


async def of_store(_: Request, trouble: Exception) -> Response:
    """The database is locked or away; the same request may be sent again."""
    detail = "The database did not answer. Send the same request again in a moment."
    return respond(Problem(503, "store.busy", detail, headers={"Retry-After": "1"}))


async def of_bug(_: Request, trouble: Exception) -> Response:
    """A mistake of ours: nothing of it leaves the house."""
    return respond(_mistake())


def _mistake() -> Problem:
    return Problem(500, INTERNAL, "Something went wrong here; it was written down.")


HANDLERS: Final = {
    HTTPException: of_http,
    NotKnown: of_unknown,
    InventoryError: of_domain,
    StoreBusy: of_store,
    Exception: of_bug,
}
__all__ = ["HANDLERS", "PROBLEM_JSON", "Problem", "refusal", "respond"]
