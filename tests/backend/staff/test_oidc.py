"""The house's own log-in: its word about a subject counts where the setting says so, and a name is bound to one."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from tests.backend.staffing import Desk, hire

ISSUER = "https://login.example.org"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the house's log-in."""
    return settings.model_copy(update={"staff_oidc_issuer": ISSUER})


@pytest.fixture
def bea_id(database: sessionmaker[Session], settings: Settings) -> str:
    return hire(database, settings, "bea")["X-Staff-Id"]


def come(backend: TestClient, subject: str, username: str, issuer: str = ISSUER) -> tuple[int, Desk]:
    desk = Desk(backend, username)
    body = {"issuer": issuer, "subject": subject, "username": username}
    answer = desk.call("POST", "/oidc-logins", body)
    desk.token = answer.json().get("token", "")
    return answer.status_code, desk


def test_who_is_in_the_directory_comes_in_and_is_bound(backend: TestClient, bea_id: str) -> None:
    status, desk = come(backend, "s-1", "Bea")
    assert status == 200 and desk.lasts()
    # From now on the subject says who it is, whatever it is called over there.
    status, desk = come(backend, "s-1", "renamed")
    assert status == 200
    assert desk.call("GET", "/session").json()["member"]["staff_id"] == bea_id


def test_a_house_that_knows_people_by_their_address(
    backend: TestClient, database: sessionmaker[Session], settings: Settings
) -> None:
    hire(database, settings, "ana.k+care@example.org")
    assert come(backend, "s-9", "Ana.K+care@example.org")[0] == 200


def test_another_subject_does_not_take_a_bound_name(backend: TestClient, bea_id: str) -> None:
    assert come(backend, "s-1", "bea")[0] == 200
    assert come(backend, "s-2", "bea")[0] == 401


def test_who_is_not_in_the_directory_stays_out(backend: TestClient, bea_id: str) -> None:
    assert come(backend, "s-1", "carla")[0] == 401
    assert come(backend, "s-1", "bea", "https://elsewhere.example.org")[0] == 401


def test_who_is_shut_out_stays_out(
    backend: TestClient, bea_id: str, database: sessionmaker[Session], settings: Settings
) -> None:
    assert come(backend, "s-1", "bea")[0] == 200
    boss = Desk(backend, "boss", token=hire(database, settings, "boss", "administrator")["X-Staff-Token"])
    assert boss.call("PATCH", f"/members/{bea_id}", {"disabled": True}).status_code == 200
    assert come(backend, "s-1", "bea")[0] == 401


def test_a_reset_frees_the_name_for_another_subject(
    backend: TestClient, bea_id: str, database: sessionmaker[Session], settings: Settings
) -> None:
    status, before = come(backend, "s-1", "bea")
    boss = Desk(backend, "boss", token=hire(database, settings, "boss", "administrator")["X-Staff-Token"])
    assert boss.call("POST", f"/members/{bea_id}/invitation").status_code == 201
    assert status == 200 and not before.lasts()
    assert come(backend, "s-2", "bea")[0] == 200
    assert come(backend, "s-1", "bea")[0] == 401


def test_without_the_setting_there_is_no_such_log_in(
    backend: TestClient, database: sessionmaker[Session], settings: Settings
) -> None:
    backend.app.state.settings = settings.model_copy(update={"staff_oidc_issuer": None})  # type: ignore[attr-defined]
    hire(database, settings, "bea")
    assert come(backend, "s-1", "bea")[0] == 404
