"""Direct care: what a partner may bill to the insurer, who books, and when the day is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from backend.requests.decisions import Decision, decide
from tests.backend.requests.conftest import TODAY, Customer, Family

NEXT_WEEK = (TODAY + timedelta(days=7)).isoformat()


@pytest.fixture
def centre(add_centre: Callable[..., str]) -> str:
    return add_centre("it", "Centro Aurora", "Torino")


def begin(customer: Customer, family: Family, branch: str, service: str) -> None:
    """As far as the documents."""
    assert customer.begin({"person": family.mario}, kind="direct_care").status_code == 201
    customer.answer("branch", branch)
    customer.answer("service", service)
    if customer.next == "policy":
        customer.answer("policy", family.policies[0])
    customer.answer("email", {"known": "profile"})
    if customer.next == "phone":
        customer.answer("phone", {"known": "profile"})


def test_a_visit_is_authorised_once_its_day_is_agreed(
    mario_online: Customer, rossi: Family, centre: str
) -> None:
    mario = mario_online
    begin(mario, rossi, "outpatient", "mri")
    assert mario.next == "medical_documents"
    assert mario.draft["next"]["rules"]["missing"] == ["referral"]
    mario.answer("medical_documents", [mario.upload()])
    mario.answer("centre", centre)
    answer = next(a for a in mario.draft["answers"] if a["question"] == "centre")
    assert answer["display"]["label"] == "Centro Aurora, Torino"
    assert [o["label"] for o in mario.draft["next"]["options"]] == ["Anna Ferri"]
    mario.answer("doctor", "Anna Ferri")
    assert mario.next == "booked" and mario.draft["next"]["rules"]["later"] is True
    assert mario.put("booked", False).json()["error"] == "consent_needed"
    mario.answer("booked", True)
    assert mario.draft["next"]["rules"]["min"] == TODAY.isoformat()
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    assert mario.put("appointment_date", yesterday).json()["error"] == "date_in_past"
    far = (TODAY + timedelta(days=400)).isoformat()
    assert mario.put("appointment_date", far).json()["error"] == "date_too_far"
    mario.answer("appointment_date", NEXT_WEEK)
    mario.answer("notes", "Ho una protesi al ginocchio")
    request = mario.submit().json()
    assert (request["kind"], request["service"], request["treatment_date"]) == (
        "direct_care",
        "mri",
        NEXT_WEEK,
    )
    assert [document["document_type"] for document in request["documents"]] == ["referral"]


def authorise(customer: Customer, family: Family, centre: str) -> str:
    """Submit an MRI agreed for next week; tells the number."""
    begin(customer, family, "outpatient", "mri")
    customer.answer("medical_documents", [customer.upload()])
    for question, value in (("centre", centre), ("doctor", None), ("booked", True)):
        customer.answer(question, value)
    customer.answer("appointment_date", NEXT_WEEK)
    customer.answer("notes", None)
    return str(customer.submit().json()["request_number"])


def test_each_branch_has_its_own_services(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin({"person": rossi.mario}, kind="direct_care")
    assert [o["value"] for o in mario.draft["next"]["options"]] == ["outpatient", "hospital"]
    mario.answer("branch", "outpatient")
    visits = {o["value"] for o in mario.draft["next"]["options"]}
    assert "mri" in visits and "knee_surgery" not in visits
    assert mario.put("service", "knee_surgery").json()["error"] == "option_unknown"
    mario.answer("branch", "hospital")
    stays = {o["value"] for o in mario.draft["next"]["options"]}
    assert "knee_surgery" in stays and "mri" not in stays


def test_another_centre_needs_another_date(
    mario_online: Customer, rossi: Family, centre: str, add_centre: Callable[..., str]
) -> None:
    mario = mario_online
    begin(mario, rossi, "outpatient", "gp_visit")
    mario.answer("centre", centre)
    mario.answer("doctor", "dott. Bianchi")
    mario.answer("booked", True)
    mario.answer("appointment_date", NEXT_WEEK)
    mario.answer("centre", add_centre("it", "Casa della Salute", "Roma"))
    assert set(mario.draft["dropped"]) == {"doctor", "booked", "appointment_date"}


def test_a_check_up_is_booked_by_the_insurer_on_a_preferred_day(
    mario_online: Customer, rossi: Family, centre: str
) -> None:
    mario = mario_online
    begin(mario, rossi, "outpatient", "checkup")
    mario.answer("centre", centre)
    mario.answer("doctor", None)
    for number, more in ((1, True), (2, True), (3, None)):
        assert (mario.next, mario.draft["next"]["item"]) == ("preferred_date", number)
        mario.answer("preferred_date", (TODAY + timedelta(days=10 * number)).isoformat())
        if more is not None:
            mario.answer("more_dates", more)
    assert mario.next == "notes"
    mario.answer("notes", None)
    assert mario.submit().status_code == 201
    assert not mario.has("booked")


def test_only_partners_of_the_market_are_centres(
    mario_online: Customer, rossi: Family, add_centre: Callable[..., str]
) -> None:
    mario = mario_online
    begin(mario, rossi, "outpatient", "gp_visit")
    strangers = [
        add_centre("rs", "Поликлиника", "Београд"),
        add_centre("it", "Ex partner", "Milano", partner=False),
        "nobody",
    ]
    for stranger in strangers:
        assert mario.put("centre", stranger).json() == {"error": "provider_unknown", "detail": {}}


def test_an_authorisation_is_given_without_naming_a_sum(
    mario_online: Customer, rossi: Family, centre: str, database: sessionmaker[Session]
) -> None:
    number = authorise(mario_online, rossi, centre)
    for seen, to in (("submitted", "in_review"), ("in_review", "approved")):
        with database.begin() as session:
            decide(session, number, "staff:test", Decision(to, "Va bene", seen))
    shown = mario_online.backend.get(f"{mario_online.path}/requests/{number}").json()
    assert shown["status"] == "approved" and shown["decided_amount"] is None
