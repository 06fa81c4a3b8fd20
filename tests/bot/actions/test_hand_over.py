"""The way to a person: asked for, offered, at once in an emergency; by the hours of CARE, with the facts of the talk."""

import json
from pathlib import Path

import pytest

from bot.actions.care import ActionComplain, ActionContact, ActionEmergency, ActionTalkToAgent
from bot.actions.conversation import ActionFallback
from bot.actions.request_form import ActionAskRequestFormAnswer
from locales import texts

CONTRACT = Path(__file__).parents[2] / "contracts" / "examples"
HOURS = "/markets/it/care-hours"
PHONE, MAIL = "800 000 000", "care@example.org"
FORM = {"draft_id": "d1", "draft_question": "expense_amount:2", "draft_step": 3}


def words(key, language="it", **values):
    return texts.render(key, language, "Cyrl", **values)


def closed(opens_at=None, holiday=None):
    return {"open": False, "closes_at": None, "opens_at": opens_at, "holiday": holiday}


def heard(intent, text="x", **parse):
    """A message of the customer among the tracker's events."""
    return {
        "event": "user",
        "text": text,
        "metadata": {},
        "parse_data": {"intent": {"name": intent}, **parse},
    }


def ask(bench, text="operatore", **kwargs):
    return bench.run(ActionTalkToAgent, text, "talk_to_agent", **kwargs)


def test_while_care_is_there_the_gateway_is_told_at_once_and_nothing_else_is_begun(bench):
    said = ask(bench)
    assert said.text == words("agent_open", phones=PHONE)
    wanted = said.handover
    assert (wanted["kind"], wanted["reason"], wanted["urgent"]) == ("live", "asked", False)
    # The second wish of the message waits for the assistant to be back.
    assert said.slots["asks"] == "m1"


def test_the_facts_are_ids_and_say_why_somebody_is_here(bench, draft):
    bench.backend.on("GET", "/conversations/c1/drafts/d1", draft | {"progress": {"answered": 4, "total": 14}})
    bench.backend.on("GET", "/conversations/c1", {"login": {"state": "logged_in", "first_name": "Mario"}})
    ranking = [{"name": "nlu_fallback", "confidence": 0.5}, {"name": "find_provider", "confidence": 0.3}]
    ranking += [{"name": "faq", "full_retrieval_intent_name": "faq/personal_data", "confidence": 0.2}]
    chosen = {"entities": [{"entity": "choice", "value": "code_validity"}]}
    events = [
        heard("greet"),
        heard("claim_reimbursement", "rimborso della visita psichiatrica"),
        heard("inform"),
        heard("faq", "/faq", **chosen),
        {**heard("login", "/login"), "metadata": {"notice": "login_changed"}},
        heard("claim_reimbursement"),
        heard("nlu_fallback", intent_ranking=ranking),
        heard("talk_to_agent", "operatore"),
    ]
    slots = {**FORM, "wrong_answers": 1, "channel": "telegram", "misunderstood": 1}
    slots |= {"next_wish": {"parse": {"intent": {"name": "find_provider"}}}}
    said = ask(bench, loop="request_form", slots=slots, events=events)
    assert said.handover["facts"] == {
        "wish": "claim_reimbursement",
        "tried": ["faq_code_validity"],
        "unsure": ["find_provider", "faq_personal_data"],
        "waiting": None,
        "next": "find_provider",
        "journey": "claim",
        "step": "expense_amount",
        "item": 2,
        "draft_id": "d1",
        "answered": 4,
        "total": 14,
        "misunderstood": 1,
        "wrong_answers": 1,
        "login": "logged_in",
        "language": "it",
        "script": "Latn",
        "channel": "telegram",
    }


def test_what_is_filled_in_is_a_wish_also_when_it_was_begun_elsewhere(bench, draft):
    bench.backend.on("GET", "/conversations/c1/drafts/d1", draft)
    events = [heard("resume_draft"), heard("find_provider"), heard("talk_to_agent")]
    facts = ask(bench, loop="request_form", slots=FORM, events=events).handover["facts"]
    assert (facts["wish"], facts["tried"]) == ("find_provider", ["claim_reimbursement"])


def test_at_the_summary_no_question_is_named_and_without_a_wish_none(bench):
    said = ask(bench, slots={"draft_question": "summary:None", "draft_id": None})
    assert (said.handover["facts"]["step"], said.handover["facts"]["wish"]) == (None, None)


