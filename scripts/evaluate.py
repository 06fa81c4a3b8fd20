"""`make evaluate`: how well the assistant understands, by language and by script of Serbian.

Cross-validation over `data/nlu/` (near-duplicates stay in one fold, so no line is tested with its twin in
training) and, where `tests/nlu/<language>/` holds lines nobody trained on, those with a model of all lines.
Prints one table; writes the figures as JSON and the confusions as pictures into `var/evaluation/`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import warnings
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scripts.nlu_lines import Line, read, turn_metadata
from scripts.nlu_pipeline import ROOT, TrainedPipeline, pipeline_of

OUTPUT = ROOT / "var" / "evaluation"
CONFIDENT = 0.7
NEAR_DUPLICATE = 88
FALLBACK = "nlu_fallback"
MODEL_ENTITIES = {
    "benefit_type", "service", "specialty", "city", "doctor", "provider",
    "family_member", "policy_type", "document_type", "language",
}  # fmt: skip


def twins(lines: list[Line]) -> list[int]:
    """A group number for each line; lines that are nearly the same share one."""
    from rapidfuzz import fuzz
    from rapidfuzz.process import cdist

    from locales.script import normalise

    parents = list(range(len(lines)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    texts = [normalise(line.text) for line in lines]
    for start in range(0, len(texts), 500):
        likeness = cdist(
            texts[start : start + 500], texts, scorer=fuzz.ratio, score_cutoff=NEAR_DUPLICATE, dtype=np.uint8
        )
        for one, other in zip(*np.nonzero(likeness), strict=False):
            if start + one < other:
                parents[root(int(other))] = root(int(start + one))
    return [root(number) for number in range(len(lines))]


def folds(lines: list[Line], count: int) -> list[int]:
    """A fold for each line: groups of twins whole, intents and languages evenly spread."""
    groups: dict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(twins(lines)):
        groups[group].append(index)
    order = sorted(groups)
    random.Random(7).shuffle(order)  # noqa: S311  (no secret is drawn)
    sizes: Counter[tuple[str, str, int]] = Counter()
    fold_of = [0] * len(lines)
    for group in order:
        first = lines[groups[group][0]]
        fold = min(range(count), key=lambda number: (sizes[first.intent, first.where, number], number))
        for index in groups[group]:
            fold_of[index] = fold
            sizes[lines[index].intent, lines[index].where, fold] += 1
    return fold_of


def answer_of(parsed: dict[str, Any]) -> tuple[list[tuple[str, float]], bool]:
    """(full intents by confidence, was it taken back as a fallback)."""
    fallback = parsed["intent"]["name"] == FALLBACK
    ranking = [
        (entry.get("full_retrieval_intent_name") or entry["name"], float(entry["confidence"]))
        for entry in parsed.get("intent_ranking", [])
        if entry["name"] != FALLBACK
    ]
    selector = parsed.get("response_selector", {})
    full: list[tuple[str, float]] = []
    for name, confidence in ranking or [(parsed["intent"]["name"], 0.0)]:
        answers = selector.get(name, selector.get("default", {})).get("ranking")
        if "/" not in name and answers and name in selector.get("all_retrieval_intents", []):
            name = answers[0]["intent_response_key"]
        full.append((name, confidence))
    return full, fallback


@dataclass
class Score:
    """Counts over some lines."""

    lines: int = 0
    right: int = 0
    second: int = 0
    fallback: int = 0
    fallback_right: int = 0
    confident: int = 0
    confident_wrong: int = 0
    found: int = 0
    missed: int = 0
    invented: int = 0
    valued: int = 0
    value_right: int = 0
    bins: dict[int, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, line: Line, parsed: dict[str, Any], entities: set[str]) -> None:
        ranking, fallback = answer_of(parsed)
        names = [name for name, _ in ranking]
        confidence = ranking[0][1] if ranking else 0.0
        right = bool(names) and names[0] == line.intent
        self.lines += 1
        self.right += right
        self.second += line.intent in names[:2]
        self.fallback += fallback
        self.fallback_right += fallback and right
        if confidence >= CONFIDENT and not fallback:
            self.confident += 1
            self.confident_wrong += not right
        cell = self.bins[min(9, int(confidence * 10))]
        cell[0] += 1
        cell[1] += right
        wanted = {(start, end, name): value for start, end, name, value in line.entities if name in entities}
        got = {
            (entity["start"], entity["end"], entity["entity"]): str(entity["value"])
            for entity in parsed.get("entities", [])
            if entity["entity"] in entities
        }
        both = wanted.keys() & got.keys()
        self.found += len(both)
        # Rule-found spans are annotated without their normalised value; tests/locales proves those.
        valued = [key for key in both if key[2] in MODEL_ENTITIES]
        self.valued += len(valued)
        self.value_right += sum(wanted[key] == got[key] for key in valued)
        self.missed += len(wanted) - len(both)
        self.invented += len(got) - len(both)

    def figures(self) -> dict[str, Any]:
        """Shares between 0 and 1."""

        def share(part: int, whole: int) -> float:
            return round(part / whole, 4) if whole else 0.0

        return {
            "lines": self.lines,
            "intent_accuracy": share(self.right, self.lines),
            "top_2": share(self.second, self.lines),
            "fallback": share(self.fallback, self.lines),
            "accuracy_without_fallback": share(self.right - self.fallback_right, self.lines - self.fallback),
            "confident": share(self.confident, self.lines),
            "wrong_and_confident": share(self.confident_wrong, self.lines),
            "entity_precision": share(self.found, self.found + self.invented),
            "entity_recall": share(self.found, self.found + self.missed),
            "entity_f1": share(2 * self.found, 2 * self.found + self.invented + self.missed),
            "value_accuracy": share(self.value_right, self.valued),
            "calibration": {
                f"{number / 10:.1f}": {"lines": cell[0], "right": share(cell[1], cell[0])}
                for number, cell in sorted(self.bins.items())
            },
        }


def scores(lines: list[Line], parses: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Figures by language and script, all together under `all`."""
    entities = {name for line in lines for *_, name, _ in line.entities}
    table: dict[str, Score] = defaultdict(Score)
    for line, parsed in zip(lines, parses, strict=False):
        for where in {"all", line.language, line.where}:
            table[where].add(line, parsed, entities)
    return {where: table[where].figures() for where in sorted(table, key=lambda name: (name != "all", name))}


