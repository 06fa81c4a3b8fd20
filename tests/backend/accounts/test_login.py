"""The steps of a log-in, as the gateway and the dialogue see them."""

import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from tests.backend.conftest import PASSWORD, LogIn


def login_of(backend: TestClient, conversation_id: str) -> dict[str, str | None]:
    return dict(backend.get(f"/conversations/{conversation_id}").json()["login"])


def test_a_conversation_is_created_and_updated(backend: TestClient) -> None:
    body = {"market": "rs", "channel": "website", "language": "sr"}
    first = backend.put("/conversations/c1", json=body)
    assert first.status_code == 200
    assert first.json()["login"]["state"] == "none"
    backend.put("/conversations/c1", json=body | {"language": "it"})
    assert backend.get("/conversations/c1").json()["language"] == "it"


def test_an_unknown_conversation_is_not_found(backend: TestClient, actions: TestClient) -> None:
    body = {"language": "sr", "script": "Cyrl"}
    for answer in (
        backend.get("/conversations/nobody"),
        backend.delete("/conversations/nobody/login"),
        actions.post("/conversations/nobody/login-links", json=body),
        backend.post("/conversations/nobody/codes"),
        backend.post("/conversations/nobody/codes/verify", json={"code": "123456"}),
    ):
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found", "detail": {}})


def test_a_conversation_needs_a_market_and_language_that_exist(backend: TestClient) -> None:
    body = {"market": "xx", "channel": "website", "language": "sr"}
    assert backend.put("/conversations/c1", json=body).status_code == 404
    answer = backend.put("/conversations/c1", json=body | {"market": "rs", "language": "de"})
    assert (answer.status_code, answer.json()["error"]) == (422, "language_unknown")


def test_the_whole_log_in_step_by_step(
    backend: TestClient, milica: str, open_link: LogIn, newest_code: Callable[[], str]
) -> None:
    token = open_link("c1")
    assert login_of(backend, "c1")["state"] == "link_sent"
    assert backend.get(f"/login-links/{token}").json()["state"] == "open"

    proven = backend.post(
        f"/login-links/{token}/password", json={"username": "Milica ", "password": PASSWORD}
    )
    assert proven.status_code == 200
    assert proven.json()["state"] == "code_sent"
    assert proven.json()["masked_email"] == "m•••@example.org"
    assert backend.get(f"/login-links/{token}").json()["state"] == "code_sent"
    assert login_of(backend, "c1")["state"] == "code_sent"
    assert backend.get("/conversations/c1/me").json()["error"] == "login_required"

    code = newest_code()
    verified = backend.post("/conversations/c1/codes/verify", json={"code": f"{code[:3]} {code[3:]}"})
    assert verified.json() == {"state": "logged_in", "first_name": "Милица"}
    assert backend.get(f"/login-links/{token}").json()["state"] == "used"
    login = login_of(backend, "c1")
    assert (login["state"], login["first_name"]) == ("logged_in", "Милица")
    assert backend.get("/conversations/c1/me").json()["person_id"] == milica


def test_reading_a_link_consumes_nothing(backend: TestClient, milica: str, open_link: LogIn) -> None:
    token = open_link("c1")
    for _ in range(5):
        assert backend.get(f"/login-links/{token}").json()["state"] == "open"
    assert backend.head(f"/login-links/{token}").status_code in {200, 405}
    body = {"username": "milica", "password": PASSWORD}
    assert backend.post(f"/login-links/{token}/password", json=body).status_code == 200


def test_a_new_link_kills_the_older_one_and_its_code(
    backend: TestClient, milica: str, open_link: LogIn, newest_code: Callable[[], str]
) -> None:
    old = open_link("c1")
    body = {"username": "milica", "password": PASSWORD}
    assert backend.post(f"/login-links/{old}/password", json=body).status_code == 200
    code = newest_code()
    new = open_link("c1")
    assert new != old
    assert backend.get(f"/login-links/{old}").status_code == 404
    assert backend.post(f"/login-links/{old}/password", json=body).status_code == 404
    answer = backend.post("/conversations/c1/codes/verify", json={"code": code})
    assert (answer.status_code, answer.json()["error"]) == (409, "no_code_open")


def test_a_used_link_takes_no_password(
    backend: TestClient, milica: str, open_link: LogIn, newest_code: Callable[[], str]
) -> None:
    token = open_link("c1")
    body = {"username": "milica", "password": PASSWORD}
    backend.post(f"/login-links/{token}/password", json=body)
    backend.post("/conversations/c1/codes/verify", json={"code": newest_code()})
    assert backend.post(f"/login-links/{token}/password", json=body).status_code == 404