def test_the_wish_has_the_form_that_the_gateway_and_the_desk_were_promised(bench):
    promised = json.loads((CONTRACT / "a_person_is_wished_for.json").read_text(encoding="utf-8"))
    wanted = promised["said_by_action"][0]["custom"]["handover"]
    given = ask(bench).handover
    assert (given.keys(), given["facts"].keys()) == (wanted.keys(), wanted["facts"].keys())


def test_a_wish_that_waits_for_the_log_in_is_told(bench):
    pending = {"action": "action_show_limits", "reply": {"intent": "ask_coverage_limit"}}
    assert ask(bench, slots={"pending": pending}).handover["facts"]["waiting"] == "ask_coverage_limit"


def test_from_a_form_nothing_is_asked_until_the_assistant_is_back_and_the_log_in_is_not_needed(bench):
    bench.backend.on("GET", "/conversations/c1/drafts/d1", {"error": "login_expired", "detail": {}}, 401)
    said = ask(bench, loop="request_form", slots=FORM)
    assert said.text == words("agent_open_in_form", phones=PHONE)
    assert said.handover["facts"]["step"] == "expense_amount" and said.handover["facts"]["journey"] is None
    # The rule lets the form speak next: it is silent.
    asked = bench.run(ActionAskRequestFormAnswer, slots={**FORM, **said.slots}, loop="request_form")
    assert asked.messages == [] and asked.slots == {"asked_already": False}


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"entities": {"choice": "complaint"}}, "complaint"),
        ({"entities": {"choice": "misunderstood"}}, "misunderstood"),
        ({"entities": {"choice": "form"}}, "form"),
        ({"entities": {"choice": "anything"}}, "asked"),
        ({"slots": {"misunderstood": 2}}, "misunderstood"),
        ({"slots": {"wrong_answers": 3}, "loop": "request_form"}, "form"),
        ({"slots": {"wrong_answers": 3}}, "asked"),
    ],
)
def test_the_reason_is_what_the_button_or_the_talk_before_says(bench, how, reason):
    assert ask(bench, **how).handover["reason"] == reason


@pytest.mark.parametrize(
    ("opens_at", "when"),
    [
        ("2026-11-20T13:30:00Z", "oggi alle 14:30"),
        ("2026-11-21T08:00:00Z", "domani alle 09:00"),
        # The day is Rome's, not Greenwich's.
        ("2026-11-20T23:30:00Z", "domani alle 00:30"),
        ("2026-11-23T07:00:00Z", "lunedì alle 08:00"),
        ("2026-11-26T07:00:00Z", "giovedì alle 08:00"),
        ("2026-11-27T07:00:00Z", "il 27/11 alle 08:00"),
        ("2027-01-02T08:00:00Z", "il 2/1 alle 09:00"),
    ],
)
def test_while_care_is_closed_it_is_said_when_it_opens_and_a_message_can_be_left(bench, opens_at, when):
    bench.backend.on("GET", HOURS, closed(opens_at))
    said = ask(bench)
    assert words("agent_closed_until", when=when, phones=PHONE, email=MAIL) in said.text
    assert '/talk_to_agent{"choice": "message"}' in said.buttons.values()
    assert said.handover is None and "asked_already" not in said.slots
    assert "118" in said.text


@pytest.mark.parametrize("language", ["id", "it", "sr"])
@pytest.mark.parametrize("day", range(20, 27))
def test_every_day_of_the_week_has_its_words(bench, language, day):
    bench.backend.on("GET", HOURS, closed(f"2026-11-{day}T08:00:00Z"))
    said = ask(bench, slots={"language": language})
    assert "09" in said.text and "{" not in said.text


def test_a_holiday_is_named_and_an_unknown_opening_is_not_invented(bench):
    bench.backend.on("GET", HOURS, closed("2026-12-28T07:00:00Z", "Natale"))
    assert "(Natale)" in ask(bench, metadata={"today": "2026-12-25"}).text
    bench.backend.on("GET", HOURS, closed(None))
    said = ask(bench)
    assert words("agent_closed", phones=PHONE, email=MAIL) in said.text
    assert '/talk_to_agent{"choice": "message"}' in said.buttons.values()


