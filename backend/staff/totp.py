"""One-time passwords by the clock (RFC 6238), and how their secrets are kept: encrypted, never given out again.

The newest key encrypts, those before it still decrypt: a secret moves to the newest key when it is used, and all of
them by `python -m backend.staff rekey`.
"""

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from backend.accounts.tokens import bare_code, same
from backend.settings import Settings

log = structlog.get_logger()
# Under which name an authenticator lists the code.
ISSUER = "CARE"
# Half minutes that a clock may be wrong by, either way.
TOLERANCE = 1


def new_secret() -> str:
    """160 random bits, in the base32 that authenticators read."""
    return pyotp.random_base32()


def otpauth_uri(secret: str, username: str) -> str:
    """What the QR code of the set-up says."""
    return pyotp.TOTP(secret, name=username, issuer=ISSUER).provisioning_uri()


def seal(secret: str, settings: Settings) -> str:
    """As it is stored."""
    return _newest(settings).encrypt(secret.encode()).decode()


def unseal(sealed: str, settings: Settings) -> str | None:
    """The secret, or None where none of the keys is the one it was stored with."""
    try:
        return _all(settings).decrypt(sealed.encode()).decode()
    except InvalidToken:
        log.error("staff_key_changed")
        return None


def with_newest_key(sealed: str, settings: Settings) -> str | None:
    """The same secret as the newest key stores it: unchanged if it did, None where no key fits."""
    try:
        _newest(settings).decrypt(sealed.encode())
    except InvalidToken:
        secret = unseal(sealed, settings)
        return None if secret is None else seal(secret, settings)
    return sealed


def matching_step(sealed: str, typed: str, now: datetime, settings: Settings) -> int | None:
    """The half minute (counted from 1970) whose code was typed, or None."""
    secret = unseal(sealed, settings)
    if secret is None:
        return None
    totp, code = pyotp.TOTP(secret), bare_code(typed)
    current = int(now.timestamp()) // totp.interval
    # All are compared, so that the time tells nothing.
    fitting = [
        step
        for step in range(current - TOLERANCE, current + TOLERANCE + 1)
        if same(totp.generate_otp(step), code)
    ]
    return max(fitting, default=None)


def _newest(settings: Settings) -> Fernet:
    return _cipher(settings.staff_key)


def _all(settings: Settings) -> MultiFernet:
    return MultiFernet([_cipher(key) for key in (settings.staff_key, *settings.staff_keys_before)])


def _cipher(key: SecretStr) -> Fernet:
    derived = hmac.new(key.get_secret_value().encode(), b"staff-totp", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(derived.digest()))
