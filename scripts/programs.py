"""The four programs, and the simulators of demo mode: how each is started, on which port, and how to see that it is healthy.

Used by `make run` and by the tests of whole conversations, which start the same programs on other ports.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from circus.watcher import Watcher

from scripts.model import ROOT

SERVICES_PYTHON = ROOT / ".venvs" / "services" / "bin" / "python"
RASA_PYTHON = ROOT / ".venvs" / "rasa" / "bin" / "python"


@dataclass(frozen=True)
class Ports:
    """Where each program listens on this machine."""

    backend: int = 8001
    actions: int = 5055
    bot: int = 5005
    connectors: int = 8000
    simulators: int = 8002


@dataclass(frozen=True)
class Program:
    """One process to start and watch."""

    name: str
    command: tuple[str, ...]
    port: int
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its address on loopback."""
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


def environment(ports: Ports, var: Path, overrides: Mapping[str, str]) -> dict[str, str]:
    """The variables of all programs: how they find each other, then what the caller's environment says."""
    wired = {
        "BACKEND_PORT": str(ports.backend),
        "BACKEND_DATABASE_URL": f"sqlite:///{var}/backend.db",
        "BACKEND_FILES_FOLDER": str(var / "files"),
        "BACKEND_PUBLIC_URL": f"http://127.0.0.1:{ports.connectors}",
        "BACKEND_PAYMENT_CALLBACK_URL": f"http://127.0.0.1:{ports.connectors}/callbacks/payments",
        "ACTIONS_PORT": str(ports.actions),
        "ACTIONS_BACKEND_URL": f"http://127.0.0.1:{ports.backend}",
        "ACTIONS_PUBLIC_URL": f"http://127.0.0.1:{ports.connectors}",
        "BOT_PORT": str(ports.bot),
        "BOT_HOST": "127.0.0.1",
        "BOT_ACTIONS_URL": f"http://127.0.0.1:{ports.actions}/webhook",
        "BOT_TRACKER_URL": f"sqlite:///{var}/rasa.db",
        "BOT_CHANNEL_TOKEN": "demo-channel-token",
        "BOT_API_TOKEN": "demo-rasa-api-token",
        "CONNECTORS_PORT": str(ports.connectors),
        "CONNECTORS_DATABASE_URL": f"sqlite:///{var}/connectors.db",
        "CONNECTORS_BACKEND_URL": f"http://127.0.0.1:{ports.backend}",
        "CONNECTORS_RASA_URL": f"http://127.0.0.1:{ports.bot}",
        "CONNECTORS_PUBLIC_URL": f"http://127.0.0.1:{ports.connectors}",
    }
    quiet = {
        "PYTHONWARNINGS": "ignore",
        "PYTHONUNBUFFERED": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    return {**os.environ, **quiet, **wired, **overrides}


def programs(ports: Ports, env: Mapping[str, str], *, simulators: bool = False) -> list[Program]:
    """Backend first: the actions wait for its market packs, the rest for nobody."""
    services, rasa = str(SERVICES_PYTHON), str(RASA_PYTHON)
    found = [
        Program("backend", (services, "-m", "backend"), ports.backend, env),
        Program("actions", (services, "-m", "bot.actions"), ports.actions, env),
        Program("rasa", (rasa, "-m", "bot.serve"), ports.bot, env),
        Program("connectors", (services, "-m", "connectors"), ports.connectors, env),
    ]
    if simulators:
        found.append(Program("simulators", (services, "-m", "simulators"), ports.simulators, env))
    return found


def watcher(program: Program, logs: Path) -> Watcher:
    """Circus starts the program again when it dies, and keeps its output in a file of at most 5 MB."""
    stream = {
        "class": "FileStream",
        "filename": str(logs / f"{program.name}.log"),
        "max_bytes": 5_000_000,
        "backup_count": 2,
    }
    return Watcher(
        program.name,
        program.command[0],
        args=list(program.command[1:]),
        working_dir=str(ROOT),
        env=dict(program.env),
        copy_env=False,
        respawn=True,
        max_retry=20,
        graceful_timeout=10,
        stdout_stream=stream,
        stderr_stream=dict(stream),
    )


def wait_until_ready(
    wanted: list[Program], seconds: float, report: Callable[[Program], None] = lambda program: None
) -> list[Program]:
    """Waits for all; returns those that were not ready in time."""
    waiting, until = list(wanted), time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        for program in [program for program in waiting if program.is_ready()]:
            waiting.remove(program)
            report(program)
        time.sleep(0.3)
    return waiting