def test_unknown_user_names_and_wrong_passwords_are_answered_alike(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    token = open_link("c1")
    answers = [
        backend.post(f"/login-links/{token}/password", json={"username": name, "password": "wrong"})
        for name in ("milica", "nobody-at-all")
    ]
    assert [(a.status_code, a.json()) for a in answers] == [
        (401, {"error": "credentials_wrong", "detail": {}})
    ] * 2
    assert login_of(backend, "c1")["state"] == "link_sent"


def test_a_user_name_with_a_zero_character_is_an_unknown_one(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    body = {"username": "mili\x00", "password": PASSWORD}
    answer = backend.post(f"/login-links/{open_link('c1')}/password", json=body)
    assert (answer.status_code, answer.json()["error"]) == (401, "credentials_wrong")


def test_unknown_user_names_take_as_long_as_known_ones(
    backend: TestClient, milica: str, open_link: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash, which takes most of the time, is computed for both."""
    from backend.accounts import passwords

    hashed: list[str] = []
    verify = passwords._hasher.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored)
            time.sleep(0)
            return verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    token = open_link("c1")
    for name in ("milica", "nobody-at-all"):
        backend.post(f"/login-links/{token}/password", json={"username": name, "password": "wrong"})
    assert len(hashed) == 2
    assert all(stored.startswith("$argon2id$") for stored in hashed)


def test_logging_in_as_another_person_replaces_the_first(
    backend: TestClient, milica: str, mario: str, log_in: LogIn, open_link: LogIn
) -> None:
    log_in("c1", "milica")
    token = open_link("c1")
    assert login_of(backend, "c1")["state"] == "logged_in"
    body = {"username": "mario", "password": PASSWORD}
    backend.post(f"/login-links/{token}/password", json=body)
    # From the moment the other password is proven the first person's data are closed.
    assert backend.get("/conversations/c1/me").json()["error"] == "login_required"
    log_in("c1", "mario")
    assert backend.get("/conversations/c1/me").json()["person_id"] == mario


def test_a_log_in_belongs_to_one_conversation(backend: TestClient, milica: str, log_in: LogIn) -> None:
    log_in("c1", "milica")
    backend.put("/conversations/c2", json={"market": "rs", "channel": "website", "language": "sr"})
    assert backend.get("/conversations/c2/me").json()["error"] == "login_required"
    assert login_of(backend, "c2")["state"] == "none"


def test_a_code_works_only_in_its_conversation(
    backend: TestClient, milica: str, open_link: LogIn, newest_code: Callable[[], str]
) -> None:
    body = {"username": "milica", "password": PASSWORD}
    first, second = open_link("c1"), open_link("c2")
    backend.post(f"/login-links/{first}/password", json=body)
    first_code = newest_code()
    backend.post(f"/login-links/{second}/password", json=body)
    second_code = newest_code()
    if first_code != second_code:
        answer = backend.post("/conversations/c2/codes/verify", json={"code": first_code})
        assert answer.json()["error"] == "code_wrong"
    assert backend.post("/conversations/c1/codes/verify", json={"code": first_code}).status_code == 200


def test_logging_out_ends_everything_and_may_be_repeated(
    backend: TestClient, actions: TestClient, milica: str, log_in: LogIn, open_link: LogIn
) -> None:
    log_in("c1", "milica")
    assert actions.delete("/conversations/c1/login").status_code == 204
    assert actions.delete("/conversations/c1/login").status_code == 204
    assert login_of(backend, "c1")["state"] == "none"
    assert backend.get("/conversations/c1/me").json()["error"] == "login_required"
    token = open_link("c1")
    backend.delete("/conversations/c1/login")
    assert backend.get(f"/login-links/{token}").status_code == 404


def test_passwords_codes_and_links_are_for_the_gateway_alone(
    backend: TestClient, actions: TestClient, milica: str, open_link: LogIn
) -> None:
    token = open_link("c1")
    body = {"username": "milica", "password": PASSWORD}
    answers = [
        actions.post(f"/login-links/{token}/password", json=body),
        actions.get(f"/login-links/{token}"),
        actions.post("/conversations/c1/codes/verify", json={"code": "123456"}),
        actions.put("/conversations/c1", json={"market": "rs", "channel": "website", "language": "sr"}),
    ]
    assert [answer.json()["error"] for answer in answers] == ["forbidden"] * 4


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic ZGVtbzpkZW1v"])
def test_without_a_service_token_nothing_is_answered(backend: TestClient, header: str | None) -> None:
    headers = {"Authorization": header or ""}
    for path in ("/markets", "/conversations/c1", "/login-links/x", "/conversations/c1/me"):
        assert backend.get(path, headers=headers).json()["error"] == "service_token_wrong"


def test_an_invalid_call_never_repeats_what_was_given(
    backend: TestClient, milica: str, open_link: LogIn
) -> None:
    token = open_link("c1")
    answer = backend.post(
        f"/login-links/{token}/password", json={"username": "milica", "password": "hunter2" * 100}
    )
    assert answer.status_code == 422
    assert answer.json()["error"] == "input_invalid"
    assert "hunter2" not in answer.text


def test_no_secret_is_stored_readable(
    backend: TestClient,
    milica: str,
    open_link: LogIn,
    newest_code: Callable[[], str],
    database: sessionmaker[Session],
) -> None:
    token = open_link("c1")
    backend.post(f"/login-links/{token}/password", json={"username": "milica", "password": PASSWORD})
    code = newest_code()
    with database() as session:
        stored = str(
            [
                session.execute(text(f"SELECT * FROM {table}")).all()
                for table in ("accounts", "login_links", "one_time_codes", "attempts", "audit_entries")
            ]
        )
    assert PASSWORD not in stored
    assert token not in stored
    assert f"'{code}'" not in stored
    assert len(token) >= 22
