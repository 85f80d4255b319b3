"""What a promise needs somebody to do: send pieces that are held elsewhere, buy those nobody has.

Every such errand is on the planner's list from the moment of the promise until it is done.
"""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store.exception_writing import Errand, errand_done, give_errand
from inventory.promise.ways import Option, Way
from planning.promises.outlook import Outlook

_BOUGHT: Final = {
    Way.NEW_ORDER: "promise_to_order",
    Way.EMERGENCY: "promise_to_order_express",
}


def ask_planner(
    connection: sa.Connection,
    outlook: Outlook,
    line: Any,
    option: Option,
    at: datetime,
    *,
    held: bool,
) -> None:
    """Put on the planner's list what `line` (of `repair_lines`) needs by the way it goes now."""
    elsewhere = held and option.from_location_id != line.location_id
    kind = "promise_to_send" if elsewhere else _BOUGHT.get(option.way, "")
    if not kind:
        errand_done(connection, line.repair_order_id, line.line)
        return
    facts = outlook.part(connection, option.part_id)
    errand = Errand(
        kind, line.repair_order_id, line.line, option.part_id, line.quantity,
        option.from_location_id if elsewhere else "", line.location_id,
        None if facts is None else facts.unit_cost * line.quantity,
    )  # fmt: skip
    give_errand(connection, errand, at)
