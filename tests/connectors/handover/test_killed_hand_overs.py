"""kill -9 of the gateway in the middle of fifty hand-overs: one owner each afterwards, and not a word lost or doubled."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from connectors.core.handover.models import TAKEN, WAITING, Handover, HandoverEvent
from connectors.core.messages import read_after
from connectors.core.models import Conversation, Turn
from connectors.database import utc_now
from connectors.migrate import migrate
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.care.work.floor import wants_a_person
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.gateway_world import PATIENCE, eventually, words
from tests.connectors.live_gateway import free_port, serve, start_process

CUSTOMERS = 50
# So many are reached for at the same moment.
AT_ONCE = 6
# So many of them are taken when the gateway is killed, once and once more.
KILLS = (12, 30)


async def insist(post: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Send until there is an answer, as a browser or a person does; what cannot be answered now comes again."""
    while True:
        try:
            answer = await post()
        except httpx.HTTPError:
            await asyncio.sleep(0.2)
            continue
        if answer.status_code < 500:
            return answer
        await asyncio.sleep(0.2)


class Day:
    """Customers who ask for people and go on writing, and agents who both want everybody."""

    def __init__(self, database: str, http: httpx.AsyncClient, agents: list[Colleague]) -> None:
        self.engine = create_engine(database)
        self.http = http
        self.agents = agents
        self.customers: dict[str, int] = {}
        self.answered: set[int] = set()

    def count_taken(self) -> int:
        with Session(self.engine) as session:
            return len(session.scalars(select(Handover.id).where(Handover.taken_at.is_not(None))).all())

    async def customer(self, number: int) -> None:
        opened = await insist(lambda: self.http.post("/api/website/conversations", json={"market": "it"}))
        cid, headers = opened.json()["conversation_id"], {"Authorization": f"Bearer {opened.json()['token']}"}
        self.customers[cid] = number
        for step, said in enumerate(("operatore", f"parola {number}-1", f"parola {number}-2")):
            body = {"client_message_id": f"m{step}", "text": said}
            await insist(
                lambda body=body: self.http.post(  # type: ignore[misc]
                    f"/api/website/conversations/{cid}/messages", json=body, headers=headers
                )
            )
            await asyncio.sleep(0.3)

    async def work(self) -> None:
        """Until everybody was answered: both agents reach for each, whoever has it answers; every other goes back."""
        while len(self.answered) < CUSTOMERS:
            with Session(self.engine) as session:
                open_ones = select(Handover.id, Handover.state).where(Handover.state.in_((WAITING, TAKEN)))
                found = session.execute(open_ones).all()
            waiting = [(one.id, one.state) for one in found if one.id not in self.answered]
            await asyncio.gather(*(self._serve(*one) for one in waiting[:AT_ONCE]))
            await asyncio.sleep(0.05)

    async def _serve(self, handover_id: int, state: str) -> None:
        if state == WAITING:
            takes = [self._post(agent, handover_id, "take") for agent in self.agents]
            statuses = [answer.status_code for answer in await asyncio.gather(*takes)]
            assert set(statuses) <= {200, 409, 404}, statuses
        await self._answer(handover_id)

    async def _answer(self, handover_id: int) -> None:
        with Session(self.engine) as session:
            owner = session.scalar(select(Handover.agent_id).where(Handover.id == handover_id))
        for agent in self.agents:
            if agent.staff_id != owner:
                continue
            said = {"answer_id": f"answer-{handover_id}", "text": f"risposta {handover_id}"}
            assert (await self._post(agent, handover_id, "answer", said)).status_code == 200
            if handover_id % 2 == 0:
                # 403, 404: it was done before the answer to it was lost.
                back = await self._post(agent, handover_id, "hand-back", {"resume": "1"})
                assert back.status_code in {200, 403, 404, 409}
            self.answered.add(handover_id)

    async def _post(
        self, agent: Colleague, handover_id: int, deed: str, data: dict[str, str] | None = None
    ) -> httpx.Response:
        return await insist(lambda: agent.post(f"/conversations/{handover_id}/{deed}", data=data or {}))


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_fifty_hand_overs_survive_two_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = f"sqlite:///{tmp_path}/connectors.db"
    migrate(database)
    rasa, backend = FakeRasa(), FakeBackend()
    rasa.answer, rasa.seconds = wants_a_person, 0.1
    desk = FakeDesk(backend)
    for name in ("CONVERSATIONS", "REQUESTS"):
        monkeypatch.setenv(f"CONNECTORS_{name}_PER_MINUTE", "0")
    monkeypatch.setenv("CONNECTORS_LOG_LEVEL", "ERROR")
    port = free_port()
    with serve(rasa.app) as rasa_url, serve(backend.asgi) as backend_url:
        process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
        http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE)
        agents = [desk.staff.log_in(http, "agent", limit=CUSTOMERS) for _ in range(2)]
        day = Day(database, http, agents)
        try:
            everybody = asyncio.gather(day.work(), *(day.customer(number) for number in range(CUSTOMERS)))
            for kill_at in KILLS:

                async def far_enough(kill_at: int = kill_at) -> bool:
                    await asyncio.sleep(0.1)
                    return everybody.done() or day.count_taken() >= kill_at

                await eventually(far_enough, 5 * PATIENCE)
                assert not everybody.done() and day.count_taken() < CUSTOMERS, "in the middle"
                process.send_signal(signal.SIGKILL)
                process.wait()
                process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
            await asyncio.wait_for(everybody, 10 * PATIENCE)

            async def settled() -> bool:
                await asyncio.sleep(0.1)
                with Session(day.engine) as session:
                    return not session.scalars(
                        select(Turn.id).where(Turn.state.in_(("waiting", "working")))
                    ).all()

            await eventually(settled)
        finally:
            process.terminate()
            process.wait()
            await http.aclose()
    check(day, agents)
    # The dialogue executed each turn once, and no word that was said to people.
    assert not [one for one in rasa.texts if one.startswith("parola") and not _to_the_bot(day, rasa, one)]
    day.engine.dispose()


