"""Starting a request of a kind, choosing a provider, and leaving a draft until something is done elsewhere."""

import json

import pytest

from bot.actions.request_form import ValidateRequestForm
from bot.actions.requests import ActionStartRequest
from locales import texts
from tests.bot.actions.conftest import PACK

DRAFTS = "/conversations/c1/drafts"
PROVIDER = {
    "provider_id": "p1",
    "name": "Centro Aurora",
    "kind": "clinic",
    "street": "Via Roma 1",
    "city": "Torino",
    "postal_code": "10121",
    "lat": 45.07,
    "lon": 7.68,
    "phone": "+390111234567",
    "doctors": [],
    "distance_km": None,
}


def asking(draft, question, kind, **more):
    """The draft with this question open."""
    following = {"question": question, "item": None, "kind": kind, "optional": False, "options": []}
    return draft | {"kind": "direct_care", "next": following | {"suggestion": None, "rules": {}} | more}


def say(bench, text, intent="inform", **kwargs):
    return bench.run(
        ValidateRequestForm, text, intent, slots={"draft_id": "d1"}, loop="request_form", **kwargs
    )


def test_what_the_market_does_not_offer_is_not_begun(bench):
    said = bench.run(ActionStartRequest, "mi hanno tamponato", "report_car_damage")
    assert said.followups == ["action_offer_near"]
    assert bench.backend.sent("POST", DRAFTS) == []


@pytest.mark.parametrize(
    ("wish", "named", "service"),
    [
        ("intervento al ginocchio", {"service": "knee_surgery"}, "knee_surgery"),
        # A whole benefit stands for its service.
        ("devo fare un ricovero", {"benefit_type": "inpatient"}, "hospital_stay"),
    ],
)
def test_a_service_named_at_once_brings_its_branch(bench, draft, wish, named, service):
    offered = PACK | {"journeys": PACK["journeys"] | {"direct_care": "offered"}}
    bench.backend.on("GET", "/markets/it", offered)
    bench.backend.on("GET", DRAFTS, [])
    bench.backend.on("POST", DRAFTS, asking(draft, "person", "choice") | {"rejected": [], "answers": []}, 201)
    bench.run(ActionStartRequest, wish, "request_direct_care", entities=named)
    assert bench.backend.sent("POST", DRAFTS) == [
        {"kind": "direct_care", "answers": {"service": service, "branch": "hospital"}}
    ]


def test_what_was_said_with_the_wish_goes_into_a_new_request_beside_an_open_one(bench, draft):
    offered = PACK | {"journeys": PACK["journeys"] | {"bank_account": "offered"}}
    bench.backend.on("GET", "/markets/it", offered)
    open_one = draft | {"kind": "bank_account", "answers": []}
    bench.backend.on("GET", DRAFTS, [open_one])
    iban = "IT60X0542811101000000123456"
    said = bench.run(
        ActionStartRequest, f"il mio nuovo conto è {iban}", "update_bank_account", entities={"iban": iban}
    )
    assert bench.backend.sent("POST", DRAFTS) == []
    pressed = next(p for p in said.buttons.values() if p.startswith("/update_bank_account"))
    choice = json.loads(pressed.removeprefix("/update_bank_account"))
    bench.backend.on("POST", DRAFTS, open_one | {"rejected": []}, 201)
    bench.run(ActionStartRequest, pressed, "update_bank_account", entities=choice)
    assert bench.backend.sent("POST", DRAFTS) == [
        {"kind": "bank_account", "answers": {"account": {"iban": iban}}}
    ]


def test_who_has_nothing_for_it_is_told_so(bench):
    offered = PACK | {"journeys": PACK["journeys"] | {"direct_care": "offered"}}
    bench.backend.on("GET", "/markets/it", offered)
    bench.backend.on("GET", DRAFTS, [])
    bench.backend.on("POST", DRAFTS, {"error": "not_eligible", "detail": {}}, 409)
    said = bench.run(ActionStartRequest, "vorrei una visita convenzionata", "request_direct_care")
    assert "rimborso" in said.text and said.followups == []


def test_with_too_many_drafts_the_oldest_can_be_thrown_away(bench, draft):
    other_kind = [draft | {"draft_id": f"d{n}", "kind": "contact_data"} for n in range(20)]
    bench.backend.on("GET", DRAFTS, other_kind)
    bench.backend.on("POST", DRAFTS, {"error": "too_many_drafts", "detail": {}}, 429)
    said = bench.run(ActionStartRequest, "vorrei un rimborso", "claim_reimbursement")
    assert said.text == texts.render("drafts_too_many", "it", "Latn") and said.followups == []
    payloads = [b["payload"] for b in said.messages[0]["buttons"]]
    assert payloads[0] == '/stop{"choice": "discard:d19"}' and len(payloads) == 3


