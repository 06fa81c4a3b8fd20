"""New contacts and bank accounts in the form: taken from the first sentence, proven by a code, confirmed."""

import pytest

from bot.actions.accounts import ActionLogin, ActionResendCode
from bot.actions.request_form import ActionAskRequestFormAnswer, ValidateRequestForm
from bot.actions.requests import ActionStartRequest, ActionStopRequest, ActionSubmitRequest
from tests.bot.actions.conftest import PACK

DRAFTS = "/conversations/c1/drafts"
CODE = "/conversations/c1/drafts/d1/code"
LEFT = "/conversations/c1/codes/contact"
IN_FORM = {"draft_id": "d1", "draft_question": "email_code:None", "draft_step": 3}
EMAIL = {
    "question": "new_email",
    "item": None,
    "kind": "email",
    "value": "a@example.net",
    "display": {"label": "a@example.net"},
    "source": "customer",
    "editable": True,
}


@pytest.fixture
def waiting(bench, draft):
    """A draft that waits for the code of a new address."""
    question = {"question": "email_code", "item": None, "kind": "code", "optional": False}
    following = question | {"options": [], "suggestion": None, "rules": {"proves": "new_email"}}
    found = draft | {"kind": "contact_data", "answers": [EMAIL], "next": following}
    bench.backend.on("GET", f"{DRAFTS}/d1", found)
    sent = {"contact": "email", "masked": "a•••@example.net", "expires_at": "2026-11-20T10:05:00Z"}
    bench.backend.on("POST", CODE, sent | {"sent": True})
    return bench


@pytest.mark.parametrize(
    ("intent", "text", "entities", "answers"),
    [
        (
            "update_contact",
            "ho una nuova mail, è a@example.net",
            {"email": "a@example.net"},
            {"contact": "email", "new_email": "a@example.net"},
        ),
        (
            "update_contact",
            "da oggi il mio numero è 340 1122334",
            {"phone": "+393401122334"},
            {"contact": "phone", "new_phone": "+393401122334"},
        ),
        (
            "update_contact",
            "la nuova mail è a@example.net e il cellulare 340 1122334",
            {"phone": "+393401122334", "email": "a@example.net"},
            {"contact": "both", "new_email": "a@example.net", "new_phone": "+393401122334"},
        ),
        ("update_contact", "ho cambiato cellulare", {}, {"contact": "phone"}),
        ("update_contact", "aggiorna i miei recapiti", {}, {}),
        (
            "update_bank_account",
            "il nuovo iban è IT60 X054 2811 1010 0000 0123 456",
            {},
            {"account": {"iban": "IT60X0542811101000000123456"}},
        ),
        (
            "update_bank_account",
            "novi racun je 260-0056010016113-79",
            {"bank_account": {"iban": "RS35260005601001611379"}},
            {"account": {"iban": "RS35260005601001611379"}},
        ),
        ("update_bank_account", "ho cambiato banca", {}, {}),
    ],
)
def test_what_is_said_at_once_is_taken_up(bench, draft, intent, text, entities, answers):
    kind = {"update_contact": "contact_data", "update_bank_account": "bank_account"}[intent]
    offered = PACK | {"journeys": PACK["journeys"] | {kind: "offered"}}
    bench.backend.on("GET", "/markets/it", offered)
    bench.backend.on("GET", DRAFTS, [])
    bench.backend.on("POST", DRAFTS, draft | {"kind": kind}, 201)
    said = bench.run(ActionStartRequest, text, intent, entities=entities)
    assert bench.backend.sent("POST", DRAFTS) == [{"kind": kind, "answers": answers}]
    assert said.followups == ["request_form"]


def test_what_is_wrong_with_an_account_named_at_once_is_said(bench, draft):
    offered = PACK | {"journeys": PACK["journeys"] | {"bank_account": "offered"}}
    bench.backend.on("GET", "/markets/it", offered)
    bench.backend.on("GET", DRAFTS, [])
    rejected = [{"question": "account", "error": "iban_invalid", "detail": {}}]
    bench.backend.on("POST", DRAFTS, draft | {"kind": "bank_account", "rejected": rejected}, 201)
    text = "nuovo conto IT60X0542811101000000123457"
    assert "IBAN" in bench.run(ActionStartRequest, text, "update_bank_account").text


def test_the_code_is_sent_and_the_gateway_told_to_look_out_for_it(waiting):
    said = waiting.run(ActionAskRequestFormAnswer, "", "inform", slots=IN_FORM, loop="request_form")
    assert "a•••@example.net" in said.text
    assert said.messages[0]["custom"]["transition"] == "code_pending"
    assert '/correct_information{"choice": "edit:new_email:|step:d1"}' in said.buttons.values()


def test_too_many_codes_are_a_pause_and_no_error(waiting):
    waiting.backend.on("POST", CODE, {"error": "too_many_attempts", "detail": {"retry_after": 900}}, 429)
    said = waiting.run(ActionAskRequestFormAnswer, "", "inform", slots=IN_FORM, loop="request_form")
    assert "15" in said.text


