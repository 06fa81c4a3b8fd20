"""Lines of NLU data with what they mean, read as Rasa reads them; runs in Rasa's environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line with what it means; `where` is its language, for Serbian with the spelling."""

    text: str
    intent: str
    entities: tuple[tuple[int, int, str, str], ...]
    language: str
    where: str
    message: Any = field(compare=False, repr=False)


def spelling(text: str, language: str) -> str:
    """`sr-Cyrl`, `sr-Latn` or `sr-ascii` (Latin without its diacritics); other languages as they are."""
    from locales.script import CYRILLIC, script_of

    if language != "sr":
        return language
    if script_of(text) == CYRILLIC:
        return "sr-Cyrl"
    return "sr-ascii" if text.isascii() else "sr-Latn"


def turn_metadata(line: Line) -> dict[str, str]:
    """What the channel would say of a customer who writes in the language of their market."""
    from locales.markets import market_of_language

    return {"market": market_of_language(line.language) or "", "today": "2026-11-20"}


def read(folder: Path, files: str = "*.yml") -> list[Line]:
    """Every line under `<folder>/<language>/`, of the files that match."""
    from rasa.shared.nlu.training_data.loading import load_data

    lines: list[Line] = []
    for path in sorted(folder.glob(f"*/{files}")):
        for message in load_data(str(path)).intent_examples:
            text, intent = message.get("text"), message.get_full_intent()
            entities = tuple(
                (entity["start"], entity["end"], entity["entity"], str(entity["value"]))
                for entity in message.get("entities", [])
            )
            language = path.parent.name
            lines.append(Line(text, intent, entities, language, spelling(text, language), message))
    return lines
