"""What `benchmarks.nlu` measured, as one table, and whether it is what was promised. Nothing is measured here.

`blocks` is `{"19581 lines": {"word_for_word": 125, "results": {contestant: result}}}`; a result without `scores` is
`{"unfinished": minutes}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

WHERE = ("id", "it", "sr", "sr-Cyrl", "sr-Latn", "sr-ascii")
OURS, NLPJS = "ours", "NLP.js"
MOST_PARSE_MS = 15
MOST_TRAINING_SECONDS = 360
MOST_MEMORY_MB = 1200
Blocks = dict[str, dict[str, Any]]


def accuracy(result: dict[str, Any], where: str) -> float | None:
    """Share of intents that were right; None where nothing was asked."""
    figures = result.get("scores", {}).get(where)
    return figures["intent_accuracy"] if figures else None


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def rows() -> dict[str, Callable[[str, dict[str, Any]], str]]:
    """What stands at the left of the table, and how its cell is read from a contestant's name and result."""
    found: dict[str, Callable[[str, dict[str, Any]], str]] = {
        "intent accuracy": lambda _, r: percent(accuracy(r, "all"))
    }
    for where in WHERE:
        found[f"- {where}"] = lambda _, r, where=where: percent(accuracy(r, where))
    return found | {
        "- not in the training lines": lambda _, r: percent(r["scores_new"]["intent_accuracy"]),
        "in the first two": lambda _, r: percent(r["scores"]["all"]["top_2"]),
        "wrong at ≥ 0.7": lambda _, r: percent(r["scores"]["all"]["wrong_and_confident"]),
        "entity F1": lambda name, r: "–" if name == NLPJS else percent(r["scores"]["all"]["entity_f1"]),
        "parse p50 / p95, ms": lambda _, r: f"{r['parse_p50_ms']:.1f} / {r['parse_p95_ms']:.1f}",
        "training, s (CPU s)": lambda _, r: f"{r['training_seconds']:.0f} ({r['training_cpu_seconds']:.0f})",
        "memory loaded / after parsing, MB": lambda _, r: f"{r['memory_loaded_mb']} / {r['memory_after_mb']}",
        "peak memory parsing / training, MB": lambda _, r: f"{r['memory_peak_mb']} / {r['training_peak_mb']}",
        "model, MB": lambda _, r: str(r["model_mb"]),
    }


def table(blocks: Blocks, server: dict[str, Any], held_out: int) -> str:
    """The table in Markdown, and under it what it does not say."""
    columns = [
        (block, name, result) for block, part in blocks.items() for name, result in part["results"].items()
    ]
    grid = [[f"{held_out} held-out lines", *(f"{name}, {block}" for block, name, _ in columns)]]
    for title, cell in rows().items():
        cells = [cell(name, result) if "scores" in result else "–" for _, name, result in columns]
        if title.startswith("training"):
            cells = [
                f"> {result['unfinished'] * 60:.0f}" if "unfinished" in result else shown
                for shown, (_, _, result) in zip(cells, columns, strict=True)
            ]
        grid.append([title, *cells])
    widths = [max(len(line[number]) for line in grid) for number in range(len(grid[0]))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in grid
    ]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(["", *shown, "", *notes(blocks, server)])


def notes(blocks: Blocks, server: dict[str, Any]) -> Iterator[str]:
    """Settings, lines that are no test, the real server."""
    for block, part in blocks.items():
        yield f"{block}: {part['word_for_word']} of the held-out lines stand among them word for word, once normalised."
        result = part["results"].get(NLPJS, {})
        if settings := result.get("settings"):
            tried = ", ".join(f"{name} {percent(share)}" for name, share in settings.items())
            yield f"{block}: NLP.js shown is '{result['setting']}' ({tried})."
    if server:
        yield (
            f"python -m bot.serve: {server['loaded_mb']} MB with the model loaded, "
            f"{server['after_mb']} MB after {server['parses']} parses."
        )


def broken_promises(blocks: Blocks, server: dict[str, Any]) -> list[str]:
    """What ours owes and does not keep, a sentence each: ahead everywhere, quick, small."""
    found = []
    for block, part in blocks.items():
        ours = part["results"][OURS]
        if "scores" not in ours:
            return [f"{block}: the training of ours was ended"]
        for name, other in part["results"].items():
            for where in WHERE:
                mine, theirs = accuracy(ours, where), accuracy(other, where)
                if name != OURS and mine is not None and theirs is not None and mine <= theirs:
                    found.append(f"{block}: {name} is not behind in {where} ({mine:.1%} / {theirs:.1%})")
        if ours["parse_p50_ms"] >= MOST_PARSE_MS:
            found.append(f"{block}: parsing takes {ours['parse_p50_ms']} ms")
        if ours["training_seconds"] >= MOST_TRAINING_SECONDS:
            found.append(f"{block}: training takes {ours['training_seconds']:.0f} s")
        if ours["memory_peak_mb"] >= MOST_MEMORY_MB:
            found.append(f"{block}: loading and parsing take {ours['memory_peak_mb']} MB")
    if server and server["after_mb"] >= MOST_MEMORY_MB:
        found.append(f"bot.serve holds {server['after_mb']} MB")
    return found
