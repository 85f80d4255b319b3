"""Days as browsers send them from a form."""

from datetime import UTC, date, datetime, time

from pydantic import TypeAdapter, ValidationError

from api.asking import Asking
from api.fields import Day
from api.problem import Problem


def day_of(text: str, ask: Asking) -> date | None:
    """The day somebody chose; None where they left it open.

    Raises:
        Problem: when it is none, or over.
    """
    if not text:
        return None
    try:
        day: date = TypeAdapter(Day).validate_python(text)
    except ValidationError as trouble:
        said = trouble.errors()[0]["msg"]
        raise Problem(422, "date.invalid", f"{said}.", field="need_by") from None
    if day < ask.now.date():
        raise Problem(422, "date.in_past", "That day is over.", field="need_by")
    return day


def end_of(day: date) -> datetime:
    """Its last second."""
    return datetime.combine(day, time(23, 59, 59), UTC)
