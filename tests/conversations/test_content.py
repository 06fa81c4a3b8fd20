"""Events with a calendar file, articles that fit one's claims, and testimonials; and where there are none."""

import re

import pytest
from icalendar import Calendar

from locales import texts
from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.running import Running

pytestmark = pytest.mark.slow


def test_a_customer_in_indonesia_finds_events_articles_and_testimonials(running: Running) -> None:
    talk = Talk(running, "id")
    talk.expect(talk.say("kak, ada acara GenTalks apa aja dalam waktu dekat?"), "events_next")
    cards = [card for message in talk.heard for card in message.get("cards") or []]
    path = re.sub(r"^https?://[^/]+", "", cards[-1]["link"]["url"])
    (entry,) = Calendar.from_ical(talk.http.get(path).raise_for_status().content).walk("VEVENT")
    assert str(entry["summary"]) == cards[-1]["title"]
    assert entry["dtstart"].params["TZID"] == "Asia/Jakarta"

    talk.expect(talk.say("boleh lihat testimoni para nasabah lain?"), "testimonials_said")
    talk.expect(talk.say("minta artikel kesehatan dong buat dibaca"), "articles_general")
    talk.expect(talk.press(button_title(talk, "articles_for_me")), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "articles_consent")
    talk.expect(talk.press(button_title(talk, "articles_agree")), "articles_for_you", "articles_none_for_you")
    talk.expect(talk.say("batalkan persetujuan saya"), "articles_withdrawn")
    talk.expect(talk.say("minta artikel kesehatan dong buat dibaca"), "articles_consent")
    talk.expect(talk.press(button_title(talk, "articles_agree")), "articles_for_you", "articles_none_for_you")
    talk.expect(talk.press(button_title(talk, "articles_withdraw")), "articles_withdrawn")
    talk.expect(talk.say("minta artikel kesehatan dong buat dibaca"), "articles_consent")


@pytest.mark.parametrize(
    ("column", "wish", "said"),
    [
        ("it", "ask_events", "avete in programma qualche evento o webinar?"),
        ("sr-Cyrl", "ask_health_articles", "имате ли неке чланке о здрављу?"),
    ],
)
def test_where_there_is_none_that_is_said(running: Running, column: str, wish: str, said: str) -> None:
    talk = Talk(running, column)
    language, script = talk.phrases["language"], talk.phrases["script"]
    name = texts.render(f"wish_{wish}", language, script)
    assert texts.render("not_offered_market", language, script, wish=name) in talk.say(said)
