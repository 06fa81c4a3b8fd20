"""Direct care and car damage in conversation: filled in, interrupted, left until a day is agreed, submitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from locales import texts
from tests.conversations.claiming import button_title
from tests.conversations.papers import make_photo
from tests.conversations.speech import Talk
from tests.conversations.walking import ahead, begin
from tests.running import Running

pytestmark = pytest.mark.slow
# What is said on the way, a column a way of writing; the rest is in phrases.yml.
DIRECT = {
    "it": {
        "wish": "il medico mi ha prescritto una risonanza magnetica: la potete pagare voi direttamente alla clinica?",
        "town": "vorrei farla a Torino",
        "not_yet": "no, non ho ancora chiamato",
        "go_on": "riprendiamo la richiesta che avevo iniziato",
    },
    "sr-Cyrl": {
        "wish": "треба ми одобрење за магнетну резонанцу у вашој партнерској клиници",
        "town": "нешто у Београду",
        "not_yet": "не, нисам још",
        "go_on": "да наставимо захтев који сам започела",
    },
    "sr-ascii": {
        "wish": "treba mi odobrenje za magnetnu rezonancu u vasoj partnerskoj klinici",
        "town": "u Novom Sadu",
        "not_yet": "ne, jos nisam",
        "go_on": "da nastavimo zahtev koji sam zapocela",
    },
}
CAR = {
    "sr-Cyrl": {
        "wish": "неко ми је ударио кола на паркингу",
        "place": "Булевар ослобођења 12, Нови Сад",
        "what": "Вратила сам се из продавнице и затекла улубљена врата.",
        "plate": "НС 1234-АБ",
        "unknown": "не знам напамет",
    },
    "sr-Latn": {
        "wish": "neko mi je udario kola na parkingu",
        "place": "Bulevar oslobođenja 12, Novi Sad",
        "what": "Vratila sam se iz prodavnice i zatekla ulubljena vrata.",
        "plate": "ns1234ab",
        "unknown": "ne znam napamet",
    },
}


@pytest.mark.parametrize("column", DIRECT)
def test_direct_care_waits_for_the_agreed_day_and_is_submitted(
    running: Running, tmp_path: Path, column: str
) -> None:
    talk, said = Talk(running, column), DIRECT[column]
    answer = begin(talk, said["wish"], "direct_care")
    talk.expect(answer, "draft_noted")
    if talk.means(answer, "direct_care_ask_person"):
        answer = talk.tell("member")
    if talk.means(answer, "direct_care_ask_policy"):
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        answer = talk.press(newest["buttons"][0]["title"])
    talk.expect(answer, "suggestion_from_profile")
    talk.expect(talk.say("qualcun.altro@example.org"), "contact_code_sent_email")
    talk.expect(talk.press(button_title(talk, "button_other_address")), "suggestion_from_profile")
    answer = talk.tell("yes")
    if talk.means(answer, "suggestion_from_profile"):
        answer = talk.tell("yes")  # the known mobile number
    talk.expect(answer, "direct_care_ask_medical_documents")
    answer = talk.upload(make_photo(tmp_path))
    while talk.means(answer, "direct_care_ask_medical_documents"):
        answer = talk.upload(make_photo(tmp_path))
    talk.expect(answer, "direct_care_ask_centre")
    talk.expect(talk.tell("why"), "direct_care_why_centre")
    digression = talk.tell("digression")
    talk.expect(digression, "direct_care_ask_centre")
    talk.expect(talk.say(said["town"]), "provider_choose")
    answer = talk.press(button_title(talk, "button_choose"))
    talk.expect(answer, "direct_care_ask_doctor")
    answer = talk.press(button_title(talk, "button_skip"))
    talk.expect(answer, "direct_care_ask_booked")
    talk.expect(talk.say(said["not_yet"]), "direct_care_later_booked")

    answer = talk.say(said["go_on"])
    if talk.means(answer, "draft_which"):
        newest = next(m for m in reversed(talk.heard) if m["author"] == "bot" and m.get("buttons"))
        kind = texts.render("kind_direct_care", talk.phrases["language"], talk.phrases["script"])
        answer = talk.press(next(b["title"] for b in newest["buttons"] if b["title"].startswith(kind)))
    talk.expect(answer, "direct_care_ask_booked")
    talk.expect(talk.tell("yes"), "direct_care_ask_appointment_date")
    talk.expect(talk.tell("date"), "wrong_date_in_past")
    talk.expect(talk.say(ahead(500)), "wrong_date_too_far")
    talk.expect(talk.say(ahead(12)), "direct_care_ask_notes")
    answer = talk.press(button_title(talk, "button_skip"))
    talk.expect(answer, "direct_care_summary")
    submitted = talk.tell("yes")
    talk.expect(submitted, "direct_care_submitted")
    status = talk.press(button_title(talk, "button_status"))
    talk.expect(status, "request_status")


@pytest.mark.parametrize("column", CAR)
def test_car_damage_is_reported_with_parts_and_photos(running: Running, tmp_path: Path, column: str) -> None:
    talk, said = Talk(running, column), CAR[column]
    answer = begin(talk, said["wish"], "car_damage")
    talk.expect(answer, "car_damage_ask_damage_date")
    talk.expect(talk.tell("future_date"), "wrong_date_in_future")
    talk.expect(talk.tell("date"), "car_damage_ask_plate_number")
    talk.expect(talk.say(said["unknown"]), "wrong_unread_plate_number")
    talk.expect(talk.say(said["plate"]), "car_damage_ask_damage_place")
    talk.expect(talk.say(said["place"]), "car_damage_ask_what_happened")
    talk.expect(talk.say(said["what"]), "car_damage_ask_other_party")
    talk.expect(talk.tell("why"), "car_damage_why_other_party")
    talk.expect(talk.tell("no"), "car_damage_ask_police_called")
    answer = talk.tell("no")
    for part, more in (("rear", "yes"), ("left_side", "no")):
        talk.expect(answer, "car_damage_ask_damaged_part")
        talk.expect(
            talk.press(button_title(talk, f"option_damaged_part_{part}")), "car_damage_ask_more_parts"
        )
        answer = talk.tell(more)
    talk.expect(answer, "car_damage_ask_photos")
    answer = talk.upload(make_photo(tmp_path))
    talk.expect(answer, "car_damage_ask_garage")
    talk.expect(talk.tell("stop"), "draft_kept")
    talk.expect(talk.press(button_title(talk, "button_resume")), "car_damage_ask_garage")
    talk.press(button_title(talk, "button_skip"))
    talk.tell("yes")  # the known address
    answer = talk.press(button_title(talk, "button_skip"))
    talk.expect(answer, "car_damage_summary")
    submitted = talk.tell("yes")
    talk.expect(submitted, "car_damage_submitted")
    again = talk.press(button_title(talk, "button_submit"))
    talk.expect(again, "draft_already_submitted")


def test_where_it_is_not_offered_that_is_said(running: Running) -> None:
    talk = Talk(running, "it")
    talk.expect(
        talk.say("mi hanno tamponato la macchina, devo denunciare il danno"),
        "login_needed",
        "not_offered_market",
    )
    indonesian = Talk(running, "id")
    indonesian.expect(
        indonesian.say("mobil saya ditabrak orang, mau lapor kerusakan"), "login_needed", "not_offered_market"
    )