@pytest.mark.parametrize("hours", [closed("2026-11-23T07:00:00Z"), None])
def test_the_button_leaves_the_message_to_the_gateway_whatever_the_hours(bench, hours):
    if hours:
        bench.backend.on("GET", HOURS, hours)
    said = ask(bench, "/talk_to_agent", entities={"choice": "message"}, loop="request_form", slots=FORM)
    assert said.text == "" and said.slots["asked_already"] is True
    assert (said.handover["kind"], said.handover["reason"]) == ("message", "message")


@pytest.mark.parametrize("language", ["id", "it", "sr"])
@pytest.mark.parametrize("pressed", [{}, {"choice": "message"}])
def test_where_there_is_no_desk_it_is_said_how_care_is_reached_and_nobody_is_called(bench, language, pressed):
    slots, metadata = {"language": language}, {"care_desk": False}
    said = ask(bench, entities=pressed, slots=slots, metadata=metadata)
    assert PHONE in said.text and MAIL in said.text and "118" in said.text and "{" not in said.text
    assert said.handover is None and not any("message" in payload for payload in said.buttons.values())


def test_in_an_emergency_without_a_desk_the_numbers_come_and_nobody_is_promised(bench):
    said = bench.run(
        ActionEmergency, "mio padre non respira", "medical_emergency", metadata={"care_desk": False}
    )
    assert "112" in said.text and said.handover is None and words("agent_emergency") not in said.text


def test_a_backend_that_is_away_takes_the_turn_back(bench):
    bench.backend.on("GET", HOURS, status=503)
    assert ask(bench).messages[0]["custom"] == {"backend_unavailable": True}


def test_in_an_emergency_the_numbers_come_first_then_a_person_is_called_at_once(bench):
    said = bench.run(ActionEmergency, "mio padre non respira", "medical_emergency")
    assert len(said.messages) == 2 and "112" in said.messages[0]["text"]
    assert said.messages[1]["text"] == words("agent_emergency")
    assert (said.handover["reason"], said.handover["urgent"]) == ("emergency", True)
    assert "custom" not in said.messages[0] or not said.messages[0]["custom"]


def test_an_emergency_in_a_form_says_that_nothing_is_lost(bench, draft):
    bench.backend.on("GET", "/conversations/c1/drafts/d1", draft)
    said = bench.run(ActionEmergency, "aiuto", "medical_emergency", loop="request_form", slots=FORM)
    assert said.messages[1]["text"] == words("agent_emergency_in_form")
    assert said.handover["facts"]["journey"] == "claim"


@pytest.mark.parametrize("answer", [(200, closed("2026-11-23T07:00:00Z")), (503, None)])
def test_the_numbers_of_an_emergency_wait_neither_for_care_nor_for_the_backend(bench, answer):
    status, hours = answer
    bench.backend.on("GET", HOURS, hours, status)
    said = bench.run(ActionEmergency, "mio padre non respira", "medical_emergency")
    assert len(said.messages) == 1 and "112" in said.text and said.handover is None


def test_the_backend_going_away_between_two_calls_leaves_the_numbers(bench):
    bench.backend.on("GET", "/conversations/c1", status=503)
    said = bench.run(ActionEmergency, "mio padre non respira", "medical_emergency")
    assert "112" in said.text and said.handover is None


def test_a_complaint_is_offered_a_person_first(bench):
    said = bench.run(ActionComplain, "è una vergogna", "complain")
    assert list(said.buttons.values()) == ['/talk_to_agent{"choice": "complaint"}', "/list_requests"]


def test_after_not_being_understood_again_and_again_a_person_is_offered(bench):
    said = bench.run(ActionFallback, "boh", "nlu_fallback", slots={"misunderstood": 2})
    assert list(said.buttons.values()) == ['/talk_to_agent{"choice": "misunderstood"}']


@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (200, None, "contact_open"),
        (200, closed("2026-11-23T07:00:00Z"), "contact_closed"),
        (503, None, "contact"),
    ],
)
def test_the_numbers_are_said_whether_care_is_there_or_the_backend_away(bench, status, body, key):
    if body or status != 200:
        bench.backend.on("GET", HOURS, body, status)
    said = bench.run(ActionContact, "numero?", "ask_contact")
    assert words(key, phones=PHONE, email=MAIL, hours="lun–ven 08:00–20:00") in said.text
    assert "/talk_to_agent" in said.buttons.values()
