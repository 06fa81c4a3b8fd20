"""How long a log-in and a log-in link last."""

from datetime import timedelta

import time_machine
from fastapi.testclient import TestClient

from tests.backend.conftest import PASSWORD, LogIn

NOON = "2026-11-20T11:00:00Z"


def test_an_idle_log_in_ends_after_five_minutes(backend: TestClient, milica: str, log_in: LogIn) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        log_in("c1", "milica")
        clock.shift(timedelta(seconds=299))
        assert backend.get("/conversations/c1/me").status_code == 200
        clock.shift(timedelta(seconds=299))
        assert backend.get("/conversations/c1/me").status_code == 200
        clock.shift(timedelta(seconds=301))
        answer = backend.get("/conversations/c1/me")
        assert (answer.status_code, answer.json()["error"]) == (401, "login_expired")
        assert backend.get("/conversations/c1").json()["login"]["state"] == "expired"


def test_a_log_in_in_use_ends_after_half_an_hour(backend: TestClient, milica: str, log_in: LogIn) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        log_in("c1", "milica")
        for _ in range(9):
            clock.shift(timedelta(seconds=199))
            assert backend.get("/conversations/c1/me").status_code == 200
        clock.shift(timedelta(seconds=9))
        assert backend.get("/conversations/c1/me").json()["error"] == "login_expired"


def test_who_writes_to_an_agent_stays_logged_in_and_nobody_is_brought_back(
    backend: TestClient, actions: TestClient, milica: str, log_in: LogIn
) -> None:
    used = "/conversations/c1/login/used"
    with time_machine.travel(NOON, tick=False) as clock:
        assert backend.put(used).status_code == 404
        log_in("c1", "milica")
        for _ in range(7):
            clock.shift(timedelta(minutes=4))
            assert backend.put(used).status_code == 204
        assert backend.get("/conversations/c1").json()["login"]["state"] == "logged_in"
        assert actions.put(used).json()["error"] == "forbidden"
        clock.shift(timedelta(minutes=2))
        assert backend.put(used).status_code == 204
        assert backend.get("/conversations/c1").json()["login"]["state"] == "expired"
        log_in("c1", "milica")
        backend.delete("/conversations/c1/login")
        assert backend.put(used).status_code == 204
        assert backend.get("/conversations/c1").json()["login"]["state"] == "none"


def test_looking_at_a_conversation_does_not_keep_it_logged_in(
    backend: TestClient, milica: str, log_in: LogIn
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        log_in("c1", "milica")
        for _ in range(4):
            clock.shift(timedelta(seconds=100))
            state = backend.get("/conversations/c1").json()["login"]["state"]
        assert state == "expired"


def test_the_log_in_says_when_it_ends(backend: TestClient, milica: str, log_in: LogIn) -> None:
    with time_machine.travel(NOON, tick=False):
        log_in("c1", "milica")
        login = backend.get("/conversations/c1").json()["login"]
    assert login["expires_at"] == "2026-11-20T11:30:00.000Z"
    assert login["idle_expires_at"] == "2026-11-20T11:05:00.000Z"


def test_a_link_is_open_for_five_minutes(backend: TestClient, milica: str, open_link: LogIn) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = open_link("c1")
        clock.shift(timedelta(seconds=299))
        assert backend.get(f"/login-links/{token}").json()["expires_at"] == "2026-11-20T11:05:00.000Z"
        clock.shift(timedelta(seconds=1))
        assert backend.get(f"/login-links/{token}").status_code == 404
        body = {"username": "milica", "password": PASSWORD}
        assert backend.post(f"/login-links/{token}/password", json=body).status_code == 404
        assert backend.get("/conversations/c1").json()["login"]["state"] == "none"
