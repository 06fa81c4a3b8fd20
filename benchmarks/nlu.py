"""Our pipeline against Rasa's default one: same lines, same held-out lines, one run, one table.

    .venvs/rasa/bin/python -m benchmarks.nlu [--share 0.3]

Each pipeline is trained and asked through Rasa itself in a process of its own, so peak memory is its own too.
`--share` takes a part of the training lines (evenly over intents and languages): DIET on all of them needs the
better part of an hour on two cores. Writes var/evaluation/benchmark-nlu.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
OUTPUT = ROOT / "var" / "evaluation" / "benchmark-nlu.json"
PIPELINES = {"ours": ROOT / "config.yml", "Rasa's default": ROOT / "benchmarks" / "rasa_default.yml"}


def split(share: float) -> tuple[list[Any], list[Any]]:
    """(lines to train on, lines to test with): the held-out ones, or a fifth of the lines without twins."""
    from scripts.evaluate import folds
    from scripts.nlu_lines import read

    lines = read(ROOT / "data" / "nlu")
    held_out = read(ROOT / "tests" / "nlu", "heldout*.yml")
    if not held_out:
        fold_of = folds(lines, 5)
        held_out = [line for line, fold in zip(lines, fold_of, strict=False) if fold == 0]
        lines = [line for line, fold in zip(lines, fold_of, strict=False) if fold]
    strata: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for line in lines:
        strata[line.intent, line.where].append(line)
    chosen = [line for part in strata.values() for line in part[: max(2, round(len(part) * share))]]
    return (lines if share >= 1 else chosen), held_out


def write_lines(lines: list[Any], folder: Path) -> None:
    """The chosen lines as Rasa's training files, a folder a language."""
    from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLWriter
    from rasa.shared.nlu.training_data.training_data import TrainingData

    for language in sorted({line.language for line in lines}):
        (folder / language).mkdir(parents=True)
        data = TrainingData([line.message for line in lines if line.language == language])
        (folder / language / "lines.yml").write_text(RasaYAMLWriter().dumps(data), encoding="utf-8")


def measure(config: Path, folder: Path, share: float) -> dict[str, Any]:
    """Train, load, ask; called in a process of its own."""
    warnings.filterwarnings("ignore")
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.model_training import train_nlu

    from scripts.evaluate import scores

    _, held_out = split(share)
    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    settings.pop("importers", None)
    own = folder / f"{config.stem}.yml"
    own.write_text(yaml.safe_dump(settings), encoding="utf-8")
    begun = time.monotonic()
    model = train_nlu(str(own), str(folder / "data"), str(folder / config.stem), fixed_model_name="model")
    trained = time.monotonic() - begun
    agent = Agent.load(model)

    async def ask() -> tuple[list[dict[str, Any]], list[float]]:
        parses, times = [], []
        for line in held_out[:20]:
            await agent.processor.parse_message(UserMessage(line.text))
        for line in held_out:
            started = time.perf_counter()
            parses.append(await agent.processor.parse_message(UserMessage(line.text)))
            times.append((time.perf_counter() - started) * 1000)
        return parses, sorted(times)

    parses, times = asyncio.run(ask())
    table = scores(held_out, parses)
    return {
        "training_seconds": round(trained),
        "training_cpu_seconds": round(time.process_time()),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "model_mb": round(Path(model).stat().st_size / 2**20),
        "parse_p50_ms": round(times[len(times) // 2], 1),
        "parse_p95_ms": round(times[int(len(times) * 0.95)], 1),
        "scores": table,
    }


def show(results: dict[str, dict[str, Any]], trained_on: int, tested_on: int) -> None:
    """The table on the terminal."""
    print(f"\ntrained on {trained_on} lines, tested on {tested_on}; how near those are: `make evaluate`")
    rows = {
        "intent accuracy": lambda r: f"{r['scores']['all']['intent_accuracy']:.1%}",
        "  " + "top 2": lambda r: f"{r['scores']['all']['top_2']:.1%}",
    }
    for where in ("id", "it", "sr", "sr-Cyrl", "sr-Latn", "sr-ascii"):
        rows[f"  {where}"] = lambda r, where=where: (
            f"{r['scores'][where]['intent_accuracy']:.1%}" if where in r["scores"] else "–"
        )
    rows |= {
        "wrong and confident": lambda r: f"{r['scores']['all']['wrong_and_confident']:.1%}",
        "entity F1": lambda r: f"{r['scores']['all']['entity_f1']:.1%}",
        "parse p50 / p95 ms": lambda r: f"{r['parse_p50_ms']} / {r['parse_p95_ms']}",
        "training s": lambda r: str(r["training_seconds"]),
        "peak memory MB": lambda r: str(r["peak_memory_mb"]),
        "model MB": lambda r: str(r["model_mb"]),
    }
    print(f"{'':22}" + "".join(f"{name:>18}" for name in results))
    for name, cell in rows.items():
        print(f"{name:22}" + "".join(f"{cell(result):>18}" for result in results.values()))


def main() -> None:
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        result = measure(arguments.measure, arguments.folder, arguments.share)
        (arguments.folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
        return
    lines, held_out = split(arguments.share)
    results: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        write_lines(lines, Path(temporary) / "data")
        for name, config in PIPELINES.items():
            print(f"training {name} …", flush=True)
            command = [
                sys.executable,
                "-m",
                "benchmarks.nlu",
                "--measure",
                str(config),
                "--folder",
                temporary,
            ]
            log = Path(temporary) / "log.txt"
            with log.open("w") as output:
                done = subprocess.run(
                    [*command, "--share", str(arguments.share)],
                    cwd=ROOT,
                    env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONHASHSEED": "0"},
                    stdout=output,
                    stderr=output,
                )
            if done.returncode:
                sys.exit(f"{name} failed:\n{log.read_text()[-3000:]}")
            results[name] = json.loads((Path(temporary) / "result.json").read_text(encoding="utf-8"))
    show(results, len(lines), len(held_out))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
