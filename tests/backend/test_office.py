"""The back office: only staff come in, and requests move along their states, with a reason, an audit and a mail."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.database import utc_now
from backend.notifications.models import Mail
from backend.requests.models import Request
from backend.settings import Settings
from backend.staff.access import Role
from backend.staff.members import disable_by_name, find_by_name
from tests.backend.requests.conftest import Customer, Family, fill_claim, insure, mario_online, relate, rossi
from tests.backend.staffing import PASSWORD, Authenticator, hire_administrator

__all__ = ["insure", "mario_online", "relate", "rossi"]


@pytest.fixture
def phone(database: sessionmaker[Session], settings: Settings) -> Authenticator:
    """Petra's, who is an administrator and has set up her codes."""
    return hire_administrator(database, settings, "Petra")


@pytest.fixture
def office(app: FastAPI, phone: Authenticator) -> Iterator[TestClient]:
    """A browser with which Petra has logged in."""
    browser = TestClient(app, follow_redirects=False)
    assert log_in(browser, phone.code()).status_code == 302
    yield browser


@pytest.fixture
def number(mario_online: Customer, rossi: Family) -> str:
    fill_claim(mario_online, rossi)
    return str(mario_online.submit().json()["request_number"])


def log_in(
    browser: TestClient, code: str, *, username: str = "petra", password: str = PASSWORD
) -> httpx.Response:
    form = {"username": username, "password": password, "code": code}
    return browser.post("/office/login", data=form)


def move(office: TestClient, number: str, to: str, **fields: object) -> httpx.Response:
    page = office.get(f"/office/requests/{number}")
    assert page.status_code == 200, page.text
    hidden = dict(re.findall(r'name="(csrf|seen)" value="([^"]+)"', page.text))
    return office.post(f"/office/requests/{number}", data={**hidden, "to": to, "reason": "Perché", **fields})


def test_nobody_comes_in_without_logging_in(app: FastAPI, number: str, phone: Authenticator) -> None:
    browser = TestClient(app, follow_redirects=False)
    for path in ("/office/", "/office/request/list", f"/office/requests/{number}"):
        answer = browser.get(path)
        assert answer.status_code == 302 and "/login" in answer.headers["location"], path
    assert browser.post(f"/office/requests/{number}", data={"to": "in_review"}).status_code == 302
    assert "One-time password" in browser.get("/office/login").text
    assert log_in(browser, phone.code(), password="wrong").status_code == 400
    assert log_in(browser, "000000").status_code == 400
    assert log_in(browser, "").status_code == 400
    assert log_in(browser, phone.code()).status_code == 302


def test_a_customers_account_is_no_account_of_staff(app: FastAPI, mario_online: Customer) -> None:
    browser = TestClient(app)
    assert log_in(browser, "123456", username="mario", password="correct horse battery").status_code == 400


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_only_administrators_come_in(
    office: TestClient, app: FastAPI, database: sessionmaker[Session], settings: Settings, role: Role
) -> None:
    phone = hire_administrator(database, settings, "luca")
    with database.begin() as session:
        luca = find_by_name(session, "luca")
        assert luca is not None
        luca.role = role
    assert log_in(TestClient(app), phone.code(), username="luca").status_code == 400


def test_a_log_in_at_the_desk_is_none_at_the_office_once_the_role_is_another(
    office: TestClient, database: sessionmaker[Session]
) -> None:
    with database.begin() as session:
        petra = find_by_name(session, "petra")
        assert petra is not None
        petra.role = "supervisor"
    assert office.get("/office/request/list").status_code == 302


def test_a_code_is_not_taken_twice(app: FastAPI, phone: Authenticator) -> None:
    code = phone.code()
    assert log_in(TestClient(app, follow_redirects=False), code).status_code == 302
    assert log_in(TestClient(app, follow_redirects=False), code).status_code == 400


def test_whoever_has_not_set_up_codes_does_so_at_the_desk_first(
    app: FastAPI, database: sessionmaker[Session], phone: Authenticator
) -> None:
    with database.begin() as session:
        petra = find_by_name(session, "petra")
        assert petra is not None
        petra.totp_secret = None
    assert log_in(TestClient(app), "").status_code == 400
    assert log_in(TestClient(app), phone.code()).status_code == 400


def test_too_many_wrong_passwords_pause_even_the_right_one(app: FastAPI, phone: Authenticator) -> None:
    browser = TestClient(app, follow_redirects=False)
    for _ in range(5):
        assert log_in(browser, phone.code(), password="wrong").status_code == 400
    assert log_in(browser, Authenticator(phone.secret).code()).status_code == 400


def test_somebody_shut_out_is_out_at_once(
    office: TestClient, database: sessionmaker[Session], settings: Settings
) -> None:
    hire_administrator(database, settings, "luca")
    assert office.get("/office/request/list").status_code == 200
    with database.begin() as session:
        assert disable_by_name(session, "petra", "operator")
    assert office.get("/office/request/list").status_code == 302


def copy_of(browser: TestClient, app: FastAPI) -> TestClient:
    """Another browser with the cookie of the first."""
    other = TestClient(app, follow_redirects=False)
    other.cookies.update(browser.cookies)
    return other


