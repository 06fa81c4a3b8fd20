"""Which passage answers a question: how much of what is rare in the question stands in the passage.

Words are compared by their stems, in one script and without diacritics, a letter mistyped. The score is the share
of the question's weight (inverse document frequency) that a passage covers: 1 is every word, and it can be compared
with a threshold, which plain BM25 scores cannot.
"""

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import snowballstemmer
from rapidfuzz import fuzz, process

from locales.lexicon import facts, load
from locales.script import normalise

# From here on a letter more or less is a slip and not another word.
LONG_ENOUGH = 5
LIKE_ENOUGH = 84
SHORTEST = 3


@lru_cache
def _stop_words(language: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in load(language)["stop_words"])


# A word by its stem and by its beginning: stemmers of small languages do not bring all its forms together.
type Word = tuple[str, str]
BEGINNING = 5


def words_of(text: str, language: str) -> list[Word]:
    """What the text is about; words that every question has are left out."""
    words = [word for word in re.findall(r"[a-z0-9]+", normalise(text)) if len(word) >= SHORTEST]
    words = [word for word in words if word not in _stop_words(language)]
    stems = snowballstemmer.stemmer(facts(language)["stemmer"]).stemWords(words)
    return [(normalise(stem), f"{word[:BEGINNING]}…") for stem, word in zip(stems, words, strict=True)]


class Ranking:
    """Passages of one language, to be asked as often as one likes."""

    def __init__(self, texts: Sequence[str], language: str) -> None:
        self._language = language
        self._passages = [
            frozenset(form for word in words_of(text, language) for form in word) for text in texts
        ]
        forms = set[str]().union(*self._passages) if texts else set()
        count = len(texts)
        held = {form: sum(form in passage for passage in self._passages) for form in forms}
        self._weight = {
            form: math.log(1 + (count - times + 0.5) / (times + 0.5)) for form, times in held.items()
        }
        self._stems = sorted(form for form in forms if not form.endswith("…"))
        # A word that no passage has counts less than one that some other passage has.
        self._unknown = 0.8 * math.log(1 + count)

    def best(self, question: str) -> tuple[int, float, int]:
        """Number of the best passage, its score from 0 to 1 and how many words of the question it has."""
        asked = list(dict.fromkeys(self._known(word) for word in words_of(question, self._language)))
        weights = [self._weight_of(word) for word in asked]
        best = (0, 0.0, 0)
        for number, passage in enumerate(self._passages):
            shared = [
                weight for word, weight in zip(asked, weights, strict=True) if not passage.isdisjoint(word)
            ]
            score = sum(shared) / sum(weights) if shared else 0.0
            # Of two that cover as much the shorter one is more about it.
            if (score, -len(passage)) > (best[1], -len(self._passages[best[0]])) and shared:
                best = (number, score, len(shared))
        return best

    def _weight_of(self, word: Word) -> float:
        return max((self._weight[form] for form in word if form in self._weight), default=self._unknown)

    def _known(self, word: Word) -> Word:
        """The word, or the one of the guide that it was probably meant to be."""
        stem, beginning = word
        if stem in self._weight or beginning in self._weight or len(stem) < LONG_ENOUGH:
            return word
        near = process.extractOne(stem, self._stems, scorer=fuzz.ratio, score_cutoff=LIKE_ENOUGH)
        return (near[0], beginning) if near else word


def split_page(text: str, longest: int = 600, shortest: int = 160) -> Iterable[str]:
    """A page's paragraphs, short ones joined, long ones cut at the end of a line."""
    passage = ""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [" ".join(line.split()) for line in paragraph.splitlines() if line.strip()]
        for line in lines:
            if passage and len(passage) + len(line) > longest:
                yield passage
                passage = ""
            passage = f"{passage} {line}".strip()
        if len(passage) >= shortest:
            yield passage
            passage = ""
    if passage:
        yield passage
