"""Whoever only reads does not wait for whoever writes."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.audit import __main__ as audit
from backend.people.models import Person
from backend.settings import Settings


@pytest.fixture
def somebody_writes(database: sessionmaker[Session], milica: str) -> Iterator[None]:
    """A transaction that has changed something and is not done: whoever waits for it waits in vain."""
    with database() as session:
        session.get_one(Person, milica).city = "Ниш"
        session.flush()
        yield
        session.rollback()


@pytest.mark.parametrize("path", ["/readyz", "/markets/rs/places?q=Ниш", "/conversations/nobody"])
def test_a_look_needs_no_turn(backend: TestClient, somebody_writes: None, path: str) -> None:
    assert backend.get(path).status_code in (200, 404)


def test_the_audit_is_verified_beside_the_work(
    somebody_writes: None,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(audit, "get_settings", lambda: settings)
    assert audit.main(["verify"]) == 0
    assert "audit whole" in capsys.readouterr().out
