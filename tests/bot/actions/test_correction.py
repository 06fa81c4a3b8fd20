"""A correction that says which answer and to what changes it at once; any other asks which."""

import json

import pytest

from bot.actions.correction import ActionCorrectAnswer

DRAFT = "/conversations/c1/drafts/d1"
FAMILY = [
    {"person_id": "p1", "full_name": "Mario Rossi", "first_name": "Mario", "relation": "self"},
    {"person_id": "p2", "full_name": "Luca Rossi", "first_name": "Luca", "relation": "child"},
    {"person_id": "p3", "full_name": "Sofia Rossi", "first_name": "Sofia", "relation": "child"},
]


def answered(question, kind, value, item=None):
    return {"question": question, "item": item, "kind": kind, "value": value, "display": {}, "editable": True}


@pytest.fixture
def correcting(bench, draft):
    """Says a correction in a claim with some answers; tells what was said and what was stored."""
    answers = [
        answered("person", "choice", "p2") | {"display": {"label": "Luca Rossi"}},
        answered("service", "choice", "mri") | {"display": {"label_key": "service.mri"}},
        answered("treatment_date", "date", "2026-11-02"),
        answered("expense_amount", "amount", {"amount": "58.00", "currency": "EUR"}, 1),
        answered("expense_date", "date", "2026-11-03", 1),
    ]

    def say(text, entities=None, answers=answers):
        bench.backend.on("GET", DRAFT, draft | {"answers": answers})
        bench.backend.on("GET", "/conversations/c1/members", FAMILY)
        for answer in answers:
            bench.backend.on("PUT", f"{DRAFT}/answers/{answer['question']}", draft)
        said = bench.run(
            ActionCorrectAnswer,
            text,
            "correct_information",
            entities=entities,
            slots={"draft_id": "d1"},
            loop="request_form",
        )
        stored = {
            call.url.path.rpartition("/")[2]: json.loads(call.content)["value"]
            for call in bench.backend.calls
            if call.method == "PUT"
        }
        return said, stored

    return say


@pytest.mark.parametrize(
    ("text", "entities", "stored"),
    [
        ("era per Sofia, non Luca", {}, {"person": "p3"}),
        ("no, non Luca: Sofia", {"family_member": "child"}, {"person": "p3"}),
        ("era per me", {"family_member": "self"}, {"person": "p1"}),
        ("no, l'importo è 85", {}, {"expense_amount": {"amount": "85", "currency": "EUR"}}),
        ("la data della prestazione era il 5 novembre 2026", {}, {"treatment_date": "2026-11-05"}),
        (
            "la data del documento è sbagliata, 5/11/2026",
            {"date": "2026-11-05"},
            {"expense_date": "2026-11-05"},
        ),
        ("era un'ecografia", {"service": "ultrasound"}, {"service": "ultrasound"}),
    ],
)
def test_field_and_value_change_it_at_once(correcting, text, entities, stored):
    said, changed = correcting(text, entities)
    assert changed == stored
    assert said.slots["asked_already"] is False


@pytest.mark.parametrize(
    ("text", "entities", "offered"),
    [
        ("ho sbagliato", {}, 5),
        ("ho sbagliato l'importo", {}, 1),
        ("ho sbagliato la data, era il 5", {"date": "2026-11-05"}, 2),
        ("era per uno dei figli", {"family_member": "parent"}, 5),
    ],
)
def test_what_is_not_clear_is_asked_for(correcting, text, entities, offered):
    said, changed = correcting(text, entities)
    assert changed == {} and len(said.buttons) == offered


def test_what_the_backend_refuses_is_said_and_asked_for(correcting, bench):
    bench.backend.on("PUT", f"{DRAFT}/answers/expense_amount", {"error": "value_invalid", "detail": {}}, 422)
    answers = [answered("expense_amount", "amount", {"amount": "58.00", "currency": "EUR"}, 1)]
    original, bench.backend.on = (
        bench.backend.on,
        lambda method, path, *rest: None if method == "PUT" else original(method, path, *rest),
    )
    said, _ = correcting("l'importo è 85", {}, answers)
    assert said.slots["asked_already"] is True and len(said.buttons) == 1


def test_the_button_of_another_drafts_answer_opens_none_of_this_one(correcting, bench, draft):
    bench.backend.on("DELETE", f"{DRAFT}/answers/treatment_date", draft)

    def opened(draft_id):
        choice = f"edit:treatment_date:|step:{draft_id}"
        correcting("/correct_information", {"choice": choice})
        return bench.backend.sent("DELETE", f"{DRAFT}/answers/treatment_date")

    assert opened("d2") == []
    assert opened("d1") == [None]


def test_what_was_not_asked_yet_is_noted_and_said_to_be(bench, draft):
    noted = answered("person", "choice", "p3") | {"display": {"label": "Sofia Rossi"}}
    recipient = answered("recipient", "choice", "self") | {"display": {"label_key": "recipient.self"}}
    bench.backend.on("PUT", f"{DRAFT}/answers/person", draft | {"answers": [recipient, noted]})
    bench.backend.on("GET", "/conversations/c1/members", FAMILY)
    bench.backend.on("GET", DRAFT, draft | {"answers": [recipient]})
    said = bench.run(
        ActionCorrectAnswer,
        "no aspetta, è per Sofia",
        "correct_information",
        entities={"family_member": "Sofia"},
        slots={"draft_id": "d1"},
        loop="request_form",
    )
    assert [json.loads(c.content)["value"] for c in bench.backend.calls if c.method == "PUT"] == ["p3"]
    assert [line.partition(": ")[2] for line in said.cards[0]["lines"]] == ["Sofia Rossi"]
    assert said.buttons == {}


def test_what_the_request_does_not_ask_for_is_not_noted(correcting, bench):
    bench.backend.on("PUT", f"{DRAFT}/answers/person", {"code": "not_found"}, 404)
    said, _ = correcting(
        "è per Sofia", {"family_member": "Sofia"}, [answered("treatment_date", "date", "2026-11-02")]
    )
    assert [title.split(":")[0] for title in said.buttons] == ["Data della prestazione"]
