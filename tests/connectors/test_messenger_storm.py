"""Both messengers' webhooks under everything the net does: repeated, shuffled, late, forged, and a killed gateway."""

import asyncio
import json
import random
import re
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, create_engine, text

from connectors.core.models import Conversation, Turn
from connectors.migrate import migrate
from connectors.settings import Settings
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa, echo
from tests.connectors.gateway_world import PATIENCE, World, alive, eventually
from tests.connectors.live_gateway import free_port, serve, start_process
from tests.connectors.messenger_storm import (
    TELEGRAM,
    WHATSAPP,
    Event,
    Vendors,
    Webhook,
    forge,
    make_events,
)

WEEK = 7 * 24 * 3600
# For each of the two messengers.
DELIVERIES_AT_ONCE = 8
NUMBER = re.compile(r"n\d{5}")


async def test_no_forged_or_altered_request_has_an_effect(settings: Settings) -> None:
    accounts = {"telegram_accounts": TELEGRAM, "whatsapp_accounts": WHATSAPP}
    world = World(Settings(_env_file=None, database_url=settings.database_url, **accounts))
    chance = random.Random(5)
    genuine = make_events(12, 1, int(time.time()))
    async with alive(world.app), world.http as http:
        tried: dict[str, set[int]] = {}
        for _ in range(1000):
            event = chance.choice(genuine)
            other = chance.choice(
                [one for one in genuine if one.vendor == event.vendor and one.account != event.account]
            )
            name, forged = forge(event.webhook, other.webhook, chance)
            answer = await http.post(forged.path, content=forged.body, headers=forged.headers)
            tried.setdefault(name, set()).add(answer.status_code)
        assert len(tried) == 15
        assert set().union(*tried.values()) <= {400, 401, 403, 413}, tried
        # An account that is not there is not told from one with another secret.
        nobody, wrong = tried["an account that is not there"], tried["no proof"]
        assert nobody == wrong == {401, 403}
        assert world.rows(Conversation.__table__) == [] and world.rows(Turn.__table__) == []
        assert world.rasa.turns == []
        for event in genuine[:2]:
            webhook = event.webhook
            answer = await http.post(webhook.path, content=webhook.body, headers=webhook.headers)
            assert answer.status_code == 200
        assert len(world.rows(Turn.__table__)) == 2


class Storm:
    """Posts like the vendors: until a webhook is taken, again and again."""

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, timeout=PATIENCE)
        self.room = asyncio.Semaphore(20)
        self.taken = 0
        self.taken_at: dict[bytes, float] = {}

    async def post(self, webhook: Webhook) -> None:
        async with self.room:
            while True:
                try:
                    answer = await self.http.post(webhook.path, content=webhook.body, headers=webhook.headers)
                except httpx.HTTPError:
                    await asyncio.sleep(0.2)
                    continue
                if answer.status_code == 200:
                    self.taken += 1
                    self.taken_at.setdefault(webhook.body, time.time())
                    return
                assert answer.status_code == 503, answer.status_code
                await asyncio.sleep(0.2)

    async def has_taken(self, webhooks: int) -> bool:
        return self.taken >= webhooks

    async def post_all(self, events: list[Event]) -> None:
        await asyncio.gather(*(self.post(event.webhook) for event in events))


