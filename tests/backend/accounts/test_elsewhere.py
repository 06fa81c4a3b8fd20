"""Log-ins elsewhere are counted, and ended all at once."""

from datetime import timedelta

import time_machine
from fastapi.testclient import TestClient

from backend.database import utc_now
from tests.backend.conftest import LogIn


def test_logging_out_everywhere(backend: TestClient, milica: str, log_in: LogIn) -> None:
    log_in("c1", "milica")
    log_in("c2", "milica")
    assert backend.delete("/conversations/c1/logins").status_code == 204
    for conversation in ("c1", "c2"):
        assert backend.get(f"/conversations/{conversation}/me").status_code == 401


def test_other_log_ins_are_ended_by_a_token_also_after_the_log_out(
    backend: TestClient, actions: TestClient, milica: str, log_in: LogIn
) -> None:
    log_in("c1", "milica")
    assert actions.get("/conversations/c1/logins").json()["others"] == 0
    log_in("c2", "milica")
    found = actions.get("/conversations/c1/logins").json()
    assert found["others"] == 1
    backend.delete("/conversations/c1/login")
    assert actions.get("/conversations/c1/logins").status_code == 401
    assert actions.post("/logins/end", json={"token": found["token"] + "x"}).status_code == 404
    assert backend.get("/conversations/c2/me").status_code == 200
    assert actions.post("/logins/end", json={"token": found["token"]}).status_code == 204
    assert backend.get("/conversations/c2/me").status_code == 401
    with time_machine.travel(utc_now() + timedelta(minutes=16)):
        assert actions.post("/logins/end", json={"token": found["token"]}).status_code == 404
