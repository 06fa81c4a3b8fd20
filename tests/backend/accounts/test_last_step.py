"""The last step of a page about an account: a user name that is free, a password that is hard to guess, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import Account
from backend.accounts.tasks import suggest_username
from backend.database import utc_now
from backend.people.models import Person
from tests.backend.accounts.conftest import JMBG, NEW_PASSWORD, Page, code_in, mails
from tests.backend.conftest import PASSWORD, LogIn


def test_a_forgotten_password_is_replaced_and_other_log_ins_end(
    backend: TestClient, open_page: Callable[..., Page], milica: str, log_in: LogIn
) -> None:
    log_in("c7", "milica")
    page = open_page("password")
    page.details(policy_or_email="milica@example.org", birth_date="14.03.1985.")
    page.code(code_in(backend, "milica@example.org"))
    assert page.password().json()["username"] == "milica"
    assert backend.get("/conversations/c7/me").status_code == 401
    assert "password_changed" in {mail["key"] for mail in mails(backend, "milica@example.org")}
    log_in("c8", "milica", password=NEW_PASSWORD)


def test_a_password_is_changed_by_whoever_knows_the_old_one(
    backend: TestClient, actions: TestClient, open_page: Callable[..., Page], milica: str, log_in: LogIn
) -> None:
    body = {"task": "change_password", "language": "sr", "script": "Cyrl"}
    backend.put("/conversations/c1", json={"market": "rs", "channel": "website", "language": "sr"})
    assert actions.post("/conversations/c1/account-links", json=body).status_code == 401
    log_in("c1", "milica")
    log_in("c2", "milica")
    page = open_page("change_password")
    assert page.view()["step"] == "change"
    assert page.password(old_password="wrong").json()["error"] == "credentials_wrong"
    assert page.password(old_password=PASSWORD).status_code == 200
    assert backend.get("/conversations/c1/me").status_code == 200
    assert backend.get("/conversations/c2/me").status_code == 401


def test_guessing_the_old_password_pauses(open_page: Callable[..., Page], milica: str, log_in: LogIn) -> None:
    log_in("c1", "milica")
    page = open_page("change_password")
    statuses = [page.password(old_password="wrong").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 401, 429]
    assert page.password(old_password=PASSWORD).status_code == 429


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("kratka", "password_too_short"),
        ("password1234", "password_common"),
        ("jelenapetrovic", "password_common"),
        ("1234567890", "password_common"),
    ],
)
def test_passwords_that_are_guessed_first_are_refused_and_the_page_stays(
    backend: TestClient, open_page: Callable[..., Page], jelena: str, password: str, error: str
) -> None:
    page = open_page("register")
    page.details(national_id=JMBG, email="jelena@example.org")
    page.code(code_in(backend, "jelena@example.org"))
    answer = page.password(password, username="jelena")
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert page.view()["step"] == "password"
    assert page.password(username="milica!").json()["error"] == "username_invalid"
    assert page.password(username="jelena").status_code == 200


def test_a_user_name_that_is_taken_is_said_to_be_so(
    backend: TestClient, open_page: Callable[..., Page], jelena: str, milica: str
) -> None:
    page = open_page("register")
    page.details(national_id=JMBG, email="jelena@example.org")
    page.code(code_in(backend, "jelena@example.org"))
    assert page.password(username="Milica").json()["error"] == "username_taken"


def test_a_user_name_with_a_zero_character_is_none(
    backend: TestClient, open_page: Callable[..., Page], jelena: str
) -> None:
    page = open_page("register")
    page.details(national_id=JMBG, email="jelena@example.org")
    page.code(code_in(backend, "jelena@example.org"))
    assert page.password(username="jelena\x00").json()["error"] == "username_invalid"


def test_somebody_of_one_name_gets_a_user_name_without_a_gap(
    add_person: Callable[..., str], database: sessionmaker[Session]
) -> None:
    suharto = add_person("Suharto", "", "id")
    with database() as session:
        assert suggest_username(session, session.get_one(Person, suharto)) == "suharto"


def test_whoever_opened_an_account_meanwhile_cannot_open_it_again(
    backend: TestClient, open_page: Callable[..., Page], jelena: str, database: sessionmaker[Session]
) -> None:
    pages = [open_page("register", conversation_id=conversation) for conversation in ("c1", "c2")]
    with time_machine.travel(utc_now(), tick=False) as clock:
        for page in pages:
            page.details(national_id=JMBG, email="jelena@example.org")
            assert page.code(code_in(backend, "jelena@example.org")).json()["step"] == "password"
            clock.shift(timedelta(seconds=31))
        assert pages[0].password(username="jelena").status_code == 200
        late = pages[1].password("zuta kruska pada s neba", username="jelena.druga")
        assert (late.status_code, late.json()["error"]) == (404, "not_found")
        again = pages[0].password(username="jelena")
        assert again.json() == {"error": "step_wrong", "detail": {"step": "done"}}
    with database() as session:
        assert session.scalars(select(Account.username)).all() == ["jelena"]


def test_of_two_who_choose_one_user_name_at_once_one_is_told_that_it_is_taken(
    backend: TestClient,
    open_page: Callable[..., Page],
    add_person: Callable[..., str],
    insure: Callable[..., str],
    jelena: str,
    database: sessionmaker[Session],
) -> None:
    other = add_person("Ана", "Илић", "rs", national_id="0203991715000")
    insure("rs", "RSD", "rs-zdravlje-porodica", [other])
    with database.begin() as session:
        session.get_one(Person, other).email = "ana@example.org"
    pages = []
    for number, (national_id, email) in enumerate(
        ((JMBG, "jelena@example.org"), ("0203991715000", "ana@example.org"))
    ):
        page = open_page("register", conversation_id=f"c{number}")
        assert page.details(national_id=national_id, email=email).status_code == 200
        page.code(code_in(backend, email))
        pages.append(page)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda page: page.password(username="zvezda"), pages))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
