"""Days as browsers send them from a form."""

from datetime import UTC, date, datetime, time, tzinfo

from pydantic import TypeAdapter, ValidationError

from api.asking import Asking
from api.fields import Day
from api.problem import Problem


async def zone_of(ask: Asking, location_id: str) -> tzinfo:
    """The time zone of a place; UTC where it is not known."""
    outlook = ask.desk.outlook
    await ask.read(lambda connection: outlook.refresh(connection, ask.now))
    place = outlook.places.get(location_id)
    return place.zone if place else UTC


def day_of(text: str, ask: Asking, zone: tzinfo) -> date | None:
    """The day somebody chose, in `zone`; None where they left it open.

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
    if day < ask.now.astimezone(zone).date():
        raise Problem(422, "date.in_past", "That day is over.", field="need_by")
    return day


def end_of(day: date, zone: tzinfo) -> datetime:
    """Its last second there."""
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
