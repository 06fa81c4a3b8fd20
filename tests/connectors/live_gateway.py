"""Real servers on loopback, for what cannot be seen in process: event streams, browsers, killed processes."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from connectors.__main__ import Server
from tests.connectors.gateway_world import PATIENCE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serve(app: Any, port: int | None = None) -> Iterator[str]:
    """The app under uvicorn in a thread; gives its address."""
    port = port or free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1, access_log=False
    )
    server = (
        Server(config, app.state.gateway)
        if hasattr(app, "state") and hasattr(app.state, "gateway")
        else uvicorn.Server(config)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def start_process(folder: Path, port: int, rasa_url: str, backend_url: str) -> subprocess.Popen[bytes]:
    """`python -m connectors` as its own process, answering when this returns."""
    environment = {
        "CONNECTORS_TURN_LEASE_SECONDS": "10",
        **os.environ,
        "CONNECTORS_PORT": str(port),
        "CONNECTORS_DATABASE_URL": f"sqlite:///{folder}/connectors.db",
        "CONNECTORS_RASA_URL": rasa_url,
        "CONNECTORS_BACKEND_URL": backend_url,
    }
    process = subprocess.Popen([sys.executable, "-m", "connectors"], env=environment)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE).status_code == 200:
                return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError("the gateway did not start")
