"""NLP.js (npm `@nlpjs/basic`) as a contestant of `benchmarks.nlu`: installed, started, its answers read.

Its packages are installed into the benchmark's own folder, which git ignores; without node, npm or a registry
the contestant is left out, and `why_not` says why.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "nlpjs"
NONE = "None"  # what NLP.js calls a message it finds no intent for
FALLBACK = "nlu_fallback"
# What it is told of languages; all are trained, the best by the held-out lines is shown, which favours it.
SETTINGS = {
    "told": "a model a language, each message's language told",
    "guessed": "a model a language, the language guessed",
    "together": "one model for all languages",
}


def why_not(folder: Path) -> str:
    """Empty when NLP.js stands installed in `folder`, installing it if need be; else why it cannot be used."""
    missing = [program for program in ("node", "npm") if not shutil.which(program)]
    if missing:
        return f"{' and '.join(missing)} not found on this machine"
    installed = folder / "node_modules" / "@nlpjs" / "basic"
    lock = folder / "package-lock.json"
    if installed.exists() and lock.exists() and lock.read_bytes() == (HERE / lock.name).read_bytes():
        return ""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        said = [line for line in done.stderr.splitlines() if "error" in line]
        return f"npm ci failed: {said[-1] if said else done.returncode}"
    return ""


def command(step: str, data: Path, own: Path, setting: str) -> list[str]:
    """How a step (`train` or `ask`) is started."""
    return ["node", str(HERE / "run.mjs"), step, str(data), str(own), setting]


def as_parsed(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer of NLP.js in the form of Rasa's `parse_data`; "None" is its fallback and no meaning."""
    ranking = [
        {"name": found["intent"], "confidence": found["score"]}
        for found in answer["classifications"]
        if found["intent"] != NONE
    ]
    name = FALLBACK if answer["intent"] == NONE else answer["intent"]
    return {"intent": {"name": name}, "intent_ranking": ranking, "entities": []}
