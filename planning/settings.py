"""Settings: one flat file, `sparewise.toml`; every value knows where it comes from.

The file is looked for in the input folder, then in the working directory. A key that nobody
knows is refused, because a misspelt setting would silently be the default.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FILE = "sparewise.toml"


class SettingsError(Exception):
    """A settings file that cannot be used; the message names file, key, value and remedy."""


MEANING = {
    "period": "bucket of demand history: day, week or month",
    "review_period_days": "days between two looks at a position; 0: always",
    "review_period_days_of": "the same by supplier_id, as a table",
    "holding_rate": "share of unit cost per year, where a part has none",
    "ordering_cost": "money per order line, where a part has none",
    "currency": "reporting currency; blank: the one most parts are priced in",
    "echelons_together": "networks of so many levels are planned as a whole, deeper ones by item",
    "gap": "a plan this near its bound is called optimal, a share",
    "excess_after_days": "stock beyond the level and this much demand is excess",
    "excess_value": "smallest value of an excess worth a proposal, money",
    "provision": "share of the excess set aside, by years since it was last asked for, as a table",
    "csv_delimiter": "column separator of CSV files",
    "csv_decimal": "decimal sign of CSV files: . or ,",
    "csv_encoding": "encoding of CSV files",
    "date_format": "of dates in files, such as %d.%m.%Y; ISO days are always read",
    "sheets": "the sheet of each table's workbook, as a table",
    "pack_sizes": "pieces in a unit of measure such as BOX, as a table",
    "partial_stock": "true: a location with demand may be absent from stock",
    "confirmed_outliers": "true: outliers among the requests are meant",
    "largest_file_mb": "larger files are refused, megabytes",
    "largest_workbook_mb": "larger workbooks are refused, megabytes as unpacked",
    "seed": "where every random stream starts",
    "database": "the database, where SPAREWISE_DATABASE_URL names none: path or URL",
    "nights_folder": "where nights keep their files; blank: beside the database",
    "lease_seconds": "a night silent for so long is taken over",
    "night_hours": "a night that takes longer is stopped; yesterday's plan stays",
    "keep_nights": "so many nights keep their files and lines, and whatever is in force",
    "solve_minutes": "a solver that takes longer is stopped",
    "verify_sample": "items counted out again each night",
    "proposal_value": "a change of cost worth a proposal, money per year",
    "proposal_service": "a change worth a proposal, pieces a year more or fewer at once",
    "calm_days": "so long after a decision only a change worth three times as much undoes it",
    "four_eyes_value": "changes of stock value from here on need two people, money",
    "vans": "locations that are service vans, as a pattern: * stands for anything",
    "handling_hours": "from the shelf to the technician's hand",
    "nearby_days": "a piece from another site around, until its own transfers say better",
    "nearby_cost": "of such a transfer, money",
    "van_days": "a piece from a van around, until its own hand-overs say better",
    "van_cost": "of such a hand-over, money",
    "hold_days": "pieces are held so long where nobody says until when",
    "outbox": "where news of promises go: file:PATH, https://…, smtp://HOST:PORT?to=…; blank: wait",
}
IN_TABLES: Mapping[str, float | str] = {
    "review_period_days_of": 1.0,
    "sheets": "",
    "pack_sizes": 1.0,
    "provision": 1.0,
}  # an entry of each table, to show its kind
CHOICES = {"period": ("day", "week", "month"), "csv_decimal": (".", ",")}


@dataclass(frozen=True)
class Settings:
    """What the company decides once; meanings stand in `MEANING`, units in the names."""

    period: str = "month"
    review_period_days: float = 1.0
    review_period_days_of: Mapping[str, float] = field(default_factory=dict)
    holding_rate: float = 0.20
    ordering_cost: float = 0.0
    currency: str = ""
    echelons_together: int = 1
    gap: float = 0.001
    excess_after_days: float = 365.0
    excess_value: float = 50.0
    provision: Mapping[str, float] = field(default_factory=lambda: {"1": 0.25, "2": 0.5, "3": 1.0})
    csv_delimiter: str = ","
    csv_decimal: str = "."
    csv_encoding: str = "utf-8"
    date_format: str = ""
    sheets: Mapping[str, str] = field(default_factory=dict)
    pack_sizes: Mapping[str, float] = field(default_factory=dict)
    partial_stock: bool = False
    confirmed_outliers: bool = False
    largest_file_mb: int = 4096
    largest_workbook_mb: int = 512
    seed: int = 20260101
    database: str = "sparewise.db"
    nights_folder: str = ""
    lease_seconds: float = 60.0
    night_hours: float = 6.0
    keep_nights: int = 14
    solve_minutes: float = 120.0
    verify_sample: int = 200
    proposal_value: float = 25.0
    proposal_service: float = 0.5
    calm_days: int = 30
    four_eyes_value: float = 10_000.0
    vans: str = "VAN*"
    handling_hours: float = 0.0
    nearby_days: float = 1.0
    nearby_cost: float = 25.0
    van_days: float = 0.5
    van_cost: float = 15.0
    hold_days: float = 7.0
    outbox: str = ""
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)

    def source(self, name: str) -> str:
        """The file a value comes from, or `default`."""
        return self.sources.get(name, "default")


def load(*folders: Path) -> Settings:
    """The settings of the first `sparewise.toml` found in `folders`; defaults where none is.

    Raises:
        SettingsError: the file cannot be read, or a key or value is not allowed.
    """
    for folder in folders:
        path = folder / FILE
        if path.is_file():
            return _checked(_read(path), path)
    return Settings()


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise SettingsError(f"{path}: {trouble}") from trouble


def _checked(values: dict[str, Any], path: Path) -> Settings:
    for name, value in values.items():
        if name not in MEANING:
            near = difflib.get_close_matches(name, MEANING, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "`sparewise config` lists them."
            raise SettingsError(f"{path}: there is no setting {name!r}; {remedy}")
        values[name] = _value(path, name, value, getattr(Settings(), name))
    return Settings(**values, sources=dict.fromkeys(values, str(path)))


_KINDS = {
    str: "a text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _value(path: Path, name: str, value: Any, default: Any) -> Any:
    """`value` in the type of `default`, or a refusal that says what is allowed."""
    if isinstance(default, Mapping):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{path}: {name} is a table: [{name}] with one line each.")
        kind = IN_TABLES[name]
        return {key: _value(path, f"{name}.{key}", one, kind) for key, one in value.items()}
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if type(value) is not type(default):
        raise SettingsError(f"{path}: {name} is {value!r}; it must be {_KINDS[type(default)]}.")
    if value not in CHOICES.get(name, (value,)):
        allowed = ", ".join(CHOICES[name])
        raise SettingsError(f"{path}: {name} is {value!r}; allowed are {allowed}.")
    if isinstance(value, float) and not 0 <= value < float("inf"):
        raise SettingsError(f"{path}: {name} is {value}; allowed is 0 or more.")
    return value
