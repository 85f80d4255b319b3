"""One sentence that can be read to a customer as it stands: a day, how sure, and why."""

from datetime import datetime, tzinfo
from typing import Final

from inventory.promise.ways import Unknown, Way

_BY: Final = {
    Way.SHELF: "here on the shelf",
    Way.NEARBY: "coming from a place nearby",
    Way.VAN: "coming with a service van",
    Way.DEPOT: "coming from the depot",
    Way.ON_ORDER: "already on order",
    Way.REPAIR: "in the workshop",
    Way.EMERGENCY: "coming by express",
    Way.NEW_ORDER: "being ordered for you",
}
_UNKNOWN: Final = {
    Unknown.NO_LEAD_TIME: "nobody has told us yet how long it takes to arrive",
    Unknown.NO_REPAIR_TIME: "nobody has told us yet how long its repair takes",
    Unknown.NO_SUPPLIER: "nobody is known who delivers it",
    Unknown.NOTHING_COMING: "fewer pieces are on their way than are needed",
    Unknown.UNKNOWN_PART: "its number is not in our catalogue",
}
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def day_of(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """A day as people say it: Thursday 10 July; of another year than `now` with its year."""
    local = moment.astimezone(zone)
    other = now is not None and local.year != now.astimezone(zone).year
    year = f" {local.year}" if other else ""
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}{year}"


def promise(
    way: Way,
    likely_by: datetime | None,
    promised_for: datetime | None,
    *,
    now: datetime,
    zone: tzinfo,
    alternate: bool = False,
    held_until: datetime | None = None,
) -> str:
    """What to say about a way whose moments are known."""
    thing = "An equal part" if alternate else "Your part"
    if way is Way.SHELF:
        kept = f" and kept for you until {day_of(held_until, zone, now)}" if held_until else ""
        return f"{thing} is here on the shelf{kept}."
    if promised_for is None or likely_by is None:
        return f"{thing} is {_BY[way]}, but we cannot name a day that we would be sure of."
    likely, sure = day_of(likely_by, zone, now), day_of(promised_for, zone, now)
    today = day_of(now, zone)
    if likely == sure:
        return f"{thing} is {_BY[way]} and will be here {_on(sure, today)}."
    said = f"{thing} is {_BY[way]}: most likely here by {_plain(likely, today)}"
    return f"{said}, and we promise it for {_plain(sure, today)}."


def unknown(reason: Unknown) -> str:
    """What to say where no moment can be named."""
    return f"We cannot name a day yet, because {_UNKNOWN[reason]}; we will call you once we can."


def moved(new: datetime | None, cause: str, zone: tzinfo) -> str:
    """What to say when a promise moves, before the customer asks."""
    if new is None:
        return f"Your part is delayed and we cannot name a new day yet: {cause}."
    return f"Your part will be here by {day_of(new, zone)}, not as promised before: {cause}."


def _plain(day: str, today: str) -> str:
    return "today" if day == today else day


def _on(day: str, today: str) -> str:
    return "today" if day == today else f"on {day}"


def job(
    likely_by: datetime | None,
    promised_for: datetime | None,
    *,
    all_there: bool,
    now: datetime,
    zone: tzinfo,
) -> str:
    """What to say about all parts of a job together."""
    if all_there:
        return "Every part of the job is here on the shelf."
    if likely_by is None or promised_for is None:
        return "Not every part of the job is sure to come; we cannot name a day yet."
    today = day_of(now, zone)
    likely, sure = (_plain(day_of(one, zone, now), today) for one in (likely_by, promised_for))
    if likely == sure:
        return f"The last part will be here {'' if sure == 'today' else 'on '}{sure}."
    return f"The last part is most likely here by {likely}, and we promise it for {sure}."
