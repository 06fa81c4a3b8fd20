"""Buttons that are pressed twice, later, or for another request than the one being filled in."""

import json

import pytest

from bot.actions.conversation import JOURNEYS, ActionInform
from bot.actions.request_form import ActionAskRequestFormAnswer, ValidateRequestForm
from bot.actions.requests import KINDS, ActionResumeDraft, ActionStopRequest, ActionSubmitRequest
from locales import texts

DRAFTS = "/conversations/c1/drafts"
IN_FORM = {"draft_id": "d1"}
NOT_FOUND = {"error": "not_found", "detail": {}}


def words(key, **values):
    return texts.render(key, "it", "Latn", **values)


@pytest.fixture
def form(bench, draft):
    """A form whose draft `d1` is open."""
    bench.backend.on("GET", f"{DRAFTS}/d1", draft)
    return bench


def asked(form):
    """What the form asks now: the payloads of its buttons by title, and the slots afterwards."""
    said = form.run(ActionAskRequestFormAnswer, slots=IN_FORM, loop="request_form")
    return said.buttons, said.slots


def press(bench, payload, action=ValidateRequestForm, *, loop="request_form", slots=IN_FORM):
    """The button as Rasa understands it: the intent, and its values as entities."""
    intent, brace, values = payload.removeprefix("/").partition("{")
    entities = json.loads(brace + values) if brace else {}
    return bench.run(action, payload, intent, entities, slots, confidence=1.0, loop=loop)


def yes_no(draft, question):
    return {"question": question, "item": 1, "kind": "yes_no", "optional": False, "options": []} | {
        "suggestion": None,
        "rules": {},
    }


def test_yes_pressed_twice_is_no_yes_to_the_next_question(form, draft):
    draft["next"] = yes_no(draft, "more_expenses")
    buttons, _ = asked(form)
    yes = buttons[words("button_yes")]
    put = f"{DRAFTS}/d1/answers/more_expenses"
    form.backend.on("PUT", put, draft)
    press(form, yes)
    assert form.backend.sent("PUT", put) == [{"value": True, "item": 1, "source": "customer"}]
    draft["next"] = yes_no(draft, "consent") | {"kind": "consent", "item": None}
    _, slots = asked(form)
    again = press(form, yes, slots=IN_FORM | slots)
    assert again.text == words("button_of_other_question") and again.slots["wrong_answers"] == 0
    assert form.backend.sent("PUT", f"{DRAFTS}/d1/answers/consent") == []
    assert again.slots["asked_already"] is False


def test_what_a_file_says_is_confirmed_by_its_own_button_only(form, draft):
    amount = {"amount": "85.50", "currency": "EUR"}
    draft["next"] |= {"suggestion": {"value": "2026-11-03", "source": "document"}}
    right = asked(form)[0][words("button_correct")]
    draft["next"] |= {"question": "expense_amount", "kind": "amount"}
    draft["next"] |= {"suggestion": {"value": amount, "source": "document"}}
    assert press(form, right).text == words("button_of_other_question")
    assert not [call for call in form.backend.calls if call.method == "PUT"]


def test_the_summary_of_one_draft_submits_no_other(form, draft):
    draft |= {"next": None, "ready": True}
    submit = asked(form)[0][words("button_submit")]
    assert press(form, submit).slots["answer"] == "complete"
    form.backend.on("GET", f"{DRAFTS}/d2", draft | {"draft_id": "d2"})
    said = press(form, submit, slots={"draft_id": "d2"})
    assert said.text == words("button_of_other_question") and "answer" not in said.slots


def submit_of(form, draft, kind="claim"):
    """The button below the summary of the draft `d1`."""
    form.backend.on("GET", f"{DRAFTS}/d1", draft | {"kind": kind, "next": None, "ready": True})
    return asked(form)[0][words("button_submit" if kind == "claim" else "button_apply")]


@pytest.mark.parametrize("kind", ["claim", "bank_account"])
def test_the_button_of_a_summary_that_was_left_shows_it_again_and_calls_nothing_done(form, draft, kind):
    button = submit_of(form, draft, kind)
    form.backend.on("GET", DRAFTS, [draft | {"kind": kind, "next": None, "ready": True}])
    said = press(form, button, ActionInform, loop=None, slots={})
    assert (said.text, said.followups) == ("", ["action_resume_draft"])
    said = press(form, button, ActionResumeDraft, loop=None, slots={})
    assert said.slots["draft_id"] == "d1" and said.followups == ["request_form"]
    assert not [call for call in form.backend.calls if call.method == "POST"]