def address_stored(waiting, draft):
    """What becomes the new address when another one is said in place of the code."""
    path = f"{DRAFTS}/d1/answers/new_email"
    waiting.backend.on("PUT", path, draft)
    waiting.run(
        ValidateRequestForm,
        "anzi no, b@example.net",
        "inform",
        entities={"email": "b@example.net"},
        slots=IN_FORM,
        loop="request_form",
    )
    return waiting.backend.sent("PUT", path)[0]["value"]


def test_another_address_in_place_of_the_code_is_taken(waiting, draft):
    assert address_stored(waiting, draft) == "b@example.net"


def test_of_two_new_contacts_the_code_is_about_the_one_that_it_proves(waiting, draft):
    phone = EMAIL | {"question": "new_phone", "kind": "phone", "value": "+393401122334"}
    found = waiting.backend.answers["GET", f"{DRAFTS}/d1"][1]
    waiting.backend.on("GET", f"{DRAFTS}/d1", found | {"answers": [EMAIL, phone]})
    said = waiting.run(ActionAskRequestFormAnswer, "", "inform", slots=IN_FORM, loop="request_form")
    assert '/correct_information{"choice": "edit:new_email:|step:d1"}' in said.buttons.values()
    assert address_stored(waiting, draft) == "b@example.net"


def test_words_in_place_of_the_code_are_answered_and_not_stored(waiting):
    said = waiting.run(ValidateRequestForm, "un attimo", "inform", slots=IN_FORM, loop="request_form")
    assert "6 cifre" in said.text
    assert not [call for call in waiting.backend.calls if call.method == "PUT"]


def test_a_right_code_lets_the_form_go_on_and_a_wrong_one_is_said_once(waiting):
    def notice(result, **detail):
        metadata = {"notice": "login_changed", "detail": {"result": result, **detail}}
        return waiting.run(
            ActionLogin, "/login", "login", metadata=metadata, slots=IN_FORM, loop="request_form"
        )

    proven = notice("contact_proven", contact="email")
    assert "confermato" in proven.text and "asked_already" not in proven.slots
    wrong = notice("code_wrong", tries_left=2)
    assert "2" in wrong.text and wrong.slots["asked_already"] is True
    assert "15" in notice("too_many_attempts", retry_after=900).text


def test_a_code_asked_for_again_is_the_contacts(waiting):
    sent = {"masked_email": "a•••@example.net", "purpose": "email", "expires_at": "2026-11-20T10:05:00Z"}
    waiting.backend.on("POST", "/conversations/c1/codes", sent)
    said = waiting.run(ActionResendCode, "un altro codice", "resend_code", slots=IN_FORM, loop="request_form")
    assert "a•••@example.net" in said.text
    assert said.messages[0]["custom"]["transition"] == "code_pending"


def test_a_change_is_confirmed_without_a_request_number(bench):
    done = {"kind": "bank_account", "request_number": None, "changed_to": "IT60 •••• 3456"}
    bench.backend.on("POST", f"{DRAFTS}/d1/submit", done, 201)
    said = bench.run(ActionSubmitRequest, "sì", "affirm", slots={"draft_id": "d1", "answer": "complete"})
    assert "IT60 •••• 3456" in said.text and said.slots["feedback_journey"] == "bank_account"


@pytest.mark.parametrize("question", ["email_code:None", "new_email:None"])
def test_a_stopped_form_withdraws_the_code_it_waited_for(waiting, question):
    slots = IN_FORM | {"draft_question": question}
    said = waiting.run(ActionStopRequest, "basta", "stop", slots=slots, loop="request_form")
    waited = question == "email_code:None"
    assert waiting.backend.sent("DELETE", LEFT) == ([None] if waited else [])
    assert ({"transition": "logged_in"} in [m.get("custom") for m in said.messages]) is waited
    assert said.slots["draft_id"] is None and "/resume_draft" in "".join(said.buttons.values())


def test_a_form_whose_code_cannot_be_withdrawn_now_is_stopped_when_it_can(waiting):
    waiting.backend.on("DELETE", LEFT, {"error": "internal", "detail": {}}, 500)
    said = waiting.run(ActionStopRequest, "basta", "stop", slots=IN_FORM, loop="request_form")
    # The whole turn is taken back, and worked again when the backend is there.
    assert said.messages[0]["custom"] == {"backend_unavailable": True} and not said.events


@pytest.mark.parametrize("ended", [(404, {"error": "not_found", "detail": {}}), (200, "submitted")])
def test_a_draft_ended_elsewhere_leaves_no_code_behind(waiting, draft, ended):
    status, body = ended
    shown = draft | {"kind": "contact_data", "status": body} if status == 200 else body
    waiting.backend.on("GET", f"{DRAFTS}/d1", shown, status)
    said = waiting.run(ValidateRequestForm, "un attimo", "inform", slots=IN_FORM, loop="request_form")
    assert waiting.backend.sent("DELETE", LEFT) == [None]
    assert said.slots["draft_id"] is None


def test_the_gateway_hears_when_the_code_is_waited_for_no_longer(bench, draft):
    bench.backend.on("GET", f"{DRAFTS}/d1", draft)
    said = bench.run(ActionAskRequestFormAnswer, "", "inform", slots=IN_FORM, loop="request_form")
    assert bench.backend.sent("DELETE", LEFT) == [None]
    assert said.messages[0]["custom"] == {"transition": "logged_in"} and not said.messages[0]["text"]
    assert said.messages[-1]["text"]
