"""Reads what a bill says from its text: amount, date, issuer, number, tax codes, patient, services, items.

Only what stands behind an unmistakable label, and only if the labels do not contradict each other: two
different totals give no total. A wrong suggestion costs more than a missing one. The labels of the three
markets are data in labels.yml; all matching is done on the folded text (Latin letters, no diacritics).
"""

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from stdnum.exceptions import ValidationError
from stdnum.id import npwp
from stdnum.it import iva
from stdnum.rs import pib

from locales import catalogue
from locales.amounts import Money, parse_amount
from locales.dates import find_dates
from locales.identifiers import read_national_id, read_serbian_account
from locales.script import normalise

LABELS_FILE = Path(__file__).with_name("labels.yml")
# No bill has more; what follows would only cost time.
MOST_LINES = 600
LONGEST_LINE = 300
LONGEST_ISSUER = 120
ISSUER_LINES = 8
OLDEST_BILL_YEARS = 10

_NUMBER = re.compile(r"[a-z0-9][a-z0-9./\-_]{0,29}")
_TAX_CODES: dict[str, Callable[[str], str]] = {
    "iva": iva.validate,
    "pib": pib.validate,
    "npwp": npwp.validate,
}
_SUM = re.compile(r"(?:[a-z€]{1,4}\.?\s?)?\(?[a-z]{0,3}\)?\s?:?\s?\d[\d.,' ]*(?:\s?(?:€|[a-z]{2,6}))?")


@lru_cache
def _labels() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(LABELS_FILE.read_text(encoding="utf-8"))
    return content


def extract(text: str, *, language: str, currency: str, today: date) -> dict[str, Any]:
    """The fields of schemas.Extracted that were found, ready to be stored as JSON."""
    lines = [" ".join(line.split())[:LONGEST_LINE] for line in text.splitlines()]
    lines = [line for line in lines if line][:MOST_LINES]
    folded = [normalise(line) for line in lines]
    found = {
        "amount": _amount(folded, language, currency),
        "date": _date(folded, language, today),
        "issuer": _issuer(lines, folded),
        "invoice_number": _invoice_number(lines, folded),
        "tax_code": _tax_code(folded),
        "lines_total": _lines_total(folded, language, currency),
        "services": _services(lines, language),
        "patient": _patient(lines, folded),
        "national_ids": _national_ids(folded),
    }
    return {name: value for name, value in found.items() if value}


def _only[T](values: Iterable[T]) -> T | None:
    """The value, if all are the same one."""
    distinct = list(dict.fromkeys(values))
    return distinct[0] if len(distinct) == 1 else None


