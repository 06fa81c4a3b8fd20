"""Finding identifiers inside a sentence. Reading one value is `identifiers`' work, grammar of dates and money
is not here.

Every pattern proposes a piece of text, the reader of its kind decides. `checked` says that a checksum or a
comparable proof stood behind it; the caller prefers those where finds overlap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Union

from locales import identifiers as read
from locales.markets import load_markets
from locales.named_numbers import named_numbers
from locales.script import Folded, fold

Value = Union[str, dict[str, str]]


@dataclass(frozen=True)
class Identifier:
    """One find: what it is, where it stands, its normalised value."""

    entity: str
    start: int
    end: int
    value: Value
    checked: bool


@dataclass(frozen=True)
class _Kind:
    entity: str
    pattern: re.Pattern[str]
    reader: Callable[[str, str], Value | None]
    checked: bool = False


def _pattern(body: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{body})(?![a-z0-9])")


# Patterns run over folded text: lower case, Latin, no diacritics.
_MARKETS = load_markets().values()
_PREFIXES = "|".join(sorted(market.policy_prefix.lower() for market in _MARKETS))
_LETTERS = "".join(sorted(market.request_letter.lower() for market in _MARKETS))
_GAP = r"[\s.\-]{0,3}"
_KINDS = (
    _Kind(
        "policy_number",
        _pattern(rf"(?:{_PREFIXES}){_GAP}\d(?:{_GAP}\d){{8}}"),
        lambda text, market: read.read_policy_number(text),
        checked=True,
    ),
    # Mistyped, and still meant as one: nothing else has its printed shape.
    _Kind(
        "policy_number",
        _pattern(rf"(?:{_PREFIXES})-\d{{8}}-\d"),
        lambda text, market: None if read.read_policy_number(text) else text.upper(),
        checked=True,
    ),
    # Too short or too long, and still with our letters before it.
    _Kind("policy_number", _pattern(rf"(?:{_PREFIXES})-?\d{{6,8}}"), lambda text, market: text.upper()),
    _Kind(
        "request_number",
        _pattern(rf"r\s?[{_LETTERS}]{_GAP}[0-9a-z]{{4}}{_GAP}[0-9a-z]{{4}}"),
        lambda text, market: read.read_request_number(text),
        checked=True,
    ),
    # Mistyped or invented: still meant as a request number, and answered like one that does not exist. Nothing
    # else has its printed shape, so the shape is proof enough.
    _Kind(
        "request_number",
        _pattern(rf"r[{_LETTERS}]-[0-9a-z]{{4}}-[0-9a-z]{{4}}"),
        lambda text, market: None if read.read_request_number(text) else text.upper(),
        checked=True,
    ),
    # A year and a running number, as other insurers and older papers print it: nothing of ours, yet looked up and
    # answered like a request that does not exist.
    _Kind(
        "request_number",
        _pattern(r"(?:[a-z]{2,4}[\-/])?20\d{2}[\-/]\d{4,8}"),
        lambda text, market: text.upper(),
        checked=True,
    ),
    # "CLM-20260914-0031": what other insurers print, where nothing says that it is anything else.
    _Kind(
        "request_number",
        # "I-20121 Milano" and "SRB-11000" are postal codes.
        _pattern(rf"(?:r-\d{{5}}|(?!(?:{_PREFIXES})-)[a-z]{{1,4}}-\d{{6,8}})(?:-\d{{2,6}})?"),
        lambda text, market: text.upper(),
    ),
    _Kind(
        "iban",
        _pattern(r"[a-z]{2}\d{2}(?:[\s.\-]?[a-z0-9]){11,30}"),
        lambda text, market: read.read_iban(text),
        checked=True,
    ),
    _Kind(
        "national_id",
        _pattern("|".join(market.national_id.written for market in _MARKETS)),
        read.read_national_id,
        checked=True,
    ),
    _Kind(
        "bank_account",
        _pattern(r"\d{3}\s*-\s*\d{1,13}\s*-\s*\d{2}|\d(?:[\s\-]?\d){17}"),
        lambda text, market: (
            read.read_bank_account(text, market) if _is(market, read.BANK_IN_NUMBER) else None
        ),
        checked=True,
    ),
    _Kind(
        "member_number",
        _pattern(r"(?!20\d\d-\d{6})[1-9]\d{3}[\s\-]?\d{4}[\s\-]?\d{2}"),
        lambda text, market: read.read_member_number(text),
        checked=True,
    ),
    _Kind("code", _pattern(r"\d{6}|\d{3}[\s\-]\d{3}"), lambda text, market: read.read_code(text)),
    _Kind("postal_code", _pattern(r"\d{5}"), read.read_postal_code),
)
_PLATES = {market.code: _pattern(market.plate.written) for market in _MARKETS}
_EMAIL = re.compile(r"[^\s<>(),;:\"]+@[^\s<>(),;:\"]+\.[^\W\d_]{2,}")
_PHONE = re.compile(r"(?<![\w.,/\-])(?:\+|00|\()?\d(?:[\s./()\-]{0,3}\d){6,14}(?!\w|[.,/\-]\d)")


def find_identifiers(text: str, market: str | None) -> list[Identifier]:
    """Every identifier in the text; kinds may overlap (a six-digit code inside a phone number does not)."""
    folded = fold(text)
    finds = list(_emails(text))
    # One request number in twenty has no digit at all.
    if re.search(rf"\d|\br[{_LETTERS}]-", folded.text):
        for kind in _KINDS:
            for match in kind.pattern.finditer(folded.text):
                if kind.entity in {"code", "postal_code"} and _is_part_of_a_number(folded.text, match):
                    continue
                start, end, value = match.start(), match.end(), kind.reader(match.group(), market or "")
                while (
                    value is None
                    and kind.entity == "iban"
                    and (space := folded.text.rfind(" ", start, end)) > start
                ):
                    # An IBAN in groups swallows the words behind it: give them back one by one.
                    end = space
                    value = kind.reader(folded.text[start:end], market or "")
                if value is not None:
                    finds.append(Identifier(kind.entity, *folded.span(start, end), value, kind.checked))
        finds.extend(_plates(text, market))
        if market and _is(market, read.BANK_AND_NUMBER):
            finds.extend(_accounts_with_bank(text, market))
        finds.extend(_phones(text, market))
        finds = _with_named(finds, folded)
    return _without_pieces(finds)


def _with_named(finds: list[Identifier], folded: Folded) -> list[Identifier]:
    """What a number is called decides where nothing else says what it is."""
    for entity, first, last, value in named_numbers(folded.text):
        start, end = folded.span(first, last)
        beside = [find for find in finds if find.start < end and find.end > start]
        if all(find.entity != entity and _is_guess(find) for find in beside):
            finds = [find for find in finds if find not in beside]
            finds.append(Identifier(entity, start, end, value, checked=False))
    return finds


def _is_guess(find: Identifier) -> bool:
    """Only digits, or proven by a check digit that every tenth number has."""
    if find.entity == "request_number":
        return read.read_request_number(str(find.value)) is None
    return find.entity in {"code", "postal_code", "member_number"}


def _is(market: str, account: str) -> bool:
    return market in load_markets() and load_markets()[market].domestic_account == account


def _is_part_of_a_number(text: str, match: re.Match[str]) -> bool:
    """12.345,50 and 2026-12345 hold no postal code."""
    return bool(
        re.search(r"\d[.,/\-]$|[#/@]$", text[: match.start()])
        or re.match(r"[.,/\-]\d|@|%", text[match.end() :])
    )


def _emails(text: str) -> Iterator[Identifier]:
    for match in _EMAIL.finditer(text):
        typed = match.group().rstrip(".")
        if value := read.read_email(typed):
            yield Identifier("email", match.start(), match.start() + len(typed), value, True)


def _phones(text: str, market: str | None) -> Iterator[Identifier]:
    known = load_markets().get(market or "")
    beginnings = ("+", "(", "0", *([known.mobile_prefix] if known and known.mobile_prefix else []))
    for match in _PHONE.finditer(text):
        typed = match.group()
        # Without a trunk zero, a country code or the beginning of a mobile a run of digits is just a number.
        if typed.startswith(beginnings) and (value := read.read_phone(typed, market or "")):
            yield Identifier("phone", match.start(), match.end(), value, False)


def _plates(text: str, market: str | None) -> Iterator[Identifier]:
    pattern = _PLATES.get(market or "")
    if pattern is None:
        return
    folded = fold(text)
    for match in pattern.finditer(folded.text):
        start, end = folded.span(match.start(), match.end())
        letters = re.sub(r"[^A-Za-zА-Яа-яЂ-џ]", "", text[start:end])
        # "di 2 rs" is no plate: either capitals or one closed group say so.
        closed = not re.search(r"\s", text[start:end]) and load_markets()[market or ""].plate.closed
        if (letters.isupper() or closed) and (value := read.read_plate_number(match.group(), market or "")):
            yield Identifier("plate_number", start, end, value, False)


def _accounts_with_bank(text: str, market: str) -> Iterator[Identifier]:
    folded = fold(text)
    for match in re.finditer(r"\d(?:[\s.\-]?\d){7,17}", folded.text):
        around = folded.text[max(0, match.start() - 40) : match.end() + 30]
        value = read.read_account_with_bank(around, market)
        if value and value["number"] == re.sub(r"\D", "", match.group()):
            first, last = _with_bank(folded.text, match.start(), match.end(), market)
            yield Identifier("bank_account", *folded.span(first, last), value, True)


def _with_bank(text: str, start: int, end: int, market: str) -> tuple[int, int]:
    """The span of a number, and of the bank's name where that stands beside it."""
    names = "|".join(sorted(map(re.escape, read.banks(market)), key=len, reverse=True))
    before = re.search(rf"(?<![a-z])(?:{names})[\s:.\-]{{1,3}}$", text[:start])
    after = re.match(rf"[\s:,(\-]{{1,3}}(?:{names})(?![a-z])", text[end:])
    return before.start() if before else start, end + after.end() if after and not before else end


def _without_pieces(finds: list[Identifier]) -> list[Identifier]:
    """Drop what lies strictly inside something longer, and guesses that cover a checked find."""

    def covered(find: Identifier) -> bool:
        for other in finds:
            if other is find or other.end <= find.start or other.start >= find.end:
                continue
            if (other.start, other.end) == (find.start, find.end):
                continue  # the same digits may be two things: the question asked decides
            longer = other.end - other.start > find.end - find.start
            if (other.checked and not find.checked) or (other.checked == find.checked and longer):
                return True
        return False

    return sorted((find for find in finds if not covered(find)), key=lambda find: find.start)