def languages(lines: list[Line], parses: list[dict[str, Any]]) -> dict[str, Any]:
    """How often a line would make a conversation in its own language change to another one."""
    from bot.components.language import decide_language

    flips = [
        line.text
        for line, parsed in zip(lines, parses, strict=False)
        if (decided := decide_language((line.language, line.where.partition("-")[2]), parsed.get("language")))
        and decided[0] != line.language
    ]
    return {"lines": len(lines), "would_change_language": len(flips), "examples": flips[:30]}


def cross_validate(lines: list[Line], config: Path, count: int) -> list[dict[str, Any]]:
    """Every line parsed by a model that saw neither it nor its twins."""
    fold_of = folds(lines, count)
    parses: list[dict[str, Any]] = [{} for _ in lines]
    for fold in range(count):
        begun = time.monotonic()
        pipeline = TrainedPipeline(
            pipeline_of(config),
            [line.message for line, other in zip(lines, fold_of, strict=False) if other != fold],
        )
        chosen = [index for index, other in enumerate(fold_of) if other == fold]
        for index in chosen:
            parses[index] = pipeline.parse([lines[index].text], turn_metadata(lines[index]))[0]
        print(f"fold {fold + 1} of {count}: {time.monotonic() - begun:.0f} s", flush=True)
    return parses


def show(title: str, table: dict[str, dict[str, Any]]) -> None:
    """The table on the terminal."""
    columns = {
        "lines": "lines",
        "intent_accuracy": "intent",
        "top_2": "top 2",
        "fallback": "fallb.",
        "accuracy_without_fallback": "acted",
        "wrong_and_confident": f"wrong≥{CONFIDENT}",
        "entity_precision": "prec.",
        "entity_recall": "recall",
        "entity_f1": "F1",
        "value_accuracy": "value",
    }
    print(f"\n{title}\n{'':10}" + "".join(f"{name:>10}" for name in columns.values()))
    for where, figures in table.items():
        cells = (figures[key] for key in columns)
        print(
            f"{where:10}"
            + "".join(f"{cell:>10}" if isinstance(cell, int) else f"{cell:>10.1%}" for cell in cells)
        )
    print(
        "right by confidence: "
        + "  ".join(
            f"{low}+ {cell['right']:.0%} of {cell['lines']}"
            for low, cell in table["all"]["calibration"].items()
        )
    )


