"""Pages of long lists: a cursor says where the next begins, and only we can make one."""

import base64
import hmac
import json
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BeforeValidator, Field

from api.desk import Desk
from api.fields import read_whole
from api.problem import Problem

MOST_PER_PAGE: Final = 200
Limit = Annotated[
    int, BeforeValidator(read_whole), Field(ge=1, le=MOST_PER_PAGE, description="rows per page")
]
Cursor = Annotated[
    str, Query(max_length=2000, description="`next` of the page before; blank: the first page")
]


def cursor_of(desk: Desk, *place: Any) -> str:
    """The cursor of what comes after `place`."""
    text = json.dumps(place, separators=(",", ":")).encode()
    packed = base64.urlsafe_b64encode(text).decode().rstrip("=")
    return f"{packed}.{desk.sign(text)}"


def place_of(desk: Desk, cursor: str, *like: Any) -> tuple[Any, ...]:
    """The place a cursor stands for; `like` (the place before everything) without one.

    Raises:
        Problem: when it was not made here, or for another list.
    """
    if not cursor:
        return like
    packed, _, mark = cursor.partition(".")
    try:
        text = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        whole = hmac.compare_digest(mark.encode(), desk.sign(text).encode())
        place = json.loads(text) if whole else []
    except ValueError:
        place = []
    if len(place) != len(like) or any(
        type(a) is not type(b) for a, b in zip(place, like, strict=True)
    ):
        raise Problem(400, "cursor.invalid", "Not a cursor of this list.", field="cursor")
    return tuple(place)
