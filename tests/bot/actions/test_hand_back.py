"""The assistant is back: at the step where it stopped, at the menu, or silent; and it knows what was done meanwhile."""

import pytest

from bot.actions.care import ActionTalkToAgent
from bot.actions.request_form import ActionAskRequestFormAnswer, ValidateRequestForm
from locales import texts

DRAFT = "/conversations/c1/drafts/d1"
FORM = {"draft_id": "d1", "draft_question": "treatment_date:None", "draft_step": 3, "wrong_answers": 2}


def words(key, **values):
    return texts.render(key, "it", "Latn", **values)


@pytest.fixture
def back(bench, draft):
    """The turn in which the gateway says that the assistant speaks again."""
    bench.backend.on("GET", DRAFT, draft)

    def run(by="agent", done=(), resume=True, action=ActionTalkToAgent, **kwargs):
        detail = {"by": by, "done": list(done), "resume": resume}
        metadata = {"notice": "handed_back", "detail": detail}
        return bench.run(action, "/talk_to_agent", "talk_to_agent", metadata=metadata, **kwargs)

    return run


def in_form(back, **kwargs):
    return back(loop="request_form", slots={**FORM, **kwargs.pop("slots", {})}, **kwargs)


def left(said):
    """Whether the form was left."""
    return any(e["event"] == "active_loop" and e["name"] is None for e in said.events)


def test_the_turn_is_no_answer_to_the_open_question(back):
    assert in_form(back, action=ValidateRequestForm).events == []


def test_the_claim_goes_on_at_its_step(back, bench):
    said = in_form(back)
    assert said.text == words("back_resumed") and not left(said)
    assert said.slots["wrong_answers"] == 0
    asked = bench.run(ActionAskRequestFormAnswer, slots={**FORM, **said.slots}, loop="request_form")
    assert words("claim_ask_treatment_date") in asked.text


def test_who_leaves_the_queue_is_told_who_speaks_and_who_left_a_message_was_told(back):
    assert in_form(back, by="customer").text == words("back_resumed")
    said = in_form(back, by="message")
    assert said.messages == [] and not left(said)
    assert [m["text"] for m in back(by="message").messages] == [words("back_menu")]


def test_what_was_filled_in_with_consent_is_shown(back, bench, draft):
    amount = {
        "question": "expense_amount",
        "item": 1,
        "kind": "amount",
        "source": "agent",
        "display": {},
        "editable": True,
    }
    amount["value"] = {"amount": "85.50", "currency": "EUR"}
    own = {
        "question": "treatment_date",
        "item": None,
        "kind": "date",
        "value": "2026-11-03",
        "source": "customer",
    }
    bench.backend.on("GET", DRAFT, draft | {"answers": [own, amount]})
    said = in_form(back, done=["details_corrected", "problem_reported", "question_answered", "???"])
    assert [m["text"] for m in said.messages] == [
        words("back_resumed"),
        words("back_done_details_corrected"),
        words("back_done_problem_reported"),
    ]
    (card,) = said.cards
    assert len(card["lines"]) == 1 and "85,50" in card["lines"][0]


def test_handed_back_at_the_menu_the_form_is_left_and_its_draft_waits(back):
    said = in_form(back, resume=False)
    assert left(said) and said.followups == ["action_listen"]
    assert [m["text"] for m in said.messages] == [words("back"), words("back_draft_waits")]
    assert list(said.buttons.values()) == ['/resume_draft{"choice": "d1"}', "/ask_capabilities"]


def test_a_code_of_the_form_is_waited_for_no_more_when_it_is_left(back, bench):
    waiting = {"draft_question": "email_code:None"}
    in_form(back, resume=False, slots=waiting)
    assert bench.backend.sent("DELETE", "/conversations/c1/codes/contact") == [None]


