"""What the machine can say: phrases by language and meaning, in several spellings and manners of typing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from locales import texts
from locales.script import strip_diacritics, to_latin

MATERIAL: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("phrases.yml").read_text(encoding="utf-8"))
NONSENSE: list[str] = MATERIAL["nonsense"]
LONG = "parola " * 700  # just below what is taken


@dataclass(frozen=True)
class Writing:
    """A way of writing: where the customer is insured, and how they spell."""

    name: str
    market: str
    language: str
    script: str
    bare: bool = False

    @property
    def tag(self) -> str:
        """The language of the answers to it."""
        return texts.tag(self.language, self.script)

    def spell(self, text: str) -> str:
        """The line in this spelling."""
        spelt = text if self.script == "Cyrl" else to_latin(text)
        return strip_diacritics(spelt) if self.bare else spelt

    def phrase(self, meaning: str, number: int = 0) -> str:
        """A line that means this."""
        own = MATERIAL[self.language]
        lines = own["wishes"].get(meaning) or own[meaning]
        return self.spell(lines[number % len(lines)])


WRITINGS = {
    "it": Writing("it", "it", "it", "Latn"),
    "id": Writing("id", "id", "id", "Latn"),
    "sr-Cyrl": Writing("sr-Cyrl", "rs", "sr", "Cyrl"),
    "sr-Latn": Writing("sr-Latn", "rs", "sr", "Latn"),
    "sr-ascii": Writing("sr-ascii", "rs", "sr", "Latn", bare=True),
}
WISHES = sorted(MATERIAL["it"]["wishes"])
MOST_VALUES = max(len(MATERIAL[language]["values"]) for language in ("it", "id", "sr"))


def _mistyped(text: str) -> str:
    """Two letters of the longest word change places."""
    longest = max(text.split(), key=len)
    middle = len(longest) // 2
    if middle < 2:
        return text
    wrong = longest[: middle - 1] + longest[middle] + longest[middle - 1] + longest[middle + 1 :]
    return text.replace(longest, wrong, 1)


MANNERS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "shouted": lambda text: text.upper() + "!!!",
    "hurried": lambda text: strip_diacritics(text).lower().replace(",", ""),
    "mistyped": _mistyped,
    "with_emoji": lambda text: f"{text} 🙏😊",
    "asked": lambda text: f"{text[0].upper()}{text[1:].rstrip('?')}?",
}
