"""Passwords: Argon2id, and the same work for user names that do not exist."""

import secrets
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from locales.script import normalise

_hasher = PasswordHasher()
# zxcvbn's scale goes to 4; from 2 on ("somewhat guessable") our pauses and limits are protection enough.
LEAST_SCORE = 2
# Each hash takes 64 MiB: so many at once, whatever the number of threads.
_at_once = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class PasswordCheck:
    """Whether the password is right; with the hash to store when the parameters have become stronger."""

    right: bool
    new_hash: str | None = None


def username_key(username: str) -> str:
    """What two spellings of one user name share."""
    # A zero character would be an error of PostgreSQL instead of a name that nobody has.
    return unicodedata.normalize("NFKC", username).replace("\x00", "\ufffd").strip().casefold()


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


def is_guessed_first(password: str, username: str, known: list[str]) -> bool:
    """NIST SP 800-63B: among the commonest, or made of what everybody knows of the person (`known`)."""
    words = [username, *known, "generali", "care"]
    own = [normalise(word) for word in words] + words
    same_as_name = username_key(password) == username_key(username)
    return same_as_name or zxcvbn(password[:72], own)["score"] < LEAST_SCORE


@lru_cache
def nobodys_hash() -> str:
    """A hash of a password that nobody knows; called at the start so that no caller pays for it."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _normal(password: str) -> str:
    # Keyboards compose letters differently (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)
