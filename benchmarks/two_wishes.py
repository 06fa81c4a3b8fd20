"""How often a message with one wish is cut in two, and how often one with two wishes is served both.

`.venvs/rasa/bin/python -m benchmarks.two_wishes`: the trained model, the held-out lines of `tests/nlu` (one wish
each), and the lines of `two_wishes.yml` beside them. Exits with 1 when the figures fall below what was promised.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import structlog
import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage

from bot.wishes import Wishes, read_wishes
from scripts.lint_data import ANNOTATION
from scripts.model import ROOT, models_folder

MOST_FALSE_CUTS = 0.005
LEAST_SERVED = 0.8
HELD_OUT = ROOT / "tests" / "nlu"


def single_lines(folder: Path) -> list[tuple[str, str]]:
    """`(intent, text)` of each held-out line of a language."""
    return [
        (block["intent"], ANNOTATION.sub(r"\1", line[2:]))
        for path in sorted(folder.glob("heldout*.yml"))
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]


def double_lines(folder: Path) -> list[tuple[list[str], str]]:
    """`(intents in the order said, text)` of each line with two wishes."""
    content = yaml.safe_load((folder / "two_wishes.yml").read_text(encoding="utf-8"))
    return [(line["wishes"], line["text"]) for line in content["lines"]]


async def understood(agent: Agent, text: str, language: str) -> tuple[dict[str, Any], Wishes]:
    """A message as the channel reads it: as a whole, and its wishes."""
    assert agent.processor
    processor = agent.processor

    async def read(part: str) -> dict[str, Any]:
        message = UserMessage(part, metadata={"language": language, "today": "2026-11-20"})
        found: dict[str, Any] = await processor.parse_message(message)
        return found

    whole = await read(text)
    return whole, await read_wishes(text, whole, language, read)


def intents_of(wishes: Wishes) -> list[str]:
    """The wishes' intents, the one to begin with first."""
    return [parse["intent"]["name"] for parse in (wishes.first, wishes.second) if parse]


def shown(whole: dict[str, Any], wishes: Wishes) -> str:
    """The whole's and the parts' readings with their confidences."""
    parses = [whole, wishes.first, *([wishes.second] if wishes.second else [])]
    return " | ".join(f"{p['intent']['name']} {p['intent']['confidence']:.2f} {p['text']!r}" for p in parses)


async def measure(agent: Agent, every: int, verbose: bool) -> bool:
    """Prints a line a language; tells whether the figures are as promised."""
    good = True
    for folder in sorted(path for path in HELD_OUT.iterdir() if (path / "two_wishes.yml").exists()):
        language = folder.name
        singles = single_lines(folder)[::every]
        cut = changed = 0
        for intent, text in singles:
            whole, wishes = await understood(agent, text, language)
            if wishes.second:
                cut += 1
                if verbose:
                    print(f"  cut     {intent}: {text!r} {shown(whole, wishes)}")
            elif intents_of(wishes)[0] != whole["intent"]["name"]:
                changed += 1
                if verbose:
                    print(f"  changed {intent}: {text!r} {whole['intent']['name']} -> {intents_of(wishes)}")
        doubles = double_lines(folder)
        served = 0
        for intents, text in doubles:
            whole, wishes = await understood(agent, text, language)
            # Whichever comes first: both are served.
            if sorted(intents_of(wishes)) == sorted(intents):
                served += 1
            elif verbose:
                print(f"  missed  {intents}: {shown(whole, wishes)}")
        print(
            f"{language}: {cut} of {len(singles)} lines with one wish cut in two ({cut / len(singles):.2%}), "
            f"{changed} read otherwise; both wishes of {served} of {len(doubles)} ({served / len(doubles):.0%})"
        )
        good &= cut <= max(1, MOST_FALSE_CUTS * len(singles)) and served >= LEAST_SERVED * len(doubles)
    return good


def main() -> None:
    """Measures the recorded model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so manyth held-out line")
    parser.add_argument("--verbose", action="store_true", help="the lines that went wrong")
    options = parser.parse_args()
    logging.getLogger("rasa").setLevel(logging.ERROR)
    # Rasa's own lines hold every message that is read.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    manifest = yaml.safe_load((models_folder() / "manifest.json").read_text(encoding="utf-8"))
    agent = Agent.load(str(models_folder() / manifest["file"]))
    sys.exit(0 if asyncio.run(measure(agent, options.every, options.verbose)) else 1)


if __name__ == "__main__":
    main()