def draw(lines: list[Line], parses: list[dict[str, Any]], path: Path) -> list[tuple[str, str, int]]:
    """The confusion matrix as a picture; returns the most frequent confusions."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = sorted({line.intent for line in lines})
    number = {name: index for index, name in enumerate(names)}
    matrix = np.zeros((len(names), len(names)))
    confusions: Counter[tuple[str, str]] = Counter()
    for line, parsed in zip(lines, parses, strict=False):
        ranking, _ = answer_of(parsed)
        if ranking and ranking[0][0] in number:
            matrix[number[line.intent], number[ranking[0][0]]] += 1
            if ranking[0][0] != line.intent:
                confusions[line.intent, ranking[0][0]] += 1
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure, axes = pyplot.subplots(figsize=(18, 17))
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xlabel("understood as")
    axes.set_ylabel("meant")
    figure.colorbar(picture, fraction=0.03)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return [(meant, understood, count) for (meant, understood), count in confusions.most_common(25)]


def likeness(lines: list[Line], parses: list[dict[str, Any]], trained_on: list[Line]) -> dict[str, Any]:
    """Accuracy by how like the nearest training line is (0-100).

    Held-out lines are worth what their distance is worth: a set that lies closer to the training lines than
    those lie to each other flatters the model, whoever wrote it.
    """
    from rapidfuzz import fuzz
    from rapidfuzz.process import cdist

    from locales.script import normalise

    known = [normalise(line.text) for line in trained_on]
    nearest = cdist([normalise(line.text) for line in lines], known, scorer=fuzz.ratio, dtype=np.uint8).max(
        axis=1
    )
    right = np.array(
        [answer_of(parsed)[0][0][0] == line.intent for line, parsed in zip(lines, parses, strict=True)]
    )
    bands: dict[str, Any] = {}
    for low, high in ((0, 55), (55, 60), (60, 70), (70, NEAR_DUPLICATE), (NEAR_DUPLICATE, 101)):
        chosen = (nearest >= low) & (nearest < high)
        if chosen.any():
            accuracy = round(float(right[chosen].mean()), 4)
            bands[f"{low}-{high - 1}"] = {"lines": int(chosen.sum()), "intent_accuracy": accuracy}
    same = int((nearest == 100).sum())
    cells = "  ".join(
        f"{band}: {cell['intent_accuracy']:.0%} of {cell['lines']}" for band, cell in bands.items()
    )
    print(f"by likeness to the nearest training line: {cells}  (word for word in training: {same})")
    return {"bands": bands, "word_for_word": same}


def report(name: str, lines: list[Line], parses: list[dict[str, Any]]) -> dict[str, Any]:
    """Table, pictures and figures of one set of parses."""
    table = scores(lines, parses)
    show(name, table)
    confusions = draw(lines, parses, OUTPUT / f"confusion-{name}.png")
    for language in sorted({line.language for line in lines}):
        chosen = [index for index, line in enumerate(lines) if line.language == language]
        draw(
            [lines[i] for i in chosen],
            [parses[i] for i in chosen],
            OUTPUT / f"confusion-{name}-{language}.png",
        )
    changed = languages(lines, parses)
    print(
        f"lines that would change the conversation's language: {changed['would_change_language']} of {len(lines)}"
    )
    wrong = [
        {
            "text": line.text,
            "meant": line.intent,
            "understood": ranking[0][0],
            "confidence": round(ranking[0][1], 3),
        }
        for line, parsed in zip(lines, parses, strict=False)
        if (ranking := answer_of(parsed)[0]) and ranking[0][0] != line.intent
    ]
    (OUTPUT / f"wrong-{name}.json").write_text(
        json.dumps(wrong, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return {"scores": table, "language": changed, "confusions": confusions}


def main() -> None:
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=3, help="0 leaves cross-validation out")
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    arguments = parser.parse_args()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    lines = read(ROOT / "data" / "nlu")
    print(f"{len(lines)} lines, {len({line.intent for line in lines})} intents and answers")
    figures: dict[str, Any] = {}
    if arguments.folds:
        figures["cross-validation"] = report(
            "cross-validation", lines, cross_validate(lines, arguments.config, arguments.folds)
        )
    held_out = read(ROOT / "tests" / "nlu", "heldout*.yml")
    if held_out:
        pipeline = TrainedPipeline(pipeline_of(arguments.config), [line.message for line in lines])
        parses = [pipeline.parse([line.text], turn_metadata(line))[0] for line in held_out]
        figures["held-out"] = report("held-out", held_out, parses)
        figures["held-out"]["likeness"] = likeness(held_out, parses, lines)
    (OUTPUT / "evaluation.json").write_text(
        json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    print(f"\nFigures and pictures: {OUTPUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
