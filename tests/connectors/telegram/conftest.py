"""A gateway with a bot for each market, and the simulated Telegram around it; both speak HTTP on loopback."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select

from connectors.core import jobs
from connectors.core.jobs import OPEN_STATES
from connectors.core.models import Delivery, Erasure, Turn
from connectors.settings import Settings
from simulators.accounts import TelegramAccount
from simulators.chats import ChatKey, Chats, Entry, File
from simulators.telegram import TelegramSimulator
from tests.connectors.gateway_world import PATIENCE, World, alive, eventually

PAYLOADS = Path(__file__).parent / "payloads"
ACCOUNTS = [
    {
        "name": market,
        "market": market,
        "token": f"70000{number}:AAH-made-up-token-of-the-bot-{market}",
        "webhook_secret": f"webhook-secret-of-the-bot-{market}",
    }
    for number, market in enumerate(("id", "rs", "it"))
]


def payload(name: str) -> dict[str, Any]:
    """An update as Telegram sent it."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@contextlib.asynccontextmanager
async def on_loopback(app: FastAPI) -> AsyncIterator[str]:
    """The app under uvicorn in this very event loop; gives its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


class Phone:
    """A customer with one bot."""

    def __init__(self, telegram: "TelegramWorld", account: str, customer: str = "111222333") -> None:
        self.telegram = telegram
        self.account = account
        self.customer = customer
        self.sim = telegram.sim

    @property
    def key(self) -> ChatKey:
        return ChatKey("telegram", self.account, self.customer)

    @property
    def entries(self) -> list[Entry]:
        return list(self.sim.chats.chat(self.key).entries.values())

    @property
    def answers(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.author == "assistant"]

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.answers]

    async def say(self, text: str, **options: Any) -> str:
        written = await self.sim.say(self.account, self.customer, text, **options)
        await self.telegram.quiet()
        return written

    async def press(self, title: str) -> None:
        entry, value = self.find_button(title)
        await self.sim.press(self.account, self.customer, entry.id, value)
        await self.telegram.quiet()

    def find_button(self, title: str) -> tuple[Entry, str]:
        """The newest button with the title."""
        for entry in reversed(self.answers):
            for row in entry.buttons:
                for button in row:
                    if button.title == title:
                        return entry, button.value
        raise AssertionError(f"no button {title!r}: {[entry.buttons for entry in self.answers]}")

    async def send_files(self, *files: File, caption: str = "") -> str:
        last = await self.sim.send_files(self.account, self.customer, list(files), caption=caption)
        await self.telegram.quiet()
        return last

    def faults(self, **switches: Any) -> None:
        self.sim.chats.set_faults(self.key, **switches)


class TelegramWorld(World):
    """The gateway, its fake neighbours, and the simulated Telegram."""

    def __init__(self, settings: Settings, sim: TelegramSimulator) -> None:
        super().__init__(settings)
        self.sim = sim

    def phone(self, account: str = "it", customer: str = "111222333") -> Phone:
        return Phone(self, account, customer)

    async def post(
        self, update: Any, account: str = "id", secret: str | bytes | None = None
    ) -> httpx.Response:
        """What the webhook answers to an update, or to any bytes."""
        right = f"webhook-secret-of-the-bot-{account}"
        headers = {"X-Telegram-Bot-Api-Secret-Token": right if secret is None else secret}
        content = update if isinstance(update, bytes) else json.dumps(update).encode()
        return await self.http.post(f"/webhooks/telegram/{account}", content=content, headers=headers)

    async def tell(self, name: str, account: str = "id", **changes: Any) -> None:
        """A captured update of a customer whom the bot knows; its message may be changed."""
        phone = self.phone(account)
        if not phone.entries:
            known = Entry(str(self.sim.chats.next_number()), "customer", text="/start")
            self.sim.chats.add(phone.key, known)
        update = payload(name)
        update.get("message", {}).update(changes)
        assert (await self.post(update, account)).status_code == 200
        await self.quiet()

    async def quiet(self, seconds: float = PATIENCE) -> None:
        """Wait until everything is worked, delivered and erased."""
        await eventually(self._nothing_open, seconds)

    async def _nothing_open(self) -> bool:
        await asyncio.sleep(0.02)
        return await self.app.state.gateway.database.read(
            lambda session: all(
                not session.scalar(select(func.count()).select_from(m).where(m.state.in_(OPEN_STATES)))
                for m in (Turn, Delivery, Erasure)
            )
        )


@pytest.fixture
def telegram_settings(settings: Settings) -> Iterator[Settings]:
    return settings.model_copy(
        update={
            "telegram_accounts": Settings(_env_file=None, telegram_accounts=ACCOUNTS).telegram_accounts,
            "telegram_chat_seconds": 0.01,
            "messenger_settle_seconds": 0.03,
            "public_url": "http://127.0.0.1:8000",
        }
    )


@pytest_asyncio.fixture
async def telegram(
    telegram_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[TelegramWorld]:
    monkeypatch.setattr(jobs, "PAUSES", (0.1,))
    sim = TelegramSimulator([TelegramAccount.model_validate(account) for account in ACCOUNTS], Chats())
    vendor = FastAPI()
    vendor.include_router(sim.router)
    async with on_loopback(vendor) as url:
        world = TelegramWorld(telegram_settings.model_copy(update={"telegram_api_url": url}), sim)
        sim.reach("http://gateway.test", httpx.ASGITransport(world.app, raise_app_exceptions=False))
        async with alive(world.app), world.http:
            yield world
        await sim.close()
