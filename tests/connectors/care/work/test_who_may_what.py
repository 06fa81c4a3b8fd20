"""The whole matrix through the real routes: every role, every action, every way a conversation can stand to somebody.

A cell that is allowed does what it says; one that is refused changes nothing, shows nothing, and asks the backend
for nothing. What is expected stands here by itself and is not read from the desk's own table.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.care.field_proposals import FieldProposal
from connectors.care.permissions import Action
from connectors.core.handover.models import AgentPresence, Handover, HandoverEvent
from connectors.core.models import Conversation, Delivery, TranscriptMessage, Turn
from connectors.database import utc_now
from connectors.settings import Settings
from tests.connectors.care.happenings import Happenings
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.floor import Floor

# Standings, by the letter under which they stand in the table. `here` is the market and language of everybody at the
# desk; supervisors serve all languages of their markets.
STANDINGS = {
    "o": "taken by them",
    "p": "theirs when it ended",
    "w": "waiting, in a language they know",
    "x": "waiting, in a language they do not know",
    "l": "a colleague's who is gone, in a language they know",
    "m": "a colleague's who is gone, in a language they do not know",
    "c": "a colleague's who is there",
    "e": "a colleague's when it ended",
    "n": "ended in the queue, nobody's ever",
    "1": "of another market, waiting",
    "2": "of another market, a colleague's who is gone",
    "3": "of another market, a colleague's when it ended",
    "4": "of another market, theirs from the time when they had it",
}
# action      agent   supervisor  administrator; to take again what is theirs changes nothing and shows it.
TABLE = """
read          opwl    opwxlmcen   -
take          ow      owx         -
answer        o       o           -
note          op      opwxlmcen   -
transfer      o       owxlmc      -
take_over     l       lmc         -
unmask        o       olmc        -
view_file     o       olmc        -
fill_field    o       o           -
hand_back     o       o           -
close         o       o           -
"""
ROLES = ("agent", "supervisor", "administrator")
ALLOWED = {
    (line.split()[0], role): set(line.split()[number].replace("-", ""))
    for line in TABLE.strip().splitlines()
    for number, role in enumerate(ROLES, 1)
}
# Of no conversation: the page, and who gets it.
PAGES = {
    "enter": ("/", {"agent", "supervisor", "administrator"}),
    "see_queue": ("/queue", {"agent", "supervisor"}),
    "see_reports": ("/reports", {"supervisor", "administrator"}),
    "see_team": ("/team", {"supervisor"}),
    "manage_staff": ("/staff", {"administrator"}),
}
CUSTOMERS_WORDS = "il mio ginocchio sinistro"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Whoever was not seen for two minutes is gone; nobody's conversation goes back to the queue by itself."""
    return settings.model_copy(update={"care_gone_minutes": 2, "care_silent_minutes": 600})


@dataclass(frozen=True)
class Case:
    """One conversation made for one cell."""

    handover_id: int
    conversation_id: str


class Cells:
    """Makes conversations of every standing to `me`, and looks at what became of them."""

    def __init__(self, floor: Floor, me: Colleague) -> None:
        self.floor, self.me = floor, me
        self._numbers = itertools.count()
        self._engine = floor.world.app.state.gateway.database.engine
        with Session(self._engine) as session, session.begin():
            for name, minutes in (("there", 0), ("gone", 3)):
                session.add(
                    AgentPresence(
                        agent_id=name,
                        name=name,
                        role="agent",
                        languages=["it", "sr"],
                        markets=["it", "rs"],
                        status="online",
                        limit=9,
                        seen_at=utc_now() - timedelta(minutes=minutes),
                    )
                )

    def make(self, standing: str) -> Case:
        name = f"cid-{next(self._numbers)}"
        foreign, unknown = standing in "1234", standing in "xm"
        given: dict[str, Any] = {"reason": "asked"}
        match standing:
            case "o":
                given |= {"taken": 1, "agent_id": self.me.staff_id}
            case "p" | "4":
                given |= {"taken": 1, "ended": 2, "agent_id": self.me.staff_id, "outcome": "solved"}
            case "l" | "m" | "2":
                given |= {"taken": 1, "agent_id": "gone"}
            case "c":
                given |= {"taken": 1, "agent_id": "there"}
            case "e" | "3":
                given |= {"taken": 1, "ended": 2, "agent_id": "there", "outcome": "solved"}
            case "n":
                given |= {"ended": 2, "outcome": "left_queue"}
        with Session(self._engine) as session, session.begin():
            happened = Happenings(session)
            happened.conversation(
                name, market="rs" if foreign else "it", language="sr" if foreign or unknown else "it"
            )
            asked = f"{utc_now() - timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
            happened.wrote(name, asked)
            session.get_one(TranscriptMessage, (name, 1)).text = CUSTOMERS_WORDS
            handover = happened.handover(name, asked, **given)
            handover.owned_since = handover.taken_at
            state_of = {"waiting": "queue", "taken": "agent", "ended": "bot"}
            session.get_one(Conversation, name).speaker = state_of[handover.state]
            number = handover.id
        # The customer is logged in: there is something to be seen.
        self.floor.desk.logged_in.add(name)
        return Case(number, name)

    def everything(self, case: Case) -> list[str]:
        """All that the gateway has about the conversation."""
        mine = {"conversation_id": case.conversation_id}
        with Session(self._engine) as session:
            rows: list[Any] = [session.get_one(Conversation, case.conversation_id).speaker]
            for table in (Handover, TranscriptMessage, Turn, Delivery, FieldProposal):
                rows += session.execute(select(table.__table__).filter_by(**mine)).all()
            rows += session.execute(
                select(HandoverEvent.__table__).filter_by(handover_id=case.handover_id)
            ).all()
        return [repr(row) for row in rows]

    def handover(self, case: Case) -> Handover:
        with Session(self._engine) as session:
            return session.get_one(Handover, case.handover_id)

    def events(self, case: Case) -> set[str]:
        with Session(self._engine) as session:
            kinds = select(HandoverEvent.kind).filter_by(handover_id=case.handover_id)
            return set(session.scalars(kinds))

    def said(self, case: Case) -> list[tuple[str, str]]:
        with Session(self._engine) as session:
            lines = select(TranscriptMessage).filter_by(conversation_id=case.conversation_id)
            return [(line.author, line.text) for line in session.scalars(lines)]


