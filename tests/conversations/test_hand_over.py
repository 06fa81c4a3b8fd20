"""From the assistant to people and back: the claim goes on where it stopped, and nobody is answered by two.

The agents are those of the core, in a process of their own as the desk would be: tests/browser shows the desk itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.core.handover import ownership, waiting
from connectors.core.handover.agents import DeskAgent
from connectors.core.handover.models import Handover
from connectors.core.messages import Draft
from connectors.core.models import TranscriptMessage
from tests.connectors.handover_world import PAGE_GONE, Desk, make_agent, writing_for
from tests.conversations.claiming import button_title, fill_in, start_claim
from tests.conversations.papers import make_bill, make_photo
from tests.conversations.speech import PHRASES, Talk
from tests.running import Running

pytestmark = pytest.mark.slow
COLUMNS = ["it", "id", "sr-Cyrl", "sr-ascii"]
QUEUED = ("care_queued", "care_queued_minutes", "care_queued_unstaffed")
CLOSED = ("agent_closed_until", "agent_closed_holiday")
# As people write them, and as they are dialled.
NUMBERS = {
    "it": ("333 123 4567", "+393331234567"),
    "id": ("0812-3456-7890", "+6281234567890"),
    "rs": ("064/1234567", "+381641234567"),
}


class Colleague:
    """An agent who serves the customer's market in the customer's language."""

    def __init__(self, running: Running, talk: Talk) -> None:
        self.desk = Desk(f"sqlite:///{running.var}/connectors.db")
        self.talk = talk
        market, language = talk.phrases["market"], talk.phrases["language"]
        self.agent: DeskAgent = make_agent(f"ana-{market}", markets=[market], languages=[language])
        self.desk.online(self.agent)

    def found(self) -> list[Handover]:
        """All hand-overs of the conversation."""
        mine = Handover.conversation_id == self.talk.conversation_id
        return self.desk.run(lambda session: list(session.query(Handover).where(mine)))

    def the_one(self) -> Handover:
        """The only hand-over of the conversation."""
        (handover,) = self.found()
        return handover

    def takes(self) -> str:
        """What the customer hears when the agent takes the conversation."""
        self.desk.take(self.the_one().id, self.agent)
        return self.talk.listen()

    def says(self, text: str) -> str:
        """What the customer hears of it."""
        given = (self.the_one().id, self.agent, Draft("agent", text), writing_for, self.desk.now)
        self.desk.run(lambda session: ownership.say(session, *given))
        return self.talk.listen()

    def hands_back(self, done: list[str], *, resume: bool) -> str:
        """What the assistant says then."""
        given = (self.the_one().id, self.agent, done, resume, self.desk.now)
        self.desk.run(lambda session: ownership.hand_back(session, *given))
        return self.talk.listen()


@pytest.fixture(params=COLUMNS)
def customer(request: pytest.FixtureRequest, running: Running) -> Talk:
    """A new conversation while CARE is there."""
    if not isinstance(running, Running):
        pytest.skip("the database of programs that somebody else started is not at hand")
    return Talk(running, request.param)


@pytest.fixture
def colleague(customer: Talk, running: Running) -> Iterator[Colleague]:
    """Somebody at the desk."""
    colleague = Colleague(running, customer)
    yield colleague
    colleague.desk.engine.dispose()


@pytest.fixture(scope="module")
def closed(running: Running) -> Iterator[Running]:
    """The programs all slow tests share, outside the hours of CARE."""
    if not isinstance(running, Running):
        pytest.skip("programs that somebody else started keep their hours")
    running.restart("backend", BACKEND_CARE_HOURS="never")
    yield running
    running.restart("backend", BACKEND_CARE_HOURS="always")


def test_a_person_takes_over_in_the_middle_of_a_claim_which_goes_on_at_its_step(
    customer: Talk, colleague: Colleague, tmp_path: Path
) -> None:
    talk, phrases = customer, customer.phrases
    bill, photo = make_bill(tmp_path, phrases["market"], talk.conversation_id), make_photo(tmp_path)
    answer = fill_in(talk, start_claim(talk), bill, photo, until="expense_document")

    answer = talk.tell("agent")
    talk.expect(answer, "agent_open_in_form")
    talk.expect(answer, *QUEUED)
    assert talk.open_question(answer) is None, answer
    handover = colleague.the_one()
    facts = handover.facts
    assert (handover.state, handover.kind, handover.reason, handover.urgent) == (
        "waiting",
        "live",
        "asked",
        False,
    )
    assert (facts["wish"], facts["journey"], facts["step"], facts["login"]) == (
        "claim_reimbursement",
        "claim",
        "expense_document",
        "logged_in",
    )
    assert facts["draft_id"] and facts["answered"] < facts["total"]

    talk.say_unanswered(phrases["policies"])
    assert phrases["language"] in talk.language
    talk.expect(talk.press(talk.title_behind("care_queued", "/care_place")), "care_place_minutes")

    assert colleague.agent.name in colleague.takes()
    assert "OK, 123" in colleague.says("OK, 123")
    assert talk.heard[-1]["author"] == "agent"
    for name in ("digression", "yes", "stop", "claim"):
        talk.say_unanswered(phrases[name])

    answer = colleague.hands_back(["problem_reported"], resume=True)
    talk.expect(answer, "back_resumed")
    talk.expect(answer, "back_done_problem_reported")
    assert talk.open_question(answer) == "expense_document", answer
    # What was said to the agent was no answer, and no wish that waited.
    answer = fill_in(talk, answer, bill, photo)
    talk.expect(talk.tell("yes"), "claim_submitted")
    assert colleague.the_one().state == "ended"


def test_handed_back_at_the_menu_the_claim_waits(running: Running, tmp_path: Path) -> None:
    talk = Talk(running, "it")
    colleague = Colleague(running, talk)
    question = talk.open_question(start_claim(talk))
    talk.tell("agent")
    colleague.takes()
    answer = colleague.hands_back([], resume=False)
    talk.expect(answer, "back_draft_waits")
    assert talk.open_question(answer) is None, answer
    talk.expect(talk.tell("greet"), "greet_by_name")
    answer = talk.the_last_draft(talk.tell("resume"))
    talk.expect(answer, "draft_resumed")
    assert talk.open_question(answer) == question
    talk.tell("stop")
    talk.press(button_title(talk, "button_discard"))
    colleague.desk.engine.dispose()


def test_who_does_not_want_to_wait_goes_back_to_the_question(customer: Talk, colleague: Colleague) -> None:
    talk = customer
    question = talk.open_question(start_claim(talk))
    talk.expect(talk.tell("agent"), *QUEUED)
    answer = talk.press(talk.title_behind("care_queued", "/care_return"))
    talk.expect(answer, "back_resumed")
    assert talk.open_question(answer) == question, answer
    left = colleague.the_one()
    assert (left.state, left.ended_by) == ("ended", "customer")
    talk.tell("stop")
    talk.press(button_title(talk, "button_discard"))


def test_an_emergency_comes_before_all_who_wait(
    customer: Talk, colleague: Colleague, running: Running
) -> None:
    other = Talk(running, next(name for name, phrases in PHRASES.items() if phrases is customer.phrases))
    other.expect(other.tell("agent"), *QUEUED)
    answer = customer.tell("emergency")
    customer.expect(answer, "emergency")
    # The numbers stand first: whoever reads one line reads them.
    first, second = (message["text"] for message in customer.heard if message["author"] == "bot")
    assert customer.means(first, "emergency") and customer.means(second, "agent_emergency")
    handover = colleague.the_one()
    assert (handover.reason, handover.urgent) == ("emergency", True)
    next_one = colleague.desk.run(
        lambda s: waiting.next_for(s, colleague.agent, colleague.desk.now, PAGE_GONE)
    )
    assert next_one is not None and next_one.id == handover.id
    answer = customer.press(customer.title_behind("care_queued", "/care_return"))
    customer.expect(answer, "back_menu")
    other.press(other.title_behind("care_queued", "/care_return"))


@pytest.mark.parametrize("column", COLUMNS)
def test_outside_the_hours_a_message_is_left_and_the_claim_goes_on(closed: Running, column: str) -> None:
    talk = Talk(closed, column)
    colleague = Colleague(closed, talk)
    question = talk.open_question(start_claim(talk))
    answer = talk.tell("agent")
    talk.expect(answer, *CLOSED)
    assert talk.open_question(answer) == question, answer
    assert colleague.found() == []

    answer = talk.press(button_title(talk, "button_leave_message"))
    talk.expect(answer, "care_message_ask")
    assert talk.open_question(answer) is None, answer
    # Words that the assistant would understand are a message all the same.
    talk.expect(talk.tell("policies"), "care_message_way")
    talk.expect(
        talk.press(talk.title_behind("care_message_way", '/care_way{"way": "phone"}')), "care_message_phone"
    )
    written, dialled = NUMBERS[talk.phrases["market"]]
    talk.expect(talk.say("12"), "care_message_phone_wrong")
    answer = talk.say(written)
    talk.expect(answer, "care_message_left_phone")
    assert talk.open_question(answer) == question, answer

    ticket = colleague.the_one()
    assert (ticket.kind, ticket.state, ticket.reason) == ("message", "waiting", "message")
    assert ticket.facts["journey"] == "claim" and ticket.callback is not None
    assert (ticket.callback["way"], ticket.callback["address"]) == ("phone", dialled)
    where = (TranscriptMessage.conversation_id == talk.conversation_id) & (
        TranscriptMessage.number == ticket.callback["message"]
    )
    message = colleague.desk.run(lambda s: s.query(TranscriptMessage).where(where).one())
    assert message.text == talk.phrases["policies"]
    talk.tell("stop")
    talk.press(button_title(talk, "button_discard"))
    colleague.desk.engine.dispose()


def test_an_emergency_outside_the_hours_gets_the_numbers_and_nobody_is_promised(closed: Running) -> None:
    talk = Talk(closed, "it")
    talk.expect(talk.tell("emergency"), "emergency")
    assert [m["author"] for m in talk.heard] == ["customer", "bot"]
    talk.expect(talk.tell("greet"), "greet")
