"""Events, articles and testimonials in the chat: what is shown to whom, and the consent asked before."""

import json

import pytest

from bot.actions.content import ActionShowArticles, ActionShowEvents, ActionShowTestimonials
from bot.actions.requests import ActionStopRequest
from locales import texts
from tests.bot.actions.conftest import PACK

EVENT = {
    "event_id": "e1",
    "language": "id",
    "title": "GenTalks",
    "summary": "Jantung sehat",
    "starts_at": "2026-12-05T10:00:00+07:00",
    "ends_at": "2026-12-05T11:30:00+07:00",
    "place": None,
    "online_url": "https://example.org/talk",
    "calendar": "/calendar/abc.ics",
}
ARTICLE = {"article_id": "a1", "language": "it", "title": "Cuore", "body": "Camminare fa bene.", "topics": []}
CONSENT = "/conversations/c1/consents/health-articles"
MINE = "/conversations/c1/articles"
NEEDED = {"error": "consent_needed", "detail": {}}


def words(key, **values):
    return texts.render(key, "it", **values)


@pytest.fixture(autouse=True)
def offered(bench):
    journeys = dict.fromkeys(("events", "health_articles", "testimonials"), "offered")
    pack = {**PACK, "market": "id", "timezone": "Asia/Jakarta", "journeys": PACK["journeys"] | journeys}
    bench.backend.on("GET", "/markets/id", pack)
    bench.backend.on("GET", "/markets/id/articles", [ARTICLE])


def run(bench, action, choice=None, **more):
    entities = {"choice": choice} if choice else more.pop("entities", {})
    return bench.run(action, more.pop("text", ""), action.intent, entities, {"market": "id"}, **more)


def log_in(bench):
    bench.backend.on("GET", "/conversations/c1", {"login": {"state": "logged_in", "first_name": "Budi"}})


def test_an_event_has_its_time_its_address_and_a_calendar_file(bench):
    bench.backend.on("GET", "/markets/id/events", [EVENT])
    (card,) = run(bench, ActionShowEvents).cards
    assert card["title"] == "GenTalks"
    assert "5 dicembre 2026" in card["subtitle"] and "10" in card["subtitle"] and "WIB" in card["subtitle"]
    assert any("https://example.org/talk" in line for line in card["lines"])
    assert words("content_in_id") in card["lines"]
    assert card["link"]["url"] == "/calendar/abc.ics"


def test_without_events_that_is_said(bench):
    bench.backend.on("GET", "/markets/id/events", [])
    said = run(bench, ActionShowEvents)
    assert words("events_none") in said.text and "/talk_to_agent" in said.buttons.values()


def test_whoever_is_not_logged_in_gets_general_articles_and_the_way_to_others(bench):
    said = run(bench, ActionShowArticles)
    assert words("articles_general") in said.text and words("articles_for_me") in said.buttons
    assert [card["title"] for card in said.cards] == ["Cuore"]
    assert not any(call.url.path == MINE for call in bench.backend.calls)


def test_a_topic_in_the_words_comes_first(bench):
    log_in(bench)
    said = run(bench, ActionShowArticles, entities={"specialty": "cardiology"})
    asked = next(call for call in bench.backend.calls if call.url.path == "/markets/id/articles")
    assert asked.url.params.get_list("topic") == ["cardiology"]
    assert words("articles_on_topic") in said.text
    bench.backend.on("GET", "/markets/id/articles", [])
    said = run(bench, ActionShowArticles, entities={"service": "ecg"})
    assert words("articles_none_on_topic") in said.text and words("articles_others") in said.buttons


def test_claims_are_looked_at_only_after_a_yes(bench):
    log_in(bench)
    bench.backend.on("GET", MINE, NEEDED, 409)
    said = run(bench, ActionShowArticles)
    assert words("articles_consent") in said.text and words("articles_agree") in said.buttons
    assert bench.backend.sent("PUT", CONSENT) == []

    bench.backend.on("PUT", CONSENT, {"given": True, "version": "1"})
    bench.backend.on("GET", MINE, [ARTICLE])
    said = run(bench, ActionShowArticles, "agree")
    assert bench.backend.sent("PUT", CONSENT) == [{"given": True, "language": "it"}]
    call = next(c for c in bench.backend.calls if c.method == "PUT")
    assert call.headers["Idempotency-Key"] == "articles-agree-m1"
    assert words("articles_for_you") in said.text and words("articles_withdraw") in said.buttons


def test_a_consent_is_taken_back(bench):
    log_in(bench)
    bench.backend.on("PUT", CONSENT, {"given": False, "version": "1"})
    said = run(bench, ActionShowArticles, "withdraw")
    assert bench.backend.sent("PUT", CONSENT)[0]["given"] is False
    assert words("articles_withdrawn") in said.text
    assert not any(call.url.path == MINE for call in bench.backend.calls)


