"""Fixtures every test may use. No test reaches the internet: only loopback and local sockets are allowed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

from tests.running import Running


@pytest.fixture(autouse=True)
def loopback_only() -> None:
    """Any other address fails the test."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--stack` saves a developer the start: the addresses that `make run` prints."""
    parser.addoption("--stack", help="talk to programs that run already: PUBLIC_URL,BACKEND_URL")


@dataclass(frozen=True)
class Attached:
    """Programs that somebody else started; they cannot be killed from here."""

    public_url: str
    mailbox_url: str


@pytest.fixture(scope="session")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running | Attached]:
    """The real programs with the trained model; started once for all slow tests."""
    if given := request.config.getoption("--stack"):
        public_url, backend_url = given.split(",")
        yield Attached(public_url, f"{backend_url}/mailbox.json")
        return
    stack = Running(tmp_path_factory.mktemp("var"))
    stack.prepare()
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path:
    """Where screenshots go: var/screenshots."""
    folder = request.config.rootpath / "var" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
