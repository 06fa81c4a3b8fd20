"""One-time passwords by the clock (RFC 6238), and how their secrets are kept: encrypted, never given out again."""

import base64
import hashlib
import hmac
from datetime import datetime

import pyotp
import structlog
from cryptography.fernet import Fernet, InvalidToken

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
    return _cipher(settings).encrypt(secret.encode()).decode()


def unseal(sealed: str, settings: Settings) -> str | None:
    """The secret, or None where BACKEND_STAFF_KEY is no longer the one it was stored with."""
    try:
        return _cipher(settings).decrypt(sealed.encode()).decode()
    except InvalidToken:
        log.error("staff_key_changed")
        return None


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


def _cipher(settings: Settings) -> Fernet:
    key = hmac.new(settings.staff_key.get_secret_value().encode(), b"staff-totp", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key.digest()))
