"""Contact data and bank accounts: proven, confirmed, changed once, told to whom was known before."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import Account, LoginLink, OneTimeCode
from backend.audit.models import AuditEntry
from backend.database import utc_now
from backend.notifications.models import Mail
from backend.people.models import BankAccount, Person
from backend.requests.models import Draft, DraftAnswer
from tests.backend.conftest import PASSWORD, LogIn
from tests.backend.requests.conftest import MARIOS_IBAN, NEW_IBAN, Customer, Family

NEW_EMAIL = "mario.nuovo@example.net"


def newest(database: sessionmaker[Session], key: str, to: str) -> Mail | None:
    with database() as session:
        return session.scalars(
            select(Mail).where(Mail.key == key, Mail.recipient == to).order_by(Mail.created_at.desc())
        ).first()


def code_sent_to(database: sessionmaker[Session], to: str) -> str:
    mail = newest(database, "contact_code", to)
    assert mail is not None
    return re.findall(r"\b\d{6}\b", mail.body)[0]


def other_than(code: str) -> str:
    return "111111" if code != "111111" else "222222"


def send(customer: Customer) -> dict[str, object]:
    answer = customer.backend.post(f"{customer.path}/drafts/{customer.draft['draft_id']}/code")
    assert answer.status_code == 200, answer.text
    shown: dict[str, object] = answer.json()
    return shown


def begin_new_email(customer: Customer) -> None:
    """A form that waits for the code sent to a new address."""
    customer.begin({"contact": "email", "new_email": NEW_EMAIL}, kind="contact_data")
    send(customer)


def read(customer: Customer) -> None:
    customer.draft = customer.backend.get(f"{customer.path}/drafts/{customer.draft['draft_id']}").json()


def prove(customer: Customer, code: str) -> tuple[int, dict[str, object]]:
    answer = customer.backend.post(f"{customer.path}/codes/verify", json={"code": code})
    return answer.status_code, answer.json()


def awaits_code(customer: Customer) -> bool:
    return bool(customer.backend.get(customer.path).json()["login"]["awaits_code"])


def test_a_new_address_is_proven_confirmed_and_told_to_the_old_one(
    mario_online: Customer, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    assert mario.begin({"contact": "email", "new_email": NEW_EMAIL}, kind="contact_data").status_code == 201
    assert mario.next == "email_code" and not mario.draft["ready"]
    assert mario.put("email_code", "123456").json()["error"] == "code_needed"
    assert mario.submit().json()["error"] == "draft_incomplete"
    assert not awaits_code(mario)
    sent = send(mario)
    assert (sent["contact"], sent["masked"], sent["sent"]) == ("email", "m•••@example.net", True)
    assert send(mario)["sent"] is False
    assert awaits_code(mario)
    code = code_sent_to(database, NEW_EMAIL)
    status, answer = prove(mario, other_than(code))
    assert (status, answer["error"], answer["detail"]) == (422, "code_wrong", {"tries_left": 2})
    assert prove(mario, code) == (200, {"state": "contact_proven", "contact": "email"})
    assert prove(mario, code)[1]["error"] == "no_code_open"
    assert not awaits_code(mario)
    read(mario)
    assert mario.draft["ready"]

    first = mario.submit("k1")
    assert (first.status_code, first.json()) == (
        201,
        {"kind": "contact_data", "request_number": None, "changed_to": "m•••@example.net"},
    )
    assert mario.submit("k1").json() == first.json()
    again = mario.submit("k2")
    assert (again.status_code, again.json()["changed_to"]) == (200, None)
    with database() as session:
        person = session.scalars(select(Person).where(Person.first_name == "Mario")).one()
        assert person.email == NEW_EMAIL
        assert session.get_one(Account, person.id).email == NEW_EMAIL
        assert session.scalars(select(DraftAnswer)).all() == []
        audit = session.scalars(select(AuditEntry).where(AuditEntry.action == "contact_data_changed")).all()
        assert [entry.details for entry in audit] == [{"now": "m•••@example.net"}]
    warning = newest(database, "contact_changed", "mario@example.org")
    assert warning is not None and NEW_EMAIL not in warning.body
    read(mario)
    assert (mario.draft["status"], mario.draft["request_number"]) == ("submitted", None)
    assert mario.put("contact", "phone").json()["error"] == "draft_closed"


def test_a_new_number_is_proven_by_a_text_message(
    backend: TestClient, log_in: LogIn, milica: str, database: sessionmaker[Session]
) -> None:
    customer = Customer(backend, log_in("c1", "milica", "rs", "sr"))
    customer.begin({"contact": "phone"}, kind="contact_data")
    assert customer.put("new_phone", "12").json()["error"] == "phone_invalid"
    assert customer.put("new_phone", "064 123 45 67").json()["error"] == "contact_unchanged"
    customer.answer("new_phone", "065 222 33 44")
    assert customer.value("new_phone") == "+381652223344"
    sent = send(customer)
    assert (sent["contact"], sent["masked"]) == ("phone", "•••• 344")
    assert prove(customer, code_sent_to(database, "+381652223344"))[0] == 200
    assert customer.submit().status_code == 201
    with database() as session:
        assert session.get_one(Person, milica).phone == "+381652223344"
        told = session.scalars(select(Mail).where(Mail.key == "contact_changed")).all()
        assert {(mail.channel, mail.recipient) for mail in told} == {
            ("sms", "+381641234567"),
            ("mail", "milica@example.org"),
        }
        code = session.scalars(select(Mail).where(Mail.key == "contact_code")).one()
        assert (code.channel, code.subject) == ("sms", "")


def test_an_address_and_a_number_are_proven_one_after_the_other_and_changed_together(
    backend: TestClient, log_in: LogIn, milica: str, database: sessionmaker[Session]
) -> None:
    customer = Customer(backend, log_in("c1", "milica", "rs", "sr"))
    both = {"contact": "both", "new_email": NEW_EMAIL, "new_phone": "065 222 33 44"}
    assert customer.begin(both, kind="contact_data").json()["rejected"] == []
    assert customer.next == "email_code"
    assert customer.draft["next"]["rules"]["proves"] == "new_email"
    assert send(customer)["contact"] == "email"
    assert prove(customer, code_sent_to(database, NEW_EMAIL))[1]["contact"] == "email"
    read(customer)
    assert (customer.next, customer.draft["next"]["rules"]["proves"]) == ("phone_code", "new_phone")
    assert customer.submit().json()["error"] == "draft_incomplete"
    assert send(customer)["contact"] == "phone"
    assert prove(customer, code_sent_to(database, "+381652223344"))[1]["contact"] == "phone"
    assert customer.submit().json()["changed_to"] == "m•••@example.net, •••• 344"
    with database() as session:
        person = session.get_one(Person, milica)
        assert (person.email, person.phone) == (NEW_EMAIL, "+381652223344")
        assert session.get_one(Account, milica).email == NEW_EMAIL
        told = session.scalars(select(Mail).where(Mail.key == "contact_changed")).all()
        # Both that were known hear of it, each once.
        assert sorted((mail.channel, mail.recipient) for mail in told) == [
            ("mail", "milica@example.org"),
            ("sms", "+381641234567"),
        ]


def test_of_two_that_are_said_the_wrong_one_is_asked_again(
    backend: TestClient, log_in: LogIn, milica: str, database: sessionmaker[Session]
) -> None:
    customer = Customer(backend, log_in("c1", "milica", "rs", "sr"))
    both = {"contact": "both", "new_email": NEW_EMAIL, "new_phone": "064 123 45 67"}
    rejected = customer.begin(both, kind="contact_data").json()["rejected"]
    assert [(each["question"], each["error"]) for each in rejected] == [("new_phone", "contact_unchanged")]
    send(customer)
    prove(customer, code_sent_to(database, NEW_EMAIL))
    read(customer)
    assert customer.next == "new_phone"
    # One of the two after all: the other is not asked for.
    customer.answer("contact", "email")
    assert customer.next is None and customer.submit().status_code == 201
    with database() as session:
        person = session.get_one(Person, milica)
        assert (person.email, person.phone) == (NEW_EMAIL, "+381641234567")


def test_codes_expire_are_sent_again_and_have_three_tries(
    mario_online: Customer, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    begin_new_email(mario)
    first = code_sent_to(database, NEW_EMAIL)
    for _ in range(3):
        assert prove(mario, other_than(first))[1]["error"] == "code_wrong"
    assert prove(mario, first)[1]["error"] == "code_expired"
    too_soon = mario.backend.post(f"{mario.path}/codes")
    assert too_soon.json()["error"] == "code_sent_recently"
    with database.begin() as session:
        session.execute(update(OneTimeCode).values(sent_at=utc_now() - timedelta(days=300)))
    again = mario.backend.post(f"{mario.path}/codes")
    assert again.json()["masked_email"] == "m•••@example.net"
    second = code_sent_to(database, NEW_EMAIL)
    with database.begin() as session:
        session.execute(update(OneTimeCode).values(expires_at=utc_now()))
    assert prove(mario, second)[1]["error"] == "code_expired"
    assert awaits_code(mario)


def test_another_address_needs_another_code(mario_online: Customer, database: sessionmaker[Session]) -> None:
    mario = mario_online
    begin_new_email(mario)
    first = code_sent_to(database, NEW_EMAIL)
    mario.answer("new_email", "altra@example.net")
    assert mario.next == "email_code"
    assert send(mario)["sent"] is True
    second = code_sent_to(database, "altra@example.net")
    if first != second:
        assert prove(mario, first)[1]["error"] == "code_wrong"
    assert prove(mario, second)[0] == 200
    # What was proven is the second address alone.
    mario.answer("new_email", NEW_EMAIL)
    assert mario.next == "email_code"


def test_nothing_waits_for_a_code_once_the_draft_does_not(
    mario_online: Customer, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    begin_new_email(mario)
    assert awaits_code(mario)
    mario.reopen("new_email")
    assert not awaits_code(mario)
    mario.answer("new_email", NEW_EMAIL)
    send(mario)
    assert awaits_code(mario)
    # Another journey: its dates and amounts are no codes.
    mario.begin()
    assert not awaits_code(mario)


def test_a_code_withdrawn_with_the_form_is_dead_and_another_one_is_sent_later(
    mario_online: Customer, actions: TestClient, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    begin_new_email(mario)
    left = code_sent_to(database, NEW_EMAIL)
    for _ in range(2):
        assert actions.delete(f"{mario.path}/codes/contact").status_code == 204
    assert not awaits_code(mario)
    assert prove(mario, left)[1]["error"] == "no_code_open"
    assert mario.backend.post(f"{mario.path}/codes").json()["error"] == "no_login_open"
    # The draft waits all the same, and goes on with a code of its own.
    read(mario)
    assert mario.next == "email_code"
    assert send(mario)["sent"] is True
    code = code_sent_to(database, NEW_EMAIL)
    if left != code:
        assert prove(mario, left)[1]["error"] == "code_wrong"
    assert prove(mario, code)[0] == 200
    assert actions.delete("/conversations/unknown/codes/contact").status_code == 404


def test_withdrawing_a_contacts_code_leaves_a_log_in_alone(
    backend: TestClient, actions: TestClient, open_link: Callable[..., str], milica: str
) -> None:
    token = open_link("c1", "rs", "sr", "Cyrl")
    proven = backend.post(f"/login-links/{token}/password", json={"username": "milica", "password": PASSWORD})
    assert proven.json()["state"] == "code_sent"
    assert actions.delete("/conversations/c1/codes/contact").status_code == 204
    assert backend.get("/conversations/c1").json()["login"]["state"] == "code_sent"


def test_a_proof_is_nobody_elses_and_ends_with_the_log_in(
    mario_online: Customer, backend: TestClient, log_in: LogIn, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    begin_new_email(mario)
    code = code_sent_to(database, NEW_EMAIL)
    anna = Customer(backend, log_in("c2", "anna", "it", "it"))
    assert prove(anna, code)[1]["error"] == "no_code_open"
    path = f"{anna.path}/drafts/{mario.draft['draft_id']}/code"
    assert backend.post(path).status_code == 404
    backend.delete(f"{mario.path}/login")
    assert prove(mario, code)[1]["error"] == "no_code_open"
    with database() as session:
        assert session.scalars(select(LoginLink.id).where(LoginLink.proven_at.is_not(None))).all() == []
    anna.begin({"contact": "email", "new_email": NEW_EMAIL}, kind="contact_data")
    assert anna.next == "email_code"


def test_no_code_is_sent_again_once_the_log_in_has_run_out(
    mario_online: Customer, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    with time_machine.travel(utc_now(), tick=False) as clock:
        begin_new_email(mario)
        clock.shift(timedelta(minutes=6))
        answer = mario.backend.post(f"{mario.path}/codes")
    assert (answer.status_code, answer.json()["error"]) == (409, "no_login_open")
    assert "example.net" not in answer.text
    with database() as session:
        assert len(session.scalars(select(Mail).where(Mail.key == "contact_code")).all()) == 1


def test_an_old_proof_is_asked_for_again(mario_online: Customer, database: sessionmaker[Session]) -> None:
    mario = mario_online
    begin_new_email(mario)
    prove(mario, code_sent_to(database, NEW_EMAIL))
    with database.begin() as session:
        session.execute(update(LoginLink).values(proven_at=utc_now() - timedelta(days=300)))
    assert mario.submit().json()["error"] == "draft_incomplete"


def test_a_code_is_sent_only_where_one_is_asked_for(mario_online: Customer) -> None:
    mario_online.begin({"contact": "email"}, kind="contact_data")
    answer = mario_online.backend.post(f"{mario_online.path}/drafts/{mario_online.draft['draft_id']}/code")
    assert (answer.status_code, answer.json()["error"]) == (409, "no_code_asked")


def test_a_new_account_is_the_usual_one_from_now_on(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    mario.begin({"account": {"iban": NEW_IBAN}}, kind="bank_account")
    assert mario.next == "holder"
    offered = {option["value"] for option in mario.draft["next"]["options"]}
    assert offered == {rossi.mario, rossi.anna, rossi.giulia}
    assert mario.put("holder", rossi.luca).json()["error"] == "option_unknown"
    mario.answer("holder", rossi.mario)
    shown = next(a for a in mario.draft["answers"] if a["question"] == "account")
    assert shown["display"]["label"] == "DE89 •••• 3000"
    assert mario.submit().json()["changed_to"] == "DE89 •••• 3000"
    with database() as session:
        accounts = session.scalars(select(BankAccount).where(BankAccount.person_id == rossi.mario)).all()
        assert {(a.iban, a.holder, a.is_default) for a in accounts} == {
            (MARIOS_IBAN, "Mario Rossi", False),
            (NEW_IBAN, "Mario Rossi", True),
        }
    mail = newest(database, "bank_account_changed", "mario@example.org")
    assert mail is not None and "DE89 •••• 3000" in mail.body and NEW_IBAN not in mail.body

    mario.begin({"account": {"iban": MARIOS_IBAN}, "holder": rossi.anna}, kind="bank_account")
    assert mario.submit().status_code == 201
    with database() as session:
        accounts = session.scalars(select(BankAccount).where(BankAccount.person_id == rossi.mario)).all()
        assert {(a.iban, a.holder, a.is_default) for a in accounts} == {
            (MARIOS_IBAN, "Anna Rossi", True),
            (NEW_IBAN, "Mario Rossi", False),
        }


@pytest.mark.parametrize(
    ("market", "language", "username", "value", "label"),
    [
        ("rs", "sr", "milica", {"number": "265-0000001234567-83"}, None),
        ("id", "id", "budi", {"bank": "BCA", "number": "1234567890"}, "BCA •••• 7890"),
    ],
)
def test_accounts_of_other_markets(
    backend: TestClient,
    log_in: LogIn,
    milica: str,
    budi: str,
    market: str,
    language: str,
    username: str,
    value: dict[str, str],
    label: str | None,
) -> None:
    customer = Customer(backend, log_in("c1", username, market, language))
    assert customer.begin(kind="bank_account").status_code == 201
    assert customer.put("account", {"iban": "IT60X0542811101000000123457"}).status_code == 422
    if label is None:
        assert customer.put("account", value).json()["error"] == "account_invalid"
        return
    customer.answer("account", value)
    assert customer.next is None
    assert customer.submit().json()["changed_to"] == label


def test_a_new_address_in_direct_care_is_proven_in_between(
    mario_online: Customer, rossi: Family, add_centre: Callable[..., str], database: sessionmaker[Session]
) -> None:
    mario = mario_online
    mario.begin({"person": rossi.mario, "branch": "outpatient", "service": "mri"}, kind="direct_care")
    if mario.next == "policy":
        mario.answer("policy", rossi.policies[0])
    mario.answer("email", NEW_EMAIL)
    assert mario.next == "email_code"
    send(mario)
    assert prove(mario, code_sent_to(database, NEW_EMAIL))[0] == 200
    read(mario)
    assert mario.next == "phone"
    mario.answer("phone", "340 112 2334")
    assert mario.next == "phone_code"
    mario.answer("phone", {"known": "profile"})
    assert mario.next == "medical_documents"
    with database() as session:
        # For this request alone: the profile keeps its address.
        assert session.get_one(Person, rossi.mario).email == "mario@example.org"
        assert session.scalars(select(Draft).where(Draft.status == "open")).one()
