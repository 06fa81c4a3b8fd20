"""What the gateway forgets, and what it must not: old transcripts go, young ones and open turns stay."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.core import retention
from connectors.core.handover.models import Handover, PastHandover
from connectors.core.handover.story import end
from connectors.core.handover.telling import tell
from connectors.core.messages import Writing, lock
from connectors.core.models import Conversation, Delivery, IssuedButton, TranscriptMessage, Turn
from connectors.core.retention import forget_old
from connectors.database import utc_now
from tests.connectors.gateway_world import PATIENCE, Chat, World
from tests.connectors.handover_world import Desk


async def age(world: World, chat: Chat, days: int) -> None:
    """Make everything in a conversation so much older."""

    def write(session) -> None:  # type: ignore[no-untyped-def]
        then = utc_now() - timedelta(days=days)
        mine = {"conversation_id": chat.id}
        session.execute(update(TranscriptMessage).filter_by(**mine).values(at=then))
        session.execute(update(IssuedButton).filter_by(**mine).values(expires_at=then))
        session.execute(
            update(Turn).filter_by(**mine, state="done").values(created_at=then, finished_at=then)
        )
        session.execute(update(Conversation).filter_by(id=chat.id).values(created_at=then, expires_at=then))

    await world.app.state.gateway.database.write(write)


async def forget(world: World, now: datetime | None = None) -> None:
    now = now or utc_now()
    before = now - timedelta(days=world.settings.transcript_days)
    while await world.app.state.gateway.database.write(lambda s: forget_old(s, now, before)):
        pass


def buttons(turn: dict) -> dict:  # type: ignore[type-arg]
    return {
        "language": "it",
        "messages": [{"text": f"su {turn['text']}", "buttons": [{"title": "Sì", "payload": "/affirm"}]}],
    }


async def test_an_old_conversation_is_gone_and_a_young_one_is_whole(world: World) -> None:
    world.rasa.answer = buttons
    old, young = await world.open(), await world.open()
    await old.say("vecchio")
    await young.say("giovane")
    await age(world, old, 31)
    await forget(world)
    kept = world.rows(Conversation.__table__)
    assert [row.id for row in kept] == [young.id]
    assert [text for _, text in await young.transcript()] == ["giovane", "su giovane"]
    assert {row.conversation_id for row in world.rows(IssuedButton.__table__)} == {young.id}
    assert {row.text for row in world.rows(Turn.__table__)} == {"giovane"}


async def test_nothing_is_forgotten_before_its_time(world: World) -> None:
    chat = await world.open()
    await chat.say("ciao")
    await age(world, chat, 29)
    await forget(world)
    assert [row.text for row in world.rows(TranscriptMessage.__table__)] == ["ciao", "echo: ciao"]


async def test_a_number_the_dialogue_knows_is_never_given_to_another_turn(world: World) -> None:
    chat = await world.open()
    await chat.say("segreto")
    await age(world, chat, 31)
    await forget(world)
    [last] = world.rows(Turn.__table__)
    assert last.text == ""
    other = await world.open()
    await other.say("ciao")
    assert world.rasa.turns[0]["message_id"] != world.rasa.turns[1]["message_id"]


async def test_an_ended_conversation_keeps_no_token_and_a_living_one_does(world: World) -> None:
    ended, living = await world.open(), await world.open()
    await ended.say("ciao")
    await age(world, ended, 1)
    await forget(world)
    hashes = {row.id: row.token_hash for row in world.rows(Conversation.__table__)}
    assert hashes[ended.id] is None and hashes[living.id]
    assert (await ended.post(text="ciao")).status_code == 401
    assert (await living.post(text="ciao")).status_code == 202


async def test_a_turn_that_is_not_answered_yet_stays(world: World) -> None:
    world.rasa.fail_next = 1000
    chat = await world.open()
    await chat.post(text="ciao")
    await age(world, chat, 31)
    await forget(world)
    assert [row.text for row in world.rows(Turn.__table__)] == ["ciao"]


async def test_much_is_forgotten_in_small_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    chat = await world.open()
    for text in ("uno", "due", "tre"):
        await chat.say(text)
    await age(world, chat, 40)
    await forget(world)
    assert world.rows(TranscriptMessage.__table__) == []


def test_two_processes_that_forget_at_once_count_a_hand_over_once(database_url: str) -> None:
    desk = Desk(database_url)
    ended = desk.queue()
    desk.run(lambda s: end(s.get_one(Handover, ended.id), desk.now, "customer", "left_queue"))
    later = desk.now + timedelta(days=40)
    begun = threading.Event()

    def forget_slowly(session: Session) -> None:
        forget_old(session, later, desk.now + timedelta(days=1))
        begun.set()
        # Long enough for the other to come to the same hand-over.
        time.sleep(0.2)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(desk.run, forget_slowly)
        assert begun.wait(PATIENCE)
        second = pool.submit(desk.run, lambda s: forget_old(s, later, desk.now + timedelta(days=1)))
        first.result()
        second.result()
    assert desk.run(lambda s: s.scalars(select(PastHandover.outcome)).all()) == ["left_queue"]
    assert desk.run(lambda s: s.scalars(select(Handover.id)).all()) == []


def test_what_was_never_delivered_is_forgotten_with_what_it_said(database_url: str) -> None:
    """Nobody works the deliveries of a channel that is not set up any more."""
    desk = Desk(database_url)
    waiting = desk.queue(channel="pigeons")
    desk.run(lambda s: tell(s, lock(s, waiting.conversation_id), writing(desk), "care_not_waiting"))
    before = desk.now - timedelta(seconds=1)
    desk.run(lambda s: forget_old(s, desk.now, before))
    assert desk.run(lambda s: s.scalars(select(Delivery.state)).all()) == ["waiting"]
    desk.run(lambda s: forget_old(s, desk.now, desk.now + timedelta(seconds=1)))
    assert desk.run(lambda s: s.scalars(select(Delivery.state)).all()) == []


def writing(desk: Desk) -> Writing:
    return Writing(desk.now, button_hours=24, pushes=True)
