"""The secret an installation signs with: drawn on first start, kept where only its owner reads."""

import os
import secrets
from pathlib import Path
from typing import Final

from data.store.engine import Store

_BYTES: Final = 48
SHORTEST: Final = 32


class BadSecret(Exception):
    """A secret that protects nothing; the message says why and what to do."""


def place_of_secret(store: Store) -> Path:
    """Beside an SQLite file, else here."""
    if store.is_sqlite:
        file = Path(str(store.url.database))
        return file.with_name(f"{file.stem}.secret")
    return Path.cwd() / "sparewise.secret"


def secret_at(path: Path) -> bytes:
    """The secret at `path`, made if there is none.

    Raises:
        BadSecret: it is too short, or others may read it.
    """
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _checked(path)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_urlsafe(_BYTES).encode())
    return _checked(path)


def _checked(path: Path) -> bytes:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise BadSecret(f"Others may read {path}: chmod 600 it, or delete it to have a new one.")
    found = path.read_bytes().strip()
    if len(found) < SHORTEST or len(set(found)) < SHORTEST // 4:
        raise BadSecret(f"The secret in {path} is too short: delete it to have a new one.")
    return found
