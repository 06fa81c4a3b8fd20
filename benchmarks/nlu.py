"""Our pipeline against Rasa's default one and NLP.js: same lines, same held-out lines, one run, one table.

    .venvs/rasa/bin/python -m benchmarks.nlu [--share 0.1] [--minutes 40] [--keep]

All lines are learned by ours and NLP.js; a share of them (evenly over intents, languages and spellings) by those
two and Rasa's default pipeline, whose DIET needs hours for all of them on two cores (`--share 1` tries). Training
and asking are processes of their own, so memory and time are that step's own. `--keep` asks models of an earlier
run that were made of the same again and trains only the others: for milliseconds when the machine is quiet.
At last the real `python -m bot.serve` parses 500 lines. Writes var/evaluation/benchmark-nlu.json; exits with 1
when ours falls behind or below what was promised (docs/decisions/0003).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import nlu_lines, nlu_nlpjs, nlu_table

ROOT = Path(__file__).parents[1]
WORK = ROOT / "var" / "benchmark-nlu"
OUTPUT = ROOT / "var" / "evaluation" / "benchmark-nlu.json"
PARSES = 500


@dataclass(frozen=True)
class Contestant:
    """Who takes part: `command` starts a step (`train`, `ask`) on a folder of lines and a folder of its own."""

    name: str
    folder: str
    command: Callable[[str, Path, Path], list[str]]
    as_parsed: Callable[[dict[str, Any]], dict[str, Any]]
    made_of: tuple[Path, ...]
    setting: str = ""


def rasa_pipeline(name: str, config: Path) -> Contestant:
    """A pipeline of Rasa, by its configuration file."""

    def command(step: str, block: Path, own: Path) -> list[str]:
        return [sys.executable, "-m", "benchmarks.nlu_rasa", step, str(config), str(block / "data"), str(own)]

    return Contestant(name, config.stem, command, lambda answer: answer, (config,))


def nlpjs(setting: str) -> Contestant:
    """NLP.js, told of languages as the setting says."""

    def command(step: str, block: Path, own: Path) -> list[str]:
        return nlu_nlpjs.command(step, block, own, setting)

    made_of = tuple(nlu_nlpjs.HERE / name for name in ("run.mjs", "package-lock.json"))
    return Contestant("NLP.js", f"nlpjs-{setting}", command, nlu_nlpjs.as_parsed, made_of, setting)


OURS = rasa_pipeline("ours", ROOT / "config.yml")
DEFAULT = rasa_pipeline("Rasa's default", ROOT / "benchmarks" / "rasa_default.yml")


def made_of(contestant: Contestant, block: Path) -> str:
    """A hash of what its model is made of: lines, configuration, and for ours all that a model of ours covers."""
    from scripts.model import fingerprint

    found = hashlib.sha256((block / "lines.json").read_bytes())
    for path in contestant.made_of:
        found.update(path.read_bytes())
    if contestant is OURS:
        found.update(fingerprint().encode())
    return found.hexdigest()


def run(command: list[str], own: Path, minutes: float | None = None) -> bool:
    """Whether the step ended in time; exits with the end of its log when it failed."""
    log = own / "log.txt"
    env = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "RASA_TELEMETRY_ENABLED": "false",
        # Rasa takes what it trained before on the same lines out of its cache: that would be no training time.
        "RASA_CACHE_DIRECTORY": str(own / "cache"),
    }
    with log.open("w") as output:
        try:
            limit = minutes * 60 if minutes else None
            done = subprocess.run(command, cwd=ROOT, env=env, stdout=output, stderr=output, timeout=limit)
        except subprocess.TimeoutExpired:
            return False
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()[-3000:]}")
    return True


def compete(
    contestant: Contestant, block: Path, held_out: list[Any], known: set[int], minutes: float, keep: bool
) -> dict[str, Any]:
    """Train it unless a model of the same is kept, ask it, score it; `unfinished` when training took too long."""
    from scripts.evaluate import scores

    own = block / contestant.folder
    stamp, wanted = own / "made_of", made_of(contestant, block)
    if not (keep and stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(own, ignore_errors=True)
        own.mkdir(parents=True)
        print(f"{block.name}: training {contestant.name} {contestant.setting} …", flush=True)
        if not run(contestant.command("train", block, own), own, minutes):
            return {"unfinished": minutes}
        shutil.rmtree(own / "cache", ignore_errors=True)
        stamp.write_text(wanted)
    print(f"{block.name}: asking {contestant.name} {contestant.setting} …", flush=True)
    run(contestant.command("ask", block, own), own)
    asked = json.loads((own / "asked.json").read_text(encoding="utf-8"))
    parses = [contestant.as_parsed(answer) for answer in asked.pop("answers")]
    times = sorted(asked.pop("times"))
    new = [number for number in range(len(held_out)) if number not in known]
    return {
        **json.loads((own / "trained.json").read_text(encoding="utf-8")),
        **asked,
        "setting": contestant.setting,
        "parse_p50_ms": round(times[len(times) // 2], 2),
        "parse_p95_ms": round(times[int(len(times) * 0.95)], 2),
        "scores": scores(held_out, parses),
        "scores_new": scores([held_out[i] for i in new], [parses[i] for i in new])["all"],
    }


def best(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The result with the highest accuracy; how the other settings did stands in `settings`."""
    finished = [result for result in results if "scores" in result] or results[:1]
    chosen = max(finished, key=lambda result: nlu_table.accuracy(result, "all") or 0)
    settings = {
        result["setting"]: nlu_table.accuracy(result, "all") for result in finished if "scores" in result
    }
    return {**chosen, "settings": settings}


