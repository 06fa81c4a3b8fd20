"""Takes out of a message what is about a person, so that it can be kept for review.

What stays are words the project itself already has in its training lines, and slips of the finger close to them.
Everything else becomes its kind in brackets: found entities by their name, numbers, addresses, names, other words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.actions.backend_client import Json
from locales.script import normalise

TRAINING_LINES = Path(__file__).resolve().parents[2] / "data" / "nlu"
LONGEST = 400
_LETTERS = r"[^\W\d_]+"
# In this order: an address may hold digits, a word may stand beside them.
_PIECE = re.compile(
    rf"(?P<email>\S*@\S*)|(?P<link>\S*://\S*|www\.\S+)|(?P<number>[^\s\[\]]*\d[^\s\[\]]*)|(?P<word>{_LETTERS})"
)
_PLACEHOLDER = re.compile(r"(\[[a-z_]+\])(?:[\s,]+\1)+")
# A word mistyped is this much like one that is known, and long enough for that to mean something.
ALIKE = 86
LONG_ENOUGH = 5


def without_personal_data(text: str, entities: Iterable[Json], names: Iterable[str], language: str) -> str:
    """The message with `[kind]` in place of what is personal; `entities` with `start`, `end`, `entity`."""
    safe = text.translate(str.maketrans("[]", "()"))
    people = {word for name in names for word in re.findall(_LETTERS, normalise(name))}
    known = known_words(language)
    told, place = [], 0
    for entity in sorted(entities, key=lambda found: int(found.get("start") or 0)):
        start, end = entity.get("start"), entity.get("end")
        if start is None or end is None or start < place:
            continue
        told += [_words_only(safe[place:start], people, known), f"[{entity['entity']}]"]
        place = end
    told.append(_words_only(safe[place:], people, known))
    return _PLACEHOLDER.sub(r"\1", "".join(told)).strip()[:LONGEST]


def _words_only(text: str, people: set[str], known: frozenset[str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        if found.lastgroup != "word":
            return f"[{found.lastgroup}]"
        word = found.group()
        folded = normalise(word)
        if folded in people or any(len(name) > 3 and folded.startswith(name[:-1]) for name in people):
            return "[name]"
        if folded in known or len(folded) == 1:
            return word
        if word[:1].isupper():
            return "[name]"
        mistyped = len(folded) >= LONG_ENOUGH and process.extractOne(
            folded, known, scorer=fuzz.ratio, score_cutoff=ALIKE
        )
        return word if mistyped else "[word]"

    return _PIECE.sub(replaced, text)


@lru_cache
def known_words(language: str) -> frozenset[str]:
    """Words of the training lines that are written small at least as often as not: no names of people or places."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for path in sorted(TRAINING_LINES.glob(f"{language}/*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.lstrip().startswith("- ") or line.lstrip().startswith("- intent:"):
                continue
            # What stands in brackets is an entity, what follows it is our notation.
            said = re.sub(r"\[[^\]]*\](?:\([^)]*\)|\{[^}]*\})", " . ", line.lstrip()[2:])
            words = list(re.finditer(_LETTERS, said))
            for word in words[1:]:
                (large if word.group()[0].isupper() else small)[normalise(word.group())] += 1
            if words:
                small[normalise(words[0].group())] += 0 if words[0].group()[0].isupper() else 1
    return frozenset(word for word, often in small.items() if often and often >= large[word])
