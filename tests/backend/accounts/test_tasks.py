"""Opening an account, a forgotten password or user name: and that nothing betrays anybody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import Account, Consent
from backend.database import utc_now
from backend.people.models import Person
from backend.policies.models import Membership
from tests.backend.accounts.conftest import JMBG, Page, code_in, mails
from tests.backend.conftest import LogIn


def test_an_account_is_opened_with_a_policy_number_and_a_new_address(
    backend: TestClient,
    open_page: Callable[..., Page],
    jelena: str,
    database: sessionmaker[Session],
    log_in: LogIn,
) -> None:
    page = open_page("register")
    view = page.view()
    assert (view["step"], view["fields"], view["optional"], view["consent"]) == (
        "details",
        ["national_id", "policy_number", "email"],
        ["policy_number"],
        "personal_data_notice",
    )
    view = page.details(national_id=JMBG, policy_number=jelena, email="nova@example.org").json()
    assert (view["step"], view["masked_email"]) == ("code", "n•••@example.org")
    assert page.code(code_in(backend, "nova@example.org")).json()["step"] == "password"
    done = page.password(username="Jelena.P")
    assert done.status_code == 200, done.text
    assert page.view()["step"] == "done"
    with database() as session:
        account = session.scalars(select(Account).where(Account.username == "Jelena.P")).one()
        consent = session.scalars(select(Consent)).one()
        assert account.email == "nova@example.org"
        assert (consent.person_id, consent.kind, consent.version) == (
            account.person_id,
            "personal_data_notice",
            "2026-01",
        )
    assert [mail["key"] for mail in mails(backend, "jelena@example.org")] == ["account_opened_elsewhere"]
    assert {"account_opened"} <= {mail["key"] for mail in mails(backend, "nova@example.org")}


def test_without_a_policy_number_the_known_address_counts(
    backend: TestClient, open_page: Callable[..., Page], jelena: str
) -> None:
    page = open_page("register")
    page.details(national_id=JMBG, email="other@example.org")
    assert mails(backend, "other@example.org") == []
    page = open_page("register", conversation_id="c2")
    page.details(national_id=JMBG, email="Jelena@Example.org")
    assert page.code(code_in(backend, "jelena@example.org")).json()["step"] == "password"


def test_an_indonesian_account_gets_a_user_name_of_its_own(
    backend: TestClient,
    open_page: Callable[..., Page],
    add_person: Callable[..., str],
    insure: Callable[..., str],
    database: sessionmaker[Session],
    budi: str,
) -> None:
    other = add_person("Budi", "Santoso", "id", birth_date=date(1990, 1, 2))
    with database.begin() as session:
        session.get_one(Person, other).email = "budi2@example.org"
        session.get_one(Account, budi).username_key = "budi.santoso"
    policy = insure("id", "IDR", "id-kesehatan-keluarga", [other])
    with database() as session:
        member = session.scalars(select(Membership).where(Membership.person_id == other)).one().member_number
    page = open_page("register", "id")
    values = {
        "policy_kind": "individual",
        "policy_number": policy,
        "member_number": member,
        "birth_date": "2 Januari 1990",
        "email": "budi2@example.org",
    }
    assert page.details(**values).json()["step"] == "code"
    view = page.code(code_in(backend, "budi2@example.org")).json()
    assert (view["step"], view["username"]) == ("password", "budi.santoso2")
    assert page.password().json()["username"] == "budi.santoso2"


@pytest.mark.parametrize("who", ["nobody", "somebody with an account", "somebody without"])
def test_whether_the_data_fit_is_told_by_mail_alone(
    backend: TestClient,
    open_page: Callable[..., Page],
    jelena: str,
    milica: str,
    database: sessionmaker[Session],
    who: str,
) -> None:
    with database.begin() as session:
        session.get_one(Person, milica).national_id = "0101990715000"
    values = {
        "nobody": {"national_id": "0203991710009", "email": "who@example.org"},
        "somebody with an account": {"national_id": "0101990715000", "email": "milica@example.org"},
        "somebody without": {"national_id": JMBG, "email": "jelena@example.org"},
    }[who]
    page = open_page("register")
    first = page.details(**values)
    assert first.status_code == 200, first.text
    view = {name: value for name, value in first.json().items() if name not in ("expires_at", "masked_email")}
    assert view["step"] == "code" and view["username"] is None
    answers = [page.code("000000" if "000000" not in str(mails(backend, values["email"])) else "111111")]
    assert (answers[0].status_code, answers[0].json()) == (
        422,
        {"error": "code_wrong", "detail": {"tries_left": 2}},
    )
    sent = {mail["key"] for mail in mails(backend, values["email"])}
    assert (
        sent
        == {
            "nobody": set(),
            "somebody with an account": {"account_exists"},
            "somebody without": {"account_code"},
        }[who]
    )


def test_wrong_codes_pause_alike_for_data_that_fit_and_data_that_do_not(
    open_page: Callable[..., Page], jelena: str
) -> None:
    found = []
    for number, national_id in enumerate((JMBG, "0203991710009")):
        statuses = []
        for turn in range(3):
            page = open_page("register", conversation_id=f"c{number}{turn}")
            page.details(national_id=national_id, email="jelena@example.org")
            statuses += [page.code("12345").status_code for _ in range(2)]
        found.append(statuses)
    assert found[0] == found[1]
    assert 429 in found[0]


def test_nobody_searches_for_people_here(open_page: Callable[..., Page], jelena: str) -> None:
    statuses = []
    for number in range(10):
        page = open_page("register")
        email = f"guess{number}@example.org"
        statuses.append(page.details(national_id=JMBG, policy_number=jelena, email=email).status_code)
    assert statuses.count(200) <= 8 and statuses[-1] == 429


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"national_id": "123", "email": "x"}, {"national_id": "invalid", "email": "invalid"}),
        ({"email": "a@example.org"}, {"national_id": "missing"}),
        ({"national_id": JMBG, "policy_number": "1", "email": "a@example.org"}, {"policy_number": "invalid"}),
    ],
)
def test_fields_that_are_not_of_their_form_are_named(
    open_page: Callable[..., Page], values: dict[str, str], wrong: dict[str, str]
) -> None:
    page = open_page("register")
    answer = page.details(**values)
    assert (answer.status_code, answer.json()["detail"]["fields"]) == (422, wrong)
    assert page.view()["step"] == "details"


def test_what_has_to_be_agreed_to_is_agreed_to(open_page: Callable[..., Page], jelena: str) -> None:
    answer = open_page("register").details(consent=False, national_id=JMBG, email="jelena@example.org")
    assert (answer.status_code, answer.json()["error"]) == (422, "consent_needed")


def test_indonesians_give_their_user_name(
    backend: TestClient, open_page: Callable[..., Page], budi: str
) -> None:
    page = open_page("password", "id")
    assert page.view()["fields"] == ["username"]
    assert page.details(username="BUDI").json()["step"] == "code"
    assert page.code(code_in(backend, "budi@example.org")).json()["step"] == "password"
    unknown = open_page("password", "id", "c2")
    assert unknown.details(username="nobody").json()["step"] == "code"


def test_a_forgotten_user_name_comes_by_mail(
    backend: TestClient, open_page: Callable[..., Page], milica: str, insure: Callable[..., str]
) -> None:
    policy = insure("rs", "RSD", "rs-zdravlje-porodica", [milica])
    for conversation, number, expected in (("c1", policy, 1), ("c2", "RS-26491142-1", 1)):
        page = open_page("username", conversation_id=conversation)
        answer = page.details(policy_or_email=number, birth_date="1985-03-14")
        if answer.status_code == 200:
            assert answer.json()["step"] == "done"
        sent = [mail for mail in mails(backend, "milica@example.org") if mail["key"] == "username"]
        assert len(sent) == expected and "milica" in sent[0]["body"]


def test_steps_cannot_be_jumped_over(open_page: Callable[..., Page], jelena: str) -> None:
    page = open_page("register")
    for call in (lambda: page.password(), lambda: page.code("123456")):
        assert (call().status_code, call().json()["error"]) == (409, "step_wrong")
    page.details(national_id=JMBG, email="jelena@example.org")
    assert page.password().json() == {"error": "step_wrong", "detail": {"step": "code"}}


def test_a_page_about_the_account_is_no_log_in(
    backend: TestClient, open_page: Callable[..., Page], milica: str
) -> None:
    page = open_page("password")
    page.details(policy_or_email="milica@example.org", birth_date="1985-03-14")
    assert backend.get("/conversations/c1").json()["login"]["state"] == "none"
    code = code_in(backend, "milica@example.org")
    assert backend.post("/conversations/c1/codes/verify", json={"code": code}).status_code == 409
    token = page.path.rsplit("/", 1)[1]
    assert backend.get(f"/login-links/{token}").status_code == 404


def test_another_code_is_sent_from_the_page_and_from_the_chat(
    backend: TestClient, open_page: Callable[..., Page], milica: str
) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        page = open_page("password")
        page.details(policy_or_email="milica@example.org", birth_date="1985-03-14")
        assert backend.post(f"{page.path}/codes").json()["error"] == "code_sent_recently"
        clock.shift(timedelta(seconds=31))
        assert backend.post(f"{page.path}/codes").json()["step"] == "code"
        clock.shift(timedelta(seconds=31))
        resent = backend.post("/conversations/c1/codes")
        assert (resent.status_code, resent.json()["masked_email"]) == (200, "")
    assert len([m for m in mails(backend, "milica@example.org") if m["key"] == "account_code"]) == 3


def test_a_market_that_does_not_offer_it_has_no_page(
    backend: TestClient, actions: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from backend.markets.service import get_market

    backend.put("/conversations/c1", json={"market": "rs", "channel": "website", "language": "sr"})
    monkeypatch.setitem(get_market("rs").journeys, "register", "absent")
    body = {"task": "register", "language": "sr", "script": "Latn"}
    assert actions.post("/conversations/c1/account-links", json=body).status_code == 404