Done = Callable[[Cells, Case, httpx.Response], bool]


@dataclass(frozen=True)
class Try:
    """One way to attempt an action: the request, and how one sees that it was done."""

    action: str
    path: str
    done: Done
    data: dict[str, Any] | None = None
    files: dict[str, Any] | None = None

    async def attempt(self, cells: Cells, case: Case) -> httpx.Response:
        path = f"/conversations/{case.handover_id}{self.path}"
        if self.data is None:
            return await cells.me.get(path)
        return await cells.me.post(path, data=self.data, files=self.files)


def owned_by_me(cells: Cells, case: Case, answer: httpx.Response) -> bool:
    handover = cells.handover(case)
    return (handover.state, handover.agent_id) == ("taken", cells.me.staff_id)


def shows_their_words(cells: Cells, case: Case, answer: httpx.Response) -> bool:
    return CUSTOMERS_WORDS in answer.text


def ended_as(outcome: str) -> Done:
    return lambda cells, case, answer: cells.handover(case).outcome == outcome


def looked_at(kind: str) -> Done:
    return lambda cells, case, answer: kind in [what for what, _ in cells.floor.desk.looks]


TRIES = [
    Try("read", "", shows_their_words),
    Try("read", "/now", shows_their_words),
    Try("read", "/lines?after=0", shows_their_words),
    Try("read", "/older?number=9", shows_their_words),
    Try("read", "/typing", lambda cells, case, answer: answer.status_code == 200),
    Try("read", "/panel", lambda cells, case, answer: answer.status_code == 200),
    Try("take", "/take", owned_by_me, {}),
    Try("take_over", "/take-over", owned_by_me, {}),
    Try(
        "answer",
        "/answer",
        lambda cells, case, answer: ("agent", "Buongiorno") in cells.said(case),
        {"answer_id": "answer-0001", "text": "Buongiorno"},
    ),
    Try(
        "answer",
        "/answer",
        looked_at("sent"),
        {"answer_id": "answer-0002", "text": ""},
        {"file": ("modulo.pdf", b"%PDF", "application/pdf")},
    ),
    Try("answer", "/typing", lambda cells, case, answer: cells.handover(case).typing_until is not None, {}),
    Try("note", "/note", lambda cells, case, answer: "note" in cells.events(case), {"text": "Richiamare"}),
    Try(
        "transfer",
        "/transfer",
        lambda cells, case, answer: owner(cells, case) == ("taken", "there"),
        {"to": "agent:there", "note": "parla meglio la lingua"},
    ),
    Try(
        "transfer",
        "/transfer",
        lambda cells, case, answer: owner(cells, case) == ("waiting", None),
        {"to": "queue", "note": "finisco il turno"},
    ),
    Try("unmask", "/unmask", looked_at("unmask"), {"fields": ["name"], "reason": "verifica al telefono"}),
    Try("view_file", "/files/doc1", looked_at("file"), {}),
    Try(
        "fill_field",
        "/proposals",
        lambda cells, case, answer: "field_asked" in cells.events(case),
        {"draft_id": "d1", "question": "treatment_date", "item": "", "value": "2026-11-03"},
    ),
    Try("hand_back", "/hand-back", ended_as("handed_back"), {"resume": "1"}),
    Try("close", "/close", ended_as("solved"), {"outcome": "solved"}),
]


def owner(cells: Cells, case: Case) -> tuple[str, str | None]:
    handover = cells.handover(case)
    return handover.state, handover.agent_id


def test_the_matrix_has_every_action_and_every_action_is_tried():
    rows = {action for action, _ in ALLOWED}
    assert rows | set(PAGES) == set(get_args(Action))
    assert {one.action for one in TRIES} == rows
    assert {letter for cell in ALLOWED.values() for letter in cell} <= set(STANDINGS)


