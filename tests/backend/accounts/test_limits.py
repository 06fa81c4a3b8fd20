"""Wrong passwords are counted for known and unknown user names alike, and for the conversation."""

from datetime import timedelta

import httpx
import pytest
import time_machine
from fastapi.testclient import TestClient

from tests.backend.conftest import PASSWORD, LogIn


def give(backend: TestClient, token: str, username: str, password: str) -> httpx.Response:
    return backend.post(f"/login-links/{token}/password", json={"username": username, "password": password})


@pytest.mark.parametrize("username", ["milica", "nobody-at-all"])
def test_five_wrong_passwords_pause_a_user_name_in_every_conversation(
    backend: TestClient, milica: str, open_link: LogIn, username: str
) -> None:
    with time_machine.travel("2026-11-20T11:00:00Z", tick=False) as clock:
        answers = [give(backend, open_link(f"c{n}"), username, "wrong") for n in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 429]
        assert answers[4].json() == {"error": "too_many_attempts", "detail": {"retry_after": 900}}
        assert give(backend, open_link("c9"), username.upper(), PASSWORD).status_code == 429
        clock.shift(timedelta(seconds=901))
        after = give(backend, open_link("c10"), username, PASSWORD)
        assert after.status_code == (200 if username == "milica" else 401)


def test_five_wrong_passwords_pause_a_conversation_whatever_the_user_name(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    for number in range(5):
        last = give(backend, open_link("c1"), f"guess{number}", "wrong")
    assert last.status_code == 429
    assert give(backend, open_link("c1"), "milica", PASSWORD).status_code == 429
    assert give(backend, open_link("c2"), "milica", PASSWORD).status_code == 200


def test_a_right_password_ends_the_row_of_wrong_ones(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    for _ in range(3):
        token = open_link("c1")
        answers = [give(backend, token, "milica", "wrong").status_code for _ in range(4)]
        assert answers == [401] * 4
        assert give(backend, token, "milica", PASSWORD).status_code == 200
