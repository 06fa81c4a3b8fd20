"""The real programs on free ports with fresh databases, for tests; each can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

from scripts.demo_messengers import wire_simulators
from scripts.model import ROOT, is_fresh
from scripts.programs import SERVICES_PYTHON, Ports, Program, environment, programs, wait_until_ready

# One customer of the tests does in a minute what a hundred do in a day.
LIMITS = {
    "BACKEND_CODES_SENT_A_DAY": "1000",
    "CONNECTORS_CONVERSATIONS_PER_MINUTE": "0",
    "CONNECTORS_REQUESTS_PER_MINUTE": "0",
    "CONNECTORS_MESSAGES_PER_MINUTE": "0",
    "CONNECTORS_SECURE_FORMS_PER_MINUTE": "0",
    "CONNECTORS_TELEGRAM_CHAT_SECONDS": "0",
    # A slow machine is not an outage: who tests outages sets these.
    "CONNECTORS_TURN_PATIENCE_SECONDS": "300",
    "ACTIONS_BACKEND_TIMEOUT_SECONDS": "20",
    # At whatever time of day the tests run.
    "BACKEND_CARE_HOURS": "always",
    "BACKEND_DETAILS_A_DAY": "1000",
    "BACKEND_DETAILS_IN_A_ROW": "1000",
}


class Running:
    """The four programs of one test run; with `simulators` also Telegram and WhatsApp, and accounts there."""

    def __init__(self, var: Path, *, simulators: bool = False, **settings: str) -> None:
        self.var = var
        self.ports = Ports(*free_ports(len(Ports.__annotations__)))
        self.simulators = simulators
        wired = wire_simulators(self.ports.simulators, self.ports.connectors, {}) if simulators else {}
        self.env = environment(self.ports, var, LIMITS | wired | settings)
        self.programs: dict[str, Program] = self._programs()
        self._processes: dict[str, subprocess.Popen[Any]] = {}

    @property
    def public_url(self) -> str:
        """Where customers reach us."""
        return self.programs["connectors"].url

    @property
    def mailbox_url(self) -> str:
        """The demo mailbox."""
        return f"{self.programs['backend'].url}/mailbox.json"

    @property
    def phone_url(self) -> str:
        """The simulators' page."""
        return f"{self.programs['simulators'].url}/phone"

    def prepare(self, *, model: bool = True) -> None:
        """Migrated databases with demo data; `model` False where Rasa is not started."""
        assert not model or is_fresh(), "the model is missing or stale: run 'make train'"
        for module in ("backend.migrate", "connectors.migrate", "backend.demo"):
            subprocess.run(
                [str(SERVICES_PYTHON), "-m", module],
                cwd=ROOT,
                env=self.env,
                check=True,
                capture_output=True,
                timeout=180,
            )

    def start(self, *names: str) -> None:
        """Start the named programs (all by default) and wait until they are ready."""
        wanted = [self.programs[name] for name in names or self.programs]
        for program in wanted:
            log = (self.var / f"{program.name}.log").open("ab")
            self._processes[program.name] = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env=dict(program.env),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        late = wait_until_ready(wanted, 150)
        if late:
            logs = "\n".join(self.log(program.name)[-3000:] for program in late)
            raise AssertionError(f"not ready: {[program.name for program in late]}\n{logs}")

    def kill(self, name: str) -> None:
        """`kill -9`, without a word."""
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def restart(self, name: str, **settings: str) -> None:
        """Start the program anew with other settings; those not named stay."""
        self.kill(name)
        self.env = self.env | settings
        self.programs = self._programs()
        self.start(name)

    def _programs(self) -> dict[str, Program]:
        return {p.name: p for p in programs(self.ports, self.env, simulators=self.simulators)}

    def revive(self) -> None:
        """Start again whatever a test left dead."""
        dead = [name for name in self.programs if name not in self._processes]
        if dead:
            self.start(*dead)

    def stop(self) -> None:
        """End everything."""
        for name in list(self._processes):
            self.kill(name)

    def log(self, name: str) -> str:
        """What a program wrote so far."""
        path = self.var / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
