"""The lines that every contestant of `benchmarks.nlu` learns, and those that it is asked.

What must not live here: how a contestant is trained, and scores.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FEWEST = 2  # of an intent in one spelling, however small the share: one line teaches nothing


def sample(lines: list[Any], share: float) -> list[Any]:
    """A share of the lines, drawn evenly over intents, languages and spellings, always the same ones."""
    if share >= 1:
        return lines
    strata: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        strata[line.intent, line.where].append(number)
    chance = random.Random(7)
    chosen: set[int] = set()
    for key in sorted(strata):
        numbers = strata[key]
        chosen.update(chance.sample(numbers, min(len(numbers), max(FEWEST, round(len(numbers) * share)))))
    return [lines[number] for number in sorted(chosen)]


def training_lines(share: float) -> list[Any]:
    """`scripts.nlu_lines.Line` of the given share of `data/nlu`."""
    from scripts.nlu_lines import read

    return sample(read(ROOT / "data" / "nlu"), share)


def held_out_lines() -> list[Any]:
    """All lines nobody trains on, of every writer."""
    from scripts.nlu_lines import read

    return read(ROOT / "tests" / "nlu", "heldout*.yml")


def write(folder: Path, lines: list[Any], held_out: list[Any]) -> None:
    """`data/<language>/lines.yml` as Rasa reads them; `lines.json` and `questions.json` for everybody else."""
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
    from rasa.shared.nlu.training_data.training_data import TrainingData

    for language in sorted({line.language for line in lines}):
        (folder / "data" / language).mkdir(parents=True, exist_ok=True)
        data = TrainingData([line.message for line in lines if line.language == language])
        path = folder / "data" / language / "lines.yml"
        path.write_text(RasaYAMLWriter().dumps(data), encoding="utf-8")
    for name, chosen in (("lines", lines), ("questions", held_out)):
        (folder / f"{name}.json").write_text(plain(chosen), encoding="utf-8")


def plain(lines: list[Any]) -> str:
    """Lines as JSON: what they say, in which language, and what they mean."""
    return json.dumps(
        [{"language": line.language, "text": line.text, "intent": line.intent} for line in lines],
        ensure_ascii=False,
    )


def known_word_for_word(lines: list[Any], held_out: list[Any]) -> set[int]:
    """Which held-out lines (by number) stand among the training lines in any spelling and punctuation."""
    from locales.script import normalise

    def words(line: Any) -> tuple[str, ...]:
        return tuple(re.findall(r"\w+", normalise(line.text)))

    known = {words(line) for line in lines}
    return {number for number, line in enumerate(held_out) if words(line) in known}
