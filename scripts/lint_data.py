"""`make check`: whether the training lines are as varied as CONTRIBUTING asks. Prints what to rewrite, exits with 1.

Per language: lines that are (nearly) the same within and across intents, lines of one skeleton, the share of an
intent's commonest word, the spellings of Serbian, and the form of annotations.
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz, process

from locales.lexicon import load
from locales.script import CYRILLIC, normalise, script_of
from scripts.model import ROOT

ANNOTATION = re.compile(r"\[([^\]]+)\](?:\((\w+)\)|(\{[^}]*\}))")
NAMES = {"city", "doctor", "provider"}
# Two lines alike by more than this say nothing that one of them does not say.
NEAR = 88
# In shorter lines every letter counts.
SHORT = 12
# A skeleton: as many words, all but one the same.
SKELETON_WORDS = 5
# Not more than this share of an intent's lines may have its commonest word.
KEYWORD_SHARE = 2 / 3
# Each of the three spellings has at least this share of an intent's Serbian lines.
SPELLING_SHARE = 0.1
LEAST_LINES = 60


@dataclass(frozen=True)
class Line:
    """One training line: what is said, where it stands, what it means."""

    file: str
    intent: str
    said: str
    marked: str

    @property
    def words(self) -> list[str]:
        return re.findall(r"[a-z0-9]+", normalise(self.said))


def read(language: str, folder: Path = ROOT / "data" / "nlu") -> list[Line]:
    """The lines of a language."""
    return [
        Line(f"{language}/{path.name}", block["intent"], ANNOTATION.sub(r"\1", line[2:]), line[2:])
        for path in sorted((folder / language).glob("*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]


def near_duplicates(lines: list[Line]) -> Iterator[str]:
    """Pairs of lines that are nearly the same, short ones aside."""
    import numpy as np  # only Rasa's environment has it, and `make review` runs in the other one

    told = [(line, " ".join(line.words)) for line in lines]
    texts = [text for _, text in told]
    exact: dict[str, Line] = {}
    for line, text in told:
        if len(text) > SHORT and text in exact:
            yield f"{line.file}: {line.intent}: {line.said!r} stands in {exact[text].intent} as well"
        exact.setdefault(text, line)
    for start in range(0, len(texts), 500):
        part = texts[start : start + 500]
        alike = process.cdist(part, texts, scorer=fuzz.ratio, score_cutoff=NEAR, dtype=np.uint8, workers=1)
        for one, other in zip(*np.nonzero(alike), strict=True):
            if start + one < other and len(texts[other]) > SHORT and part[one] != texts[other]:
                first, second = lines[start + one], lines[other]
                yield f"{first.file}: {first.intent}: {first.said!r} ~ {second.intent}: {second.said!r}"


def skeletons(lines: list[Line]) -> Iterator[str]:
    """Lines that differ in a single word."""
    seen: dict[tuple[str, ...], Line] = {}
    for line in lines:
        words = line.words
        if len(words) < SKELETON_WORDS:
            continue
        for place in range(len(words)):
            frame = (*words[:place], "…", *words[place + 1 :])
            other = seen.setdefault(frame, line)
            if other is not line and other.words != words:
                yield f"{_place(line)} has the skeleton of {other.said!r}"
                break


def faults_of_new(line: Line, lines: list[Line], ids: dict[str, Any]) -> list[str]:
    """What speaks against adding a line to those there are: near-duplicates, a skeleton, its annotations."""
    said = " ".join(line.words)
    found = [*spans([line], ids)]
    for other in lines:
        text = " ".join(other.words)
        if said == text or (len(said) > SHORT < len(text) and fuzz.ratio(said, text) >= NEAR):
            found.append(f"{other.file}: {other.intent}: {other.said!r} is nearly the same")
    return [*found, *(problem for problem in skeletons([*lines, line]) if problem.startswith(_place(line)))]


def _place(line: Line) -> str:
    return f"{line.file}: {line.intent}: {line.said!r}"


def keyword_shares(lines: list[Line], common: frozenset[str]) -> Iterator[str]:
    """Intents most of whose lines have one and the same word (by its first five letters)."""
    beginnings: dict[str, Counter[str]] = defaultdict(Counter)
    count = Counter(line.intent for line in lines)
    for line in lines:
        said = {word[:5] for word in line.words if len(word) > 2 and word not in common}
        beginnings[line.intent].update(said)
    for intent, counter in beginnings.items():
        word, often = counter.most_common(1)[0]
        if often > KEYWORD_SHARE * count[intent]:
            yield f"{lines[0].file.partition('/')[0]}: {intent}: {often} of {count[intent]} lines have '{word}…'"


def spellings(lines: list[Line]) -> Iterator[str]:
    """Serbian intents that lack one of Cyrillic, Latin, and Latin without diacritics."""
    by_intent: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        spelling = (
            "Cyrillic" if script_of(line.said) == CYRILLIC else "plain" if line.said.isascii() else "Latin"
        )
        by_intent[line.intent][spelling] += 1
    for intent, counter in by_intent.items():
        for spelling in ("Cyrillic", "Latin", "plain"):
            if counter[spelling] < SPELLING_SHARE * counter.total():
                yield f"sr: {intent}: {counter[spelling]} of {counter.total()} lines are {spelling}"


def spans(lines: list[Line], ids: dict[str, Any]) -> Iterator[str]:
    """Spans with blanks or signs at their edges, unknown entities and ids, brackets left open."""
    for line in lines:
        where = f"{line.file}: {line.intent}: {line.marked!r}"
        if "](" in ANNOTATION.sub("", line.marked) or "]{" in ANNOTATION.sub("", line.marked):
            yield f"{where}: an annotation that cannot be read"
        for said, plain, data in ANNOTATION.findall(line.marked):
            found = yaml.safe_load(data) if data else {"entity": plain}
            entity, value = found.get("entity"), found.get("value")
            if said != said.strip() or said[-1] in ".,;:!?":
                yield f"{where}: {said!r} holds more than the words"
            if entity not in NAMES | {"family_member", *ids}:
                yield f"{where}: no entity {entity!r}"
            elif entity not in NAMES | {"family_member"} and value not in ids[entity]:
                yield f"{where}: no {entity} {value!r}"


def lint(language: str) -> list[str]:
    """Everything that is wrong with the lines of a language."""
    lines = read(language)
    ids = yaml.safe_load((ROOT / "data" / "catalogue" / "ids.yml").read_text(encoding="utf-8"))
    common = frozenset(normalise(word) for word in load(language)["stop_words"])
    found = [
        *near_duplicates(lines),
        *skeletons(lines),
        *keyword_shares(lines, common),
        *spans(lines, ids),
    ]
    if language == "sr":
        found += spellings(lines)
    few = {intent: n for intent, n in Counter(line.intent for line in lines).items() if n < LEAST_LINES}
    return [*found, *(f"{language}: {intent}: only {count} lines" for intent, count in few.items())]


def main() -> None:
    """Every language that has lines."""
    languages = sorted(path.name for path in (ROOT / "data" / "nlu").iterdir() if path.is_dir())
    found = [problem for language in languages for problem in lint(language)]
    print("\n".join(found) or "The training lines are varied.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
