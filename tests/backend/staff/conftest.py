"""An administrator who came in by the command's link, and whoever they invite."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.settings import Settings
from backend.staff.__main__ import main
from tests.backend.staffing import Desk

Hire = Callable[..., Desk]


@pytest.fixture
def invited(backend: TestClient, settings: Settings, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The first administrator, who has chosen a password and not yet logged in."""
    capsys.readouterr()
    assert main(["invite", "ana", "--role", "administrator", "--name", "Ana K."], settings) == 0
    link = capsys.readouterr().out.strip()
    start = f"{settings.public_url}/care/invitations/"
    assert link.startswith(start)
    desk = Desk(backend, "ana")
    assert desk.choose_password(link.removeprefix(start)).status_code == 204
    return desk


@pytest.fixture
def ana(invited: Desk) -> Desk:
    """The first administrator, logged in."""
    invited.log_in()
    return invited


@pytest.fixture
def hire(ana: Desk, backend: TestClient) -> Hire:
    """Ana invites somebody, who logs in for the first time: `hire("bea", "agent")`."""

    def hire(username: str, role: str, *, markets: tuple[str, ...] = ("it",)) -> Desk:
        body = {
            "username": username,
            "name": username.title(),
            "role": role,
            "languages": ["it"],
            "markets": markets,
        }
        added = ana.call("POST", "/members", body)
        assert added.status_code == 201, added.text
        desk = Desk(backend, username)
        assert desk.choose_password(added.json()["invitation_url_token"]).status_code == 204
        desk.log_in()
        return desk

    return hire


@pytest.fixture
def bea(hire: Hire) -> Desk:
    """An agent, logged in."""
    return hire("bea", "agent")
