"""A request moves along its table of transitions and nowhere else."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from backend.requests.faults import TransitionNotAllowed
from backend.requests.models import REQUEST_STATUSES, Request
from backend.requests.states import TRANSITIONS, move_request
from tests.backend.requests.conftest import Customer, Family, fill_claim


def test_every_status_has_its_transitions_and_is_reached() -> None:
    assert set(TRANSITIONS) == set(REQUEST_STATUSES)
    reached = {"submitted"}.union(*TRANSITIONS.values())
    assert reached == set(REQUEST_STATUSES)


def test_a_request_is_reviewed_approved_and_paid(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    fill_claim(mario_online, rossi)
    number = mario_online.submit().json()["request_number"]
    with database.begin() as session:
        request = session.get_one(Request, number)
        move_request(session, request, "in_review", "staff:1")
        move_request(
            session, request, "partly_approved", "staff:1", "Franchigia", decided_amount=Decimal("227.00")
        )
    with database.begin() as session, pytest.raises(TransitionNotAllowed):
        move_request(session, session.get_one(Request, number), "in_review", "staff:2")
    shown = mario_online.backend.get(f"{mario_online.path}/requests/{number}").json()
    assert [(entry["status"], entry["note"]) for entry in shown["timeline"]] == [
        ("submitted", None),
        ("in_review", None),
        ("partly_approved", "Franchigia"),
    ]
    assert shown["decided_amount"] == {"amount": "227.00", "currency": "EUR"}


def test_an_approval_without_an_amount_is_a_mistake_of_ours(
    mario_online: Customer, rossi: Family, database: sessionmaker[Session]
) -> None:
    fill_claim(mario_online, rossi)
    number = mario_online.submit().json()["request_number"]
    with database.begin() as session, pytest.raises(ValueError, match="decided amount"):
        request = session.get_one(Request, number)
        move_request(session, request, "in_review", "staff:1")
        move_request(session, request, "approved", "staff:1")
