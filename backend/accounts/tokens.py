"""Random secrets and the keyed hashes they are stored as."""

import hashlib
import hmac
import re
import secrets

from pydantic import SecretStr


def new_link_token() -> str:
    """256 random bits in URL-safe characters."""
    return secrets.token_urlsafe(32)


def new_code(length: int) -> str:
    """Decimal digits, each as likely as any other."""
    return f"{secrets.randbelow(10**length):0{length}d}"


def bare_code(typed: str) -> str:
    """A code without the blanks and dashes people and phones put in."""
    return re.sub(r"[\s.\-\u2010-\u2015]", "", typed)


def keyed_hash(key: SecretStr, purpose: str, *values: str) -> str:
    """HMAC-SHA-256 in hex. `purpose` keeps the hash of one kind of secret from serving as another's."""
    content = "\x1f".join((purpose, *values)).encode()
    return hmac.new(key.get_secret_value().encode(), content, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
