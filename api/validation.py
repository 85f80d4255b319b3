"""What a checked shape finds wrong, as our codes: the first trouble, its field, what is allowed."""

from collections.abc import Sequence
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.problem import Problem, respond

_CODES: Final = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "int_type": "type.integer",
    "int_parsing": "type.integer",
    "int_from_float": "type.integer",
    "int_parsing_size": "number.above_max",
    "float_type": "type.number",
    "float_parsing": "type.number",
    "string_type": "type.text",
    "bool_type": "type.boolean",
    "bool_parsing": "type.boolean",
    "list_type": "type.list",
    "dict_type": "type.object",
    "model_type": "type.object",
    "model_attributes_type": "type.object",
    "greater_than_equal": "number.below_min",
    "greater_than": "number.below_min",
    "less_than_equal": "number.above_max",
    "less_than": "number.above_max",
    "finite_number": "number.not_finite",
    "too_short": "list.empty",
    "too_long": "list.too_long",
    "string_too_short": "text.empty",
    "string_too_long": "text.too_long",
    "string_pattern_mismatch": "text.format",
    "literal_error": "enum.unknown",
    "enum": "enum.unknown",
    "json_invalid": "json.invalid",
}


async def of_shape(_: Request, trouble: Exception) -> Response:
    """Tell the first thing wrong with a request's shape."""
    assert isinstance(trouble, RequestValidationError)
    return respond(problem_of(trouble.errors()))


def problem_of(errors: Sequence[Any]) -> Problem:
    """The first of `errors`; a name nobody knows is told before a value that is missing."""
    first = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    place = [part for part in first["loc"] if part not in ("body", "query", "path", "header")]
    code = _CODES.get(first["type"], first["type"] if "." in first["type"] else "value.not_allowed")
    return Problem(422, code, f"{first['msg']}.".replace("..", "."), field=_path(place))


def _path(place: Sequence[Any]) -> str:
    """`lines[0].quantity`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text[:200].encode("ascii", "replace").decode()
