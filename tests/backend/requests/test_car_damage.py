"""A report of damage to a car: only with a motor policy, the parts one after the other, photos needed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import LAST_WEEK, TODAY, Customer


@pytest.fixture
def milica_online(backend: TestClient, log_in: LogIn, milica: str) -> Customer:
    return Customer(backend, log_in("c1", "milica"))


def test_without_a_motor_policy_there_is_nothing_to_report(
    milica_online: Customer, milica: str, insure: Callable[..., str]
) -> None:
    insure("rs", "RSD", "rs-zdravlje-osnov", [milica])
    answer = milica_online.begin(kind="car_damage")
    assert (answer.status_code, answer.json()["error"]) == (409, "not_eligible")
    assert milica_online.backend.get(f"{milica_online.path}/drafts").json() == []


def test_a_report_from_beginning_to_end(
    milica_online: Customer, milica: str, insure: Callable[..., str]
) -> None:
    number = insure("rs", "RSD", "rs-auto", [milica])
    car = milica_online
    assert car.begin({"damage_date": LAST_WEEK}, kind="car_damage").status_code == 201
    assert car.value("policy") == number
    assert car.put("plate_number", "abc").json()["error"] == "plate_number_invalid"
    car.answer("plate_number", "bg 1234 ab")
    assert car.value("plate_number") == "BG-1234-AB"
    car.answer("damage_place", "Булевар краља Александра, Београд")
    car.answer("what_happened", "Ударио ме је отпозади на семафору.")
    car.answer("other_party", True)
    assert car.put("other_plate_number", "???").json()["error"] == "plate_number_invalid"
    car.answer("other_plate_number", "w-12345x")
    assert car.value("other_plate_number") == "W-12345X"
    car.answer("other_party_details", None)
    car.answer("police_called", True)
    car.answer("police_document", None)
    car.answer("damaged_part", "rear")
    car.answer("more_parts", True)
    car.answer("damaged_part", "left_side")
    car.answer("more_parts", False)
    assert car.next == "photos"
    car.answer("photos", [car.upload(), car.upload()])
    car.answer("garage", None)
    car.answer("email", {"known": "profile"})
    car.answer("notes", None)
    request = car.submit().json()
    assert request["kind"] == "car_damage"
    assert request["person"]["person_id"] == milica
    assert (request["policy_number"], request["service"], request["amount"]) == (number, None, None)
    assert [d["document_type"] for d in request["documents"]] == ["photo", "photo"]
    assert car.submit().json()["request_number"] == request["request_number"]


def test_who_hit_nobody_is_not_asked_about_the_other(
    milica_online: Customer, milica: str, insure: Callable[..., str]
) -> None:
    insure("rs", "RSD", "rs-auto", [milica])
    milica_online.begin({"damage_date": LAST_WEEK}, kind="car_damage")
    milica_online.answer("plate_number", "BG1234AB")
    milica_online.answer("damage_place", "Гаража")
    milica_online.answer("what_happened", "Огребала сам стуб.")
    milica_online.answer("other_party", False)
    assert milica_online.next == "police_called"


def test_a_policy_that_was_not_in_force_on_the_day_does_not_pay(
    milica_online: Customer, milica: str, insure: Callable[..., str]
) -> None:
    insure("rs", "RSD", "rs-auto", [milica])
    before = (TODAY - timedelta(days=900)).isoformat()
    milica_online.begin({"damage_date": before}, kind="car_damage")
    assert milica_online.next == "policy" and milica_online.draft["next"]["options"] == []


def test_partner_garages_of_the_town_are_offered_and_another_may_be_written(
    milica_online: Customer, milica: str, insure: Callable[..., str], add_centre: Callable[..., str]
) -> None:
    insure("rs", "RSD", "rs-auto", [milica])
    add_centre("rs", "Сервис Дунав", "Нови Сад", kind="garage")
    add_centre("rs", "Поликлиника Дунав", "Нови Сад")
    car = milica_online
    car.begin({"damage_date": LAST_WEEK}, kind="car_damage")
    for question, answer in {
        "plate_number": "BG1234AB",
        "damage_place": "kod pijace, Novi Sad",
        "what_happened": "Огребала сам стуб.",
        "other_party": False,
        "police_called": False,
        "damaged_part": "rear",
        "more_parts": False,
        "photos": [car.upload()],
    }.items():
        car.answer(question, answer)
    assert car.next == "garage"
    options = car.draft["next"]["options"]
    assert [option["label"] for option in options] == ["Сервис Дунав, Нови Сад"]
    car.answer("garage", options[0]["value"])
    assert car.value("garage") == "Сервис Дунав, 1, Нови Сад"
    car.answer("garage", "majstor Mika")
    assert car.value("garage") == "majstor Mika"
