"""The patterns of a form in conversation: correction, digression, why, stop and resume, bad input, emergency."""

import pytest

from tests.conversations.claiming import answer_question, button_title, fill_in, start_claim
from tests.conversations.speech import PHRASES, Talk

pytestmark = pytest.mark.slow


@pytest.fixture
def claim(talk):
    """A claim just begun: the talk and the first question."""
    return talk, start_claim(talk)


def asks_again(talk, answer, question):
    return talk.open_question(answer) == question


def test_digression_and_return(claim):
    talk, answer = claim
    question = talk.open_question(answer)
    answer = talk.tell("digression")
    talk.expect(answer, "contact_open", "contact_closed")
    assert asks_again(talk, answer, question), answer


def test_why(claim):
    talk, answer = claim
    question = talk.open_question(answer)
    answer = talk.tell("why")
    talk.expect(answer, f"claim_why_{question}")
    assert asks_again(talk, answer, question), answer


def test_emergency_in_the_middle_comes_first_and_the_draft_stays(claim, bill, photo):
    talk, answer = claim
    question = talk.open_question(answer)
    answer = talk.tell("emergency")
    talk.expect(answer, "agent_emergency_in_form")
    assert not asks_again(talk, answer, question)
    answer = talk.press(talk.title_behind("care_queued", "/care_return"))
    talk.expect(answer, "back_resumed")
    assert asks_again(talk, answer, question), answer
    again = answer_question(talk, question, bill, photo)
    assert talk.open_question(again) not in {None, question}, again


def test_stop_and_resume_in_another_conversation(claim, bill, photo, running):
    talk, answer = claim
    fill_in(talk, answer, bill, photo, until="expense_document")
    talk.expect(talk.tell("stop"), "draft_kept")

    tomorrow = Talk(running, next(k for k, v in PHRASES.items() if v is talk.phrases))
    tomorrow.tell("resume")
    answer = tomorrow.log_in(tomorrow.phrases["username"])
    if tomorrow.means(answer, "draft_which"):
        newest = next(m for m in reversed(tomorrow.heard) if m.get("buttons"))
        answer = tomorrow.press(newest["buttons"][0]["title"])
    assert asks_again(tomorrow, answer, "expense_document"), answer


def test_correction_of_an_earlier_answer(claim, bill, photo):
    talk, answer = claim
    fill_in(talk, answer, bill, photo, until="expense_document")
    answer = talk.tell("wrong_date")
    talk.expect(answer, "correct_done", "correct_which")
    if talk.means(answer, "correct_done"):
        assert asks_again(talk, answer, "expense_document"), answer


def test_invalid_input_is_explained_at_the_second_time_and_help_offered_at_the_third(claim, bill, photo):
    talk, answer = claim
    fill_in(talk, answer, bill, photo, until="bank_account")
    first = talk.tell("bad_account")
    assert asks_again(talk, first, "bank_account"), first
    second = talk.say("asdf")
    third = talk.say("asdf asdf")
    market = talk.phrases["market"]
    talk.expect(second, f"claim_explain_bank_account_{market}")
    talk.expect(third, "form_help_offer")


def test_a_date_in_the_future_is_refused_in_words(claim, bill, photo):
    talk, answer = claim
    fill_in(talk, answer, bill, photo, until="treatment_date")
    answer = talk.tell("future_date")
    talk.expect(answer, "wrong_date_in_future")
    assert asks_again(talk, answer, "treatment_date"), answer


def test_a_change_of_language_in_the_middle_keeps_the_place(claim):
    talk, answer = claim
    question = talk.open_question(answer)
    talk.tell("change_language")
    wanted = "sr" if talk.phrases["language"] == "it" else "it"
    assert talk.language.startswith(wanted)
    texts_of = dict(talk.phrases)
    talk.phrases = {**texts_of, "language": wanted, "script": "Latn"}
    newest = "\n".join(m["text"] for m in talk.heard[-3:] if m["author"] == "bot" and m.get("text"))
    assert asks_again(talk, newest, question), newest


def test_the_same_confirmation_twice_is_one_request(claim, bill, photo):
    talk, answer = claim
    fill_in(talk, answer, bill, photo)
    submit = button_title(talk, "button_submit")
    token = next(
        b["token"] for m in reversed(talk.heard) for b in m.get("buttons") or [] if b["title"] == submit
    )
    talk.post({"button": token})
    talk.post({"button": token})
    said = talk.listen(at_least=1)
    said += "\n" + talk.tell("requests")
    assert said.count(talk_number_prefix(talk)) >= 1
    cards = [card for m in talk.heard[-2:] for card in m.get("cards") or []]
    today = [card for card in cards if card.get("subtitle", "").startswith(talk_number_prefix(talk))]
    assert len({card["subtitle"] for card in today}) == len(today)


def talk_number_prefix(talk):
    return {"id": "RI-", "rs": "RS-", "it": "RT-"}[talk.phrases["market"]]
