"""Two gateways on one database: every turn is worked once, in order, and wake-ups reach both."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

from connectors.core.redis_wakeups import RedisWakeups
from connectors.settings import Settings
from tests.connectors.gateway_world import Chat, World, alive, eventually
from tests.connectors.live_gateway import free_port


async def test_two_gateways_share_the_work_and_do_nothing_twice(settings: Settings) -> None:
    one, two = World(settings), World(settings)
    two.app.state.gateway.rasa._http._transport = one.app.state.gateway.rasa._http._transport
    one.rasa.seconds = 0.02
    async with alive(one.app), alive(two.app), one.http, two.http:
        chats = [await one.open() for _ in range(4)]
        twins = [
            Chat(two.http, chat.id, chat.headers["Authorization"].removeprefix("Bearer ")) for chat in chats
        ]
        for number in range(6):
            for chat, twin in zip(chats, twins, strict=True):
                await (chat if number % 2 else twin).post(text=str(number), client_message_id=f"n{number}")
        for chat in chats:
            await chat.quiet()
            texts = [text for author, text in await chat.transcript() if author == "bot"]
            assert texts == [f"echo: {number}" for number in range(6)]
            assert one.rasa.most_at_once[chat.id] == 1
    assert len(one.rasa.turns) == 24


@pytest.fixture
def redis_url() -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break

        time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait()


async def test_a_wakeup_reaches_the_other_process_and_redis_being_away_hurts_nobody(redis_url: str) -> None:
    here, there = RedisWakeups(redis_url), RedisWakeups(redis_url)
    async with here.running(), there.running():
        with there.listen("c1") as woken, there.listen("c2") as other:

            async def has_arrived() -> bool:
                await here.publish("c1")
                return woken.is_set()

            await eventually(has_arrived)
            assert not other.is_set()
    away = RedisWakeups("redis://127.0.0.1:1/0")
    with away.listen("c1") as woken:
        await away.publish("c1")
        assert woken.is_set()
