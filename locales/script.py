"""Scripts and spellings: Cyrillic, Latin, Latin without diacritics.

Here live the loss-free transliteration of Serbian and the folding used for *matching*. What is shown to a
customer is transliterated with `to_latin`; what is compared with something is folded with `normalise`.
Nothing here knows a language beyond the letters of Serbian.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import cyrtranslit

LATIN = "Latn"
CYRILLIC = "Cyrl"
NONE = ""

_WORD = re.compile(r"[^\W\d_]+")
_CYRILLIC_LETTER = re.compile("[\u0400-\u04ff]")
# Letters that Unicode does not decompose into a base letter and a mark.
_UNDECOMPOSED = {"đ": "dj", "Đ": "Dj", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe"}


def script_of(text: str) -> str:
    """`Cyrl`, `Latn` or nothing (no letters at all): the script most letters belong to (ISO 15924)."""
    cyrillic = len(_CYRILLIC_LETTER.findall(text))
    letters = sum(character.isalpha() for character in text)
    if not letters:
        return NONE
    return CYRILLIC if cyrillic * 2 > letters else LATIN


def to_latin(text: str) -> str:
    """Serbian Cyrillic to Latin with diacritics; everything else stays as it is."""
    if not _CYRILLIC_LETTER.search(text):
        return text
    return _WORD.sub(_word_to_latin, text)


def _word_to_latin(match: re.Match[str]) -> str:
    word = match.group()
    latin: str = cyrtranslit.to_latin(word, "sr")
    # Љ Њ Џ become two letters; in a word written in capitals both are capitals.
    return latin.upper() if len(word) > 1 and word.isupper() else latin


def to_cyrillic(text: str) -> str:
    """Serbian Latin (with diacritics) to Cyrillic.

    Not loss-free: `nj`, `lj` and `dž` are always read as one letter (инјекција comes out as ињекција).
    Use it to show a typed name to a reader of Cyrillic, never to store one.
    """
    return str(cyrtranslit.to_cyrillic(unicodedata.normalize("NFC", text), "sr"))


def strip_diacritics(text: str) -> str:
    """č ć š ž è ò … to their base letter, đ to dj. Cyrillic is left alone."""
    return "".join(_strip(character) for character in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _strip(character: str) -> str:
    if character in _UNDECOMPOSED:
        return _UNDECOMPOSED[character]
    if _CYRILLIC_LETTER.match(character):
        return character
    decomposed = unicodedata.normalize("NFKD", character)
    return "".join(part for part in decomposed if not unicodedata.combining(part))


@lru_cache(maxsize=8192)
def _fold(character: str) -> str:
    """One character in lower-case ASCII Latin; a mark of its own disappears, other signs stay."""
    if unicodedata.combining(character):
        return ""
    if character in "’‘`´ʼ":
        return "'"
    if character in "‐‑‒–—−":
        return "-"
    if character.isspace():
        return " "
    return _strip(to_latin(character).lower()).lower()


def normalise(text: str) -> str:
    """The form everything is compared in: lower-case Latin letters without diacritics.

    Signs and digits stay. `Ђорђе`, `Đorđe` and `Djordje` come out alike.
    """
    return "".join(map(_fold, text))


@dataclass(frozen=True)
class Folded:
    """A normalised text that still knows where each of its characters came from."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original."""
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """`normalise` with offsets."""
    pieces = [_fold(character) for character in text]
    offsets = tuple(index for index, piece in enumerate(pieces) for _ in piece)
    return Folded("".join(pieces), offsets)
