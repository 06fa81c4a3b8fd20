"""What interrupts the form has a rule in the form, and the other way round; answers are not mistaken for wishes."""

from pathlib import Path

import pytest
import yaml

from bot.actions.request_form import SOFT, STRONG, interrupts
from bot.actions.turn import Reply

STORIES = Path(__file__).parents[3] / "data" / "stories"


def reply(text: str, intent: str, confidence: float = 0.9, **extra: list) -> Reply:
    return Reply(text, intent, confidence, extra.get("entities", []), extra.get("attachments", []))


def intents_with_a_rule_in_the_form() -> set[str]:
    found = set()
    for path in STORIES.glob("*.yml"):
        for rule in yaml.safe_load(path.read_text(encoding="utf-8")).get("rules", []):
            in_form = {"active_loop": "request_form"} in rule.get("condition", [])
            if in_form and "intent" in rule["steps"][0]:
                found.add(rule["steps"][0]["intent"])
    return found


def test_every_interruption_has_a_rule_in_the_form_and_no_other_rule_is_unreachable():
    assert intents_with_a_rule_in_the_form() == STRONG | SOFT


def test_an_emergency_interrupts_even_free_text_and_even_when_little_sure():
    assert interrupts(reply("mio padre non respira", "medical_emergency", 0.4), "text", readable=True)


def test_the_name_of_a_clinic_is_an_answer_to_a_free_text_question_and_no_search():
    assert not interrupts(reply("Humanitas Rozzano", "find_provider", 0.8), "text", readable=True)


def test_a_question_about_a_clinic_is_a_search_also_at_a_free_text_question():
    assert interrupts(reply("avete qualcosa a Milano?", "find_provider", 0.8), "text", readable=True)


def test_a_date_that_can_be_read_is_an_answer_whatever_the_classifier_thinks():
    assert not interrupts(reply("il 3 marzo", "ask_contact", 0.7), "date", readable=True)


def test_a_wish_that_holds_no_answer_interrupts():
    assert interrupts(
        reply("quanto mi resta per il dentista", "ask_coverage_limit", 0.5), "date", readable=False
    )


@pytest.mark.parametrize("intent", ["inform", "affirm", "deny", "claim_reimbursement", "nlu_fallback"])
def test_answers_never_interrupt(intent: str):
    assert not interrupts(reply("boh", intent, 1.0), "date", readable=False)


def test_a_pressed_answer_never_interrupts():
    choice = {"entities": [{"entity": "choice", "value": "skip"}]}
    assert not interrupts(reply("/inform{}", "inform", 1.0, **choice), "text", readable=True)


@pytest.mark.parametrize("intent", ["forgot_password", "forgot_username"])
def test_not_remembering_what_was_asked_is_no_forgotten_password(intent: str):
    assert not interrupts(reply("boh, non ricordo", intent, 0.97), "plate", readable=False)
    assert interrupts(reply("ho scordato la password", intent, 0.95), "plate", readable=False)


def test_figures_without_a_word_are_meant_for_the_question():
    assert not interrupts(reply("5", "give_feedback", 0.95), "choice", readable=False)
    assert not interrupts(reply("123", "out_of_scope", 0.64), "phone", readable=False)
    assert interrupts(reply("112", "medical_emergency", 0.9), "phone", readable=False)


def test_what_resembles_nothing_is_an_answer_that_could_not_be_read():
    assert not interrupts(reply("asdf", "out_of_scope", 0.4), "bank_account", readable=False)
    assert interrupts(reply("che tempo fa domani", "out_of_scope", 0.9), "bank_account", readable=False)
