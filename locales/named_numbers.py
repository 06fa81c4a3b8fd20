"""Numbers that somebody calls by what they are: "polis nomor GH-0091827", "polizza 0047718320".

Papers of before, of other insurers, or mistyped: none of them is a number given out here, yet it is meant as one, and
the customer is told that it is not known rather than not being heard. The words are those of all languages at once,
as people mix them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from locales.lexicon import languages, load

# Digits enough for a number that stands behind what it is called, with so many words between ("la polizza è la …"),
# and for one that is said to be a number.
CALLED, NUMBERED = (6, 7, 8), 4
_DAY = r"\d{1,2}[\-/]\d{1,2}[\-/]\d{2,4}|\d{4}[\-/]\d{1,2}[\-/]\d{1,2}"
_NUMBER = rf"(?!(?:{_DAY})(?!\d))(?P<number>(?:[a-z]{{1,4}}[\-/]?)?\d{{2,12}}(?:[\-/][0-9a-z]{{1,10}}){{0,3}})(?![\w\-/]|[.,]\d)"


@lru_cache(maxsize=None)
def _patterns() -> list[tuple[str, re.Pattern[str], int]]:
    """(entity, pattern, digits that a number needs at least); the surer pattern of an entity first."""
    names: dict[str, set[str]] = {}
    numbers: set[str] = set()
    for language in languages():
        words = load(language).get("named_numbers", {})
        numbers |= set(words.get("number", []))
        for entity, called in words.get("called", {}).items():
            names.setdefault(entity, set()).update(called)
    number = _either(numbers)
    between = r"[\s.:°#]{1,3}(?:[a-z]+[\s:]+){0,2}"
    found = []
    for entity, called in sorted(names.items()):
        name = rf"(?<![a-z])(?:{_either(called)})"
        said = rf"(?<![a-z])(?:{number})[\s.:°#]{{1,3}}"
        behind = rf"{name}{between}?{said}(?:[a-z]+[\s:]+)?"
        before = rf"{said}(?:[a-z]+\s+)?{name}{between}"
        found.append((entity, re.compile(rf"(?:{behind}|{before}){_NUMBER}"), NUMBERED))
        for words, least in enumerate(CALLED):
            called_so = rf"{name}[\s:#]{{1,3}}(?:[a-z]+[\s:]+){{{words}}}{_NUMBER}"
            found.append((entity, re.compile(called_so), least))
    return found


def _either(words: set[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def named_numbers(text: str) -> Iterator[tuple[str, int, int, str]]:
    """(entity, start, end, value) of each number that is called by its name; the text is folded."""
    seen: list[tuple[int, int]] = []
    for entity, pattern, least in _patterns():
        for match in pattern.finditer(text):
            start, end = match.span("number")
            typed = match["number"]
            digits = sum(character.isdigit() for character in typed)
            # Round sums are money: "klaim 1500000".
            enough = digits >= (NUMBERED if typed[0].isalpha() else least) and not (
                least in CALLED and typed.isdigit() and typed.endswith("000")
            )
            if enough and all(end <= first or start >= last for first, last in seen):
                seen.append((start, end))
                yield entity, start, end, typed.upper()
