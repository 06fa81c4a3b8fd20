"""The main job on Telegram and WhatsApp: simulated vendors, their real webhooks, the real programs and model.

Customers of the three countries talk at the same time, on each messenger another person: what takes long is
waiting, and nobody's words may end up in somebody else's chat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conversations.claiming import button_title, fill_in, first_question
from tests.conversations.papers import make_photo
from tests.conversations.speech import PHRASES, Talk, Understanding
from tests.messenger_customer import MessengerCustomer
from tests.running import Running

pytestmark = pytest.mark.slow
REQUEST_NUMBER = re.compile(r"\bR[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
# On each messenger another member of the family: drafts belong to the person.
PEOPLE = {
    ("telegram", "it"): "mario.rossi",
    ("telegram", "id"): "budi.santoso",
    ("telegram", "sr-Cyrl"): "milica.jovanovic",
    ("whatsapp", "it"): "laura.bianchi",
    ("whatsapp", "id"): "siti.rahayu",
    ("whatsapp", "sr-Latn"): "nenad.jovanovic",
}


class MessengerTalk(Understanding, MessengerCustomer):
    """A customer of a messenger who writes as a column of phrases has it."""

    def __init__(self, running: Running, vendor: str, column: str, username: str) -> None:
        self.phrases = PHRASES[column]
        super().__init__(running, vendor, self.phrases["market"], username)

    def tell(self, name: str, **wait: Any) -> str:
        """Say the phrase of that name."""
        return self.say(self.phrases[name], **wait)


@dataclass(frozen=True)
class Told:
    """What came of one main job."""

    talk: MessengerTalk
    number: str
    code: str
    code_entry: str


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The real programs with the simulators of both vendors."""
    stack = Running(tmp_path_factory.mktemp("messengers"), simulators=True)
    stack.prepare()
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def jobs(stack: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Any, Future[Told]]]:
    """The main jobs of all, done at the same time."""
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        yield {
            case: pool.submit(do_main_job, stack, *case, tmp_path_factory.mktemp("papers")) for case in PEOPLE
        }


def do_main_job(stack: Running, vendor: str, column: str, folder: Path) -> Told:
    """Ask what is left, log in on the way, claim with a photo of a receipt, and ask how it stands."""
    talk = MessengerTalk(stack, vendor, column, PEOPLE[vendor, column])
    talk.expect(talk.tell("greet"), "greet")
    talk.expect(talk.tell("left"), "login_needed")
    assert talk.give_password(talk.username).status_code == 200
    talk.listen()
    code = talk.newest_code()
    code_entry = talk.act("say", text=code)
    answer = talk.listen()
    talk.expect(answer, "login_done")
    talk.expect(answer, "benefit_left")

    answer = first_question(talk, talk.tell("claim"))
    receipt = make_photo(folder).rename(folder / "receipt.jpg")
    fill_in(talk, answer, receipt, make_photo(folder))
    submitted = talk.tell("yes")
    talk.expect(submitted, "claim_submitted")
    number = REQUEST_NUMBER.search(submitted)
    assert number, submitted
    status = talk.say(number.group())
    assert number.group() in status
    talk.expect(status, "request_status")
    return Told(talk, number.group(), code, code_entry)


@pytest.mark.parametrize("case", PEOPLE, ids="-".join)
def test_the_whole_job(case, jobs):
    told = jobs[case].result()
    files = [e["file"]["name"] for e in told.talk.entries.values() if e["file"]]
    assert len(files) >= 1
    # Nobody saw anything of anybody else's request.
    others = {job.result().number for other, job in jobs.items() if other != case}
    chat = "\n".join(entry["text"] for entry in told.talk.entries.values())
    assert told.number in chat
    assert [number for number in others if number in chat] == []


def test_a_code_typed_on_telegram_is_gone_from_the_chat_and_stands_nowhere(stack, jobs):
    told = [job.result() for (vendor, _), job in jobs.items() if vendor == "telegram"]
    for one in told:
        one.talk.wait_until(one.code_entry, lambda entry: entry["deleted"])
        assert one.code not in "".join(e["text"] for e in one.talk.entries.values())
    kept = [*stack.var.glob("connectors.db*"), *stack.var.glob("rasa.db*"), *stack.var.glob("*.log")]
    assert {"connectors.db", "rasa.db", "connectors.log", "rasa.log"} <= {path.name for path in kept}
    for path in kept:
        content = path.read_bytes().decode("utf-8", "replace")
        for one in told:
            found = re.search(rf"(?<![\w.]){one.code}(?![\w.])", content)
            assert found is None, (path.name, content[max(0, found.start() - 80) : found.end() + 80])


def test_a_draft_begun_on_telegram_is_resumed_on_the_website_and_back(stack, jobs, tmp_path):
    began = jobs["telegram", "it"].result().talk
    first_question(began, began.tell("claim"))
    asked = began.open_question(began.tell("date"))
    assert asked
    began.tell("logout")

    there = Talk(stack, "it")
    there.expect(there.tell("resume"), "login_needed")
    answer = there.log_in(began.username)
    assert there.open_question(answer) == asked, answer
    fill_in(there, answer, make_photo(tmp_path), make_photo(tmp_path), until="expense_amount")
    there.tell("logout")

    began.expect(began.tell("resume"), "login_needed")
    answer = began.log_in(began.username)
    assert began.open_question(answer) == "expense_amount", answer
    began.tell("stop")
    began.expect(began.press(button_title(began, "button_discard")), "draft_discarded")
