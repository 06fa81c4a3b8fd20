"""An entry of a list named by its place: "la numero 2", "yang kedua", "drugi"."""

from __future__ import annotations

import re

from locales.lexicon import load
from locales.numbers import parse_number
from locales.script import normalise

LAST = -1
MOST = 20


def parse_position(text: str, language: str) -> int | None:
    """The place, from 1 on, or LAST; nothing where anything else is said. A bare number is a place, too."""
    words = load(language).get("positions") or {}
    said = re.findall(r"[a-z]+|\d+", normalise(text))
    rest = [word for word in said if word not in words.get("fillers", [])]
    marks = [word for word in rest if word in words.get("marks", [])]
    rest = [word for word in rest if word not in marks]
    if len(rest) != 1:
        return None
    word = rest[0]
    place = words.get("words", {}).get(word)
    if place is None and word.isdigit():
        place = int(word)
    if place is None and marks:
        number = parse_number([word], language)
        place = int(number) if number is not None and number == int(number) else None
    return place if place == LAST or (place is not None and 1 <= place <= MOST) else None


def is_bare_number(text: str) -> bool:
    """Whether nothing but digits was written: that may as well be an amount, a score, a day."""
    return text.strip().strip(".!)(").isdigit()