class WatchedRasa(FakeRasa):
    """Remembers when it first saw each text."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.02
        self.begun: dict[str, float] = {}
        self.answer = self._echo

    def _echo(self, turn: dict) -> dict:  # type: ignore[type-arg]
        assert turn["text"] not in self.begun, "executed under two names"
        self.begun[turn["text"]] = time.time()
        return echo(turn)


def count_rows(engine: Engine, states: str) -> int:
    """How many turns and deliveries are in one of the states."""
    with engine.connect() as connection:
        return sum(
            connection.execute(text(f"SELECT count(*) FROM {name} WHERE state IN ({states})")).scalar_one()
            for name in ("turns", "deliveries")
        )


async def drain(engine: Engine) -> None:
    """Wait until all is worked and brought: however long it takes, as long as something gets done."""
    unfinished = "'waiting', 'working'"
    while count_rows(engine, unfinished):
        done = count_rows(engine, "'done'")

        async def has_moved(done: int = done) -> bool:
            await asyncio.sleep(0.3)
            return count_rows(engine, "'done'") > done or not count_rows(engine, unfinished)

        await eventually(has_moved)


@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_two_thousand_webhooks_and_a_kill_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(11)
    database = f"sqlite:///{tmp_path}/connectors.db"
    migrate(database)
    now = int(time.time())
    events = make_events(chats=135, each=10, begin=now - 60)
    late = [
        Event(*one.chat, number=90000 + n, sent_at=now - WEEK, text=f"sì n{90000 + n}")
        for n, one in enumerate(chance.sample(events, 50))
    ]
    rasa, vendors, port = WatchedRasa(), Vendors(), free_port()
    with (
        serve(rasa.app) as rasa_url,
        serve(FakeBackend().asgi) as backend_url,
        serve(vendors.app) as vendor_url,
    ):
        for name, value in {
            "CONNECTORS_TELEGRAM_ACCOUNTS": json.dumps(TELEGRAM),
            "CONNECTORS_WHATSAPP_ACCOUNTS": json.dumps(WHATSAPP),
            "CONNECTORS_TELEGRAM_API_URL": vendor_url,
            "CONNECTORS_WHATSAPP_API_URL": vendor_url,
            "CONNECTORS_TELEGRAM_CHAT_SECONDS": "0",
            "CONNECTORS_DELIVERIES_AT_ONCE": str(DELIVERIES_AT_ONCE),
            # However slowly the machine works: a week is late, the time that the storm takes is not.
            "CONNECTORS_MESSENGER_LATE_SECONDS": str(WEEK // 2),
            "CONNECTORS_TURN_LEASE_SECONDS": "30",
            "CONNECTORS_LOG_LEVEL": "ERROR",
        }.items():
            monkeypatch.setenv(name, value)
        process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
        storm = Storm(f"http://127.0.0.1:{port}")
        try:
            for first in range(0, len(events), 150):
                wave = events[first : first + 150]
                wave = wave + chance.sample(wave, 45)
                chance.shuffle(wave)
                posting = asyncio.create_task(storm.post_all(wave))
                if first == 600:
                    await eventually(partial(storm.has_taken, 800), 5 * PATIENCE)
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
                await posting

            engine = create_engine(database)

            await drain(engine)
            # What vendors bring once more, and what they had forgotten for a week.
            again = chance.sample(events, 150) + late + chance.sample(late, 45)
            chance.shuffle(again)
            await storm.post_all(again)
            await drain(engine)
        finally:
            process.terminate()
            process.wait()
            await storm.http.aclose()
    assert storm.taken == 1350 + 9 * 45 + 245 == 2000
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT text, state, created_at, sent_at FROM turns")).all()
        stored = {row.text: row for row in rows}
    engine.dispose()
    # None lost, none twice, nothing of last week executed.
    assert len(rows) == len(stored) == 1400 and {row.state for row in rows} == {"done"}
    assert sorted(rasa.begun) == sorted(event.text for event in events)
    stored_at = {event.text: str(stored[event.text].created_at) for event in events}
    check_order(events, storm.taken_at, stored_at, rasa.begun)
    # Each answer was brought, and twice only what was under way when the gateway was killed.
    brought = [number for words, times in vendors.brought.items() for number in NUMBER.findall(words) * times]
    assert set(brought) == {NUMBER.findall(event.text)[0] for event in events}
    assert len(brought) - len(set(brought)) <= 2 * DELIVERIES_AT_ONCE


def check_order(
    events: list[Event], taken_at: dict[bytes, float], stored_at: dict[str, str], begun: dict[str, float]
) -> None:
    """In each chat: what was written earlier and there in time was worked earlier, however it had come.

    A chat's next turn is chosen after the one before it, and not before it came itself: what the
    vendor had been told is taken by then was there to be chosen. No second of a clock decides.
    """
    turned = 0
    by_chat: dict[tuple[str, int, int], list[Event]] = {}
    for event in events:
        by_chat.setdefault(event.chat, []).append(event)
    for chat in by_chat.values():
        worked = sorted(begun[event.text] for event in chat)
        before = dict(zip(worked, [0.0, *worked], strict=False))
        for index, later in enumerate(chat):
            chosen_after = max(before[begun[later.text]], to_seconds(stored_at[later.text]))
            for earlier in chat[:index]:
                if taken_at[earlier.webhook.body] < chosen_after:
                    assert begun[earlier.text] < begun[later.text], (earlier, later)
                    turned += stored_at[earlier.text] > stored_at[later.text]
    assert turned > 500, f"little was out of order: the storm shows nothing ({turned})"


def to_seconds(stored: str) -> float:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC).timestamp()
