"""A scenario file: TOML that can be kept and run again. Read strictly, with kind refusals."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planning.exits import WrongUsageError

SELECTION = ("part", "location", "tier", "criticality", "supplier")
SCOPE = ("tier", "location", "criticality", "customer_class")
MEASURES = ("fill_rate", "line_fill_rate", "value_fill_rate", "ready_rate", "waiting_days",
            "response_share", "availability")  # fmt: skip
_TEXT, _NUMBER, _FLAG = "a text in quotes", "a number, 0 or more", "true or false"
_KEYS: Mapping[str, Mapping[str, str]] = {
    "targets": {"measure": _TEXT, "target": _NUMBER, "within_days": _NUMBER, "per": _TEXT,
                "remove": _FLAG, **dict.fromkeys(SCOPE, _TEXT)},
    "holding": {"rate": _NUMBER, "factor": _NUMBER, **dict.fromkeys(SELECTION, _TEXT)},
    "prices": {"factor": _NUMBER, "unit_cost": _NUMBER, **dict.fromkeys(SELECTION, _TEXT)},
    "lead_times": {"factor": _NUMBER, "days": _NUMBER, "sd_factor": _NUMBER, "sd_days": _NUMBER,
                   **dict.fromkeys(SELECTION, _TEXT)},
    "demand": {"factor": _NUMBER, "machine_type": _TEXT, **dict.fromkeys(SELECTION, _TEXT)},
    "sites": {"location": _TEXT, "like": _TEXT, "factor": _NUMBER, "tier": _TEXT},
}  # fmt: skip
_TOP = {"name": _TEXT, "budget": _NUMBER}
_NEEDED = {
    "targets": (("measure",), ("target", "remove")),
    "holding": (("rate", "factor"),),
    "prices": (("factor", "unit_cost"),),
    "lead_times": (("factor", "days", "sd_factor", "sd_days"),),
    "demand": (("factor",),),
    "sites": (("location",), ("like",)),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """Changes by kind, each as it stands in the file; in the file's order."""

    name: str
    budget: float | None = None  # stock value, reporting currency
    changes: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def of(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """The changes of one kind."""
        return self.changes.get(kind, ())


def read(path: Path) -> Scenario:
    """The scenario in a file.

    Raises:
        WrongUsageError: it cannot be read, or a key or value means nothing.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as trouble:
        raise WrongUsageError(f"{path}: {trouble}") from trouble
    found: dict[str, list[Mapping[str, Any]]] = {}
    for key, value in values.items():
        if key in _TOP:
            _check(path, key, value, _TOP[key])
            continue
        if key not in _KEYS:
            _unknown(path, key, (*_TOP, *_KEYS), "a scenario")
        rows = value if isinstance(value, list) else [value]
        found[key] = [_change(path, key, row) for row in rows]
    if not found and "budget" not in values:
        raise WrongUsageError(
            f"{path} changes nothing; it may hold {', '.join(('budget', *_KEYS))}."
        )
    return Scenario(values.get("name", path.stem), values.get("budget"), found)


def _change(path: Path, kind: str, row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise WrongUsageError(f"{path}: {kind} is a table: [[{kind}]] with one line each.")
    for key, value in row.items():
        if key not in _KEYS[kind]:
            _unknown(path, key, tuple(_KEYS[kind]), f"[[{kind}]]")
        _check(path, f"{kind}.{key}", value, _KEYS[kind][key])
    for one_of in _NEEDED[kind]:
        if not any(key in row for key in one_of):
            raise WrongUsageError(f"{path}: [[{kind}]] needs {' or '.join(one_of)}.")
    if kind == "targets" and row["measure"] not in MEASURES:
        _unknown(path, row["measure"], MEASURES, "measures")
    return row


def _check(path: Path, name: str, value: Any, kind: str) -> None:
    good = {
        _TEXT: isinstance(value, str) and bool(value),
        _FLAG: isinstance(value, bool),
        _NUMBER: isinstance(value, int | float) and not isinstance(value, bool)
        and 0 <= value < float("inf"),
    }  # fmt: skip
    if not good[kind]:
        raise WrongUsageError(f"{path}: {name} is {value!r}; it must be {kind}.")


def _unknown(path: Path, word: str, known: Sequence[str], where: str) -> None:
    raise WrongUsageError(f"{path}: there is no {word!r} in {where}; {near(word, known)}")


def near(word: str, known: Sequence[str]) -> str:
    """What was probably meant."""
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"there are: {shown}."
