"""One way to write a value down, so that the same value always has the same hash."""

import hashlib
import json
from datetime import datetime
from typing import Any


def canonical(value: Any) -> str:
    """`value` as JSON without a choice: sorted keys, no spaces, moments in ISO 8601."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def digest(text: str) -> str:
    """SHA-256 of `text`, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no canonical form")
