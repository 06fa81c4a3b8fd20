"""A house that has switched its desk off: nobody is queued for somebody who never comes, and nothing is promised."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from connectors.core.handover.models import Handover, PendingMessage
from connectors.settings import Settings
from tests.connectors.gateway_world import World, alive, eventually, words
from tests.connectors.handover.care_chats import (
    GIULIA,
    CareRasa,
    handovers,
    in_queue,
    open_ones,
    owned,
    press,
    speaker,
    texts_of,
)

BACK = words("care_no_desk")


@pytest_asyncio.fixture
async def without(settings: Settings) -> AsyncIterator[World]:
    """The gateway without a desk, on the same database as `care`."""
    world = World(settings.model_copy(update={"care_desk": False}), rasa=CareRasa())
    async with alive(world.app), world.http:
        yield world


async def test_the_dialogue_knows_and_a_wish_that_comes_all_the_same_queues_nobody(without: World) -> None:
    chat = await without.open()
    for kind in ("live", "message"):
        without.rasa.wish = {"kind": kind}
        assert texts_of(await chat.say("operatore"))[-1] == BACK
        assert speaker(without, chat) == "bot"
    assert without.rasa.turns[-1]["metadata"]["care_desk"] is False
    assert without.rows(Handover.__table__) == without.rows(PendingMessage.__table__) == []
    # The way to the numbers is a wish of the dialogue.
    await press(chat, "Numeri e orari")
    assert without.rasa.texts[-1] == "/ask_contact"
    assert (await without.http.get("/care/login")).status_code == 404


async def released(world: World, chat: Any) -> None:
    """Until the dialogue has the floor, as after the switch was turned and the program started again."""

    async def done() -> bool:
        return speaker(world, chat) == "bot"

    await eventually(done)


@pytest.mark.parametrize("begin", [in_queue, owned])
async def test_who_waits_or_talks_when_it_is_switched_off_is_told_and_has_the_assistant_again(
    care: World, settings: Settings, begin: Any
) -> None:
    chat, number = await begin(care)
    old_button = "Lascia un messaggio"
    off = World(settings.model_copy(update={"care_desk": False}), rasa=CareRasa())
    async with alive(off.app), off.http:
        await released(off, chat)
        chat.http = off.http
        await chat.quiet()
        assert texts_of(await chat.messages())[-2:] == [BACK, "rieccomi"]
        [row] = off.rows(Handover.__table__)
        assert (row.id, row.state, row.ended_by, row.outcome) == (number, "ended", "system", "no_desk")
        # What was said is said once; a button of before takes no message either.
        await handovers(off).release_all()
        assert texts_of(await press(chat, old_button)) == [BACK]
        assert texts_of(await chat.say("ciao")) == ["echo: ciao"]


async def test_a_message_that_is_being_left_is_dropped_honestly_and_a_ticket_waits_for_the_desk(
    care: World,
) -> None:
    care.rasa.wish = {"kind": "message"}
    left, begun = await care.open(), await care.open()
    for chat in (left, begun):
        await chat.say("operatore")
    await left.say("Il rimborso manca")
    await press(left, "Qui in chat")
    await handovers(care).release_all()
    await begun.quiet()
    assert texts_of(await begun.messages())[-2:] == [BACK, "rieccomi"]
    assert BACK not in texts_of(await left.messages())
    # Also that of somebody who left one, and then waited in the chat.
    care.rasa.wish = {"kind": "live"}
    await left.say("operatore")
    await handovers(care).release_all()
    await left.quiet()
    [ticket] = open_ones(care)
    assert (ticket.kind, ticket.state, speaker(care, left)) == ("message", "waiting", "bot")
    await handovers(care).take(ticket.id, GIULIA)
    assert speaker(care, left) == "agent"
