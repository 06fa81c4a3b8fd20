"""Numbers the insurer gives out itself: policies, participants, requests.

- policy number: market prefix, eight digits, check digit: `GI-12345678-2`, `RS-…`, `IT-…`
- member number (Nomor Peserta): ten digits printed `1234-5678-97`, the first one never 0
- request number: `R`, a letter for the market, eight characters in two groups: `RI-7KQ2-9FMA`.
  The characters are Crockford's base 32 (no I, L, O, U). The last one is the Luhn mod 32 check character
  over the market letter and the seven characters before it, so a slip in any one character, the market
  included, is noticed.
Policy and member numbers end in a Luhn digit over the digits before it. People type them with or without
dashes and spaces, in any case; `read_*` returns the printed form or None.
"""

from __future__ import annotations

import random
import re
import secrets
from typing import Protocol

from stdnum import luhn

from locales.markets import LocalMarket, load_markets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SEPARATORS = re.compile(r"[\s.\-/]+")
# What a person reads for what was printed.
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0"})


class Chooser(Protocol):
    """`random.Random(seed)` for demo data, `secrets.SystemRandom()` for real numbers."""

    def randrange(self, start: int, stop: int, /) -> int: ...


def _markets(code: str | None) -> list[LocalMarket]:
    known = load_markets()
    return [known[code]] if code in known else list(known.values())


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text).upper()


def read_policy_number(text: str, market: str | None = None) -> str | None:
    """The printed form of a policy number of the market (of any market if none is given)."""
    compact = _compact(text)
    prefixes = [known.policy_prefix for known in _markets(market)]
    prefix, digits = compact[:2], compact[2:]
    if prefix not in prefixes or not re.fullmatch(r"[0-9]{9}", digits) or not luhn.is_valid(digits):
        return None
    return f"{prefix}-{digits[:8]}-{digits[8]}"


def generate_policy_number(market: str, chooser: Chooser | None = None) -> str:
    """A new policy number of a market."""
    digits = str((chooser or _secret()).randrange(10_000_000, 100_000_000))
    return f"{load_markets()[market].policy_prefix}-{digits}-{luhn.calc_check_digit(digits)}"


def read_member_number(text: str) -> str | None:
    """The printed form of a participant number."""
    compact = _compact(text)
    if not re.fullmatch(r"[1-9][0-9]{9}", compact) or not luhn.is_valid(compact):
        return None
    return f"{compact[:4]}-{compact[4:8]}-{compact[8:]}"


def generate_member_number(chooser: Chooser | None = None) -> str:
    """A new participant number."""
    digits = str((chooser or _secret()).randrange(100_000_000, 1_000_000_000))
    compact = digits + luhn.calc_check_digit(digits)
    return f"{compact[:4]}-{compact[4:8]}-{compact[8:]}"


def read_request_number(text: str, market: str | None = None) -> str | None:
    """The printed form of a request number; I, L and O in the groups are read as 1, 1 and 0."""
    compact = _compact(text)
    letters = [known.request_letter for known in _markets(market)]
    if len(compact) != 10 or compact[0] != "R" or compact[1] not in letters:
        return None
    body = compact[2:].translate(_MISREAD)
    if any(character not in CROCKFORD for character in body):
        return None
    if luhn.checksum(compact[1].translate(_MISREAD) + body, CROCKFORD) != 0:
        return None
    return f"R{compact[1]}-{body[:4]}-{body[4:]}"


def generate_request_number(market: str, chooser: Chooser | None = None) -> str:
    """A new request number: 35 random bits, so numbers cannot be counted or guessed in a row."""
    choose = chooser or _secret()
    letter = load_markets()[market].request_letter
    payload = "".join(CROCKFORD[choose.randrange(0, 32)] for _ in range(7))
    body = payload + luhn.calc_check_digit(letter.translate(_MISREAD) + payload, CROCKFORD)
    return f"R{letter}-{body[:4]}-{body[4:]}"


def _secret() -> random.Random:
    return secrets.SystemRandom()