@pytest.fixture
def centre(bench, draft):
    bench.backend.on("GET", f"{DRAFTS}/d1", asking(draft, "centre", "provider"))
    return bench


def test_a_town_is_searched_and_what_is_found_can_be_chosen(centre):
    centre.backend.on("GET", "/markets/it/providers", {"total": 1, "matched": {}, "items": [PROVIDER]})
    said = say(centre, "a Torino", "find_provider", entities={"city": "Torino"})
    assert said.cards[0]["title"] == "Centro Aurora"
    assert '"provider:p1|' in said.cards[0]["buttons"][0]["payload"]
    assert said.slots["asked_already"] is True


def test_a_location_answers_the_question_for_a_place(centre):
    centre.backend.on("GET", "/markets/it/providers", {"total": 1, "matched": {}, "items": [PROVIDER]})
    here = {"detail": {"lat": 45.07, "lon": 7.68}}
    said = say(centre, "/find_provider", "find_provider", metadata=here)
    assert '"provider:p1|' in said.cards[0]["buttons"][0]["payload"]
    searched = [call for call in centre.backend.calls if call.url.path == "/markets/it/providers"]
    assert searched[-1].url.params["lat"] == "45.07" and "q" not in searched[-1].url.params


def test_nothing_found_is_said_and_the_question_stays(centre):
    centre.backend.on("GET", "/markets/it/providers", {"total": 0, "matched": {}, "items": []})
    said = say(centre, "Xyz")
    assert "Xyz" in said.text and said.cards == []


def test_the_chosen_one_is_stored(centre, draft):
    put = f"{DRAFTS}/d1/answers/centre"
    centre.backend.on("PUT", put, draft)
    say(centre, '/inform{"choice": "provider:p1"}', entities={"choice": "provider:p1"})
    assert [body["value"] for body in centre.backend.sent("PUT", put)] == ["p1"]


def test_not_booked_yet_leaves_the_draft_and_the_form(bench, draft):
    bench.backend.on("GET", f"{DRAFTS}/d1", asking(draft, "booked", "consent", rules={"later": True}))
    said = say(bench, "non ancora", "deny")
    assert {"event": "active_loop", "name": None} in [
        {key: event.get(key) for key in ("event", "name")} for event in said.events
    ]
    assert any("resume_draft" in payload for payload in said.buttons.values())
    assert [call.method for call in bench.backend.calls if call.method != "GET"] == []


def test_a_relative_who_is_not_on_the_policies_is_not_called_a_wrong_option(bench, draft):
    people = [{"value": "m1", "label": "Mario Rossi", "label_key": None, "detail": {"relation": "self"}}]
    bench.backend.on("GET", f"{DRAFTS}/d1", asking(draft, "person", "choice", options=people))
    said = say(bench, "per mia moglie", entities={"family_member": "spouse"})
    assert "polizze" in said.text


def test_a_doctor_is_chosen_by_button_or_written(bench, draft):
    doctor = {"value": "Anna Ferri", "label": "Anna Ferri", "label_key": None, "detail": {}}
    open_question = asking(draft, "doctor", "text", optional=True, options=[doctor])
    bench.backend.on("GET", f"{DRAFTS}/d1", open_question)
    put = f"{DRAFTS}/d1/answers/doctor"
    bench.backend.on("PUT", put, open_question)
    say(bench, '/inform{"choice": "Anna Ferri"}', entities={"choice": "Anna Ferri"})
    say(bench, "la dottoressa Neri")
    assert [body["value"] for body in bench.backend.sent("PUT", put)] == ["Anna Ferri", "la dottoressa Neri"]


def test_a_refund_for_what_the_policy_does_not_pay_says_so_and_asks_on(bench, draft):
    bench.backend.on("GET", DRAFTS, [])
    rejected = [{"question": "service", "error": "option_unknown", "detail": {}}]
    bench.backend.on("POST", DRAFTS, draft | {"rejected": rejected, "answers": []}, 201)
    said = bench.run(
        ActionStartRequest, "rimborso occhiali", "claim_reimbursement", entities={"service": "glasses"}
    )
    assert texts.render("claim_service_not_covered", "it", service="occhiali")[-40:] in said.text
    assert said.slots["draft_id"] == "d1"
