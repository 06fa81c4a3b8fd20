"""The words of dates, numbers and money, one YAML file a language, all in normalised spelling.

A new language is a new file; its head says how libraries name it. `load` reads it once. What the words mean together is the parsers' affair.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@lru_cache(maxsize=None)
def load(language: str) -> dict[str, Any]:
    """The lexicon of a language; a language without one has no words (digits are still read)."""
    path = FOLDER / f"{language}.yml"
    if not language.isalpha() or not path.exists():
        return {}
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def facts(language: str) -> dict[str, Any]:
    """`{locale, stemmer, recognition, endings}`: how libraries name the language; empty without a lexicon."""
    found: dict[str, Any] = load(language).get("language", {})
    return found


def languages() -> list[str]:
    """Every language that has a lexicon."""
    return sorted(path.stem for path in FOLDER.glob("*.yml") if path.stem != "banks")
