"""The memory of the real `python -m bot.serve`, with the trained model, before and after parsing.

.venvs/rasa/bin/python -m benchmarks.nlu_server [--parses 500]
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.nlu_rasa import resident_mb

ROOT = Path(__file__).parents[1]
SECONDS_TO_START = 120


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(texts: list[str]) -> dict[str, Any]:
    """Resident megabytes once the model is loaded and after each text was parsed once; needs a trained model."""
    port, token = free_port(), secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory() as folder:
        env = {
            **os.environ,
            "BOT_PORT": str(port),
            "BOT_HOST": "127.0.0.1",
            "BOT_API_TOKEN": token,
            "BOT_CHANNEL_TOKEN": secrets.token_urlsafe(24),
            "BOT_ACTIONS_URL": "http://127.0.0.1:9/webhook",  # parsing calls no action
            "BOT_TRACKER_URL": f"sqlite:///{folder}/rasa.db",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",
        }
        log = Path(folder) / "log.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.serve"], cwd=ROOT, env=env, stdout=output, stderr=output
            )
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", log)
            loaded = resident_mb(process.pid)
            for text in texts:
                parse(f"http://127.0.0.1:{port}/model/parse?token={token}", text)
            return {"parses": len(texts), "loaded_mb": loaded, "after_mb": resident_mb(process.pid)}
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Returns when the server says that its model is loaded; exits when it dies or takes too long."""
    until = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    sys.exit(f"bot.serve did not become ready:\n{log.read_text()[-2000:]}")


def parse(url: str, text: str) -> None:
    """One text understood; an error of the server is an exception."""
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parses", type=int, default=500)
    given = parser.parse_args()
    from benchmarks.nlu_lines import held_out_lines

    lines = held_out_lines()
    # Evenly over languages, writers and intents: the lines stand sorted by file.
    every = max(1, len(lines) // given.parses)
    print(measure([line.text for line in lines[::every]][: given.parses]))


if __name__ == "__main__":
    main()