def serving(held_out: list[Any]) -> dict[str, Any]:
    """The memory of the real server; empty, with a word why, where no fresh model stands."""
    from benchmarks.nlu_server import measure
    from scripts.model import is_fresh

    if not is_fresh():
        print("bot.serve is left out: no model of the present data (make train).")
        return {}
    every = max(1, len(held_out) // PARSES)
    return measure([line.text for line in held_out[::every]][:PARSES])


def main() -> None:
    warnings.filterwarnings("ignore")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before anything of Rasa is imported
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.1, help="of the lines, for Rasa's default pipeline")
    parser.add_argument("--minutes", type=float, default=40, help="a training that takes longer is ended")
    parser.add_argument("--keep", action="store_true", help="ask models of an earlier run again")
    given = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if left_out := nlu_nlpjs.why_not(WORK):
        print(f"NLP.js is left out: {left_out}.")
    others = [] if left_out else [nlpjs(setting) for setting in nlu_nlpjs.SETTINGS]
    held_out = nlu_lines.held_out_lines()
    blocks: dict[str, dict[str, Any]] = {}
    for share in sorted({1.0, min(1.0, given.share)}, reverse=True):
        lines = nlu_lines.training_lines(share)
        block = WORK / f"{len(lines)}-lines"
        nlu_lines.write(block, lines, held_out)
        known = nlu_lines.known_word_for_word(lines, held_out)
        rasa = [OURS, DEFAULT] if share == min(1.0, given.share) else [OURS]
        results = {one.name: compete(one, block, held_out, known, given.minutes, given.keep) for one in rasa}
        if others:
            results["NLP.js"] = best(
                [compete(one, block, held_out, known, given.minutes, given.keep) for one in others]
            )
        blocks[f"{len(lines)} lines"] = {"word_for_word": len(known), "results": results}
    server = serving(held_out)
    print(nlu_table.table(blocks, server, len(held_out)))
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    figures = {"held_out": len(held_out), "blocks": blocks, "server": server}
    OUTPUT.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
    if broken := nlu_table.broken_promises(blocks, server):
        sys.exit("Not as promised:\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