def after(messages):
    """The events of a turn in which an action said the messages, and of the next message of the customer."""
    said = [{"event": "bot", "text": m["text"], "data": {"buttons": m.get("buttons")}} for m in messages]
    return [{"event": "user", "text": "artikel"}, *said, {"event": "user", "text": "berhenti"}]


@pytest.mark.parametrize("fitting", [[ARTICLE], []])
def test_a_consent_is_taken_back_with_a_stop_said_of_the_articles(bench, fitting):
    log_in(bench)
    bench.backend.on("GET", MINE, fitting)
    bench.backend.on("PUT", CONSENT, {"given": False, "version": "1"})
    slots = {"market": "id", "awaiting": "request_shown"}
    shown = bench.run(ActionShowArticles, "artikel", "ask_health_articles", slots=slots)
    assert shown.slots["awaiting"] is None
    events = after(shown.messages)
    said = bench.run(ActionStopRequest, "berhenti", "stop", slots={"market": "id"}, events=events)
    assert bench.backend.sent("PUT", CONSENT)[0]["given"] is False
    assert said.text == words("articles_withdrawn")


def test_a_stop_said_of_anything_else_leaves_the_consent(bench):
    log_in(bench)
    bench.backend.on("GET", MINE, [ARTICLE])
    bench.backend.on("PUT", CONSENT, {"given": False, "version": "1"})
    fitting = run(bench, ActionShowArticles, "for_me").messages
    general = run(bench, ActionShowArticles, "general").messages
    later = after(fitting)[:-1] + after(general)
    for events in (after(general), later, [], after(fitting)[-1:]):
        said = bench.run(ActionStopRequest, "berhenti", "stop", slots={"market": "id"}, events=events)
        assert words("nothing_to_stop") in said.text
    # In a form it is the form that is stopped.
    slots = {"market": "id", "draft_id": "d1"}
    bench.run(ActionStopRequest, "berhenti", "stop", slots=slots, events=after(fitting), loop="request_form")
    assert bench.backend.sent("PUT", CONSENT) == []


def test_a_stop_after_the_log_in_ran_out_takes_the_consent_back_when_it_is_renewed(bench):
    log_in(bench)
    bench.backend.on("GET", MINE, [ARTICLE])
    events = after(run(bench, ActionShowArticles, "for_me").messages)
    bench.backend.on("PUT", CONSENT, {"error": "login_expired", "detail": {}}, 401)
    said = bench.run(ActionStopRequest, "berhenti", "stop", slots={"market": "id"}, events=events)
    assert words("articles_withdrawn") not in said.text
    pending = said.slots["pending"]
    assert pending["action"] == "action_show_articles"
    bench.backend.on("PUT", CONSENT, {"given": False, "version": "1"})
    slots = {"market": "id", "pending": {**pending, "resumed": True}}
    said = bench.run(ActionShowArticles, "/login", "login", slots=slots)
    assert said.text == words("articles_withdrawn")


def test_articles_for_me_need_a_log_in_and_go_on_after_it(bench):
    bench.backend.on("GET", MINE, {"error": "login_required", "detail": {}}, 401)
    said = run(bench, ActionShowArticles, "for_me")
    assert words("login_needed") in said.text
    pending = said.slots["pending"]
    assert pending["action"] == "action_show_articles"
    bench.backend.on("GET", MINE, [])
    slots = {"market": "id", "pending": {**pending, "resumed": True}}
    said = bench.run(ActionShowArticles, "123456", "inform", slots=slots)
    assert words("articles_none_for_you") in said.text
    assert json.dumps(said.slots["pending"]) == "null"


def test_testimonials_are_shown_with_their_authors(bench):
    said = [{"language": "it", "author": "Paolo", "text": "Tutto in pochi giorni."}]
    bench.backend.on("GET", "/markets/id/testimonials", said)
    (card,) = run(bench, ActionShowTestimonials).cards
    assert card == {"title": "Paolo", "lines": ["Tutto in pochi giorni."]}


@pytest.mark.parametrize("action", [ActionShowEvents, ActionShowArticles, ActionShowTestimonials])
def test_where_a_market_has_nothing_of_it_that_is_said(bench, action):
    journeys = dict.fromkeys(("events", "health_articles", "testimonials"), "absent")
    bench.backend.on("GET", "/markets/it", {**PACK, "journeys": PACK["journeys"] | journeys})
    said = bench.run(action, "x", action.intent)
    wish = words(f"wish_{action.intent}")
    assert words("not_offered_market", wish=wish) in said.text
