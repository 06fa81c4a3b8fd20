"""The claims of Serbia and Indonesia: the same engine, their own questions, accounts and amounts."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.people.models import BankAccount, Person
from backend.people.service import visible_members
from backend.policies.service import catalogue, policies_covering
from backend.requests.lookups import PersonLookups
from tests.backend.conftest import LogIn
from tests.backend.documents import bills
from tests.backend.requests.conftest import LAST_WEEK, TODAY, Customer, Family

SERBIAN_IBAN = "RS35260005601001611379"


@pytest.fixture
def milica_online(
    backend: TestClient,
    log_in: LogIn,
    milica: str,
    add_person: Callable[..., str],
    insure: Callable[..., str],
    relate: Callable[..., None],
) -> Customer:
    """Milica with her father, both on her policy."""
    father = add_person("Петар", "Јовановић", "rs", sex="m")
    relate(milica, father, "parent", "child")
    insure("rs", "RSD", "rs-zdravlje-osnov", [milica, father])
    customer = Customer(backend, log_in("c1", "milica"))
    customer.people = {"milica": milica, "father": father}  # type: ignore[attr-defined]
    return customer


def test_a_serbian_claim_from_beginning_to_end(milica_online: Customer) -> None:
    milica = milica_online
    father = milica.people["father"]  # type: ignore[attr-defined]
    milica.begin({"treatment_date": LAST_WEEK, "person": father, "service": "cardiology_visit"})
    assert milica.next == "recipient"
    milica.answer("recipient", father)
    assert milica.next == "bank_account"
    assert milica.draft["next"]["rules"]["accounts"] == ["iban", "domestic"]
    assert (
        milica.put("bank_account", {"iban": "IT60X0542811101000000123456"}).json()["error"]
        == "iban_country_not_paid"
    )
    assert milica.put("bank_account", {"number": "260-0056010016113-78"}).json()["error"] == "account_invalid"
    milica.answer("bank_account", {"number": "260-0056010016113-79"})
    assert milica.value("bank_account") == {"iban": SERBIAN_IBAN}
    milica.answer("email", {"known": "profile"})
    text = bills.SERBIAN.replace("05.11.2026", TODAY.strftime("%d.%m.%Y"))
    milica.answer("expense_document", milica.upload(bills.make_pdf(text)))
    for expected in (
        TODAY.isoformat(),
        {"amount": "8500.00", "currency": "RSD"},
        "Поликлиника Свети Сава",
        "456/26",
    ):
        assert milica.draft["next"]["suggestion"]["value"] == expected
        milica.answer(milica.next or "", expected, source="document")
    assert milica.put("expense_amount", {"amount": "1.00", "currency": "EUR"}).json() == {
        "error": "currency_not_accepted",
        "detail": {"currency": "RSD"},
    }
    milica.answer("more_expenses", False)
    milica.answer("further_documents", [milica.upload()])
    milica.answer("notes", None)
    request = milica.submit().json()
    assert request["request_number"].startswith("RS-")
    assert request["person"]["full_name"] == "Петар Јовановић"
    mail = next(m for m in milica.backend.get("/mailbox.json").json() if m["key"] == "request_received")
    assert "захтев" in mail["body"]


def test_an_indonesian_claim_from_beginning_to_end(
    backend: TestClient, log_in: LogIn, budi: str, insure: Callable[..., str], database: sessionmaker[Session]
) -> None:
    insure("id", "IDR", "id-kesehatan-keluarga", [budi])
    with database.begin() as session:
        session.add(
            BankAccount(
                id="c" * 32,
                person_id=budi,
                kind="domestic",
                bank="BCA",
                number="1234567890",
                holder="Budi Santoso",
                is_default=True,
            )
        )
    customer = Customer(backend, log_in("c1", "budi", "id", "id"))
    customer.begin()
    # Nobody else is insured: the person is known.
    assert customer.value("person") == budi
    customer.answer("treatment_date", LAST_WEEK)
    customer.answer("service", "gp_visit")
    customer.answer("provider", "RS Mitra Keluarga")
    customer.answer("expense_document", customer.upload())
    customer.answer("expense_date", LAST_WEEK)
    customer.answer("expense_amount", {"amount": "525500", "currency": "IDR"})
    assert customer.draft["next"]["suggestion"]["value"] == "RS Mitra Keluarga"
    customer.answer("expense_issuer", "RS Mitra Keluarga", source="profile")
    customer.answer("invoice_number", None)
    customer.answer("more_expenses", False)
    assert customer.draft["next"]["options"][0]["label"] == "BCA •••• 7890"
    assert customer.put("bank_account", {"iban": SERBIAN_IBAN}).json()["error"] == "account_invalid"
    assert customer.put("bank_account", {"bank": "BCA", "number": "12"}).json()["error"] == "account_invalid"
    customer.answer("bank_account", {"bank": "bca", "number": "123 456 7890"})
    assert customer.value("bank_account") == {"bank": "BCA", "number": "1234567890"}
    customer.answer("email", {"known": "profile"})
    customer.answer("notes", None)
    request = customer.submit().json()
    assert request["request_number"].startswith("RI-")
    assert request["amount"] == {"amount": "525500.00", "currency": "IDR"}


@pytest.mark.parametrize(
    ("market", "username", "product", "currency", "hour"),
    [("id", "budi", "id-kesehatan-keluarga", "IDR", 17), ("rs", "milica", "rs-zdravlje-osnov", "RSD", 23)],
)
def test_a_day_begins_at_the_markets_midnight(
    backend: TestClient,
    log_in: LogIn,
    milica: str,
    budi: str,
    insure: Callable[..., str],
    market: str,
    username: str,
    product: str,
    currency: str,
    hour: int,
) -> None:
    insure(market, currency, product, [{"milica": milica, "budi": budi}[username]])
    tomorrow = TODAY + timedelta(days=1)
    midnight = datetime.combine(TODAY, time(hour), UTC)  # in Serbia an hour before in summer
    for minutes, error in ((-61, "date_in_future"), (1, None)):
        with time_machine.travel(midnight + timedelta(minutes=minutes)):
            customer = Customer(backend, log_in(f"c{minutes}", username, market))
            customer.begin()
            assert customer.put("treatment_date", tomorrow.isoformat()).json().get("error") == error


def test_the_services_offered_are_exactly_those_that_some_policy_covers(
    rossi: Family, database: sessionmaker[Session]
) -> None:
    with database() as session:
        mario = session.get_one(Person, rossi.mario)
        for days in (7, 400, 690, 900):
            day = TODAY - timedelta(days=days)
            for member in visible_members(session, mario):
                given = {"member": member.person.id, "day": day.isoformat()}
                offered = {o.value for o in PersonLookups(session, mario).options("services", given)}
                covered = {
                    service
                    for service in catalogue().service
                    if policies_covering(session, mario, member.person.id, service, day)
                }
                assert offered == covered
