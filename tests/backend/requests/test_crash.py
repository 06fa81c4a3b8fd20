"""Killed without warning in the middle of a claim: what was answered is there, and one request comes of it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.requests.models import Request
from backend.settings import Settings
from tests.backend.requests.conftest import Customer, Family, fill_claim, go_to_bills

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def midday() -> None:
    """No travelling here: the program that is started and killed has the real clock, and the log-in is one of now."""


@contextmanager
def running(settings: Settings, token: str) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The real program on the test's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "BACKEND_DATABASE_URL": settings.database_url,
        "BACKEND_FILES_FOLDER": str(settings.files_folder),
        "BACKEND_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "backend"], env=environment, stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": token}, timeout=60
        ) as client:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                try:
                    client.get("/readyz").raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield process, client
    finally:
        process.kill()
        process.wait()


def test_a_killed_backend_loses_nothing_and_submits_once(
    mario_online: Customer, rossi: Family, settings: Settings, database: sessionmaker[Session]
) -> None:
    token = mario_online.backend.headers["Authorization"]
    go_to_bills(mario_online, rossi)
    path = f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}"
    with running(settings, token) as (process, client):
        answer = client.put(f"{path}/answers/notes", json={"value": "Grazie"})
        assert answer.status_code == 200
        process.send_signal(signal.SIGKILL)
    assert mario_online.backend.get(path).json()["answers"] == answer.json()["answers"]

    fill_claim(mario_online, rossi)
    path = f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}/submit"
    for delay in (0.0, 0.02, 0.06):
        with running(settings, token) as (process, client):
            threading.Timer(delay, process.kill).start()
            try:
                client.post(path, headers={"Idempotency-Key": "once"})
            except httpx.TransportError:
                continue
    assert mario_online.submit("once").status_code == 201
    with database() as session:
        assert session.scalar(select(func.count()).select_from(Request)) == 1
