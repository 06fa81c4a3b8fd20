"""A log-in ends in the middle: by itself, by the customer, or because somebody else is there.

What was typed is not lost, what is private is not shown, and nobody gets what another customer left behind.
"""

import re
from collections.abc import Callable

import pytest

from tests.conversations.claiming import answer_question, fill_in, first_question, start_claim
from tests.conversations.machine.truth import Truth
from tests.conversations.papers import make_bill, make_photo
from tests.conversations.speech import PHRASES, Talk
from tests.running import Running

pytestmark = pytest.mark.slow
POLICY_NUMBER = re.compile(r"\b(?:GI|RS|IT)-\d{8}-\d\b")
# Answers that only somebody who is logged in may get.
PRIVATE = (
    "benefit_covered",
    "benefit_not_covered",
    "benefit_left",
    "benefits_overview",
    "policies_list",
    "requests_list",
    "requests_none",
    "draft_exists",
    "draft_resumed",
    "draft_none",
)


@pytest.fixture(params=["id", "it", "sr-Cyrl"])
def idler(request: pytest.FixtureRequest, running: Running) -> Talk:
    """A new conversation of programs whose tables we may write to."""
    if not isinstance(running, Running):
        pytest.skip("programs that somebody else started keep their tables")
    return Talk(running, request.param)


@pytest.fixture
def fall_silent(running: Running, idler: Talk) -> Callable[[], None]:
    """For so long that the log-in ends."""
    return lambda: Truth(running.var).end_login(idler.conversation_id)


def assert_nothing_private(talk: Talk, answer: str) -> None:
    """Neither health data nor what a claim asks."""
    said = [key for key in PRIVATE if talk.means(answer, key)]
    assert not said, answer
    assert talk.open_question(answer) is None, answer
    assert not any(message["cards"] for message in since_newest_of_customer(talk)), answer


def since_newest_of_customer(talk: Talk) -> list[dict]:
    """What was said after the customer's newest message."""
    newest = max(n for n, m in enumerate(talk.heard) if m["author"] == "customer")
    return talk.heard[newest + 1 :]


def test_logging_out_in_the_form_leaves_the_draft_and_takes_no_answer(talk, bill, photo):
    asked = talk.open_question(start_claim(talk))
    answer = talk.tell("logout")
    talk.expect(answer, "logout_done")
    assert_nothing_private(talk, answer)
    assert_nothing_private(talk, answer_question(talk, asked, bill, photo))

    talk.tell("resume")
    answer = talk.the_last_draft(talk.log_in(talk.phrases["username"]))
    talk.expect(answer, "draft_resumed")
    assert talk.open_question(answer) == asked, answer


def test_a_second_customer_in_another_conversation_sees_nothing_of_the_first(running, talk, bill, photo):
    talk.tell("policies")
    own = POLICY_NUMBER.findall(talk.log_in(talk.phrases["username"]))
    assert own
    fill_in(talk, first_question(talk, talk.tell("claim")), bill, photo, until="expense_document")

    second = Talk(running, column_of(talk))
    second.tell("policies")
    seen = second.log_in(second.phrases["stranger"])
    second.expect(seen, "policies_list", "policies_none")
    for name in ("covered", "left", "requests", "resume"):
        seen += second.tell(name)
    second.expect(seen, "draft_none")
    assert not set(own) & set(POLICY_NUMBER.findall(seen)), seen

    # Not even with the other's conversation number.
    path = f"/api/website/conversations/{talk.conversation_id}/messages"
    answer = second.http.get(path, params={"after": 0}, headers=second.headers)
    assert answer.status_code in {401, 404}
    assert not POLICY_NUMBER.search(answer.text)


def test_an_answer_typed_after_the_log_in_ran_out_is_stored_after_the_next_one(idler, fall_silent, tmp_path):
    talk, bill, photo = idler, make_bill(tmp_path, idler.phrases["market"], ""), make_photo(tmp_path)
    answer = start_claim(talk)
    asked = talk.open_question(answer)
    fall_silent()
    refused = answer_question(talk, asked, bill, photo)
    talk.expect(refused, "login_expired")
    assert_nothing_private(talk, refused)

    answer = talk.log_in(talk.phrases["username"])
    talk.expect(answer, "login_done")
    assert talk.open_question(answer) not in {None, asked}, answer

    # Also a file, which is given much later.
    answer = fill_in(talk, answer, bill, photo, until="expense_document")
    fall_silent()
    refused = talk.upload(bill)
    talk.expect(refused, "login_expired")
    answer = talk.log_in(talk.phrases["username"])
    assert talk.open_question(answer) not in {None, "expense_document"}, answer


def test_without_a_log_in_or_after_it_ran_out_nothing_private_is_said(idler, fall_silent):
    talk = idler
    questions = ("policies", "covered", "left", "requests", "resume")
    for name in questions:
        answer = talk.tell(name)
        talk.expect(answer, "login_needed")
        assert_nothing_private(talk, answer)
    talk.log_in(talk.phrases["username"])
    fall_silent()
    for name in questions:
        answer = talk.tell(name)
        talk.expect(answer, "login_expired", "login_needed")
        assert_nothing_private(talk, answer)


def test_somebody_else_in_the_same_conversation_gets_nothing_of_the_first(idler, fall_silent, tmp_path):
    talk, bill, photo = idler, make_bill(tmp_path, idler.phrases["market"], ""), make_photo(tmp_path)
    answer = start_claim(talk)
    asked = talk.open_question(answer)
    fall_silent()
    talk.expect(answer_question(talk, asked, bill, photo), "login_expired")
    # On the same machine the wife logs in, not the husband.
    answer = talk.log_in(talk.phrases["stranger"])
    talk.expect(answer, "draft_gone")
    assert_nothing_private(talk, answer)
    answer = talk.tell("resume")
    talk.expect(answer, "draft_none")


def column_of(talk: Talk) -> str:
    """The name of the talk's way of writing."""
    return next(name for name, phrases in PHRASES.items() if phrases is talk.phrases)
