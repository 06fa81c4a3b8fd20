"""What the intent classifier looks at: pieces of words, beginnings of words in pairs, and two things that are the
same in every language: what is known of the words (catalogue hits and rule finds), and which concepts of the
lexicon they stand for; and, where the operator has a sentence-embedding model, its vector.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from bot.components.concepts import concepts_in
from bot.components.lookup import NAMES

LONGEST_TEXT = 300  # words
GRAM_SIZES = (2, 3, 4, 5)
BEGINNING = 5
# Kind of feature → its weight beside the others; each kind has length one by itself.
KINDS = {"pieces": 1.0, "words": 1.0, "clues": 0.4, "concepts": 1.0}
EMBEDDING_WEIGHT = 1.0
Bags = dict[str, Counter[str]]


@dataclass(frozen=True)
class Observed:
    """A message as the classifier sees it; `embedding` is a vector of length one, or empty."""

    bags: Bags
    embedding: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.float32))


def features(
    lemmas: Sequence[str],
    text: str,
    hits: Iterable[dict[str, Any]],
    rules: Iterable[dict[str, Any]],
    language: str | None,
) -> Bags:
    """The bags of features of a message, one for each of `KINDS`."""
    lemmas = lemmas[:LONGEST_TEXT]
    return {
        "pieces": _pieces(lemmas),
        "words": _words(lemmas),
        "clues": _clues(lemmas, text, hits, rules),
        "concepts": Counter(concepts_in(lemmas, language)),
    }


def _pieces(lemmas: Sequence[str]) -> Counter[str]:
    bag: Counter[str] = Counter()
    for word in lemmas:
        padded = f" {word} "
        for size in GRAM_SIZES:
            if len(padded) <= size:
                bag[padded] += 1
                break
            for start in range(len(padded) - size + 1):
                bag[padded[start : start + size]] += 1
    return bag


def _words(lemmas: Sequence[str]) -> Counter[str]:
    """Words, their beginnings (in inflected languages the stem), neighbours and neighbours but one."""
    bag: Counter[str] = Counter()
    beginnings = [word[:BEGINNING] for word in lemmas]
    for word, beginning in zip(lemmas, beginnings, strict=False):
        bag[f"w {word}"] += 1
        bag[f"p {beginning}"] += 1
        bag[f"q {word[:4]}"] += 1
    for first, second in itertools.pairwise(beginnings):
        bag[f"b {first} {second}"] += 1
    for first, third in zip(beginnings, beginnings[2:], strict=False):
        bag[f"s {first} {third}"] += 1
    return bag


def _clues(
    lemmas: Sequence[str], text: str, hits: Iterable[dict[str, Any]], rules: Iterable[dict[str, Any]]
) -> Counter[str]:
    clues = {f"r {rule['entity']}" for rule in rules}
    for hit in hits:
        if hit["trust"] >= 0.3:
            clues.add(f"e {hit['entity']}")
            if hit["entity"] not in NAMES:
                clues.add(f"v {hit['entity']} {hit['value']}")
    count = len(lemmas)
    clues.add(
        f"length {count if count < 5 else 'short' if count < 9 else 'middle' if count < 16 else 'long'}"
    )
    if "?" in text:
        clues.add("question mark")
    return Counter(clues)


class FeatureSpace:
    """Which features count (seen in at least two lines) and how rare each is: TF-IDF by kind.

    The numbers of an embedding stand behind those of the bags.
    """

    def __init__(self, numbers: dict[str, dict[str, int]], rarity: np.ndarray, embedding: int = 0) -> None:
        self._numbers = numbers
        self._embedding = embedding
        self.rarity = rarity

    @property
    def size(self) -> int:
        return len(self.rarity) + self._embedding

    @classmethod
    def over(cls, lines: Sequence[Observed], *, seen_in: int = 2) -> FeatureSpace:
        """The space that a set of training lines spans."""
        numbers: dict[str, dict[str, int]] = {}
        rarity: list[float] = []
        for kind in KINDS:
            counts = Counter(feature for line in lines for feature in line.bags[kind])
            kept = sorted(feature for feature, count in counts.items() if count >= seen_in)
            numbers[kind] = {feature: len(rarity) + place for place, feature in enumerate(kept)}
            rarity += [float(np.log((1 + len(lines)) / (1 + counts[feature])) + 1) for feature in kept]
        embedding = max((len(line.embedding) for line in lines), default=0)
        return cls(numbers, np.array(rarity, dtype=np.float32), embedding)

    def vector(self, seen: Observed) -> tuple[np.ndarray, np.ndarray]:
        """(numbers of the features, their weights) of one message."""
        columns: list[int] = []
        weights: list[np.ndarray] = []
        for kind, weight in KINDS.items():
            table = self._numbers[kind]
            found = [
                (table[feature], count) for feature, count in seen.bags[kind].items() if feature in table
            ]
            if not found:
                continue
            places = [place for place, _ in found]
            values = (1 + np.log([count for _, count in found])) * self.rarity[places]
            columns += places
            weights.append(values * (weight / np.sqrt((values**2).sum())))
        if self._embedding and len(seen.embedding) == self._embedding:
            columns += range(len(self.rarity), self.size)
            weights.append(EMBEDDING_WEIGHT * seen.embedding)
        if not columns:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
        return np.array(columns, dtype=np.int32), np.concatenate(weights).astype(np.float32)

    def matrix(self, lines: Sequence[Observed]) -> csr_matrix:
        """One row a message."""
        rows = [self.vector(line) for line in lines]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows])
        weights = np.concatenate([weights for _, weights in rows])
        return csr_matrix((weights, columns, ends), shape=(len(lines), self.size))

    def save(self, path: Path) -> None:
        content = {
            "kinds": {kind: list(table) for kind, table in self._numbers.items()},
            "embedding": self._embedding,
        }
        path.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, path: Path, rarity: np.ndarray) -> FeatureSpace:
        content = json.loads(path.read_text(encoding="utf-8"))
        numbers: dict[str, dict[str, int]] = {}
        start = 0
        for kind, names in content["kinds"].items():
            numbers[kind] = {feature: start + place for place, feature in enumerate(names)}
            start += len(names)
        return cls(numbers, rarity, content["embedding"])