@lru_cache
def _label(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the labels at the start of a column, followed by what it labels.

    Columns of a table come out of the text layer as text on one line, so a label may stand anywhere, but
    not inside a word.
    """
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(re.escape(word).replace(r"\ ", r"\s?") for word in longest_first)
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z])")


def _after_labels(
    folded: list[str], words: Iterable[str], unless: Iterable[str] = ()
) -> Iterable[tuple[int, int, str]]:
    """Line number, column and text behind each label; on the next line if nothing follows it on its own."""
    pattern = _label(tuple(words))
    refused = _label(tuple(unless)) if unless else None
    for number, line in enumerate(folded):
        if refused and refused.search(line):
            continue
        for match in pattern.finditer(line):
            rest = line[match.end() :].lstrip(" :.=#")
            if rest:
                yield number, len(line) - len(rest), rest
            elif number + 1 < len(folded):
                yield number + 1, 0, folded[number + 1]


def _amount(folded: list[str], language: str, currency: str) -> dict[str, str] | None:
    """The total. Labels are tried from the most to the least telling; the first that gives a sum decides."""
    labels = _labels()["amount"]
    for words in labels["tiers"]:
        sums: list[Money] = []
        for _, _, rest in _after_labels(folded, words, labels["unless"]):
            money = _first_sum(rest, language, currency)
            if money and money.amount > 0:
                sums.append(money)
        if sums:
            # 85.5 and 85.50 are one sum.
            only = _only((f"{money.amount:.2f}", money.currency) for money in sums)
            return {"amount": only[0], "currency": only[1]} if only else None
    return None


def _first_sum(rest: str, language: str, currency: str) -> Money | None:
    """The sum at the beginning of what a label labels, with or without its currency."""
    match = _SUM.match(rest)
    if match is None:
        return None
    printed = match.group().strip(" :.,'")
    if re.search(r"\d%|\d{1,2}[./]\d{1,2}[./]\d{2,4}", rest[: match.end() + 1]):
        return None
    return parse_amount(printed, language, currency, expecting=True)


def _date(folded: list[str], language: str, today: date) -> str | None:
    """The date of the bill; a birth date or a date of payment is not one."""
    labels = _labels()["date"]
    for words in labels["tiers"]:
        days = []
        for _, _, rest in _after_labels(folded, words, labels["unless"]):
            first = next(iter(find_dates(rest[:40], language, today)), None)
            if first and first.start <= 3 and _is_plausible(first.value, today):
                days.append(first.value)
        if days:
            only = _only(days)
            return only.isoformat() if only else None
    return None


def _is_plausible(day: date, today: date) -> bool:
    return day <= today and day.year >= today.year - OLDEST_BILL_YEARS


def _invoice_number(lines: list[str], folded: list[str]) -> str | None:
    labels = _labels()["invoice_number"]
    numbers = []
    for number, start, rest in _after_labels(folded, labels["labels"], labels["unless"]):
        match = _NUMBER.match(rest)
        if match is None or not re.search(r"\d", match.group()):
            continue
        value = match.group().rstrip("./-_")
        # "Broj računa" is an invoice's number and a bank account's.
        if read_serbian_account(value) or re.fullmatch(r"\d{3}-\d{5,13}-\d{2}", value):
            continue
        if re.fullmatch(r"\d{1,2}[./]\d{1,2}[./]\d{4}", value):
            continue
        original = lines[number][start : start + len(value)]
        # Folding may change lengths (љ, đ); then the folded form is what we have.
        numbers.append(original if normalise(original) == value else value.upper())
    return _only(numbers)


def _tax_code(folded: list[str]) -> str | None:
    """The issuer's: the only one on the bill whose check digit holds."""
    found = []
    for kind, words in _labels()["tax_code"].items():
        for _, _, rest in _after_labels(folded, words):
            match = re.match(r"(?:it|rs)?\s?(\d[\d.\- ]{7,24}\d)", rest)
            if match is None:
                continue
            try:
                found.append(_TAX_CODES[kind](match.group(1).replace(" ", "")))
            except ValidationError:
                continue
    return _only(found)


def _issuer(lines: list[str], folded: list[str]) -> str | None:
    """Behind its label, or the one line at the top that is named like a clinic, a pharmacy or a company."""
    labels = _labels()["issuer"]
    named = [
        lines[number][start : start + LONGEST_ISSUER].strip(" :,;-")
        for number, start, rest in _after_labels(folded, labels["labels"], labels["unless"])
        if len(rest) > 2 and len(folded[number]) == len(lines[number])
    ]
    if named:
        return _only(named)
    kinds = _label(tuple(labels["kinds"]))
    unless = _label(tuple(labels["unless"]))
    head = [
        line[:LONGEST_ISSUER].strip(" :,;-")
        for line, plain in zip(lines[:ISSUER_LINES], folded[:ISSUER_LINES], strict=True)
        if kinds.search(plain) and not unless.search(plain)
    ]
    return head[0] if head else None


_LAST_SUM = re.compile(
    r"(?<![\d.,/\-])(\d{1,3}(?:[.,' ]\d{3})*(?:[.,]\d{2})?|\d+[.,]\d{2})\s?(?:€|[a-z]{2,6})?$"
)


def _lines_total(folded: list[str], language: str, currency: str) -> dict[str, str] | None:
    """What the items above the total add up to, if it is clear which lines are items: at least two."""
    labels = _labels()
    totals = _label(tuple(word for words in labels["amount"]["tiers"] for word in words))
    other = _label(tuple(labels["not_an_item"] + labels["date"]["unless"]))
    codes = _label(tuple(word for words in labels["tax_code"].values() for word in words))
    end = next((number for number, line in enumerate(folded) if totals.search(line)), None)
    if end is None:
        return None
    items: list[Money] = []
    for line in folded[:end]:
        found = _LAST_SUM.search(line)
        described = found is not None and re.search(r"[a-z]{3}", line[: found.start()])
        if found is None or not described or other.search(line) or codes.search(line):
            continue
        if not re.search(r"[.,]\d{2}$|[.' ]\d{3}$", found.group(1)):
            # A whole number at the end of a line is a house number, a quantity, a year.
            continue
        money = parse_amount(found.group(1), language, currency, expecting=True)
        if money is None or money.amount <= 0:
            return None
        items.append(money)
    if len(items) < 2:
        return None
    return {"amount": f"{sum(item.amount for item in items):.2f}", "currency": currency}


def _services(lines: list[str], language: str) -> list[str]:
    """Ids of the catalogue's services that lines of the bill name; the clinic's own name names none."""
    kinds = _label(tuple(_labels()["issuer"]["kinds"]))
    found = (
        catalogue.named_in("service", line, language) for line in lines if not kinds.search(normalise(line))
    )
    return list(dict.fromkeys(service for service in found if service))


def _patient(lines: list[str], folded: list[str]) -> str | None:
    """The words behind "patient:", at most four of them; what follows a comma or a figure is not the name."""
    names = []
    for number, start, _ in _after_labels(folded, _labels()["patient"]["labels"]):
        # Where folding has changed the length (љ, đ) the folded form is what we have.
        same = len(folded[number]) == len(lines[number])
        line = lines[number] if same else folded[number]
        name = re.match(r"[^\W\d_'’.\-]+(?:[ '’.\-]+[^\W\d_'’.\-]+){1,3}", line[start:])
        if name is not None:
            names.append(_before_next_label(name.group()))
    return names[0] if names else None


def _before_next_label(name: str) -> str:
    labels = _labels()
    words = [word for words in (*labels["date"]["tiers"], labels["date"]["unless"]) for word in words]
    following = _label(tuple(words + labels["national_id"]["labels"])).search(normalise(name))
    return name[: following.start()].strip() if following and following.start() else name


def _national_ids(folded: list[str]) -> list[str]:
    """Those of people; a doctor's stands on the line of the practice."""
    labels = _labels()
    issuers = _label(
        tuple(labels["issuer"]["kinds"] + [w for words in labels["tax_code"].values() for w in words])
    )
    found = []
    for number, _, rest in _after_labels(folded, labels["national_id"]["labels"]):
        if issuers.search(folded[number]):
            continue
        match = re.match(r"[a-z]{6}[0-9a-z]{2}[a-z][0-9a-z]{2}[a-z][0-9a-z]{3}[a-z]|\d{16}|\d{13}", rest)
        if match and (value := read_national_id(match.group())):
            found.append(value)
    return list(dict.fromkeys(found))
