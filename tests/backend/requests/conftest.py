"""A family in each market with policies, and a customer who answers the questions of a claim."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.people.models import BankAccount, FamilyRelation
from backend.policies.models import Membership, Policy
from backend.policies.products import product_of
from backend.providers.models import Doctor, Provider
from locales.identifiers import generate_member_number, generate_policy_number
from tests.backend.conftest import TODAY, LogIn
from tests.backend.documents import bills

LAST_WEEK = (TODAY - timedelta(days=7)).isoformat()
MARIOS_IBAN = "IT60X0542811101000000123456"
NEW_IBAN = "DE89370400440532013000"


class Family:
    """Ids of the people in a family and the numbers of their policies, the family's first."""

    def __init__(self, people: dict[str, str], policies: list[str]) -> None:
        self.people = people
        self.policies = policies

    def __getattr__(self, name: str) -> str:
        return self.people[name]


@pytest.fixture
def insure(database: sessionmaker[Session]) -> Callable[..., str]:
    """Adds a policy of a product for some people, the first one its holder; tells the number."""

    def insure(market: str, currency: str, product: str, people: list[str], **more: Any) -> str:
        number = generate_policy_number(market)
        start = TODAY - timedelta(days=700)
        with database.begin() as session:
            session.add(
                Policy(
                    number=number,
                    market=market,
                    product_code=product,
                    policy_type=product_of(product).policy_type,
                    valid_from=start,
                    valid_to=TODAY + timedelta(days=700),
                    holder_id=people[0],
                    holder_name="Holder",
                    currency=currency,
                )
            )
            session.flush()
            for person_id in people:
                session.add(
                    Membership(
                        policy_number=number,
                        person_id=person_id,
                        principal_id=people[0],
                        member_number=generate_member_number(),
                        joined_on=start,
                    )
                )
        return number

    return insure


@pytest.fixture
def relate(database: sessionmaker[Session]) -> Callable[[str, str, str, str], None]:
    """`relate(mario, luca, "child", "parent")`: Luca is Mario's child."""

    def relate(person_id: str, relative_id: str, relation: str, back: str) -> None:
        with database.begin() as session:
            session.add(FamilyRelation(person_id=person_id, relative_id=relative_id, relation=relation))
            session.add(FamilyRelation(person_id=relative_id, relative_id=person_id, relation=back))

    return relate


@pytest.fixture
def rossi(
    add_person: Callable[..., str],
    insure: Callable[..., str],
    relate: Callable[..., None],
    database: sessionmaker[Session],
    mario: str,
) -> Family:
    """Mario with his wife Anna, his son Luca (10) and his daughter Giulia (22); Mario has a second policy."""
    people = {
        "mario": mario,
        "anna": add_person("Anna", "Rossi", "it", username="anna"),
        "luca": add_person("Luca", "Rossi", "it", birth_date=TODAY - timedelta(days=3650), sex="m"),
        "giulia": add_person("Giulia", "Rossi", "it", birth_date=TODAY - timedelta(days=22 * 366)),
    }
    relate(mario, people["anna"], "spouse", "spouse")
    relate(mario, people["luca"], "child", "parent")
    relate(mario, people["giulia"], "child", "parent")
    policies = [
        insure("it", "EUR", "it-salute-famiglia", list(people.values())),
        insure("it", "EUR", "it-salute-individuale", [mario]),
    ]
    with database.begin() as session:
        session.add(
            BankAccount(
                id="a" * 32,
                person_id=mario,
                kind="iban",
                iban=MARIOS_IBAN,
                holder="Mario Rossi",
                is_default=True,
            )
        )
        session.add(
            BankAccount(
                id="b" * 32,
                person_id=people["anna"],
                kind="iban",
                iban="IT40S0542811101000000123457",
                holder="Anna Rossi",
                is_default=True,
            )
        )
    return Family(people, policies)


@pytest.fixture
def add_centre(database: sessionmaker[Session]) -> Callable[..., str]:
    """Adds a provider of a market; tells its id."""

    def add(market: str, name: str, city: str, **more: Any) -> str:
        with database.begin() as session:
            provider = Provider(
                market=market,
                name=name,
                kind=more.pop("kind", "clinic"),
                street="1",
                city=city,
                postal_code="10121",
                lat=45.0,
                lon=7.6,
                phone="+390111234567",
                services=["mri"],
                specialties=["radiology"],
                doctors=[
                    Doctor(name="Anna Ferri", specialty="radiology"),
                    Doctor(name="Bruno Gatti", specialty="surgery"),
                ],
                **more,
            )
            session.add(provider)
            session.flush()
            return provider.id

    return add


