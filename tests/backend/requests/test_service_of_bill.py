"""The service that a bill names: offered where the service is still asked for, confirmed by the customer."""

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.documents.models import Document
from backend.policies.service import catalogue
from tests.backend.conftest import LogIn
from tests.backend.documents import bills
from tests.backend.requests.conftest import LAST_WEEK, Customer, Family, add_bill, go_to_bills

OTHER_SERVICE = bills.ITALIAN.replace("Risonanza magnetica ginocchio", "Visita cardiologica")


def begin(customer: Customer, family: Family) -> None:
    customer.begin({"treatment_date": LAST_WEEK, "person": family.mario})
    assert customer.next == "service"


def offered(customer: Customer) -> tuple[Any, ...] | None:
    draft_id = customer.draft["draft_id"]
    customer.draft = customer.backend.get(f"{customer.path}/drafts/{draft_id}").json()
    suggestion = customer.draft["next"]["suggestion"]
    return suggestion and (suggestion["value"], suggestion["source"], suggestion["document_id"])


def test_a_bill_sent_before_its_turn_tells_the_service_and_is_confirmed(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    begin(mario, rossi)
    assert offered(mario) is None
    bill = mario.upload(bills.make_pdf(bills.ITALIAN))
    assert offered(mario) == ("mri", "document", bill)
    assert mario.draft["next"]["suggestion"]["display"]["label_key"] == "service.mri"
    assert "service" not in [answer["question"] for answer in mario.draft["answers"]]
    mario.answer("service", "mri", source="document")
    stored = next(a for a in mario.draft["answers"] if a["question"] == "service")
    assert (stored["value"], stored["source"]) == ("mri", "document")


def test_another_service_than_the_offered_one_is_the_customers_word(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    begin(mario, rossi)
    mario.upload(bills.make_pdf(bills.ITALIAN))
    mario.answer("service", "cardiology_visit", source="document")
    stored = next(a for a in mario.draft["answers"] if a["question"] == "service")
    assert (stored["value"], stored["source"]) == ("cardiology_visit", "customer")


def test_bills_of_several_services_or_of_one_that_is_not_paid_offer_none(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    begin(mario, rossi)
    paid = {option["value"] for option in mario.draft["next"]["options"]}
    unpaid = next(service for service in catalogue().service if service not in paid)
    mario.upload()
    for services, wanted in (([unpaid], None), (["mri"], "mri"), ([], None)):
        with database.begin() as session:
            session.execute(update(Document).values(extracted={"services": services}))
        found = offered(mario)
        assert (found and found[0]) == wanted
    mario.upload(bills.make_pdf(bills.ITALIAN))
    assert offered(mario) is not None
    mario.upload(bills.make_pdf(OTHER_SERVICE))
    assert offered(mario) is None


def add_italian_bill(mario: Customer, rossi: Family) -> None:
    go_to_bills(mario, rossi)
    add_bill(mario, "262.00", mario.upload(bills.make_pdf(bills.ITALIAN)))


def test_a_bill_that_belongs_elsewhere_or_is_old_says_nothing_of_this_claim(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    add_italian_bill(mario, rossi)
    first = mario.draft["draft_id"]
    begin(mario, rossi)
    assert offered(mario) is None
    # Thrown away with its draft, the bill is free again.
    mario.backend.delete(f"{mario.path}/drafts/{first}")
    assert offered(mario) is not None
    with database.begin() as session:
        session.execute(update(Document).values(created_at=utc_now() - timedelta(hours=25)))
    assert offered(mario) is None


def test_a_bill_in_a_request_is_not_offered_again(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    mario = mario_online
    add_italian_bill(mario, rossi)
    mario.answer("more_expenses", False)
    mario.answer("further_documents", [mario.upload(), mario.upload()])
    mario.answer("notes", None)
    assert mario.submit().status_code == 201
    begin(mario, rossi)
    assert offered(mario) is None


def test_a_service_asked_again_is_the_one_of_the_drafts_own_bill(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    bill = mario.upload(bills.make_pdf(OTHER_SERVICE))
    add_bill(mario, "262.00", bill)
    mario.upload(bills.make_pdf(bills.ITALIAN))
    assert "service_differs" in mario.draft["warnings"]
    mario.reopen("service")
    assert offered(mario) == ("cardiology_visit", "document", bill)
    mario.answer("service", "cardiology_visit", source="document")
    assert "service_differs" not in mario.draft["warnings"]


def test_what_somebody_else_sent_is_never_looked_at(
    backend: TestClient, log_in: LogIn, mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    anna = Customer(backend, log_in("c2", "anna", "it", "it"))
    anna.upload(bills.make_pdf(bills.ITALIAN))
    with database() as session:
        assert session.scalars(select(Document.person_id)).all() == [rossi.anna]
    begin(mario_online, rossi)
    assert offered(mario_online) is None
