"""Passwords: Argon2id, and the same work for user names that do not exist."""

import secrets
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
# Each hash takes 64 MiB: so many at once, whatever the number of threads.
_at_once = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class PasswordCheck:
    """Whether the password is right; with the hash to store when the parameters have become stronger."""

    right: bool
    new_hash: str | None = None


def username_key(username: str) -> str:
    """What two spellings of one user name share."""
    return unicodedata.normalize("NFKC", username).strip().casefold()


def hash_password(password: str) -> str:
    with _at_once:
        return _hasher.hash(_normal(password))


def check_password(stored_hash: str | None, password: str) -> PasswordCheck:
    """Verify; without a stored hash against one that nothing fits, so that the time is the same."""
    with _at_once:
        try:
            _hasher.verify(stored_hash or nobodys_hash(), _normal(password))
        except (VerificationError, InvalidHashError):
            return PasswordCheck(False)
        if stored_hash is None:
            return PasswordCheck(False)
        outdated = _hasher.check_needs_rehash(stored_hash)
        return PasswordCheck(True, _hasher.hash(_normal(password)) if outdated else None)


@lru_cache
def nobodys_hash() -> str:
    """A hash of a password that nobody knows; called at the start so that no caller pays for it."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    # Keyboards compose letters differently (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
