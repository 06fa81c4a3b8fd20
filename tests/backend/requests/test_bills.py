"""What a claim points out about its bills, and what it does not."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.service import create_account
from backend.people.models import Person
from backend.requests.models import Request
from tests.backend.conftest import PASSWORD, LogIn
from tests.backend.documents import bills
from tests.backend.requests.conftest import LAST_WEEK, Customer, Family, euros, go_to_bills

PRINTED = "262.00"
MARIOS_BILL = bills.ITALIAN.replace("Anna Rossi", "Rossi Mario")


def go_to_summary(
    customer: Customer,
    family: Family,
    *,
    content: bytes | None = None,
    amount: str = PRINTED,
    issuer: str = "Poliambulatorio San Luca S.r.l.",
    number: str | None = "2026/118",
) -> None:
    """A claim with one bill, all but its submission."""
    go_to_bills(customer, family)
    document = customer.upload(content)
    for question, value in (
        ("expense_document", document),
        ("expense_date", LAST_WEEK),
        ("expense_amount", euros(amount)),
        ("expense_issuer", issuer),
        ("invoice_number", number),
        ("more_expenses", False),
    ):
        customer.answer(question, value, 1)
    customer.answer("further_documents", [customer.upload(), customer.upload()])
    customer.answer("notes", None)
    assert customer.draft["ready"], customer.draft["next"]


def submit(customer: Customer) -> str:
    answer = customer.submit()
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request_number"])


def test_an_amount_that_is_not_the_total_of_the_bill(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_summary(mario, rossi, content=bills.make_pdf(MARIOS_BILL), amount="226.00")
    assert mario.draft["warnings"] == ["amount_differs"]
    mario.answer("expense_amount", euros(PRINTED), 1)
    assert mario.draft["warnings"] == []


def test_a_bill_that_cannot_be_read_contradicts_nothing(mario_online: Customer, rossi: Family) -> None:
    go_to_summary(mario_online, rossi, amount="1.00")
    assert mario_online.draft["warnings"] == []


def test_the_same_bill_in_another_file_is_noticed_and_not_refused(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    go_to_summary(mario, rossi)
    assert mario.draft["warnings"] == []
    submit(mario)
    go_to_summary(mario, rossi, issuer="POLIAMBULATORIO SAN LUCA SRL", number="2026 / 118")
    assert mario.draft["warnings"] == ["bill_claimed_before"]
    submit(mario)


@pytest.mark.parametrize(
    "other", [{"amount": "262.01"}, {"issuer": "Clinica Aurora"}, {"number": "2026/119"}, {"number": None}]
)
def test_another_bill_is_another_bill(
    mario_online: Customer, rossi: Family, other: dict[str, str | None]
) -> None:
    go_to_summary(mario_online, rossi)
    submit(mario_online)
    go_to_summary(mario_online, rossi, **other)  # type: ignore[arg-type]
    assert mario_online.draft["warnings"] == []


def test_a_bill_of_a_withdrawn_request_may_come_again(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    go_to_summary(mario_online, rossi)
    number = submit(mario_online)
    with database.begin() as session:
        session.get_one(Request, number).status = "withdrawn"
    go_to_summary(mario_online, rossi)
    assert mario_online.draft["warnings"] == []


def test_the_same_file_from_another_one_of_the_family(
    backend: TestClient,
    log_in: LogIn,
    mario_online: Customer,
    rossi: Family,
    database: sessionmaker[Session],
) -> None:
    """Mario hands in for Anna, then Anna does it herself; their daughter learns nothing of it."""
    content = bills.make_pdf("a bill without a number")
    mario = mario_online
    go_to_bills(mario, rossi, "anna")
    mario.answer("expense_document", mario.upload(content))
    for question, value in (
        ("expense_date", LAST_WEEK),
        ("expense_amount", euros("10.00")),
        ("expense_issuer", "Farmacia"),
        ("invoice_number", None),
        ("more_expenses", False),
    ):
        mario.answer(question, value, 1)
    mario.answer("further_documents", [mario.upload(), mario.upload()])
    mario.answer("notes", None)
    submit(mario)
    anna = Customer(backend, log_in("c2", "anna", "it", "it"))
    anna.begin({"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri"})
    anna.answer("expense_document", anna.upload(content), 1)
    assert anna.draft["warnings"] == ["bill_claimed_before"]
    with database.begin() as session:
        create_account(session, session.get_one(Person, rossi.giulia), "giulia", PASSWORD)
    giulia = Customer(backend, log_in("c3", "giulia", "it", "it"))
    giulia.begin({"treatment_date": LAST_WEEK, "person": rossi.giulia, "service": "mri"})
    giulia.answer("expense_document", giulia.upload(content), 1)
    assert giulia.draft["warnings"] == []


@pytest.mark.parametrize(
    ("bill", "warnings"),
    [
        (MARIOS_BILL, []),
        (MARIOS_BILL.replace("Rossi Mario", "Mari0 Rossi"), []),
        (bills.ITALIAN, ["bill_of_somebody_else"]),
        (MARIOS_BILL.replace("Risonanza magnetica ginocchio", "Seduta di fisioterapia"), ["service_differs"]),
        (MARIOS_BILL.replace("Imponibile 260,00", "Risonanza magnetica spalla 310,00"), ["sum_differs"]),
    ],
)
def test_what_the_bill_itself_says_otherwise(
    mario_online: Customer, rossi: Family, bill: str, warnings: list[str]
) -> None:
    go_to_summary(mario_online, rossi, content=bills.make_pdf(bill))
    assert mario_online.draft["warnings"] == warnings


def test_a_bill_with_the_customers_tax_code_is_theirs_whatever_the_name_looks_like(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    with database.begin() as session:
        session.get_one(Person, rossi.mario).national_id = "RSSMRA85C14F205P"
    bill = bills.ITALIAN.replace("Anna Rossi, nata il 12/04/1981", "R055l Marlo C.F. RSSMRA85C14F205P")
    go_to_summary(mario_online, rossi, content=bills.make_pdf(bill))
    assert mario_online.draft["warnings"] == []
