"""Everything a customer can be identified, reached or paid by, read from what they typed.

`read_*` takes one value and returns its normalised form or None; checksums are verified where one exists
(python-stdnum, phonenumbers, email-validator; none of them touches the network).
The numbers the insurer gives out itself are in `house_numbers` and offered here too. Finding these in a
sentence is `identifier_search`'s work.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from stdnum import iban as stdnum_iban
from stdnum.iso7064 import mod_97_10

from locales.house_numbers import (
    generate_member_number,
    generate_policy_number,
    generate_request_number,
    read_member_number,
    read_policy_number,
    read_request_number,
)
from locales.lexicon import load
from locales.markets import load_markets
from locales.script import normalise

__all__ = [
    "generate_member_number",
    "generate_policy_number",
    "generate_request_number",
    "read_account_with_bank",
    "read_bank_account",
    "read_code",
    "read_email",
    "read_iban",
    "read_member_number",
    "read_national_id",
    "read_phone",
    "read_plate_number",
    "read_policy_number",
    "read_postal_code",
    "read_request_number",
    "read_serbian_account",
    "serbian_account_as_iban",
]

# How countries write an account that is no IBAN: `domestic_account` in locales/markets.
BANK_IN_NUMBER, BANK_AND_NUMBER = "bank_in_number", "bank_and_number"


# national identifiers ------------------------------------------------------------------------------------
def read_national_id(text: str, market: str | None = None) -> str | None:
    """The national identifier of the market (of any market if none is given), its checks verified."""
    compact = re.sub(r"[\s.\-]", "", text).upper()
    if not compact.isascii():
        return None
    known = load_markets()
    for candidate in [known[market]] if market in known else known.values():
        number = candidate.national_id
        if number.pattern.fullmatch(compact) and _valid(number.module.validate, compact):
            return compact
    return None


# accounts ------------------------------------------------------------------------------------------------
def read_iban(text: str) -> str | None:
    """An IBAN of any country, without spaces, length, structure and check digits verified."""
    compact = re.sub(r"[\s.\-]", "", text).upper()
    if not compact.isascii() or not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", compact):
        return None
    return compact if _valid(stdnum_iban.validate, compact) else None


def read_serbian_account(text: str) -> str | None:
    """A domestic account as its 18 digits (bank 3, account 13, control 2; mod 97), also from `160-123-95`."""
    parts = re.split(r"\s*-\s*", text.strip())
    if len(parts) == 3 and all(part.isascii() and part.isdigit() for part in parts):
        bank, account, control = parts
        if len(bank) != 3 or not 1 <= len(account) <= 13 or len(control) != 2:
            return None
        compact = bank + account.rjust(13, "0") + control
    else:
        compact = re.sub(r"[\s\-]", "", text)
    if not _digits(compact, 18) or int(compact) == 0:
        return None
    return compact if mod_97_10.checksum(compact) == 1 else None


def serbian_account_as_iban(account: str) -> str:
    """The IBAN of a domestic account of 18 digits: its control digits make the IBAN's always 35."""
    return f"RS{mod_97_10.calc_check_digits(account + 'RS')}{account}"


@lru_cache(maxsize=None)
def banks(market: str) -> dict[str, tuple[str, int, int]]:
    """Words for a bank → (its name, shortest, longest account)."""
    entries: dict[str, dict[str, Any]] = load("banks").get(market, {})
    return {
        word: (name, entry["digits"][0], entry["digits"][1])
        for name, entry in entries.items()
        for word in entry["words"]
    }


def read_account_with_bank(text: str, market: str) -> dict[str, str] | None:
    """Bank and number in either order: `{"bank": "BCA", "number": "1234567890"}`; the length fits the bank."""
    folded = normalise(text)
    numbers = re.findall(r"\d(?:[\s.\-]?\d){7,17}", folded)
    if len(numbers) != 1:
        return None
    number = re.sub(r"\D", "", numbers[0])
    named = {
        entry
        for word, entry in banks(market).items()
        if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", folded)
    }
    if len(named) != 1:
        return None
    name, shortest, longest = named.pop()
    return {"bank": name, "number": number} if shortest <= len(number) <= longest else None


def read_bank_account(text: str, market: str) -> dict[str, str] | None:
    """Where money can be paid: `{"iban": …}` or, where there are none, `{"bank": …, "number": …}`."""
    if iban := read_iban(text):
        return {"iban": iban}
    kind = load_markets()[market].domestic_account if market in load_markets() else ""
    if kind == BANK_IN_NUMBER and (account := read_serbian_account(text)):
        return {"iban": serbian_account_as_iban(account)}
    return read_account_with_bank(text, market) if kind == BANK_AND_NUMBER else None


# ways to reach somebody ----------------------------------------------------------------------------------
def read_email(text: str) -> str | None:
    """An address in normalised form; whether the domain exists is not asked."""
    try:
        return validate_email(text.strip().strip("<>"), check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def read_phone(text: str, market: str) -> str | None:
    """E.164; a number without country code is one of the market."""
    if len(text) > 40:
        return None
    try:
        number = phonenumbers.parse(
            text, load_markets()[market].country if market in load_markets() else None
        )
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# places and vehicles -------------------------------------------------------------------------------------
def read_postal_code(text: str, market: str) -> str | None:
    """A postal code as the market writes it, within its range."""
    code, known = text.strip(), load_markets().get(market)
    if not code.isascii() or known is None or not known.postal_code.fullmatch(code):
        return None
    first, last = known.postal_code_range
    return code if first <= code <= last else None


def read_plate_number(text: str, market: str) -> str | None:
    """`AB123CD` (it), `BG-123-AB` (rs), `B 1234 XYZ` (id), as printed."""
    known = load_markets().get(market)
    match = known and known.plate.pattern.fullmatch(re.sub(r"[\s.\-]", "", normalise(text)).upper())
    if not known or not match or (known.plate.regions and match[1] not in known.plate.regions):
        return None
    return known.plate.joined.join(match.groups())


def read_code(text: str) -> str | None:
    """A one-time code: six digits, also typed as `123 456` or `123-456`."""
    compact = re.sub(r"[\s\-]", "", text)
    return compact if _digits(compact, 6) else None


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _valid(validate: Any, text: str) -> bool:
    """stdnum raises a family of errors of its own, and on odd input sometimes a plain ValueError."""
    try:
        validate(text)
    except ValueError:
        return False
    return True
