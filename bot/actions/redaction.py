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
_ANNOTATION = re.compile(r"\[([^\]]*)\](\([^)]*\)|\{[^}]*\})")
RELATIONS = ("self", "spouse", "child", "parent", "sibling", "in-law")
# A word mistyped is this much like one that is known, and long enough for that to mean something.
ALIKE = 86
LONG_ENOUGH = 5
# A name stands in the training lines too, and is now and then written small there.
OFTENER = 2
# Written large in the middle of a sentence a word stays when it stands in so many training lines.
MANY = 8


def without_personal_data(text: str, entities: Iterable[Json], names: Iterable[str], language: str) -> str:
    """The message with `[kind]` in place of what is personal; `entities` with `start`, `end`, `entity`."""
    safe = text.translate(str.maketrans("[]", "()"))
    people = {word for name in names for word in re.findall(_LETTERS, normalise(name))}
    told, place = [], 0
    for entity in sorted(entities, key=lambda found: int(found.get("start") or 0)):
        start, end = entity.get("start"), entity.get("end")
        if start is None or end is None or start < place:
            continue
        told += [_words_only(safe, place, start, people, language), f"[{entity['entity']}]"]
        place = end
    told.append(_words_only(safe, place, len(safe), people, language))
    return _PLACEHOLDER.sub(r"\1", "".join(told)).strip()[:LONGEST]


def _words_only(text: str, start: int, end: int, people: set[str], language: str) -> str:
    known = _counted(language)

    def replaced(found: re.Match[str]) -> str:
        if found.lastgroup != "word":
            return f"[{found.lastgroup}]"
        word = found.group()
        folded = normalise(word)
        if folded in people or any(len(name) > 3 and folded.startswith(name[:-1]) for name in people):
            return "[name]"
        large = word[0].isupper() and not text.isupper()
        inside = bool(re.search(r"[^\W_][\s,]+$", text[: found.start() + start]))
        if len(folded) == 1 or known.get(folded, 0) >= (MANY if large and inside else 1):
            return word
        if large:
            return "[name]"
        mistyped = len(folded) >= LONG_ENOUGH and process.extractOne(
            folded, known.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE
        )
        return word if mistyped else "[word]"

    return _PIECE.sub(replaced, text[start:end])


def _without_names(found: re.Match[str]) -> str:
    """The annotated words, but for names of places and people."""
    notation = found.group(2)
    relation = any(f'"{relation}"' in notation for relation in RELATIONS)
    named = any(entity in notation for entity in ("city", "doctor", "provider"))
    return " . " if named or ("family_member" in notation and not relation) else found.group(1)


@lru_cache
def known_words(language: str) -> frozenset[str]:
    """Words of the training lines that are written small as a rule: no names of people or places."""
    return frozenset(_counted(language))


@lru_cache
def _counted(language: str) -> dict[str, int]:
    """How often each known word stands in the training lines."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for path in sorted(TRAINING_LINES.glob(f"{language}/*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line.lstrip().startswith("- ") or line.lstrip().startswith("- intent:"):
                continue
            said = _ANNOTATION.sub(_without_names, line.lstrip()[2:])
            words = list(re.finditer(_LETTERS, said))
            for word in words[1:]:
                (large if word.group()[0].isupper() else small)[normalise(word.group())] += 1
            if words:
                small[normalise(words[0].group())] += 0 if words[0].group()[0].isupper() else 1
    return {word: often for word, often in small.items() if often > OFTENER * large[word]}
