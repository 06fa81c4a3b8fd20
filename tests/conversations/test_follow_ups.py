"""A few words that go on with what was just shown, with the trained model and the running programs."""

from __future__ import annotations

import pytest

from locales import catalogue, texts

pytestmark = pytest.mark.slow
# The words of each column, and what they ask about.
MORE = {"glasses_too": ("service", "glasses"), "therapy_too": ("benefit_type", "physiotherapy")}


def test_few_words_after_limits_ask_for_more_and_a_number_for_nothing(talk):
    talk.expect(talk.tell("left"), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "benefit_left", "benefit_not_covered")
    language, script = talk.phrases["language"], talk.phrases["script"]
    for words, (group, item) in MORE.items():
        answer = talk.tell(words)
        talk.expect(answer, "benefit_left", "benefit_not_covered")
        assert texts.in_script(catalogue.name(group, item, language), language, script) in answer, answer
    talk.expect(talk.say("85"), "inform_unclear")


def test_a_hospital_of_the_list_is_shown_alone(talk):
    talk.expect(talk.tell("hospital"), "provider_found_in")
    first, second = [card["title"] for card in talk.heard[-1]["cards"]][:2]
    shown = talk.tell("second_one")
    talk.expect(shown, "provider_one")
    assert second in shown
    assert first not in shown
