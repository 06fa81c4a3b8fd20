"""The event stream says when to look again, and ends with the log-in."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.core.handover import customers_page
from connectors.database import utc_now
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.care.work.floor import Floor, page_closed_for, page_seen_at, wants_a_person
from tests.connectors.gateway_world import PATIENCE, Chat, World, eventually, words
from tests.connectors.live_gateway import free_port, serve


class Heard:
    """What came by a stream so far."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.came = asyncio.Event()
        self.over = asyncio.Event()

    async def wait_for(self, name: str, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while sum(event == name for event, _ in self.events) < count:
                self.came.clear()
                await self.came.wait()

    async def until_over(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.over.wait()


@contextlib.asynccontextmanager
async def listening(agent: Colleague, path: str) -> AsyncIterator[Heard]:
    heard = Heard()

    async def read() -> None:
        async with agent.http.stream(
            "GET", f"/care{path}", headers=agent.headers, timeout=PATIENCE
        ) as answer:
            assert answer.status_code == 200
            name = ""
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    heard.events.append((name, json.loads(line[6:])))
                    heard.came.set()
        heard.over.set()

    task = asyncio.create_task(read())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def page_open(floor: Floor, chat: Chat) -> AsyncIterator[None]:
    """The customer's page with its stream of events, caught up."""
    caught_up = asyncio.Event()

    async def read() -> None:
        path = f"/api/website/conversations/{chat.id}/events"
        async with floor.world.http.stream("GET", path, headers=chat.headers, timeout=PATIENCE) as answer:
            async for line in answer.aiter_lines():
                if line == "event: status":
                    caught_up.set()

    task = asyncio.create_task(read())
    try:
        async with asyncio.timeout(PATIENCE):
            await caught_up.wait()
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def floor(settings: Any) -> AsyncIterator[Floor]:
    """Streams need a server: in process an answer comes only when it is over."""
    world = World(settings)
    with serve(world.app, free_port()) as address:
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as http:
            world.http = http
            floor = Floor(world, FakeDesk(world.backend))
            assert world.rasa.answer is wants_a_person
            yield floor


async def test_who_arrives_rings_and_the_queue_is_drawn_again(floor: Floor) -> None:
    agent = floor.agent()
    async with listening(agent, "/stream") as heard:
        await heard.wait_for("queue")
        chat = await floor.customer()
        await heard.wait_for("arrived")
        await heard.wait_for("queue", 2)
        number = await floor.handover(chat)
        assert ("arrived", {"handover": number}) in heard.events
        await agent.post(f"/conversations/{number}/take")
        before = len(heard.events)
        await agent.post(f"/conversations/{number}/answer", data={"answer_id": "w" * 12, "text": "Eccomi"})
        await chat.say("grazie")
        await heard.wait_for("wrote")
        # Nothing of what anybody wrote goes over the stream.
        assert "grazie" not in str(heard.events[before:])


async def test_new_lines_changed_hands_and_the_panel_are_told_to_whoever_has_it_open(floor: Floor) -> None:
    first = floor.agent()
    second = floor.agent("supervisor", limit=5)
    chat, number = await floor.taken(first, logged_in=True)
    async with listening(first, f"/stream?handover={number}&version=none") as heard:
        await heard.wait_for("state")
        await heard.wait_for("line")
        await chat.say("ancora una cosa")
        await heard.wait_for("line", 2)
        field = {"draft_id": "d1", "question": "treatment_date", "item": "", "value": "2026-11-03"}
        await first.post(f"/conversations/{number}/proposals", data=field)
        await heard.wait_for("panel")
        await second.post(f"/conversations/{number}/take-over")
        await heard.wait_for("state", 2)
        # It is not theirs to read any more: the queue goes on, of the conversation nothing more is told.
        before = len(heard.events)
        await chat.say("e adesso?")
        await floor.customer()
        await heard.wait_for("arrived")
        assert {name for name, _ in heard.events[before:]} == {"queue", "arrived"}


async def test_what_arrived_while_another_conversation_was_opened_rings_as_well(floor: Floor) -> None:
    agent = floor.agent()
    first = await floor.handover(await floor.customer())
    async with listening(agent, "/stream") as heard:
        await heard.wait_for("queue")
        assert heard.events == [("queue", {"newest": first})]
    second = await floor.handover(await floor.customer())
    async with listening(agent, f"/stream?newest={first}&handover={first}") as heard:
        await heard.wait_for("arrived")
        assert ("arrived", {"handover": second}) in heard.events
        assert ("queue", {"newest": second}) in heard.events
    async with listening(agent, f"/stream?newest={second}") as heard:
        await heard.wait_for("queue")
        await floor.customer()
        await heard.wait_for("arrived")
        assert [name for name, _ in heard.events].count("arrived") == 1


async def test_a_page_that_was_drawn_otherwise_is_told_at_once(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    page = (await agent.get(f"/conversations/{number}")).text
    version = re.search(r'data-version="([^"]+)"', page)
    after = re.search(r'name="after" value="(\d+)"', page)
    event = re.search(r'name="event" value="(\d+)"', page)
    assert version and after and event
    as_drawn = f"/stream?handover={number}&version={version[1]}&after={after[1]}&event={event[1]}"
    async with listening(agent, as_drawn) as heard:
        await heard.wait_for("queue")
        await chat.say("ancora una cosa")
        await heard.wait_for("line")
        assert {name for name, _ in heard.events} <= {"queue", "line", "wrote"}
    async with listening(agent, f"{as_drawn}&closed=true&typing=true") as heard:
        for name in ("line", "window", "typing"):
            await heard.wait_for(name)


async def test_whoever_is_shut_out_hears_no_more(floor: Floor) -> None:
    agent = floor.agent()
    async with listening(agent, "/stream") as heard:
        await heard.wait_for("queue")
        del floor.desk.staff.members[agent.token]
        await heard.wait_for("leave")
        await heard.until_over()


async def test_a_customer_who_opens_the_page_again_has_the_place_back_and_closing_it_is_noted(
    floor: Floor,
) -> None:
    agent = floor.agent()
    chat = await floor.customer()
    gone = page_closed_for(floor, chat, timedelta(minutes=5))
    async with listening(agent, "/stream") as heard:
        await heard.wait_for("queue")
        async with page_open(floor, chat):
            assert page_seen_at(floor, chat) > gone + timedelta(minutes=4)
            await heard.wait_for("queue", 2)
            # Too young to be written again while the page is open: what is written then is that it closes.
            half = page_closed_for(floor, chat, timedelta(seconds=30))

        async def noted() -> bool:
            return page_seen_at(floor, chat) > half

        await eventually(noted)


async def test_the_customers_typing_is_seen_while_it_lasts_and_told_only_when_it_changes(
    floor: Floor,
) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    path = f"/api/website/conversations/{chat.id}/typing"

    async def typing() -> str:
        return (await agent.get(f"/conversations/{number}/typing")).text.strip()

    async def types() -> int:
        return (await floor.world.http.post(path, headers=chat.headers)).status_code

    async with listening(agent, f"/stream?handover={number}&version=none") as heard:
        await heard.wait_for("line")
        assert await typing() == ""
        assert await types() == 204
        await heard.wait_for("typing")
        assert await typing() == words("desk_customer_typing")
        assert words("desk_customer_typing") in (await agent.get(f"/conversations/{number}")).text
        # Going on is no news; that it was sent is.
        assert await types() == 204
        await chat.say("ecco il numero")
        assert await typing() == ""
        await heard.wait_for("typing", 2)
        # Whoever stops without a word is not seen for long.
        assert await types() == 204
        await heard.wait_for("typing", 3)
        database = floor.world.app.state.gateway.database
        await database.write(lambda session: customers_page.note_typing(session, chat.id, utc_now()))
        await heard.wait_for("typing", 4)
        assert await typing() == ""
        assert [name for name, _ in heard.events].count("typing") == 4


async def test_only_the_customer_tells_that_they_write_and_only_to_who_has_them(floor: Floor) -> None:
    agent = floor.agent()
    chat = await floor.customer()
    number = await floor.handover(chat)
    path = f"/api/website/conversations/{chat.id}/typing"
    assert (await floor.world.http.post(path, headers=chat.headers)).status_code == 204
    await agent.post(f"/conversations/{number}/take")
    other = await floor.world.open()
    assert (await floor.world.http.post(path, headers=other.headers)).status_code == 401
    assert (await agent.get(f"/conversations/{number}/typing")).text.strip() == ""
