"""Feedback in the chat: a score, a comment, both, and what is none of it."""

import json

import pytest

from bot.actions.feedback import ActionGiveFeedback
from locales import texts

PATH = "/conversations/c1/feedback/claim"
SCORED = {"feedback_journey": "claim"}
AFTER = [
    {"event": "user", "parse_data": {"intent": {"name": "give_feedback"}}},
    {"event": "user", "parse_data": {"intent": {"name": "inform"}}},
]


def words(key):
    return texts.render(key, "it")


@pytest.fixture(autouse=True)
def keeping(bench):
    kept = {"journey": "claim", "score": None, "comment": None}

    def keep(request):
        kept.update({name: value for name, value in json.loads(request.content).items() if value is not None})
        return 200, kept

    bench.backend.on("PUT", PATH, keep)
    bench.backend.on("PUT", "/conversations/c1/feedback/conversation", keep)


def test_a_pressed_score_is_kept_and_more_may_be_said(bench):
    said = bench.run(ActionGiveFeedback, "/give_feedback", "give_feedback", {"choice": "5"}, SCORED)
    assert bench.backend.sent("PUT", PATH) == [{"score": 5, "comment": None}]
    assert words("feedback_more") in said.text
    assert said.slots["awaiting"] == "feedback_comment"


def test_a_low_score_is_asked_about_and_offers_a_person(bench):
    said = bench.run(ActionGiveFeedback, "/give_feedback", "give_feedback", {"choice": "1"}, SCORED)
    assert words("feedback_what_was_wrong") in said.text
    assert '/talk_to_agent{"choice": "complaint"}' in said.buttons.values()


def test_what_is_said_after_the_score_is_its_comment(bench):
    bench.run(ActionGiveFeedback, "/give_feedback", "give_feedback", {"choice": "2"}, SCORED)
    slots = {**SCORED, "awaiting": "feedback_comment"}
    said = bench.run(ActionGiveFeedback, "troppe domande", "inform", slots=slots, events=AFTER)
    assert bench.backend.sent("PUT", PATH)[-1]["comment"] == "troppe domande"
    assert words("feedback_done") in said.text
    assert said.slots["awaiting"] is None


def test_what_is_said_later_is_no_comment(bench):
    slots = {**SCORED, "awaiting": "feedback_comment"}
    later = [AFTER[0], AFTER[1], AFTER[1]]
    said = bench.run(ActionGiveFeedback, "20121", "inform", slots=slots, events=later)
    assert said.followups == ["action_inform"]
    assert bench.backend.sent("PUT", PATH) == []


def test_a_town_after_the_score_is_a_wish(bench):
    slots = {**SCORED, "awaiting": "feedback_comment"}
    said = bench.run(ActionGiveFeedback, "a Milano?", "inform", {"city": "Milano"}, slots, events=AFTER)
    assert said.followups == ["action_inform"]


def test_nothing_to_add_is_no_comment(bench):
    slots = {**SCORED, "awaiting": "feedback_comment"}
    said = bench.run(ActionGiveFeedback, "no grazie", "deny", slots=slots, events=AFTER)
    assert words("feedback_done") in said.text
    assert bench.backend.sent("PUT", PATH) == []


@pytest.mark.parametrize(
    ("text", "language", "score"),
    [
        ("5/5", "it", 5),
        ("cinque stelle, bravissimi", "it", 5),
        ("dao bih četiri zvezdice", "sr", 4),
        ("bintang lima pokoknya", "id", 5),
        ("voto 3", "it", 3),
        ("una bella esperienza", "it", None),
        ("ho aspettato 3 giorni per avere una risposta", "it", None),
        ("da 1 a 5 direi 4 stelle", "it", None),
    ],
)
def test_a_score_is_read_only_where_it_is_one(bench, text, language, score):
    bench.run(ActionGiveFeedback, text, "give_feedback", slots={"language": language})
    assert bench.backend.sent("PUT", "/conversations/c1/feedback/conversation")[0]["score"] == score


def test_praise_in_words_is_kept_and_asked_for_a_score(bench):
    said = bench.run(ActionGiveFeedback, "siete stati gentilissimi", "give_feedback")
    assert words("feedback_thanks_score") in said.text
    assert len(said.buttons) == 5


def test_within_a_form_it_is_taken_and_the_form_goes_on(bench):
    said = bench.run(
        ActionGiveFeedback, "/give_feedback", "give_feedback", {"choice": "5"}, SCORED, loop="request_form"
    )
    assert words("feedback_done") in said.text
    assert "awaiting" not in said.slots or said.slots["awaiting"] is None


def test_a_bare_number_that_nobody_asked_for_is_no_score(bench):
    said = bench.run(ActionGiveFeedback, "5", "give_feedback")
    assert said.followups == ["action_not_understood"]
    assert bench.backend.calls == []
