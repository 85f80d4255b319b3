"""What may be said about the files, and how strict the door is: flat keys of `sparewise.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PLAN_NEEDS = ("parts", "locations", "lead_times", "service_targets")


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How files are to be read.

    Nothing is guessed silently: what is left open is looked for, and a file that contradicts it is
    refused with the key that would settle it.
    """

    required: tuple[str, ...] = PLAN_NEEDS  # tables without which the work makes no sense
    demand_or_forecasts: bool = True  # one of the two must be there
    csv_delimiter: str = ","
    csv_decimal: str = "."
    csv_encoding: str = "utf-8"
    date_format: str = ""  # such as %d.%m.%Y; ISO days are always read
    sheets: Mapping[str, str] = field(default_factory=dict)  # table -> sheet of its workbook
    currency: str = ""  # the reporting currency; blank: the one that parts use
    pack_sizes: Mapping[str, float] = field(default_factory=dict)  # pieces in a BOX, a PACK …
    period: str = "month"  # day, week or month: what counts as a closed period
    later_rows: str = "reject"  # or "leave_out": rows after as_of, when a past night is run anew
    partial_stock: bool = False  # True: a location with demand may be absent from stock
    confirmed_outliers: bool = False  # True: outliers among the requests are meant
    largest_file_mb: int = 4096
    largest_workbook_mb: int = 512  # as unpacked
