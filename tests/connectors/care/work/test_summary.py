"""Facts of the dialogue become sentences in the agent's language; what is not known makes none."""

import pytest

from connectors.care.canned import offered
from connectors.care.summary import say_callback, summarise
from connectors.core.conversations import CYRILLIC, Voice
from locales import texts

FACTS = {
    "wish": "claim_reimbursement",
    "tried": ["login", "no_such_wish"],
    "unsure": ["find_provider", {"intent": "view_policies", "confidence": 0.3}],
    "waiting": None,
    "next": "find_provider",
    "journey": "claim",
    "step": "expense_date",
    "answered": 3,
    "total": 11,
    "misunderstood": 2,
    "wrong_answers": 0,
}


@pytest.mark.parametrize("voice", [Voice("it"), Voice("id"), Voice("sr"), CYRILLIC])
def test_facts_become_sentences_in_every_language(voice: Voice) -> None:
    said = summarise(FACTS, voice, "it")
    assert said[0] == voice.say("desk_why_wish", wish=voice.say("wish_claim_reimbursement"))
    assert voice.say("desk_why_step", step=voice.say("claim_label_expense_date")) in said
    assert voice.say("desk_why_progress", answered=3, total=11) in said
    assert voice.say("desk_why_tried", tried=voice.say("wish_login")) in said
    # Ids are never shown raw.
    assert "no_such_wish" not in str(said) and "expense_date" not in str(said)


@pytest.mark.parametrize(
    "facts", [{}, {"wish": None, "journey": 3, "step": "x", "unsure": "y", "tried": [None, 4]}]
)
def test_nothing_known_makes_no_sentence(facts: dict[str, object]) -> None:
    assert summarise(facts, Voice("it")) == []


def test_how_to_be_reached_is_said() -> None:
    assert say_callback({"way": "phone", "address": "+390212345678"}, Voice("it")) == texts.render(
        "desk_why_callback_phone", "it", address="+39 02 1234 5678"
    )
    assert say_callback(None, Voice("it")) is None
    assert say_callback({"way": "chat", "address": None}, Voice("id"))


def test_canned_answers_are_the_customers_language_and_the_agents_title() -> None:
    found = {one.key: one for one in offered(CYRILLIC, Voice("it"), {"agent": "Ana", "first_name": "Марко"})}
    greeting = found["canned_greeting_by_name"]
    assert greeting.text.startswith("Добар дан, Марко") and greeting.title.startswith("Buongiorno Marko")
    # The phone is not known: whatever needs it is not offered.
    assert "canned_call_us" not in found
