"""Premium: what is open, paying it once, and call-backs that come twice, late, forged or for the wrong sum."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend import lettering
from backend.database import utc_now
from backend.money import Money
from backend.notifications.models import Mail
from backend.payments.models import Payment
from backend.payments.provider import StandIn
from backend.payments.receipt import Receipt, draw_receipt
from backend.people.models import Person
from backend.policies.models import Policy, PremiumInstalment
from backend.settings import Settings
from locales import formats, texts
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import TODAY, insure
from tests.backend.test_office import office, phone

__all__ = ["insure", "office", "phone"]


@pytest.fixture
def instalments(
    milica: str, insure: Callable[..., str], database: sessionmaker[Session], log_in: LogIn
) -> list[str]:
    """Milica, logged in in c1, with an overdue instalment and one that is due; tells their ids."""
    number = insure("rs", "RSD", "rs-auto", [milica])
    rows = [
        PremiumInstalment(
            policy_number=number, due_date=TODAY + timedelta(days=days), amount=Decimal("10500.00")
        )
        for days in (-20, 70, 200)
    ]
    with database.begin() as session:
        session.add_all(rows)
    log_in("c1", "milica")
    return [row.id for row in rows]


@pytest.fixture
def begin(actions: TestClient) -> Callable[..., httpx.Response]:
    def begin(instalment_id: str, conversation_id: str = "c1") -> httpx.Response:
        return actions.post(
            f"/conversations/{conversation_id}/payments", json={"instalment_id": instalment_id}
        )

    return begin


@pytest.fixture
def call_back(backend: TestClient, settings: Settings) -> Callable[..., httpx.Response]:
    """What the provider calls back, signed as it should be unless told otherwise."""

    def call_back(
        payment_id: str, outcome: str = "paid", amount: str = "10500.00", **more: Any
    ) -> httpx.Response:
        event = {
            "payment_id": payment_id,
            "reference": more.get("reference", "T-1"),
            "outcome": outcome,
            "amount": {"amount": amount, "currency": more.get("currency", "RSD")},
        }
        body = json.dumps(event).encode()
        signature = more.get("signature", StandIn(settings).sign(body))
        return backend.post("/payment-callbacks", content=body, headers={"X-Signature": signature})

    return call_back


def is_open(actions: TestClient, instalment_id: str) -> bool:
    found = actions.get("/conversations/c1/instalments").json()
    return instalment_id in [row["instalment_id"] for row in found]


def news(backend: TestClient) -> list[str]:
    return [entry["kind"] for entry in backend.post("/news/claim").json()]


def test_open_instalments_are_the_holders_alone(
    actions: TestClient, instalments: list[str], milica: str, add_person: Callable[..., str], log_in: LogIn
) -> None:
    found = actions.get("/conversations/c1/instalments").json()
    assert [(row["instalment_id"], row["overdue"]) for row in found] == [
        (instalments[0], True),
        (instalments[1], False),
    ]
    assert found[0]["amount"] == {"amount": "10500.00", "currency": "RSD"}
    add_person("Ненад", "Јовановић", "rs", username="nenad")
    log_in("c2", "nenad")
    assert actions.get("/conversations/c2/instalments").json() == []


def test_a_payment_closes_its_instalment_once(
    actions: TestClient,
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
) -> None:
    payment = begin(instalments[0]).json()
    assert payment["checkout_url"].endswith(payment["payment_id"])
    for _ in range(3):
        assert call_back(payment["payment_id"]).json() == {"state": "paid"}
    assert not is_open(actions, instalments[0])
    assert news(backend) == ["payment_received"]
    with database() as session:
        mails = session.scalars(select(Mail).where(Mail.key == "payment_received")).all()
        assert session.get_one(PremiumInstalment, instalments[0]).paid_on is not None
    assert len(mails) == 1 and "10.500" in mails[0].body and "T-1" in mails[0].body
    assert begin(instalments[0]).json()["error"] == "instalment_paid"


def words_of(pdf: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return page.extract_text().replace("\u00a0", " ")


@pytest.mark.parametrize("script", ["Cyrl", "Latn"])
def test_the_receipt_comes_as_a_pdf_in_the_payers_script(
    instalments: list[str],
    milica: str,
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
    script: str,
) -> None:
    with database.begin() as session:
        session.get_one(Person, milica).script = script
    call_back(begin(instalments[0]).json()["payment_id"], reference="T/7 a")
    with database() as session:
        mail = session.scalars(select(Mail).where(Mail.key == "payment_received")).one()
        instalment = session.get_one(PremiumInstalment, instalments[0])
        assert mail.attachment is not None and mail.attachment_name == "potvrda-T-7-a.pdf"
        words = words_of(mail.attachment)
    expected = {
        "Cyrl": ("Потврда о уплати", "Милица Јовановић", "Уплатилац"),
        "Latn": ("Potvrda o uplati", "Milica Jovanović", "Uplatilac"),
    }[script]
    days = [formats.day(day, "sr") for day in (instalment.due_date, instalment.paid_on) if day]
    assert len(days) == 2
    for word in (*expected, instalment.policy_number, "10.500 RSD", "T/7 a"):
        assert word in words, words
    for day in days:
        assert texts.in_script(day, "sr", script) in words, words


def test_money_that_is_given_back_has_no_receipt(
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
) -> None:
    call_back(begin(instalments[0]).json()["payment_id"], amount="1.00")
    with database() as session:
        mail = session.scalars(select(Mail).where(Mail.key == "payment_to_refund")).one()
        assert (mail.attachment_name, mail.attachment) == (None, None)


@pytest.mark.parametrize("with_system_font", [True, False])
@pytest.mark.parametrize("language", ["id", "it", "sr"])
def test_a_receipt_is_one_page_in_every_language_and_with_every_font(
    language: str, with_system_font: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_system_font:
        monkeypatch.setattr(lettering, "_SYSTEM_FONTS", Path("nowhere"))
    receipt = Receipt(
        insurer="Ђенерали осигурање",
        payer="Ђурђа " + "Веома Дугачко Презиме " * 6,
        product="Ауто",
        policy_number="P-1",
        due_date=TODAY,
        amount=Money(amount=Decimal("12.50"), currency="EUR"),
        paid_on=TODAY,
        reference="T-1",
        language=language,
        script="Cyrl" if language == "sr" else "Latn",
    )
    words = words_of(draw_receipt(receipt))
    assert lettering.printable(receipt.word("title")) in words
    assert lettering.printable(receipt.shown(receipt.payer)).split()[0] in words
    assert "12,50 €" in words and receipt.filename.isascii()


def test_the_same_checkout_is_given_while_it_is_open(
    instalments: list[str], begin: Callable[..., httpx.Response]
) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        first, second = begin(instalments[0]).json(), begin(instalments[0]).json()
        assert first["payment_id"] == second["payment_id"]
        clock.shift(timedelta(minutes=4))
        assert begin(instalments[1]).json()["payment_id"] != first["payment_id"]


def test_money_that_came_twice_is_given_back_and_said_so(
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
) -> None:
    first = begin(instalments[0]).json()["payment_id"]
    with database.begin() as session:
        session.get_one(Payment, first).expires_at = utc_now()
    second = begin(instalments[0]).json()["payment_id"]
    assert first != second
    assert call_back(second).json()["state"] == "paid"
    # The abandoned window was not abandoned after all.
    assert call_back(first, reference="T-2").json()["state"] == "to_refund"
    assert news(backend) == ["payment_received", "payment_to_refund"]


@pytest.mark.parametrize("more", [{"amount": "1.00"}, {"amount": "10500.00", "currency": "EUR"}])
def test_another_sum_pays_nothing(
    actions: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    more: dict[str, str],
) -> None:
    payment_id = begin(instalments[0]).json()["payment_id"]
    assert call_back(payment_id, **more).json()["state"] == "to_refund"
    assert is_open(actions, instalments[0])


def test_a_refused_card_can_be_tried_again_and_a_late_success_counts(
    actions: TestClient,
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
) -> None:
    payment_id = begin(instalments[0]).json()["payment_id"]
    assert call_back(payment_id, "failed").json()["state"] == "failed"
    assert call_back(payment_id, "failed").json()["state"] == "failed"
    assert news(backend) == ["payment_failed"]
    assert is_open(actions, instalments[0])
    with time_machine.travel(utc_now() + timedelta(days=2)):
        assert call_back(payment_id, "paid").json()["state"] == "paid"
        assert call_back(payment_id, "failed").json()["state"] == "paid"


def test_a_forged_call_back_changes_nothing(
    actions: TestClient,
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    settings: Settings,
) -> None:
    payment_id = begin(instalments[0]).json()["payment_id"]
    for signature in ("", "0" * 64, "ж"):
        answer = call_back(payment_id, signature=signature.encode("utf-8"))
        assert (answer.status_code, answer.json()["error"]) == (401, "callback_forged")
    body = b'{"payment_id": 1}'
    headers = {"X-Signature": StandIn(settings).sign(body)}
    assert backend.post("/payment-callbacks", content=body, headers=headers).status_code == 401
    assert actions.post("/payment-callbacks", content=b"{}").status_code == 403
    assert is_open(actions, instalments[0])
    assert call_back("unknown").status_code == 404


def test_nobody_pays_for_others_or_where_it_is_not_offered(
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    add_person: Callable[..., str],
    log_in: LogIn,
    mario: str,
    insure: Callable[..., str],
    database: sessionmaker[Session],
) -> None:
    add_person("Ненад", "Јовановић", "rs", username="nenad")
    log_in("c2", "nenad")
    assert begin(instalments[0], "c2").status_code == 404
    number = insure("it", "EUR", "it-salute-individuale", [mario])
    row = PremiumInstalment(policy_number=number, due_date=TODAY, amount=Decimal("50.00"))
    with database.begin() as session:
        session.add(row)
    log_in("c3", "mario", "it", "it")
    assert begin(row.id, "c3").status_code == 404


def test_without_a_provider_it_is_said_so(
    instalments: list[str], begin: Callable[..., httpx.Response], settings: Settings
) -> None:
    settings.payment_provider = None
    answer = begin(instalments[0])
    assert (answer.status_code, answer.json()["error"]) == (503, "payments_unavailable")


def test_the_demo_page_pays_refuses_and_calls_back_signed(
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[bytes, str]] = []

    async def call_back(url: str, body: bytes, signature: str) -> None:
        called.append((body, signature))

    monkeypatch.setattr("backend.payments.stand_in.call_back", call_back)
    path = f"/demo-payments/{begin(instalments[0]).json()['payment_id']}"
    assert "10500.00 RSD" in backend.get(path).text.replace("</strong>", "")
    assert backend.post(path, data={"outcome": "failed"}).status_code == 200
    assert backend.post(path, data={"outcome": "stolen"}).status_code == 422
    ((body, signature),) = called
    assert StandIn(settings).read_callback(body, signature).outcome == "failed"
    assert backend.get("/demo-payments/unknown").status_code == 404


def test_staff_sees_payments(
    office: TestClient, instalments: list[str], begin: Callable[..., httpx.Response]
) -> None:
    begin(instalments[0])
    page = office.get("/office/payment/list").text
    assert "10500.00" in page and "open" in page


def test_a_policy_is_named_with_its_product(
    actions: TestClient, instalments: list[str], database: sessionmaker[Session]
) -> None:
    with database() as session:
        number = session.scalars(select(Policy.number)).one()
    row = actions.get("/conversations/c1/instalments").json()[0]
    assert (row["policy_number"], row["product"]) == (number, "Каско и аутоодговорност")


def test_a_checkout_paid_twice_is_given_back_the_second_time(
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
) -> None:
    payment_id = begin(instalments[0]).json()["payment_id"]
    assert call_back(payment_id).json()["state"] == "paid"
    # The provider took the money again, under another reference; then it repeats both calls.
    for _ in range(2):
        assert call_back(payment_id, reference="T-2").json()["state"] == "to_refund"
        assert call_back(payment_id).json()["state"] == "paid"
    assert news(backend) == ["payment_received", "payment_to_refund"]
    with database() as session:
        payments = session.scalars(select(Payment).order_by(Payment.reference)).all()
        assert [(row.reference, row.state) for row in payments] == [("T-1", "paid"), ("T-2", "to_refund")]
        mails = session.scalars(select(Mail).where(Mail.key == "payment_to_refund")).all()
    assert len(mails) == 1 and "T-2" in mails[0].body


def test_a_failure_told_late_of_another_try_changes_nothing(
    backend: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
) -> None:
    payment_id = begin(instalments[0]).json()["payment_id"]
    assert call_back(payment_id).json()["state"] == "paid"
    assert call_back(payment_id, "failed", reference="T-0").json()["state"] == "paid"
    assert news(backend) == ["payment_received"]


def test_the_sum_that_came_is_the_one_that_is_told_and_given_back(
    backend: TestClient,
    office: TestClient,
    instalments: list[str],
    begin: Callable[..., httpx.Response],
    call_back: Callable[..., httpx.Response],
    database: sessionmaker[Session],
) -> None:
    call_back(begin(instalments[0]).json()["payment_id"], amount="1234.00", currency="EUR")
    (told,) = backend.post("/news/claim").json()
    assert told["variables"]["amount"] == formats.money(Decimal("1234.00"), "EUR", "sr")
    with database() as session:
        mail = session.scalars(select(Mail).where(Mail.key == "payment_to_refund")).one()
        assert "1.234" in mail.body and "10.500" not in mail.body
    assert "1234.00" in office.get("/office/payment/list").text