@pytest.mark.parametrize("role", ROLES)
async def test_every_cell(floor: Floor, role: str) -> None:
    cells = Cells(floor, floor.agent(role, markets=["it"], languages=["it"], limit=1000))
    wrong = []
    for standing, one in itertools.product(STANDINGS, TRIES):
        case = cells.make(standing)
        floor.desk.looks.clear()
        found = await find_wrong(cells, case, role, standing, one)
        wrong += [f"{role} × {one.action} {one.path} × {STANDINGS[standing]}: {fault}" for fault in found]
    assert wrong == []


async def find_wrong(cells: Cells, case: Case, role: str, standing: str, one: Try) -> list[str]:
    """What is not as the table says."""
    before = cells.everything(case)
    answer = await one.attempt(cells, case)
    if standing in ALLOWED[one.action, role]:
        good = answer.status_code in {200, 204} and one.done(cells, case, answer)
        return [] if good else [f"{answer.status_code}, was to be allowed"]
    readable = standing in ALLOWED["read", role]
    wrong = []
    if cells.everything(case) != before:
        wrong.append("changed something")
    if cells.floor.desk.looks:
        wrong.append(f"asked the backend for {cells.floor.desk.looks}")
    if CUSTOMERS_WORDS in answer.text and not readable:
        wrong.append("showed what the customer wrote")
    # What may not be read is as what does not exist. A part that draws itself anew empties itself then.
    expected = {403} if role == "administrator" else {403, 409} if readable else {404}
    if one.path == "/now" and role != "administrator":
        expected = {200}
    if answer.status_code not in expected:
        wrong.append(f"{answer.status_code}, was to be refused with {expected}")
    return wrong


@pytest.mark.parametrize("role", ROLES)
async def test_what_does_not_exist_answers_as_what_one_may_not_see(floor: Floor, role: str) -> None:
    cells = Cells(floor, floor.agent(role))
    foreign = cells.make("1")
    for one in TRIES:
        hidden = await one.attempt(cells, foreign)
        missing = await one.attempt(cells, Case(987654, "cid-none"))
        assert hidden.status_code == missing.status_code, one
        anonymous = [re.sub(r"conversations/\d+", "conversations/N", one.text) for one in (hidden, missing)]
        assert anonymous[0] == anonymous[1], one


@pytest.mark.parametrize("role", ROLES)
async def test_the_pages_of_no_conversation(floor: Floor, role: str) -> None:
    somebody = floor.agent(role)
    for action, (path, allowed) in PAGES.items():
        answer = await somebody.get(path.rstrip("/"))
        # Entering leads everybody to the page they work on.
        expected = (200, 302, 303, 307) if role in allowed else (403,)
        assert answer.status_code in expected, (action, answer.status_code)


@pytest.mark.parametrize("role", ROLES)
async def test_the_queue_lists_what_one_may_read_and_nothing_else(floor: Floor, role: str) -> None:
    cells = Cells(floor, floor.agent(role, markets=["it"], languages=["it"]))
    made = {standing: cells.make(standing) for standing in STANDINGS}
    page = (await cells.me.get("/queue/list?all=1")).text
    team = (await cells.me.get("/team")).text
    for standing, case in made.items():
        link = f'/care/conversations/{case.handover_id}"'
        if standing not in ALLOWED["read", role]:
            assert link not in page and link not in team, STANDINGS[standing]
    # And whatever is offered can be opened.
    for case in made.values():
        if f'/care/conversations/{case.handover_id}"' in page + team:
            assert (await cells.me.get(f"/conversations/{case.handover_id}")).status_code == 200


async def test_the_next_one_is_never_somebody_elses(floor: Floor) -> None:
    cells = Cells(floor, floor.agent(limit=50))
    made = {cells.make(standing).handover_id: standing for standing in "opxlmcen1234ww"}
    taken = []
    while (await cells.me.post("/queue/next")).status_code == 200:
        taken.append(True)
        assert len(taken) < 5
    mine = [made[number] for number in made if owned_by_me(cells, Case(number, ""), httpx.Response(200))]
    assert sorted(mine) == ["o", "w", "w"]


async def test_who_loses_a_market_loses_its_conversations_at_once(floor: Floor) -> None:
    cells = Cells(floor, floor.agent())
    case = cells.make("o")
    assert (await cells.me.get(f"/conversations/{case.handover_id}")).status_code == 200
    floor.desk.staff.members[cells.me.token]["markets"] = ["rs"]
    # As soon as the gateway asks again who they are.
    floor.world.app.state.care_sessions.forget(cells.me.token)
    for one in TRIES:
        if one.path != "/now":
            assert (await one.attempt(cells, case)).status_code == 404, one


@pytest.mark.parametrize("role", ROLES)
async def test_the_event_stream_of_what_one_may_not_read_is_refused(floor: Floor, role: str) -> None:
    cells = Cells(floor, floor.agent(role, markets=["it"], languages=["it"]))
    for standing in set(STANDINGS) - ALLOWED["read", role]:
        case = cells.make(standing)
        answer = await cells.me.get(f"/stream?handover={case.handover_id}")
        assert answer.status_code == (403 if role == "administrator" else 404), STANDINGS[standing]