class Customer:
    """Somebody logged in in a conversation who goes through a draft."""

    def __init__(self, backend: TestClient, conversation_id: str) -> None:
        self.backend = backend
        self.path = f"/conversations/{conversation_id}"
        self.draft: dict[str, Any] = {}

    def begin(
        self, answers: dict[str, Any] | None = None, key: str | None = None, kind: str = "claim"
    ) -> httpx.Response:
        answer = self.backend.post(
            f"{self.path}/drafts",
            json={"kind": kind, "answers": answers or {}},
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )
        if answer.status_code == 201:
            self.draft = answer.json()
        return answer

    def put(
        self, question: str, value: Any, item: int | None = None, source: str = "customer"
    ) -> httpx.Response:
        body = {"value": value, "source": source} | ({"item": item} if item else {})
        answer = self.backend.put(
            f"{self.path}/drafts/{self.draft['draft_id']}/answers/{question}", json=body
        )
        if answer.status_code == 200:
            self.draft = answer.json()
        return answer

    def answer(
        self, question: str, value: Any, item: int | None = None, source: str = "customer"
    ) -> dict[str, Any]:
        answer = self.put(question, value, item, source)
        assert answer.status_code == 200, answer.text
        return self.draft

    def reopen(self, question: str, item: int | None = None) -> dict[str, Any]:
        answer = self.backend.delete(
            f"{self.path}/drafts/{self.draft['draft_id']}/answers/{question}",
            params={"item": item} if item else {},
        )
        assert answer.status_code == 200, answer.text
        self.draft = answer.json()
        return self.draft

    def upload(self, content: bytes | None = None, filename: str = "fattura.pdf") -> str:
        content = content or bills.make_pdf(uuid.uuid4().hex)
        answer = self.backend.post(f"{self.path}/documents", content=content, params={"filename": filename})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["document_id"])

    def submit(self, key: str | None = None) -> httpx.Response:
        return self.backend.post(
            f"{self.path}/drafts/{self.draft['draft_id']}/submit",
            headers={"Idempotency-Key": key or uuid.uuid4().hex},
        )

    @property
    def next(self) -> str | None:
        return self.draft["next"] and self.draft["next"]["question"]

    def value(self, question: str, item: int | None = None) -> Any:
        """The answer as the draft has it; KeyError if there is none."""
        for answer in self.draft["answers"]:
            if (answer["question"], answer["item"]) == (question, item):
                return answer["value"]
        raise KeyError(question)

    def has(self, question: str) -> bool:
        return any(answer["question"] == question for answer in self.draft["answers"])


@pytest.fixture
def mario_online(backend: TestClient, log_in: LogIn, rossi: Family) -> Customer:
    """Mario, logged in in the conversation c1."""
    return Customer(backend, log_in("c1", "mario", "it", "it"))


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def go_to_bills(customer: Customer, family: Family, member: str = "mario") -> None:
    """Everything before the bills of an Italian claim for an MRI."""
    customer.begin({"treatment_date": LAST_WEEK, "person": family.people[member], "service": "mri"})
    if customer.next == "policy":
        customer.answer("policy", family.policies[0])
    if customer.next == "recipient":
        customer.answer("recipient", "self")
    if customer.next == "authorisation":
        customer.answer("authorisation", True)
    customer.answer("email", {"known": "profile"})
    customer.answer("bank_account", {"known": "a" * 32})
    assert customer.next == "expense_document"


def fill_claim(customer: Customer, family: Family, member: str = "mario") -> None:
    """A whole Italian claim, ready to be submitted."""
    go_to_bills(customer, family, member)
    add_bill(customer, "262.00")
    customer.answer("more_expenses", False)
    customer.answer("further_documents", [customer.upload(), customer.upload()])
    customer.answer("notes", None)
    assert customer.draft["ready"], customer.draft["next"]


def add_bill(customer: Customer, amount: str, document_id: str | None = None) -> None:
    customer.answer("expense_document", document_id or customer.upload())
    customer.answer("expense_date", LAST_WEEK)
    customer.answer("expense_amount", euros(amount))
    customer.answer("expense_issuer", "Poliambulatorio San Luca")
    customer.answer("invoice_number", None)
