"""One step of one Rasa pipeline, in a process of its own so that memory and time are that step's own.

    python -m benchmarks.nlu_rasa train <config.yml> <folder with data/> <folder of this pipeline>
    python -m benchmarks.nlu_rasa ask   <config.yml> <folder with data/> <folder of this pipeline>

Writes `trained.json` and `asked.json` (benchmarks.nlu reads them). Nothing but the text is told of a message:
neither its language nor its market.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import yaml

WARM_UP = 20
MEGABYTE = 2**20
MODEL = "model"


def peak_mb() -> int:
    """The most memory this process ever held."""
    # Linux counts into ru_maxrss what the process held before it became this program; VmHWM begins anew.
    status = Path("/proc/self/status")
    if status.exists() and (found := re.search(r"VmHWM:\s+(\d+)", status.read_text())):
        return round(int(found[1]) / 1024)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (MEGABYTE if sys.platform == "darwin" else 1024))


def cpu_seconds() -> float:
    """What this process used so far, and the processes it started."""
    from joblib.externals.loky import get_reusable_executor

    # joblib keeps its processes for the next task; they count once they have ended.
    get_reusable_executor().shutdown(wait=True)
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def resident_mb(process: int) -> int:
    """The memory that a process holds now."""
    found = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return round(int(found.stdout) / 1024)


def train(config: Path, data: Path, folder: Path) -> dict[str, Any]:
    """A model of the lines under `data`, without the texts and stories of the assistant."""
    from rasa.model_training import train_nlu

    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    settings.pop("importers", None)
    own = folder / config.name
    own.write_text(yaml.safe_dump(settings), encoding="utf-8")
    begun = time.monotonic()
    model = train_nlu(str(own), str(data), str(folder), fixed_model_name=MODEL)
    return {
        "training_seconds": time.monotonic() - begun,
        "training_cpu_seconds": cpu_seconds(),
        "training_peak_mb": peak_mb(),
        "model_mb": round(Path(model).stat().st_size / MEGABYTE),
    }


def ask(data: Path, folder: Path) -> dict[str, Any]:
    """What each question is understood as, and the milliseconds it took."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    questions = json.loads((data.parent / "questions.json").read_text(encoding="utf-8"))
    warm_up = json.loads((data.parent / "lines.json").read_text(encoding="utf-8"))[:WARM_UP]
    agent = Agent.load(str(folder / f"{MODEL}.tar.gz"))
    assert agent.processor
    processor = agent.processor

    async def parse(text: str) -> Any:
        return await processor.parse_message(UserMessage(text))

    async def every() -> tuple[list[Any], list[float]]:
        answers, times = [], []
        for line in questions:
            begun = time.perf_counter()
            answers.append(await parse(line["text"]))
            times.append((time.perf_counter() - begun) * 1000)
        return answers, times

    async def all_of_it() -> dict[str, Any]:
        for line in warm_up:
            await parse(line["text"])
        loaded = resident_mb(os.getpid())
        answers, times = await every()
        kept = ("intent", "intent_ranking", "entities", "response_selector")
        return {
            "answers": [{key: answer[key] for key in kept if key in answer} for answer in answers],
            "times": times,
            "memory_loaded_mb": loaded,
            "memory_after_mb": resident_mb(os.getpid()),
            "memory_peak_mb": peak_mb(),
        }

    return asyncio.run(all_of_it())


def main() -> None:
    warnings.filterwarnings("ignore")
    step, config, data, folder = sys.argv[1], *(Path(argument) for argument in sys.argv[2:5])
    folder.mkdir(parents=True, exist_ok=True)
    if step == "train":
        done, name = train(config, data, folder), "trained"
    else:
        done, name = ask(data, folder), "asked"
    (folder / f"{name}.json").write_text(json.dumps(done, default=float), encoding="utf-8")


if __name__ == "__main__":
    main()
