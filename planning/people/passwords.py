"""Passwords and tokens: argon2id for what people remember, SHA-256 for what machines draw."""

import hashlib
import secrets
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SESSION_PREFIX: Final = "sws_"
KEY_PREFIX: Final = "swk_"
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
_DRAWN_BYTES: Final = 32


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hashed(password: str) -> str:
    """The password as it is kept."""
    return _hasher().hash(password)


@cache
def _nobodys() -> str:
    return hashed(secrets.token_hex())


def fits(password: str, kept: str | None) -> bool:
    """True when it is the password; takes as long when there is nobody to compare with."""
    try:
        return _hasher().verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def drawn(prefix: str) -> str:
    """A new token nobody can guess."""
    return prefix + secrets.token_urlsafe(_DRAWN_BYTES)


def token_hash(token: str) -> str:
    """A token as it is kept: it was drawn at random, so one plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