def test_the_button_of_a_question_that_was_left_goes_on_with_its_draft(form, draft):
    draft["next"] = yes_no(draft, "more_expenses")
    yes = asked(form)[0][words("button_yes")]
    form.backend.on("GET", DRAFTS, [draft | {"draft_id": "d2"}, draft])
    assert press(form, yes, ActionInform, loop=None, slots={}).followups == ["action_resume_draft"]
    said = press(form, yes, ActionResumeDraft, loop=None, slots={})
    assert said.slots["draft_id"] == "d1" and said.followups == ["request_form"]
    assert not [call for call in form.backend.calls if call.method == "PUT"]


@pytest.mark.parametrize(
    ("kind", "changed", "key"),
    [
        ("claim", {"status": "submitted", "request_number": "RT-1"}, "draft_already_submitted"),
        ("bank_account", {"status": "submitted"}, "change_already_done"),
        ("claim", {"status": "discarded"}, "draft_gone"),
        ("bank_account", {"status": "discarded"}, "draft_gone"),
    ],
)
def test_the_button_of_a_summary_says_what_became_of_its_draft(form, draft, kind, changed, key):
    button = submit_of(form, draft, kind)
    ended = draft | {"kind": kind, "next": None} | changed
    form.backend.on("GET", f"{DRAFTS}/d1", ended)
    # Another request waits, and is not the one that the button was about.
    form.backend.on("GET", DRAFTS, [draft | {"draft_id": "d2"}])
    said = press(form, button, ActionResumeDraft, loop=None, slots={})
    assert said.text == words(key, number="RT-1") and "draft_id" not in said.slots
    # In the form that still stands in another conversation it is the same.
    in_form = press(form, button)
    assert in_form.text == words(key, number="RT-1") and in_form.slots["requested_slot"] is None


@pytest.mark.parametrize(
    ("intent", "confidence"), [("view_policies", 0.9), ("inform", 0.9), ("view_policies", 0.4)]
)
def test_a_clear_wish_is_served_when_the_form_is_found_ended(form, draft, intent, confidence):
    form.backend.on("GET", f"{DRAFTS}/d1", draft | {"status": "submitted", "request_number": "RT-1"})
    said = form.run(
        ValidateRequestForm,
        "le mie polizze",
        intent,
        slots=IN_FORM,
        loop="request_form",
        confidence=confidence,
    )
    assert said.text == words("draft_already_submitted", number="RT-1")
    clear = intent == "view_policies" and confidence > 0.5
    assert (said.slots.get("next_wish") or {}).get("parse", {}).get("text") == (
        "le mie polizze" if clear else None
    )


def test_going_on_with_a_draft_that_is_gone_goes_on_with_no_other(form, draft):
    form.backend.on("GET", DRAFTS, [draft | {"draft_id": "d2"}])
    form.backend.on("GET", f"{DRAFTS}/d9", NOT_FOUND, 404)
    said = press(form, '/resume_draft{"choice": "d9"}', ActionResumeDraft, loop=None, slots={})
    assert said.text == words("draft_gone") and not said.followups


def test_a_draft_that_was_sent_meanwhile_is_not_thrown_away(form, draft):
    closed = {"error": "draft_closed", "detail": {"status": "submitted"}}
    form.backend.on("DELETE", f"{DRAFTS}/d1", closed, 409)
    form.backend.on("GET", f"{DRAFTS}/d1", draft | {"status": "submitted", "request_number": "RT-1"})
    said = press(form, '/stop{"choice": "discard:d1"}', ActionStopRequest, loop=None, slots={})
    assert said.text == words("draft_already_submitted", number="RT-1")


def test_a_draft_thrown_away_elsewhere_at_the_last_moment_is_not_submitted(form, draft):
    closed = {"error": "draft_closed", "detail": {"status": "discarded"}}
    form.backend.on("POST", f"{DRAFTS}/d1/submit", closed, 409)
    form.backend.on("GET", f"{DRAFTS}/d1", draft | {"status": "discarded"})
    said = form.run(ActionSubmitRequest, "sì", "affirm", slots=IN_FORM | {"answer": "complete"})
    assert said.text == words("draft_gone") and said.slots["draft_id"] is None