def test_after_the_good_bye_of_care_the_form_takes_nothing_for_an_answer_and_nothing_goes_on_by_itself(back):
    said = in_form(back, by="closed", resume=False)
    assert left(said) and [m["text"] for m in said.messages] == [words("back_draft_waits")]
    pending = {"action": "action_show_limits", "reply": {"intent": "ask_coverage_limit"}}
    said = back(by="closed", resume=False, slots={"pending": pending, "next_wish": {"parse": {}}})
    assert said.messages == [] and said.followups == []
    assert (said.slots["pending"], said.slots["next_wish"]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"status": "submitted", "request_number": "RT-1"}, "draft_already_submitted"),
        ({"status": "submitted", "kind": "contact_data"}, "change_already_done"),
    ],
)
def test_a_draft_that_was_sent_meanwhile_is_not_asked_about(back, bench, draft, changed, key):
    bench.backend.on("GET", DRAFT, draft | changed)
    said = in_form(back)
    assert words(key, number="RT-1") in said.text and left(said)


def test_a_draft_that_is_gone_leaves_the_menu(back, bench):
    bench.backend.on("GET", DRAFT, {"error": "not_found", "detail": {}}, 404)
    said = in_form(back)
    assert words("draft_gone") in said.text and left(said) and said.buttons


def test_where_the_log_in_ran_out_meanwhile_the_form_asks_for_it_and_no_second_person_is_called(back, bench):
    bench.backend.on("GET", DRAFT, {"error": "login_expired", "detail": {}}, 401)
    said = in_form(back)
    assert said.text == words("back_resumed") and "pending" not in said.slots and not left(said)
    asked = bench.run(ActionAskRequestFormAnswer, slots={**FORM, **said.slots}, loop="request_form")
    assert any((m.get("custom") or {}).get("link") for m in asked.messages)


def test_an_answer_kept_for_the_log_in_is_stored_when_the_log_in_was_done_meanwhile(back, bench, draft):
    put = f"{DRAFT}/answers/treatment_date"
    bench.backend.on("PUT", put, draft)
    bench.backend.on("GET", "/conversations/c1", {"login": {"state": "logged_in", "first_name": "Mario"}})
    bench.backend.on("GET", "/conversations/c1/me", {"market": "it"})
    kept = {"text": "ieri", "intent": "inform", "confidence": 0.9, "entities": [], "attachments": []}
    said = in_form(back, slots={"unsaved_answer": kept})
    assert bench.backend.sent("PUT", put)[0]["value"] == "2026-11-19"
    assert said.slots["unsaved_answer"] is None


def test_outside_a_form_the_menu_is_offered(back):
    said = back(done=["problem_reported"])
    texts_said = [m["text"] for m in said.messages]
    assert texts_said == [words("back"), words("back_done_problem_reported"), words("back_menu")]
    assert "/claim_reimbursement" in said.buttons.values()
    assert (said.slots["misunderstood"], said.slots["awaiting"]) == (0, None)


def test_a_wish_that_waited_for_the_log_in_goes_on_once_it_is_done(back, bench):
    bench.backend.on("GET", "/conversations/c1", {"login": {"state": "logged_in", "first_name": "Ana"}})
    bench.backend.on("GET", "/conversations/c1/me", {"market": "rs"})
    pending = {"action": "action_show_limits", "reply": {"intent": "ask_coverage_limit"}}
    said = back(slots={"pending": pending})
    assert said.followups == ["action_show_limits"]
    assert said.slots["pending"]["resumed"] and said.slots["market"] == "rs"


def test_the_second_wish_of_a_message_goes_on_when_nobody_spoke_and_not_when_care_did(back):
    waiting = {"parse": {"intent": {"name": "find_provider"}}}
    returned = back(by="customer", slots={"next_wish": waiting})
    assert [m["text"] for m in returned.messages] == [words("back")] and "next_wish" not in returned.slots
    handed_back = back(slots={"next_wish": waiting})
    assert handed_back.slots["next_wish"] is None and handed_back.buttons
