"""Numbers written in words ("dua ratus lima puluh ribu", "centoventi", "dve i po hiljade"), cardinal and ordinal.

One grammar for all languages, driven by `lexicon/<language>.yml`. Digits are read by `read_digits`.
Everything is exact (`Decimal`); what does not read as one number is None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Union

from locales.lexicon import load

LONGEST_INTEGER = 12
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
Item = Union[str, Decimal]


@dataclass(frozen=True)
class NumberWords:
    """The number part of a lexicon, ready for look-up."""

    words: dict[str, int] = field(default_factory=dict)
    ordinals: dict[str, int] = field(default_factory=dict)
    elided: dict[str, int] = field(default_factory=dict)
    teens: frozenset[str] = frozenset()
    tens: frozenset[str] = frozenset()
    hundreds: frozenset[str] = frozenset()
    magnitudes: dict[str, int] = field(default_factory=dict)
    halves: frozenset[str] = frozenset()
    joiners: frozenset[str] = frozenset()
    compounds: bool = False
    not_numbers: frozenset[str] = frozenset()

    @property
    def vocabulary(self) -> set[str]:
        return {*self.words, *self.teens, *self.tens, *self.hundreds, *self.magnitudes, *self.halves}


@lru_cache(maxsize=None)
def number_words(language: str) -> NumberWords:
    """The number words of a language; none at all for a language without a lexicon."""
    entry = load(language).get("numbers")
    if not entry:
        return NumberWords()
    return NumberWords(
        words=entry["words"],
        ordinals=entry.get("ordinals", {}),
        elided=entry.get("elided", {}),
        teens=frozenset(entry["teen_suffixes"]),
        tens=frozenset(entry["ten_suffixes"]),
        hundreds=frozenset(entry["hundred_suffixes"]),
        magnitudes=entry["magnitudes"],
        halves=frozenset(entry["halves"]),
        joiners=frozenset(entry["joiners"]),
        compounds=entry["compounds"],
        not_numbers=frozenset(entry.get("not_numbers", [])),
    )


def read_digits(text: str, *, scaled: bool = False) -> Decimal | None:
    """The number a customer of the three countries means by `1.250.000`, `12.500,50`, `85.50`, `1'200`.

    A dot or comma followed by exactly three digits groups thousands, followed by one or two it is the
    decimal sign. `scaled` says that a magnitude follows ("1,250 juta"): then a comma is always decimal.
    """
    text = text.strip()
    if not text or not text[0].isdigit() or not text.isascii():
        return None
    whole, cents = text, ""
    decimal = re.fullmatch(r"(.+)[.,](\d{1,2})", text)
    if decimal and not re.fullmatch(r"\d{1,2}", text):
        whole, cents = decimal.groups()
    elif scaled and (comma := re.fullmatch(r"(\d+)[,](\d{3})", text)):
        whole, cents = comma.groups()
    if not whole.isdigit():
        if not _GROUPED.fullmatch(whole) or (cents and whole[-4] == text[len(whole)]):
            return None
        whole = re.sub(r"\D", "", whole)
    if len(whole) > LONGEST_INTEGER or (len(whole) > 1 and whole[0] == "0"):
        return None
    return Decimal(f"{whole}.{cents}" if cents else whole)


def split_compound(word: str, language: str) -> list[str]:
    """`centoventi` as `cento venti`; a word that is no compound of number words comes back as it is."""
    table = number_words(language)
    if not table.compounds or word in table.vocabulary or word in table.joiners or len(word) > 60:
        return [word]
    return list(_split(word, language)) or [word]


@lru_cache(maxsize=4096)
def _split(word: str, language: str) -> tuple[str, ...]:
    table = number_words(language)
    if word in table.vocabulary:
        return (word,)
    parts = sorted({*table.words, *table.elided, *table.hundreds, *table.magnitudes}, key=len, reverse=True)
    for part in parts:
        if len(part) > 1 and word.startswith(part) and word != part:
            rest = _split(word[len(part) :], language)
            if rest:
                return (part, *rest)
    return ()


def parse_number(items: Sequence[Item], language: str) -> Decimal | None:
    """The number that a run of words and digit groups means, or None if it is not exactly one number."""
    table = number_words(language)
    total, current, scale = Decimal(0), Decimal(0), 0
    started, last_was_digits = False, False
    for position, item in enumerate(items):
        if isinstance(item, Decimal):
            if current or last_was_digits:
                return None
            current, started, last_was_digits = item, True, True
            continue
        if item in table.joiners:
            if position in (0, len(items) - 1):
                return None
            continue
        if item in table.halves:
            if current:
                current += Decimal("0.5")
            elif scale:
                total += Decimal(scale) / 2
            else:
                current = Decimal("0.5")
        elif item in table.magnitudes:
            magnitude = table.magnitudes[item]
            if scale and magnitude >= scale:
                return None
            total += (current or Decimal(1)) * magnitude
            current, scale = Decimal(0), magnitude
        else:
            grown = _grow(current, item, table)
            if grown is None or last_was_digits:
                return None
            current = grown
        started, last_was_digits = True, False
    # "1jt200" may mean 1.200.000 or 1.000.200: money is not guessed.
    if not started or (last_was_digits and scale >= 1_000_000):
        return None
    if scale and current >= scale:
        return None
    return total + current


def _grow(current: Decimal, word: str, table: NumberWords) -> Decimal | None:
    unit = current % 10
    if word in table.teens:
        return current + 10 if 2 <= unit <= 9 and current % 100 == unit else None
    if word in table.tens:
        return current + unit * 9 if 2 <= unit <= 9 and current % 100 == unit else None
    if word in table.hundreds:
        return (current or Decimal(1)) * 100 if current < 10 else None
    value = table.words.get(word, table.elided.get(word))
    if value is None:
        return None
    if value == 0:
        return current if not current else None
    if value < 10:
        return current + value if unit == 0 and current % 100 != 10 else None
    if value < 100:
        return current + value if current % 100 == 0 else None
    return current + value if current % 1000 == 0 else None


def parse_ordinal(words: Sequence[str], language: str) -> int | None:
    """`dvadeset treceg` as 23. Only ordinals; a cardinal is None."""
    table = number_words(language)
    if not words or words[-1] not in table.ordinals:
        return None
    last = table.ordinals[words[-1]]
    if len(words) == 1:
        return last
    before = parse_number(list(words[:-1]), language)
    if before is None or before % 10 or (before % 100 == 10) or last > 9:
        return None
    return int(before) + last


def trailing_number(words: Sequence[str], language: str, *, longest: int = 4) -> tuple[int, int, bool] | None:
    """The number that ends a run of words: (how many words, value, is it an ordinal)."""
    for count in range(min(longest, len(words)), 0, -1):
        tail = list(words[-count:])
        ordinal = parse_ordinal(tail, language)
        if ordinal is not None:
            return count, ordinal, True
        if tail[0] in number_words(language).joiners:
            continue
        parts = [part for word in tail for part in split_compound(word, language)]
        cardinal = parse_number(list(parts), language)
        if cardinal is not None and cardinal == int(cardinal):
            return count, int(cardinal), False
    return None
