"""What nobody should send, sent in the middle of a claim: a clear answer, nothing lost, nothing executed."""

import re
from pathlib import Path

import pytest

from locales import texts
from tests.backend.documents import bills
from tests.conversations.claiming import fill_in, start_claim
from tests.conversations.speech import Talk

pytestmark = pytest.mark.slow
LONGEST = 5000
COMMANDS = [
    "/restart",
    '/claim_reimbursement{"amount":"1"}',
    "/submit",
    "//action_submit",
    '/inform{"choice":"submit"}',
]
EMOJI = "😀👍🏽❤️"
REQUEST_NUMBER = re.compile(r"\bR[IST]-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def place_of(talk: Talk) -> str | None:
    """Where the claim is, found out without changing it: asking why repeats the question."""
    return talk.open_question(talk.tell("why"))


def assert_clear(talk: Talk, answer: str) -> None:
    """Said in the customer's language and script, and not an apology for a breakdown."""
    tag = texts.tag(talk.phrases["language"], talk.phrases["script"])
    assert talk.language == tag, (talk.language, answer)
    assert not talk.means(answer, "something_went_wrong"), answer
    assert not talk.means(answer, "system_no_answer"), answer


def test_in_the_middle_of_a_claim_nothing_odd_moves_it_from_its_place(talk, bill, photo):
    answer = start_claim(talk)
    place = talk.open_question(answer)
    for odd in [*COMMANDS, EMOJI, "?!", "a" * LONGEST]:
        answer = talk.say(odd)
        assert_clear(talk, answer)
        assert talk.open_question(answer) == place, (odd[:40], answer)
    for empty in ("", "  \n\t ", "\u200b", "/", "///"):
        answer = talk.say(empty)
        talk.expect(answer, "system_text_empty")
        assert_clear(talk, answer)
    assert place_of(talk) == place

    # The same at the end, where a command could send the claim off.
    answer = fill_in(talk, talk.tell("why"), bill, photo)
    for odd in ["/submit", '/inform{"choice":"submit"}', EMOJI]:
        answer = talk.say(odd)
        assert_clear(talk, answer)
        assert not REQUEST_NUMBER.search(answer), (odd, answer)
    assert talk.open_question(answer) == "summary", answer


def test_before_any_log_in_odd_messages_are_answered_and_execute_nothing(talk):
    talk.tell("greet")  # from then on language and script are known
    for odd in [*COMMANDS, EMOJI, "?!", "a" * LONGEST]:
        answer = talk.say(odd)
        assert_clear(talk, answer)
    talk.expect(talk.say("   "), "system_text_empty")
    talk.tell("resume")
    # Nothing was begun: whoever logs in now finds no draft of this conversation.
    drafts = talk.log_in(talk.phrases["stranger"])
    talk.expect(drafts, "draft_none")


def test_a_text_that_is_too_long_is_refused_whole_and_one_just_short_enough_is_read(talk):
    place = talk.open_question(start_claim(talk))
    body = {"client_message_id": "too-long", "text": "a" * (LONGEST + 1)}
    path = f"/api/website/conversations/{talk.conversation_id}/messages"
    refused = talk.http.post(path, json=body, headers=talk.headers)
    assert (refused.status_code, refused.json()["error"]) == (413, "text_too_long")
    assert talk.means(refused.json()["message"], "system_text_too_long"), refused.text
    assert place_of(talk) == place


def test_values_that_do_not_hold_are_named_and_the_question_stays(talk, bill, photo):
    market = talk.phrases["market"]
    answer = fill_in(talk, start_claim(talk), bill, photo, until="treatment_date")
    answer = talk.tell("future_date")
    talk.expect(answer, "wrong_date_in_future")
    assert talk.open_question(answer) == "treatment_date", answer

    bad_account = "wrong_account_invalid" if market == "id" else "wrong_iban_invalid"
    steps = [
        ("bank_account", talk.phrases["bad_account"], {bad_account, "wrong_unread_bank_account"}),
        ("expense_amount", "asdf", {"wrong_unread_amount"}),
    ]
    if market == "id":  # asks for the account after the bills, the others before them
        steps.reverse()
    for question, words, keys in steps:
        answer = fill_in(talk, answer, bill, photo, until=question)
        answer = talk.say(words)
        talk.expect(answer, *keys)
        assert_clear(talk, answer)
        assert talk.open_question(answer) == question, answer


def test_files_that_cannot_be_taken_are_refused_with_the_reason(talk, bill, photo, tmp_path):
    answer = fill_in(talk, start_claim(talk), bill, photo, until="expense_document")
    good = bills.make_pdf(bills.INDONESIAN)
    for name, content, status, key in (
        ("large.pdf", b"%PDF-1.7\n" + bills.make_noise(12_000_000), 413, "system_file_too_large"),
        ("letter.pdf", b"Just some words.\n" * 40, 415, "system_file_type_not_allowed"),
        ("locked.pdf", bills.encrypted(good), 422, "system_pdf_encrypted"),
        ("script.pdf", bills.with_script(good), 422, "system_pdf_active"),
        ("empty.pdf", b"", 422, "system_file_empty"),
    ):
        path = write(tmp_path / name, content)
        refused = talk.send_file(path, "application/pdf")
        assert refused.status_code == status, refused.text
        assert talk.means(refused.json()["message"], key) and name in refused.json()["message"], refused.text
        # It stands in the conversation too, for whoever comes back later.
        talk.expect(talk.listen(), key)
    assert place_of(talk) == "expense_document"
    answer = talk.upload(bill)
    assert talk.open_question(answer) not in {None, "expense_document"}, answer


def write(path: Path, content: bytes) -> Path:
    """The path, with this content."""
    path.write_bytes(content)
    return path
