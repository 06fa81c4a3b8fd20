"""The concept lexicon: which meanings, shared by all languages, the words of a message stand for.

`data/lexicon/<language>.yml` maps concepts to words, stems (`rimbors*`) and set phrases (`avere indietro`, `dare *
indietro`: up to two words between), in normalised spelling. What one language's training lines teach about a
concept helps the others, and a sentence without a word seen in training still shows what it is about.
Which concepts mean which intent is learned, not written here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from bot.components.fingerprints import ROOT
from locales.lookup import slips_allowed
from locales.script import normalise

FOLDER = ROOT / "data" / "lexicon"
CONCEPTS = FOLDER / "concepts.yml"
GAP = "*"
LONGEST_GAP = 2
SHORTEST_STEM = 3


def files() -> list[Path]:
    """The concepts and every language's words for them."""
    return sorted(FOLDER.glob("*.yml"))


class Lexicon:
    """The words of one language."""

    def __init__(self, said: dict[str, list[str]]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._words: set[str] = set()
        self._by_shape: dict[tuple[str, int], list[str]] = defaultdict(list)
        for concept, expressions in said.items():
            for expression in expressions:
                parts = tuple(_parts(str(expression)))
                if parts and parts[0] != GAP:
                    self._phrases[parts[0]].append((parts, concept))
                    self._words.update(part for part in parts if part != GAP)
        for word in sorted(self._words):
            bare = word.rstrip(GAP)
            if slips_allowed(bare):
                self._by_shape[bare[0], len(bare)].append(word)
        self._near: dict[str, tuple[str, ...]] = {}

    def find(self, words: Sequence[str]) -> set[str]:
        """The concepts that a list of normalised words speaks of."""
        forms = [self._forms(word) for word in words]
        return {
            concept
            for place, first in enumerate(forms)
            for form in first
            for parts, concept in self._phrases.get(form, ())
            if _matches(parts[1:], forms, place + 1)
        }

    def _forms(self, word: str) -> tuple[str, ...]:
        """The lexicon's words that this word is: itself, its stems, or, of an unknown one, what it is a slip of."""
        found = [word] if word in self._words else []
        stems = (word[:end] + GAP for end in range(SHORTEST_STEM, len(word) + 1))
        found += [stem for stem in stems if stem in self._words]
        return tuple(found) or self._slips(word)

    def _slips(self, word: str) -> tuple[str, ...]:
        slips = slips_allowed(word)
        if not slips:
            return ()
        if word not in self._near:
            if len(self._near) > 20_000:
                self._near.clear()
            self._near[word] = tuple(self._nearly(word, slips))
        return self._near[word]

    def _nearly(self, word: str, slips: int) -> Iterable[str]:
        for length in range(5, len(word) + slips + 1):
            for known in self._by_shape.get((word[0], length), ()):
                bare = known.rstrip(GAP)
                typed = word[: len(bare)] if known.endswith(GAP) else word
                allowed = min(slips, slips_allowed(bare))
                if abs(len(typed) - len(bare)) <= allowed and OSA.distance(typed, bare) <= allowed:
                    yield known


def _parts(expression: str) -> list[str]:
    """The words of an expression as the tokenizer cuts them, stars kept."""
    parts: list[str] = []
    for piece in expression.split():
        if piece == GAP:
            parts.append(GAP)
            continue
        words = normalise(piece.rstrip(GAP)).replace("'", " ").replace("-", " ").split()
        if words and piece.endswith(GAP):
            words[-1] += GAP
        parts += words
    return parts


def _matches(parts: Sequence[str], forms: Sequence[tuple[str, ...]], place: int) -> bool:
    if not parts:
        return True
    if parts[0] == GAP:
        return any(_matches(parts[1:], forms, place + skipped) for skipped in range(LONGEST_GAP + 1))
    return place < len(forms) and parts[0] in forms[place] and _matches(parts[1:], forms, place + 1)


@lru_cache(maxsize=None)
def _lexicon(language: str) -> Lexicon:
    path = FOLDER / f"{language}.yml"
    said = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return Lexicon(said or {})


def concepts_in(words: Sequence[str], language: str | None) -> set[str]:
    """The concepts in the normalised words of a message; none in a language without a lexicon."""
    return _lexicon(language).find(words) if language else set()
