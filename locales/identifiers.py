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
from stdnum.id import nik
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale
from stdnum.si import emso

from locales.house_numbers import (
    generate_member_number,
    generate_policy_number,
    generate_request_number,
    read_member_number,
    read_policy_number,
    read_request_number,
)
from locales.lexicon import load
from locales.script import normalise

__all__ = [
    "COUNTRIES",
    "generate_member_number",
    "generate_policy_number",
    "generate_request_number",
    "read_bank_account",
    "read_code",
    "read_codice_fiscale",
    "read_email",
    "read_iban",
    "read_indonesian_account",
    "read_jmbg",
    "read_member_number",
    "read_national_id",
    "read_nik",
    "read_phone",
    "read_plate_number",
    "read_policy_number",
    "read_postal_code",
    "read_request_number",
    "read_serbian_account",
    "serbian_account_as_iban",
]

COUNTRIES = {"id": "ID", "rs": "RS", "it": "IT"}
_POSTAL_CODES = {"id": re.compile(r"[1-9]\d{4}"), "rs": re.compile(r"[1-3]\d{4}"), "it": re.compile(r"\d{5}")}
_ITALIAN_POSTAL_CODES = range(10, 98169)
_ITALIAN_PLATE = re.compile(r"[A-HJ-NPR-TV-Z]{2}\d{3}[A-HJ-NPR-TV-Z]{2}")
_SERBIAN_PLATE = re.compile(r"([A-Z]{2})(\d{3,5})([A-Z]{2})")
_INDONESIAN_PLATE = re.compile(r"([A-Z]{1,2})([1-9]\d{0,3})([A-Z]{1,3})")
# Letters of the issuing region (Peraturan Kapolri on registration numbers).
_INDONESIAN_REGIONS = frozenset(
    [
        "A",
        "B",
        "D",
        "E",
        "F",
        "G",
        "H",
        "K",
        "L",
        "M",
        "N",
        "P",
        "R",
        "S",
        "T",
        "W",
        "Z",
        "AA",
        "AB",
        "AD",
        "AE",
        "AG",
        "BA",
        "BB",
        "BD",
        "BE",
        "BG",
        "BH",
        "BK",
        "BL",
        "BM",
        "BN",
        "BP",
        "BR",
        "DA",
        "DB",
        "DC",
        "DD",
        "DE",
        "DG",
        "DH",
        "DK",
        "DL",
        "DM",
        "DN",
        "DP",
        "DR",
        "DS",
        "DT",
        "EA",
        "EB",
        "ED",
        "KB",
        "KH",
        "KT",
        "KU",
        "PA",
        "PB",
    ]
)


# national identifiers ------------------------------------------------------------------------------------
def read_jmbg(text: str) -> str | None:
    """JMBG: 13 digits, birth date and check digit verified (same rules as the Slovenian EMŠO)."""
    compact = re.sub(r"[\s.\-]", "", text)
    return compact if _digits(compact, 13) and emso.is_valid(compact) else None


def read_codice_fiscale(text: str) -> str | None:
    """Codice fiscale of a person, check character verified, omocodia included."""
    compact = re.sub(r"[\s.\-]", "", text).upper()
    return (
        compact
        if len(compact) == 16 and compact.isascii() and _valid(codicefiscale.validate, compact)
        else None
    )


def read_nik(text: str) -> str | None:
    """NIK: 16 digits with a known region and a real birth date (women: day plus 40); it has no check digit."""
    compact = re.sub(r"[\s.\-]", "", text)
    if not _digits(compact, 16) or not (1 <= int(compact[6:8]) <= 31 or 41 <= int(compact[6:8]) <= 71):
        return None
    return compact if _valid(nik.validate, compact) else None


_NATIONAL_IDS = {"id": read_nik, "rs": read_jmbg, "it": read_codice_fiscale}


def read_national_id(text: str, market: str | None = None) -> str | None:
    """The national identifier of the market (of any market if none is given)."""
    readers = [_NATIONAL_IDS[market]] if market in _NATIONAL_IDS else list(_NATIONAL_IDS.values())
    return next((value for reader in readers if (value := reader(text))), None)


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


def read_indonesian_account(text: str) -> dict[str, str] | None:
    """Bank and number in either order: `{"bank": "BCA", "number": "1234567890"}`; the length fits the bank."""
    folded = normalise(text)
    numbers = re.findall(r"\d(?:[\s.\-]?\d){7,17}", folded)
    if len(numbers) != 1:
        return None
    number = re.sub(r"\D", "", numbers[0])
    named = {
        entry
        for word, entry in banks("id").items()
        if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", folded)
    }
    if len(named) != 1:
        return None
    name, shortest, longest = named.pop()
    return {"bank": name, "number": number} if shortest <= len(number) <= longest else None


def read_bank_account(text: str, market: str) -> dict[str, str] | None:
    """Where money can be paid: `{"iban": …}` or, in Indonesia, `{"bank": …, "number": …}`."""
    if iban := read_iban(text):
        return {"iban": iban}
    if market == "rs" and (account := read_serbian_account(text)):
        return {"iban": serbian_account_as_iban(account)}
    return read_indonesian_account(text) if market == "id" else None


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
        number = phonenumbers.parse(text, COUNTRIES.get(market))
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# places and vehicles -------------------------------------------------------------------------------------
def read_postal_code(text: str, market: str) -> str | None:
    """Five digits in all three markets; CAP 00010–98168, kode pos from 1, poštanski broj 1–3."""
    code = text.strip()
    pattern = _POSTAL_CODES.get(market)
    if not code.isascii() or pattern is None or not pattern.fullmatch(code):
        return None
    return None if market == "it" and int(code) not in _ITALIAN_POSTAL_CODES else code


def read_plate_number(text: str, market: str) -> str | None:
    """`AB123CD` (it), `BG-123-AB` (rs), `B 1234 XYZ` (id), as printed."""
    compact = re.sub(r"[\s.\-]", "", normalise(text)).upper()
    if market == "it":
        return compact if _ITALIAN_PLATE.fullmatch(compact) else None
    if market == "rs" and (match := _SERBIAN_PLATE.fullmatch(compact)):
        return "-".join(match.groups())
    if market == "id" and (match := _INDONESIAN_PLATE.fullmatch(compact)):
        return " ".join(match.groups()) if match[1] in _INDONESIAN_REGIONS else None
    return None


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