def test_a_copied_cookie_does_not_survive_the_log_out(
    office: TestClient, app: FastAPI, database: sessionmaker[Session], phone: Authenticator
) -> None:
    copy, unused_copy = copy_of(office, app), copy_of(office, app)
    assert copy.get("/office/request/list").status_code == 200
    assert office.get("/office/logout").status_code == 302
    for browser in (copy, office):
        assert browser.get("/office/request/list").status_code == 302
    # Whoever logs in anew has a log-in of their own, and the copy is none of it.
    assert log_in(office, phone.code()).status_code == 302
    assert office.get("/office/request/list").status_code == 200
    assert unused_copy.cookies and unused_copy.get("/office/request/list").status_code == 302
    with database() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff_logged_out")).all()
        assert [entry.actor for entry in noted] == [entry.subject for entry in noted]
        assert len(noted) == 1


def test_logging_in_again_ends_the_log_in_before_and_nobody_elses(
    office: TestClient,
    app: FastAPI,
    phone: Authenticator,
    database: sessionmaker[Session],
    settings: Settings,
) -> None:
    before, elsewhere = copy_of(office, app), TestClient(app, follow_redirects=False)
    luca = hire_administrator(database, settings, "luca")
    assert log_in(elsewhere, luca.code(), username="luca").status_code == 302
    assert log_in(office, phone.code()).status_code == 302
    assert before.get("/office/request/list").status_code == 302
    assert elsewhere.get("/office/request/list").status_code == 200
    assert office.get("/office/request/list").status_code == 200


def test_a_log_in_that_idled_is_over_for_its_copies_too(office: TestClient, app: FastAPI) -> None:
    copy = copy_of(office, app)
    with time_machine.travel(utc_now() + timedelta(seconds=app.state.settings.staff_idle_seconds + 1)):
        for browser in (copy, office):
            assert browser.get("/office/request/list").status_code == 302


def test_requests_are_listed_and_found(office: TestClient, number: str) -> None:
    assert number in office.get("/office/request/list").text
    assert number in office.get("/office/request/list", params={"search": number[-4:]}).text
    assert number not in office.get("/office/request/list", params={"search": "nothing-like-it"}).text


def test_the_librarys_own_forms_change_nothing(office: TestClient, number: str) -> None:
    for path in (f"/office/request/edit/{number}", "/office/request/create"):
        assert office.post(path, data={"status": "paid"}).status_code == 403
    assert office.delete("/office/request/delete", params={"pks": number}).status_code == 403


def test_a_request_is_asked_about_reviewed_and_approved(
    office: TestClient, number: str, mario_online: Customer, database: sessionmaker[Session]
) -> None:
    assert move(office, number, "documents_needed", missing=["report"]).status_code == 303
    assert move(office, number, "in_review").status_code == 303
    assert move(office, number, "approved", amount="262,00").status_code == 303
    shown = mario_online.backend.get(f"{mario_online.path}/requests/{number}").json()
    assert [step["status"] for step in shown["timeline"]] == [
        "submitted",
        "documents_needed",
        "in_review",
        "approved",
    ]
    assert shown["decided_amount"]["amount"] == "262.00"
    assert shown["missing_documents"] == []
    with database() as session:
        moved = session.scalars(select(AuditEntry).where(AuditEntry.action == "request_moved")).all()
        mails = session.scalars(select(Mail).where(Mail.key == "request_changed")).all()
    assert {entry.actor.split(":")[0] for entry in moved} == {"staff"}
    assert len(mails) == 3
    assert not any("Perch" in mail.body or "approv" in mail.body for mail in mails)


@pytest.mark.parametrize(
    ("to", "fields"),
    [
        ("paid", {}),
        ("in_review", {"reason": " "}),
        ("documents_needed", {}),
        ("documents_needed", {"missing": ["magic"]}),
        ("in_review", {"amount": "10"}),
        ("in_review", {"amount": "ten"}),
        ("withdrawn", {"amount": "NaN"}),
        ("withdrawn", {}),
    ],
)
def test_what_does_not_hold_together_is_refused_and_changes_nothing(
    office: TestClient, number: str, database: sessionmaker[Session], to: str, fields: dict[str, object]
) -> None:
    assert move(office, number, to, **fields).status_code == 422
    with database() as session:
        assert session.get_one(Request, number).status == "submitted"


@pytest.mark.parametrize("amount", ["262.01", "0", "-5", "1.005", "1e30", "NaN", "Infinity", ""])
def test_an_amount_that_cannot_be_is_refused(office: TestClient, number: str, amount: str) -> None:
    move(office, number, "in_review")
    refused = move(office, number, "approved", amount=amount)
    assert refused.status_code == 422
    assert "Perché</textarea>" in refused.text and f'value="{amount}"' in refused.text, (
        "what was typed is lost"
    )


@pytest.mark.parametrize("guessed", ["", "guessed", "ж"])
def test_a_form_from_elsewhere_is_refused(office: TestClient, number: str, guessed: str) -> None:
    body = {"csrf": guessed, "seen": "submitted", "to": "in_review", "reason": "x"}
    assert office.post(f"/office/requests/{number}", data=body).status_code == 403


def test_a_request_that_moved_meanwhile_is_looked_at_again(office: TestClient, number: str) -> None:
    move(office, number, "in_review")
    refused = move(office, number, "rejected", seen="submitted")
    assert refused.status_code == 422 and "meanwhile" in refused.text


def test_a_document_is_read_and_that_is_audited(
    office: TestClient, number: str, database: sessionmaker[Session]
) -> None:
    with database() as session:
        document_id = session.get_one(Request, number).documents[0].document_id
    answer = office.get(f"/office/requests/{number}/documents/{document_id}")
    assert answer.status_code == 200 and answer.content.startswith(b"%PDF")
    assert office.get(f"/office/requests/{number}/documents/{'0' * 32}").status_code == 404
    with database() as session:
        assert session.scalar(select(AuditEntry).where(AuditEntry.action == "document_read")) is not None
