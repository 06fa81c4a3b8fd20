"""News that arrives while an agent speaks: shown to the agent, told to the customer afterwards, once."""

from typing import Any

import pytest

from tests.connectors.care.work.floor import Floor, words_of
from tests.connectors.gateway_world import Chat, eventually, words

NEWS = words("news_request_approved", number="IT-7QK2M9")


def news(chat: Chat, **more: Any) -> dict[str, Any]:
    return {
        "news_id": "n1",
        "conversation_id": chat.id,
        "kind": "request_approved",
        "variables": {"number": "IT-7QK2M9"},
        **more,
    }


async def brought(floor: Floor, times: int) -> None:
    """Until the gateway has asked for the news to be brought again so often."""

    async def enough() -> bool:
        return len(floor.world.backend.postponed) >= times

    await eventually(enough)


async def heard(chat: Chat) -> None:
    async def there() -> bool:
        return NEWS in [text for _, text in await chat.transcript()]

    await eventually(there)


@pytest.mark.parametrize(
    ("way", "fields"), [("hand-back", {"resume": "1"}), ("close", {"outcome": "solved"})]
)
async def test_an_agent_reads_that_there_is_news_and_the_customer_hears_it_afterwards(
    floor: Floor, way: str, fields: dict[str, str]
) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    floor.world.backend.news = [news(chat)]
    await brought(floor, 3)
    assert NEWS not in [text for _, text in await chat.transcript()]
    shown = words_of((await agent.get(f"/conversations/{number}")).text)
    assert shown.count(words("desk_event_news_waits")) == 1 and NEWS in shown
    await agent.post(f"/conversations/{number}/{way}", data=fields)
    await heard(chat)
    assert [text for _, text in await chat.transcript()].count(NEWS) == 1
    assert floor.world.backend.told == {"n1": True}


async def test_who_waits_in_the_queue_again_hears_it_there(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    floor.world.backend.news = [news(chat)]
    await brought(floor, 1)
    await agent.post(f"/conversations/{number}/transfer", data={"to": "queue", "note": "non so"})
    await heard(chat)


async def test_news_behind_a_log_in_says_no_more_to_the_agent(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    floor.world.backend.news = [news(chat, kind="behind_login", variables={})]
    await brought(floor, 1)
    shown = words_of((await agent.get(f"/conversations/{number}")).text)
    assert words("news_behind_login") in shown and "IT-7QK2M9" not in shown
