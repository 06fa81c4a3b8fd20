"""When Rasa or the backend is silent, slow or gone, and when the gateway itself is killed: nothing is lost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from connectors.core import jobs
from connectors.core.models import Turn
from connectors.database import utc_now
from tests.connectors.gateway_world import Chat, World, eventually, words


@pytest.fixture
def settings(settings):  # type: ignore[no-untyped-def]
    settings.turn_patience_seconds = 0.6
    return settings


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (0.3, 0.6, 1))


@pytest.mark.parametrize("status", [500, 503, 401])
async def test_a_failed_turn_is_sent_again_under_the_same_message_id(world: World, status: int) -> None:
    world.rasa.fail_next, world.rasa.fail_status = 2, status
    chat = await world.open()
    await chat.post(text="ciao")
    await eventually(lambda: answered(chat, "echo: ciao"))
    assert len({turn["message_id"] for turn in world.rasa.turns}) == 1
    assert len(world.rasa.turns) == 3


async def answered(chat: Chat, text: str) -> bool:
    return ("bot", text) in await chat.transcript()


async def apologised(chat: Chat) -> bool:
    return "system" in [author for author, _ in await chat.transcript()]


async def test_after_the_patience_one_honest_message_comes_and_then_the_answer(world: World) -> None:
    world.settings.turn_patience_seconds = 600
    chat = await world.open("id", "id")
    with world.rasa.thinking():
        await chat.post(text="halo")
        await asyncio.sleep(0.7)
        assert not await apologised(chat), "not before"
        world.settings.turn_patience_seconds = 0.1
        await eventually(lambda: apologised(chat))
    await eventually(lambda: answered(chat, "echo: halo"))
    transcript = await chat.transcript()
    assert [author for author, _ in transcript] == ["customer", "system", "bot"]
    assert transcript[1][1] == words("system_slow", "id")


async def test_a_backlog_is_apologised_for_once_and_worked_in_order(world: World) -> None:
    world.rasa.fail_next = 1000
    world.settings.turn_patience_seconds = 600
    chat = await world.open()
    for text in ("uno", "due", "tre"):
        await chat.post(text=text)
    world.settings.turn_patience_seconds = 0.1
    await eventually(lambda: apologised(chat))
    world.rasa.fail_next = 2
    await eventually(lambda: answered(chat, "echo: tre"))
    transcript = await chat.transcript()
    assert [text for author, text in transcript if author == "bot"] == ["echo: uno", "echo: due", "echo: tre"]
    assert [author for author, _ in transcript].count("system") == 1


async def test_a_quick_answer_needs_no_apology(world: World) -> None:
    world.settings.turn_patience_seconds = 600
    chat = await world.open()
    await chat.say("ciao")
    world.settings.turn_patience_seconds = 0
    await asyncio.sleep(1.2)
    assert [author for author, _ in await chat.transcript()] == ["customer", "bot"]


async def test_a_turn_that_fails_for_too_long_becomes_a_dead_letter_and_the_customer_is_told(
    world: World,
) -> None:
    world.rasa.fail_next = 1000
    chat = await world.open()
    await chat.post(text="uno")
    await chat.post(text="due")
    world.settings.turn_give_up_seconds = 0

    async def told() -> bool:
        return (await chat.transcript())[-1][1] == words("system_write_again")

    await eventually(told)
    world.rasa.fail_next = 0
    assert (await chat.say("tre"))[-1]["text"] == "echo: tre"
    database = world.app.state.gateway.database
    states = await database.read(lambda s: s.scalars(select(Turn.state).order_by(Turn.id)).all())
    assert states == ["dead", "dead", "done"]


async def test_a_turn_that_breaks_us_does_not_hold_up_the_others_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_at_it(*_args: object) -> None:
        raise KeyError("uno")

    world.settings.turn_give_up_seconds = 1.2
    chat = await world.open()
    with monkeypatch.context() as patch:
        patch.setattr("connectors.core.router.read_answer", break_at_it)
        await chat.post(text="uno")

        async def told() -> bool:
            return (await chat.transcript())[-1][1] == words("system_write_again")

        await eventually(told)
    assert (await chat.say("due"))[-1]["text"] == "echo: due"


async def test_a_silent_backend_delays_the_turn_and_loses_nothing(world: World) -> None:
    chat = await world.open()
    world.backend.down = True
    await chat.post(text="ciao")
    await asyncio.sleep(1)
    assert world.rasa.turns == []
    world.backend.down = False
    await eventually(lambda: answered(chat, "echo: ciao"))


async def test_a_turn_held_by_a_dead_process_is_worked_by_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSES", (600,))
    world.rasa.fail_next = 1
    chat = await world.open()
    await chat.post(text="ciao")
    database = world.app.state.gateway.database

    async def was_put_back() -> bool:
        return [(turn.state, turn.attempts) for turn in world.rows(Turn.__table__)] == [("waiting", 1)]

    await eventually(was_put_back)
    gone = utc_now() + timedelta(seconds=1)
    await database.write(
        lambda s: s.execute(update(Turn).values(state="working", lease_until=gone, run_after=utc_now()))
    )
    await eventually(lambda: answered(chat, "echo: ciao"))
    assert [author for author, _ in await chat.transcript()].count("bot") == 1


async def test_who_lost_the_lease_stores_nothing(world: World) -> None:
    async def has_been_taken_over() -> bool:
        return len(world.rasa.turns) == 2

    chat = await world.open()
    with world.rasa.thinking():
        await chat.post(text="ciao")
        await eventually(world.rasa.is_at_work)
        database = world.app.state.gateway.database
        await database.write(
            lambda s: s.execute(update(Turn).values(attempts=7, lease_until=utc_now() - timedelta(seconds=1)))
        )
        await eventually(has_been_taken_over)
    await eventually(lambda: answered(chat, "echo: ciao"))
    await asyncio.sleep(0.5)
    assert [author for author, _ in await chat.transcript()].count("bot") == 1


async def test_opening_a_conversation_while_the_backend_is_down_is_refused_with_a_text(world: World) -> None:
    world.backend.down = True
    answer = await world.http.post("/api/website/conversations", json={"market": "it", "language": "it"})
    assert answer.status_code == 503
    assert answer.json()["message"]
