"""Known names and words, found in a text although misspelt, inflected or without diacritics.

A `Phrasebook` holds phrases that stand for an entity's value (a service's id, a town's proper name) and finds
them in a list of words. It learns nothing and knows no Rasa; whether a hit is believed is the caller's decision.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from locales.lexicon import facts
from locales.script import normalise

LONGEST_PHRASE = 6
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_STEM = 4
EXACT, STEM, FUZZY = "exact", "stem", "fuzzy"


@dataclass(frozen=True)
class Entry:
    """A phrase stands for `value` of `entity`; `language` decides how it is inflected, `market` where it holds."""

    entity: str
    value: str
    phrase: str
    language: str
    market: str | None = None
    source: str = "catalogue"


@dataclass(frozen=True)
class Hit:
    """`words[first:last]` are (nearly) the phrase of `entry`."""

    first: int
    last: int
    entry: Entry
    how: str


def words_of(phrase: str) -> tuple[str, ...]:
    """The normalised words of a phrase."""
    return tuple(_WORD.findall(normalise(phrase)))


@lru_cache(maxsize=None)
def _endings(language: str) -> list[str]:
    """The longest first."""
    return sorted(facts(language).get("endings", []), key=len, reverse=True)


@lru_cache(maxsize=65536)
def stem(word: str, language: str) -> str:
    """A word (normalised) without its ending."""
    for ending in _endings(language):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def slips_allowed(word: str) -> int:
    """How many typing slips a word of this length may have."""
    return 0 if len(word) < 5 or word.isdigit() else 1 if len(word) < 9 else 2


class Phrasebook:
    """Phrases by exact words, by stems, and by nearly right words."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._exact: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
        self._stems: dict[str, dict[tuple[str, ...], list[Entry]]] = defaultdict(lambda: defaultdict(list))
        self._first_words: dict[str, set[str]] = defaultdict(set)
        self._spellings: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._near: dict[tuple[str, frozenset[str]], str | None] = {}
        self.words: set[str] = set()
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Enter a phrase; longer ones than `LONGEST_PHRASE` words are left out."""
        words = words_of(entry.phrase)
        if not words or len(words) > LONGEST_PHRASE or entry in self._exact[words]:
            return
        self._exact[words].append(entry)
        stems = tuple(stem(word, entry.language) for word in words)
        self._stems[entry.language][stems].append(entry)
        for word in words:
            self.words.add(word)
            if slips_allowed(word):
                self._spellings[word[0], len(word)].add(word)

    def exact(self, phrase: str) -> list[Entry]:
        """Entries of exactly this phrase."""
        return list(self._exact.get(words_of(phrase), ()))

    def find(
        self, words: Sequence[str], *, common: frozenset[str] = frozenset(), fuzzy: bool = True
    ) -> list[Hit]:
        """Every phrase in a list of normalised words, also overlapping ones.

        `common` words are what they are: they are never taken for a misspelling of something else.
        """
        corrected = [self._nearest(word, common) if fuzzy else None for word in words]
        hits: list[Hit] = []
        for first in range(len(words)):
            for last in range(first + 1, min(len(words), first + LONGEST_PHRASE) + 1):
                hits.extend(self._at(tuple(words[first:last]), corrected[first:last], first, last))
        return hits

    def _at(
        self, piece: tuple[str, ...], corrected: Sequence[str | None], first: int, last: int
    ) -> Iterable[Hit]:
        if entries := self._exact.get(piece):
            return [Hit(first, last, entry, EXACT) for entry in entries]
        stemmed = [
            Hit(first, last, entry, STEM)
            for language, table in self._stems.items()
            for entry in table.get(tuple(stem(word, language) for word in piece), ())
        ]
        if stemmed or not any(corrected):
            return stemmed
        spelt = tuple(better or word for better, word in zip(corrected, piece, strict=False))
        return [Hit(first, last, entry, FUZZY) for entry in self._exact.get(spelt, ())]

    def _nearest(self, word: str, common: frozenset[str]) -> str | None:
        """The one known word that `word` is a slip away from."""
        slips = slips_allowed(word)
        if not slips or word in self.words or word in common:
            return None
        key = (word, common)
        if key not in self._near:
            if len(self._near) > 20_000:
                self._near.clear()
            self._near[key] = self._search(word, slips)
        return self._near[key]

    def _search(self, word: str, slips: int) -> str | None:
        best: list[str] = []
        for length in range(len(word) - slips, len(word) + slips + 1):
            for known in self._spellings.get((word[0], length), ()):
                allowed = min(slips, slips_allowed(known))
                distance = OSA.distance(word, known, score_cutoff=allowed)
                if distance < slips:
                    best, slips = [known], distance
                elif distance <= allowed and distance == slips:
                    best.append(known)
        return best[0] if len(best) == 1 else None
