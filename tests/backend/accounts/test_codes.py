"""One-time codes: how long they live, how often they may be wrong, how often they are sent."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
import time_machine
from fastapi.testclient import TestClient

from tests.backend.conftest import PASSWORD, LogIn

NOON = "2026-11-20T11:00:00Z"
NewestCode = Callable[[], str]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> object:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def prove(backend: TestClient, open_link: LogIn) -> Callable[..., httpx.Response]:
    """Proves a password in a conversation, in a new link."""

    def prove(
        conversation_id: str, username: str, market: str = "rs", language: str = "sr"
    ) -> httpx.Response:
        token = open_link(conversation_id, market, language)
        body = {"username": username, "password": PASSWORD}
        return backend.post(f"/login-links/{token}/password", json=body)

    return prove


def verify(backend: TestClient, conversation_id: str, code: str) -> httpx.Response:
    return backend.post(f"/conversations/{conversation_id}/codes/verify", json={"code": code})


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_lives_two_minutes_in_indonesia_and_five_in_serbia(
    backend: TestClient,
    budi: str,
    milica: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    assert prove("c1", "budi", "id", "id").json()["code_expires_at"] == "2026-11-20T11:02:00.000Z"
    code = newest_code()
    clock.shift(timedelta(seconds=119))
    assert prove("c2", "milica").json()["code_expires_at"] == "2026-11-20T11:06:59.000Z"
    clock.shift(timedelta(seconds=1))
    answer = verify(backend, "c1", code)
    assert (answer.status_code, answer.json()["error"]) == (410, "code_expired")
    # Still waiting for a code, so that what is typed is known to be one.
    assert backend.get("/conversations/c1").json()["login"]["state"] == "code_sent"


def test_a_code_works_once(
    backend: TestClient, milica: str, prove: Callable[..., httpx.Response], newest_code: NewestCode
) -> None:
    prove("c1", "milica")
    code = newest_code()
    assert verify(backend, "c1", code).status_code == 200
    again = verify(backend, "c1", code)
    assert (again.status_code, again.json()["error"]) == (409, "no_code_open")


def test_three_wrong_tries_use_a_code_up(
    backend: TestClient, milica: str, prove: Callable[..., httpx.Response], newest_code: NewestCode
) -> None:
    prove("c1", "milica")
    code = newest_code()
    left = [verify(backend, "c1", other_than(code)).json()["detail"]["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    assert verify(backend, "c1", code).json()["error"] == "code_expired"


def test_five_wrong_in_a_row_pause_the_account_whatever_the_code_or_conversation(
    backend: TestClient,
    milica: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    prove("c1", "milica")
    for _ in range(3):
        verify(backend, "c1", other_than(newest_code()))
    clock.shift(timedelta(seconds=31))
    assert backend.post("/conversations/c1/codes").status_code == 200
    assert verify(backend, "c1", other_than(newest_code())).json()["detail"] == {"tries_left": 2}
    prove("c2", "milica")
    fifth = verify(backend, "c2", other_than(newest_code()))
    assert (fifth.status_code, fifth.json()["error"]) == (429, "too_many_attempts")
    assert fifth.json()["detail"]["retry_after"] == 900
    assert fifth.headers["Retry-After"] == "900"

    # During the pause not even the right code is taken, and none is sent.
    assert verify(backend, "c2", newest_code()).status_code == 429
    assert backend.post("/conversations/c2/codes").status_code == 429
    assert prove("c3", "milica").status_code == 429

    clock.shift(timedelta(seconds=901))
    assert prove("c3", "milica").status_code == 200
    assert verify(backend, "c3", newest_code()).status_code == 200


def test_ten_wrong_a_day_pause_until_the_next_day_of_the_market(
    backend: TestClient,
    milica: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    for round_of_five in range(2):
        clock.shift(timedelta(seconds=901))
        answers = []
        for tries in (3, 2):
            conversation = f"c{round_of_five}-{tries}"
            assert prove(conversation, "milica").status_code == 200
            answers += [verify(backend, conversation, other_than(newest_code())) for _ in range(tries)]
        assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429]
    last = verify(backend, conversation, newest_code())
    assert last.status_code == 429
    # Half past twelve in Belgrade: the pause lasts until midnight there.
    assert last.json()["detail"]["retry_after"] > 10 * 3600

    clock.shift(timedelta(seconds=last.json()["detail"]["retry_after"]))
    prove("c11", "milica")
    assert verify(backend, "c11", newest_code()).status_code == 200


def test_a_right_code_ends_the_row_of_wrong_ones(
    backend: TestClient,
    milica: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    for conversation in ("c1", "c2"):
        clock.shift(timedelta(seconds=1))
        prove(conversation, "milica")
        for _ in range(2):
            assert verify(backend, conversation, other_than(newest_code())).status_code == 422
        assert verify(backend, conversation, newest_code()).status_code == 200
    clock.shift(timedelta(seconds=1))
    prove("c3", "milica")
    assert verify(backend, "c3", other_than(newest_code())).json()["detail"] == {"tries_left": 2}


def test_a_new_code_kills_the_old_one(
    backend: TestClient,
    milica: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    prove("c1", "milica")
    old = newest_code()
    clock.shift(timedelta(seconds=30))
    answer = backend.post("/conversations/c1/codes")
    assert answer.json() == {
        "masked_email": "m•••@example.org",
        "purpose": "login",
        "expires_at": "2026-11-20T11:05:30.000Z",
    }
    new = newest_code()
    if old != new:
        assert verify(backend, "c1", old).json()["error"] == "code_wrong"
    assert verify(backend, "c1", new).status_code == 200


def test_a_code_is_not_sent_again_within_half_a_minute(
    backend: TestClient, milica: str, prove: Callable[..., httpx.Response], clock: time_machine.Traveller
) -> None:
    prove("c1", "milica")
    clock.shift(timedelta(seconds=9))
    answer = backend.post("/conversations/c1/codes")
    assert (answer.status_code, answer.json()) == (
        429,
        {"error": "code_sent_recently", "detail": {"retry_after": 21}},
    )


def test_a_password_sent_twice_sends_one_code(
    backend: TestClient, milica: str, open_link: LogIn, newest_code: NewestCode
) -> None:
    token = open_link("c1")
    body = {"username": "milica", "password": PASSWORD}
    first = backend.post(f"/login-links/{token}/password", json=body)
    second = backend.post(f"/login-links/{token}/password", json=body)
    assert first.json() == second.json()
    assert len(backend.get("/mailbox.json").json()) == 1
    assert verify(backend, "c1", newest_code()).status_code == 200


def test_codes_a_day_are_bounded(
    backend: TestClient,
    milica: str,
    prove: Callable[..., httpx.Response],
    clock: time_machine.Traveller,
    settings: object,
) -> None:
    settings.codes_sent_a_day = 3  # type: ignore[attr-defined]
    prove("c1", "milica")
    for _ in range(2):
        clock.shift(timedelta(seconds=31))
        assert backend.post("/conversations/c1/codes").status_code == 200
    clock.shift(timedelta(seconds=31))
    assert backend.post("/conversations/c1/codes").json()["error"] == "too_many_attempts"


def test_no_code_is_sent_without_a_proven_password(backend: TestClient, open_link: LogIn) -> None:
    open_link("c1")
    answer = backend.post("/conversations/c1/codes")
    assert (answer.status_code, answer.json()["error"]) == (409, "no_login_open")


def test_a_code_can_be_asked_for_again_after_it_expired(
    backend: TestClient,
    budi: str,
    prove: Callable[..., httpx.Response],
    newest_code: NewestCode,
    clock: time_machine.Traveller,
) -> None:
    prove("c1", "budi", "id", "id")
    clock.shift(timedelta(minutes=10))
    assert backend.post("/conversations/c1/codes").status_code == 200
    assert verify(backend, "c1", newest_code()).status_code == 200


def test_a_proven_password_does_not_wait_for_ever(
    backend: TestClient, budi: str, prove: Callable[..., httpx.Response], clock: time_machine.Traveller
) -> None:
    prove("c1", "budi", "id", "id")
    clock.shift(timedelta(minutes=15, seconds=1))
    assert backend.post("/conversations/c1/codes").json()["error"] == "no_login_open"
    assert backend.get("/conversations/c1").json()["login"]["state"] == "none"


def test_the_mail_is_written_in_the_language_and_script_of_the_page(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    body = {"username": "milica", "password": PASSWORD}
    for conversation, language, script in (
        ("c1", "sr", "Cyrl"),
        ("c2", "sr", "Latn"),
        ("c3", "it", "Latn"),
        ("c4", "id", "Latn"),
    ):
        token = open_link(conversation, "rs", language, script)
        backend.post(f"/login-links/{token}/password", json=body)
    subjects = {mail["subject"] for mail in backend.get("/mailbox.json").json()}
    assert subjects == {
        "Ваш код за пријаву",
        "Vaš kod za prijavu",
        "Il Suo codice di accesso",
        "Kode masuk Anda",
    }
