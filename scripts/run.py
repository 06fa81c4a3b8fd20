"""`make run`: databases, demo data, model, all programs; prints where to click. Ctrl-C ends all of it."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from circus.arbiter import Arbiter
from dotenv import dotenv_values
from rich.console import Console

from scripts import train
from scripts.demo_messengers import wire_simulators
from scripts.model import ROOT
from scripts.programs import SERVICES_PYTHON, Ports, Program, environment, programs, wait_until_ready, watcher

console = Console(highlight=False)
NEEDED_MEGABYTES = 500


def main() -> None:
    """Start everything and stay until told to stop."""
    given = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value is not None}
    given |= {name: value for name, value in os.environ.items() if name.split("_")[0] in PREFIXES}
    default = Ports()
    ports = Ports(*(int(given.get(f"{n.upper()}_PORT", getattr(default, n))) for n in Ports.__annotations__))
    var = ROOT / "var"
    wired = wire_simulators(ports.simulators, ports.connectors, given)
    env = environment(ports, var, wired | given)
    wanted = programs(ports, env, simulators=bool(wired))
    check_machine(wanted, var)
    prepare(env)
    train.main()
    serve(wanted, var, env)


PREFIXES = {"BACKEND", "ACTIONS", "BOT", "CONNECTORS", "SIMULATORS"}
# The programs whose setting of the port is called otherwise.
PORT_SETTINGS = {"rasa": "BOT_PORT"}


def check_machine(wanted: list[Program], var: Path) -> None:
    """One clear line for what would otherwise fail later and darkly."""
    var.mkdir(exist_ok=True)
    free = shutil.disk_usage(var).free // 2**20
    if free < NEEDED_MEGABYTES:
        sys.exit(f"The disk has {free} MB free; at least {NEEDED_MEGABYTES} MB are needed.")
    for program in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", program.port))
            except OSError:
                setting = PORT_SETTINGS.get(program.name, f"{program.name.upper()}_PORT")
                sys.exit(
                    f"Port {program.port} ({program.name}) is in use: end what uses it, or set {setting}."
                )


def prepare(env: dict[str, str]) -> None:
    """Databases up to date, demo data once."""
    steps = [("backend.migrate", "Backend database"), ("connectors.migrate", "Conversations database")]
    if env.get("BACKEND_PROFILE", "demo") == "demo":
        steps.append(("backend.demo", "Demo data"))
    for module, title in steps:
        console.print(f"{title} …")
        done = subprocess.run(
            [str(SERVICES_PYTHON), "-m", module],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{title} failed:\n{done.stderr[-3000:]}")


def serve(wanted: list[Program], var: Path, env: dict[str, str]) -> None:
    """Run the programs under Circus until SIGINT or SIGTERM."""
    # While Circus stops, its periodic check finds the stop running and complains to the log each half second.
    logging.getLogger("tornado.application").setLevel(logging.CRITICAL)
    logs = var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="care-") as sockets:
        arbiter = Arbiter(
            [watcher(program, logs) for program in wanted],
            endpoint=f"ipc://{sockets}/control",
            pubsub_endpoint=f"ipc://{sockets}/events",
            check_delay=0.5,
        )

        def stop(signum: int, frame: FrameType | None) -> None:
            console.print("\nStopping …")
            arbiter.loop.add_callback_from_signal(arbiter.stop)

        threading.Thread(target=announce, args=(wanted, env, arbiter), daemon=True).start()
        # Circus installs its own handlers when it starts; ours come after, to say what happens.
        arbiter.loop.add_callback(lambda: [signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)])
        with contextlib.suppress(KeyboardInterrupt):
            arbiter.start()
        arbiter.stop()


def announce(wanted: list[Program], env: dict[str, str], arbiter: Any) -> None:
    """Say when all is healthy and where to go, or which program did not come up."""
    console.print("Starting the programs …")
    late = wait_until_ready(wanted, 120, lambda program: console.print(f"  {program.name} is ready"))
    if late:
        names = ", ".join(program.name for program in late)
        console.print(f"Not ready after two minutes: {names}. See var/log/.")
        return
    by_name = {program.name: program for program in wanted}
    public = env["CONNECTORS_PUBLIC_URL"]
    console.print(f"\nReady. The insurer's demo pages with the chat:\n  {public}/")
    for market in sorted(path.stem for path in (ROOT / "backend" / "markets").glob("*.yml")):
        console.print(f"  {public}/demo/{market}")
    if "simulators" in by_name:
        console.print(f"A phone with Telegram and WhatsApp, played by simulators:\n  {public}/phone")
    console.print(f"The desk, where people of CARE take conversations over:\n  {public}/care")
    console.print(f"Channel's HTTP interface: {public}/docs")
    if env.get("BACKEND_PROFILE", "demo") == "demo":
        console.print(f"Mails (one-time codes): {by_name['backend'].url}/mailbox\n\nDemo log-ins:")
        told = subprocess.run(
            [str(SERVICES_PYTHON), "-m", "backend.demo"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        # Its first line says whether anything was added, which is no news here.
        console.print("\n".join(told.stdout.splitlines()[1:]))
    console.print("\nCtrl-C ends everything.")


if __name__ == "__main__":
    main()
