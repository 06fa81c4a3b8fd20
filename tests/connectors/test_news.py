"""What happened outside the chat is told in it, once, in the customer's language and script."""

import asyncio
from typing import Any

from tests.connectors.gateway_world import Chat, World, eventually, words

OPENS = {"intent": "check_request_status", "entities": {"request_number": "IT-7QK2M9"}}


def news(chat: Chat, news_id: str = "n1", kind: str = "request_approved", **more: Any) -> dict[str, Any]:
    return {
        "news_id": news_id,
        "conversation_id": chat.id,
        "kind": kind,
        "variables": {"number": "IT-7QK2M9"},
        "opens": OPENS,
        **more,
    }


async def test_news_appears_with_a_button_that_opens_it(world: World) -> None:
    chat = await world.open()
    world.backend.news = [news(chat)]
    await eventually(lambda: told(world, "n1"))
    (message,) = await chat.messages()
    assert message["author"] == "bot"
    assert message["text"] == words("news_request_approved", number="IT-7QK2M9")
    await chat.post(button=message["buttons"][0]["token"])
    await chat.quiet()
    assert world.rasa.texts == ['/check_request_status{"request_number": "IT-7QK2M9"}']


async def told(world: World, news_id: str) -> bool:
    return news_id in world.backend.told


async def test_news_comes_in_the_script_the_customer_writes(world: World) -> None:
    chat = await world.open("rs", "sr-Cyrl")
    world.backend.news = [news(chat)]
    await eventually(lambda: told(world, "n1"))
    assert (await chat.messages())[0]["text"] == words(
        "news_request_approved", "sr", "Cyrl", number="IT-7QK2M9"
    )


async def test_news_is_told_once_when_saying_so_fails(world: World) -> None:
    chat = await world.open()
    world.backend.deaf_to_told = 3
    world.backend.news = [news(chat)]
    await eventually(lambda: told(world, "n1"))
    assert len(await chat.messages()) == 1


async def test_news_does_not_wait_for_news_that_cannot_be_told(world: World) -> None:
    chat = await world.open()
    world.backend.news = [news(chat, "n1", kind="nobody_wrote_a_text_for_this"), news(chat, "n2")]
    await eventually(lambda: told(world, "n2"))
    assert not await told(world, "n1")
    assert len(await chat.messages()) == 1


async def test_a_conversation_that_is_gone_is_reported_as_such(world: World) -> None:
    chat = await world.open()
    world.backend.news = [news(chat) | {"conversation_id": "gone"}]
    await eventually(lambda: told(world, "n1"))
    assert world.backend.told == {"n1": False}
    assert await chat.messages() == []


async def test_news_waits_while_the_backend_is_away(world: World) -> None:
    chat = await world.open()
    world.backend.down = True
    world.backend.news = [news(chat)]
    await asyncio.sleep(0.4)
    assert await chat.messages() == []
    world.backend.down = False
    await eventually(lambda: told(world, "n1"))
    assert len(await chat.messages()) == 1
