"""Numbers that identify invented people and pass the checks of real ones: NIK, JMBG, codice fiscale, IBAN."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random

from stdnum import iban
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale
from stdnum.si import emso

from backend.people.models import BankAccount
from locales.identifiers import read_iban, read_national_id, serbian_account_as_iban
from locales.markets import load_markets
from locales.script import normalise


@dataclass(frozen=True)
class Born:
    """What a national identifier is made of."""

    first_name: str
    last_name: str
    sex: str
    birth_date: date
    birth_place: str


def make_nik(born: Born, chooser: Random) -> str:
    """NIK: place of issue (6), day + 40 for women, month, year, serial (4)."""
    day = born.birth_date.day + (40 if born.sex == "f" else 0)
    return f"{born.birth_place}{day:02}{born.birth_date:%m%y}{chooser.randrange(1, 60):04}"


def make_jmbg(born: Born, chooser: Random) -> str:
    """JMBG: day, month, last three digits of the year, region, serial from 500 for women, check digit."""
    serial = chooser.randrange(500, 1000) if born.sex == "f" else chooser.randrange(0, 500)
    year = born.birth_date.year % 1000
    digits = f"{born.birth_date:%d%m}{year:03}{born.birth_place}{serial:03}"
    return digits + emso.calc_check_digit(digits)


def make_codice_fiscale(born: Born, chooser: Random) -> str:
    """Codice fiscale: letters of both names, birth date with 40 added to women's day, place, check letter."""
    day = born.birth_date.day + (40 if born.sex == "f" else 0)
    month = "ABCDEHLMPRST"[born.birth_date.month - 1]
    code = f"{_three(born.last_name, False)}{_three(born.first_name, True)}"
    code += f"{born.birth_date:%y}{month}{day:02}{born.birth_place}"
    return code + codicefiscale.calc_check_digit(code)


def _three(name: str, is_first: bool) -> str:
    """Three letters of a name: consonants, then vowels, then X; of four consonants of a first name not the 2nd."""
    letters = [letter for letter in normalise(name).upper() if letter.isalpha()]
    consonants = [letter for letter in letters if letter not in "AEIOU"]
    if is_first and len(consonants) > 3:
        del consonants[1]
    vowels = [letter for letter in letters if letter in "AEIOU"]
    return "".join([*consonants, *vowels, "X", "X"][:3])


# By the name a market's file in `locales` gives it.
NATIONAL_IDS: dict[str, Callable[[Born, Random], str]] = {
    "nik": make_nik,
    "jmbg": make_jmbg,
    "codice_fiscale": make_codice_fiscale,
}


def italian_account(bank: list[str], chooser: Random) -> dict[str, str]:
    """An Italian IBAN: CIN, ABI, CAB, account of twelve digits."""
    abi, cab = bank
    body = f"{abi}{cab}{chooser.randrange(10**6, 10**9):012}"
    # The CIN is worked out like the last letter of a codice fiscale.
    bban = codicefiscale.calc_check_digit(body) + body
    return {"kind": "iban", "iban": f"IT{iban.calc_check_digits('IT00' + bban)}{bban}"}


def serbian_account(bank: list[str], chooser: Random) -> dict[str, str]:
    """A Serbian IBAN: bank (3), account (13), control digits (2)."""
    body = f"{bank[0]}{chooser.randrange(10**9, 10**12):013}"
    return {"kind": "iban", "iban": serbian_account_as_iban(body + mod_97_10.calc_check_digits(body))}


def domestic_account(bank: list[str], chooser: Random) -> dict[str, str]:
    """Bank and number, as many digits as the bank uses."""
    name, digits = bank[0], int(bank[1])
    return {
        "kind": "domestic",
        "bank": name,
        "number": str(chooser.randrange(10 ** (digits - 1), 10**digits)),
    }


ACCOUNTS: dict[str, Callable[[list[str], Random], dict[str, str]]] = {
    "italian": italian_account,
    "serbian": serbian_account,
    "domestic": domestic_account,
}


_DRAWN = re.compile(r"#+")


def fill_number(template: str, chooser: Random, reads: Callable[[str], object], **values: object) -> str:
    """The template with its values and a digit for each `#`, drawn anew until the number is read as right.

    One number in ten has a fitting check digit, one in a hundred two.
    """
    begun = template.format(**values)
    for _ in range(10_000):
        number = _DRAWN.sub(lambda run: str(chooser.randrange(10 ** len(run[0]))).zfill(len(run[0])), begun)
        if reads(number):
            return number
    raise ValueError(f"no number fits {template!r}")


def make_national_id(market: str, template: str | None, born: Born, chooser: Random) -> str:
    """The national number of an invented person, from the template or by the rules of its kind.

    Of a template: `{sex}` 1 for men and 2 for women, `{half}` the same counted on by two each century from 1800.
    """
    if template is None:
        return NATIONAL_IDS[load_markets()[market].national_id.name](born, chooser)
    sex = 2 if born.sex == "f" else 1
    half = sex + 2 * (born.birth_date.year // 100 - 18)
    values = {"sex": sex, "half": half, "born": born.birth_date}
    return fill_number(template, chooser, lambda number: read_national_id(number, market), **values)


def make_account(kind: str, bank: list[str], chooser: Random) -> dict[str, str]:
    """An account of the bank: of a kind in `ACCOUNTS`, or an IBAN after a template with `{bank}`."""
    if kind in ACCOUNTS:
        return ACCOUNTS[kind](bank, chooser)
    return {"kind": "iban", "iban": fill_number(kind, chooser, read_iban, bank=bank[0])}


def make_bank_account(
    kind: str, banks: list[list[str]], person_id: str, holder: str, is_default: bool, chooser: Random
) -> BankAccount:
    """A bank account of a person."""
    return BankAccount(
        id=make_id(chooser),
        person_id=person_id,
        holder=holder,
        is_default=is_default,
        **make_account(kind, chooser.choice(banks), chooser),
    )


def make_id(chooser: Random) -> str:
    """An opaque id that is the same for the same seed."""
    return f"{chooser.getrandbits(128):032x}"


def login_name(first_name: str, last_name: str) -> str:
    """`milica.jovanovic` for Милица Јовановић."""
    return ".".join("".join(c for c in normalise(name) if c.isalnum()) for name in (first_name, last_name))