def test_throwing_another_draft_away_keeps_the_way_back_to_this_one(form):
    form.backend.on("DELETE", f"{DRAFTS}/d2", status=204)
    said = press(form, '/stop{"choice": "discard:d2"}', ActionStopRequest)
    assert said.text == words("draft_discarded")
    assert list(said.buttons.values()) == ['/resume_draft{"choice": "d1"}']


@pytest.mark.parametrize("intent", ["update_contact", "add_documents", "report_car_damage"])
def test_the_button_of_another_request_waits_until_this_one_is_done(form, intent):
    said = press(form, f"/{intent}")
    first, second = words("wish_claim_reimbursement"), words(f"wish_{intent}")
    assert said.text == words("two_wishes_announced", first=first, second=second)
    waiting = said.slots["next_wish"]
    assert waiting["parse"]["intent"]["name"] == intent and waiting["today"] == "2026-11-20"
    assert (said.slots["wrong_answers"], said.slots["asked_already"]) == (0, False)


def test_the_button_of_the_same_request_asks_the_question_again_and_a_new_one_waits(form):
    said = press(form, "/claim_reimbursement")
    assert said.text == "" and "next_wish" not in said.slots and said.slots["wrong_answers"] == 0
    said = press(form, '/claim_reimbursement{"choice": "new:{}"}')
    assert said.slots["next_wish"]["parse"]["entities"] == [{"entity": "choice", "value": "new:{}"}]


@pytest.mark.parametrize("payload", ["/update_contact", "/list_requests", '/resume_draft{"choice": "d2"}'])
def test_when_the_log_in_ran_out_such_a_button_replaces_no_answer_that_waits_for_it(form, payload):
    form.backend.on("GET", f"{DRAFTS}/d1", {"error": "login_expired", "detail": {}}, 401)
    said = press(form, payload)
    assert any((message.get("custom") or {}).get("link") for message in said.messages)
    assert "unsaved_answer" not in said.slots and said.slots["asked_already"] is True
    assert ("next_wish" in said.slots) == ("resume" not in payload)


def typed(form, text, intent, confidence=0.95):
    return form.run(
        ValidateRequestForm, text, intent, slots=IN_FORM, loop="request_form", confidence=confidence
    )


def test_another_request_wished_in_words_waits_where_words_are_no_answer(form, draft):
    said = typed(form, "vorrei cambiare il mio numero di telefono", "update_contact")
    assert said.slots["next_wish"]["parse"]["text"] == "vorrei cambiare il mio numero di telefono"
    assert words("wish_update_contact") in said.text and said.slots["wrong_answers"] == 0


@pytest.mark.parametrize(
    ("text", "intent", "confidence", "kind"),
    [
        ("nuovo indirizzo", "update_contact", 0.7, "date"),
        ("un rimborso", "claim_reimbursement", 0.95, "date"),
        ("il 3 marzo, e poi cambio numero", "update_contact", 0.95, "date"),
        ("ho un conto nuovo", "update_bank_account", 0.95, "bank_account"),
        ("ho cambiato mail", "update_contact", 0.95, "email"),
    ],
)
def test_what_may_be_an_answer_is_none_of_that(form, draft, text, intent, confidence, kind):
    draft["next"] |= {"kind": kind}
    form.backend.on("PUT", f"{DRAFTS}/d1/answers/treatment_date", draft)
    assert "next_wish" not in typed(form, text, intent, confidence).slots


def test_the_button_of_another_draft_goes_on_with_that_one(form, draft):
    form.backend.on("GET", f"{DRAFTS}/d2", draft | {"draft_id": "d2", "kind": "contact_data"})
    said = press(form, '/resume_draft{"choice": "d2"}')
    assert said.slots["draft_id"] == "d2" and said.slots["draft_question"] is None
    assert words("kind_contact_data") in said.text
    here = press(form, '/resume_draft{"choice": "d1"}')
    assert here.text == "" and "draft_id" not in here.slots and here.slots["wrong_answers"] == 0
    gone = press(form, '/resume_draft{"choice": "d9"}')
    assert gone.text == words("draft_gone") and "draft_id" not in gone.slots


def test_every_request_can_be_said_to_be_missing_in_a_market():
    assert set(KINDS) <= set(JOURNEYS)
