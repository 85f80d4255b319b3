"""Bodies, read strictly: what JSON readers usually let pass is refused before it is looked at."""

import json
import math
from typing import Any, Final

from starlette.requests import Request

from api.problem import Problem

LARGEST_BODY: Final = 1_000_000
DEEPEST: Final = 32
_LONGEST_NUMBER: Final = 40
_JSON: Final = "application/json"


async def read_body(request: Request, largest: int = LARGEST_BODY) -> bytes:
    """The whole body, however it is sent; refused as soon as it is too large."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() not in ("", "identity"):
        raise Problem(415, "content_encoding", "Send the body as it is, not compressed.")
    told = request.headers.get("content-length", "0")
    if told.isdigit() and int(told) > largest:
        raise _too_large(largest)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise _too_large(largest)
        parts.append(part)
    return b"".join(parts)


def strict_json(request: Request, body: bytes) -> Any:
    """The JSON object in `body`; every trap of the format is a refusal with its code."""
    if not body:
        return None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise Problem(415, "content_type", "Send the body as application/json.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem(400, "text.invalid_unicode", "The body is not UTF-8.") from None
    if _depth(text) > DEEPEST:
        raise Problem(400, "json.too_deep", f"More than {DEEPEST} brackets within each other.")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_doubles,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as trouble:
        said = f"No JSON: {trouble.msg} at line {trouble.lineno}, column {trouble.colno}."
        raise Problem(400, "json.invalid", said) from None
    if not isinstance(value, dict):
        raise Problem(400, "json.type", "The body is a JSON object: {…}.")
    _check_texts(value, "")
    return value


def check_text(text: str, field: str) -> None:
    """Refuse signs that no database keeps and no person types."""
    if text.isprintable():
        return
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise Problem(400, "text.invalid_unicode", "Half a character.", field=field)
    if any((ord(sign) < 32 and sign not in "\n\r\t") or ord(sign) == 127 for sign in text):
        raise Problem(422, "text.control", "A control character in a text.", field=field)


def _too_large(largest: int) -> Problem:
    return Problem(413, "body.too_large", f"At most {largest:,} bytes.", largest=largest)


def _depth(text: str) -> int:
    """How deep brackets stand within each other, those in texts left out."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    quoted = skip = False
    for sign in text:
        if skip:
            skip = False
        elif quoted:
            skip, quoted = sign == "\\", sign != '"'
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
        elif sign in "]}":
            depth -= 1
    return deepest


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(400, "json.duplicate_key", "One name twice.", field=_shortened(twice))
    return found


def _not_finite(_: str) -> Any:
    raise Problem(400, "number.not_finite", "A number that is none, or infinite.")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _not_finite(digits)


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise Problem(400, "number.above_max", f"A number of more than {_LONGEST_NUMBER} digits.")
    return int(digits)


def _check_texts(value: Any, field: str) -> None:
    if isinstance(value, str):
        check_text(value, field)
    elif isinstance(value, dict):
        for name, each in value.items():
            check_text(name, field)
            _check_texts(each, f"{field}.{name}" if field else name)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            _check_texts(each, f"{field}[{place}]")


def _shortened(text: str) -> str:
    return text.encode("ascii", "replace").decode()[:60]
