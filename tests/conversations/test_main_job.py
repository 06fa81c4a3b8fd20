"""Happy path: the whole job, in every way of writing, against the real model and the real programs."""

import re

import pytest

from tests.conversations.claiming import fill_in, first_question, start_claim
from tests.conversations.speech import PHRASES

pytestmark = pytest.mark.slow
REQUEST_NUMBER = re.compile(r"\bR[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def test_the_whole_job(talk, bill, photo):
    greeting = talk.tell("greet")
    talk.expect(greeting, "greet")

    offered = talk.tell("policies")
    talk.expect(offered, "login_needed")
    policies = talk.log_in(talk.phrases["username"])
    talk.expect(policies, "login_done")
    talk.expect(policies, "policies_list")

    talk.expect(talk.tell("covered"), "benefit_covered")
    talk.expect(talk.tell("left"), "benefit_left")

    found = talk.tell("hospital")
    talk.expect(found, "provider_found_in")
    assert any(card.get("link") for card in talk.heard[-1]["cards"])

    answer = first_question(talk, talk.tell("claim"))
    answer = fill_in(talk, answer, bill, photo)
    submitted = talk.tell("yes")
    talk.expect(submitted, "claim_submitted")
    number = REQUEST_NUMBER.search(submitted)
    assert number, submitted

    status = talk.say(number.group())
    assert number.group() in status
    talk.expect(status, "request_status")


def test_answers_come_in_the_language_and_script_the_customer_writes(talk):
    tag = {"sr": f"sr-{talk.phrases['script']}"}.get(talk.phrases["language"], talk.phrases["language"])
    for name in ("greet", "hospital", "digression", "out_of_scope", "agent"):
        answer = talk.tell(name)
        assert talk.language == tag, (name, answer)


def test_another_customers_request_is_answered_like_one_that_does_not_exist(talk, bill, photo, running):
    answer = start_claim(talk)
    fill_in(talk, answer, bill, photo)
    number = REQUEST_NUMBER.search(talk.tell("yes")).group()

    stranger = type(talk)(running, next(k for k, v in PHRASES.items() if v is talk.phrases))
    stranger.tell("requests")
    stranger.log_in(talk.phrases["stranger"])
    unknown = number[:-2] + ("A" if number[-2] != "A" else "B") + number[-1]
    theirs, nobodys = stranger.say(number), stranger.say(unknown)
    assert theirs.replace(number, "?") == nobodys.replace(unknown, "?")
    stranger.expect(theirs, "request_not_found")