def _to_the_bot(day: Day, rasa: FakeRasa, said: str) -> bool:
    """Whether the bot had the floor again when this came: its conversation was handed back."""
    cids = {turn["conversation_id"] for turn in rasa.turns if turn["text"] == said}
    back = {turn["conversation_id"] for turn in rasa.turns if turn["metadata"]["notice"] == "handed_back"}
    return cids <= back


def check(day: Day, agents: list[Colleague]) -> None:
    names = {agent.staff_id: f"Ana {agent.staff_id}" for agent in agents}
    with Session(day.engine) as session:
        handovers = session.scalars(select(Handover)).all()
        # A customer whose opening was cut off opened another conversation: that one asked for nobody.
        assert len(handovers) == len({one.conversation_id for one in handovers}) == CUSTOMERS
        assert {one.conversation_id for one in handovers} == set(day.customers)
        taken = session.scalars(select(HandoverEvent).where(HandoverEvent.kind == "taken")).all()
        assert Counter(event.handover_id for event in taken) == {one.id: 1 for one in handovers}
        owners = {event.handover_id: event.agent_id for event in taken}
        for one in handovers:
            assert one.agent_id == owners[one.id]
            speaker = session.get_one(Conversation, one.conversation_id).speaker
            assert (one.state, speaker) == (("ended", "bot") if one.id % 2 == 0 else ("taken", "agent"))
            told = read_after(session, one.conversation_id, 0, utc_now())
            number = day.customers[one.conversation_id]
            mine = [message.text for message in told if message.author == "customer"]
            assert mine == ["operatore", f"parola {number}-1", f"parola {number}-2"]
            entry = words("care_taken", name=names[str(one.agent_id)])
            others = Counter(message.text for message in told if message.author != "customer")
            assert (others[entry], others[f"risposta {one.id}"]) == (1, 1)
            assert others["di nuovo io: True"] == (1 if one.id % 2 == 0 else 0)
        assert {turn.state for turn in session.scalars(select(Turn))} == {"done"}
