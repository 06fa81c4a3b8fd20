"""A gateway with two WhatsApp numbers, and the stand-in of Meta that its webhooks and messages pass through."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from connectors.app import create_app
from connectors.core import jobs
from connectors.core.models import Conversation, Delivery, TranscriptMessage, Turn
from connectors.settings import Settings
from simulators.accounts import WhatsAppAccount
from simulators.chats import Chats, Entry
from simulators.graph import GraphSimulator, Template
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.gateway_world import World, alive, eventually

PAYLOADS = Path(__file__).parent / "payloads"
CUSTOMER = "16505551234"
ACCOUNTS: list[dict[str, Any]] = [
    {
        "name": "it",
        "market": "it",
        "phone_number_id": "106540352242922",
        "access_token": "token-of-the-italian-number",
        "app_secret": "secret-of-the-italian-app",
        "verify_token": "verify-the-italian-webhook",
        "templates": [
            {
                "news": ["request_paid"],
                "name": "request_paid",
                "languages": {"it": "it", "sr": "sr"},
                "parameters": ["number"],
                "button": True,
            },
            {"name": "we_have_news", "languages": {"it": "it"}, "tells_all": False},
        ],
    },
    {
        "name": "rs",
        "market": "rs",
        "phone_number_id": "206540352242922",
        "access_token": "token-of-the-serbian-number",
        "app_secret": "secret-of-the-serbian-app",
        "verify_token": "verify-the-serbian-webhook",
    },
]
TEMPLATES = {
    ("request_paid", "it"): Template("La richiesta {{1}} è stata pagata.", button="Vedi la richiesta"),
    ("we_have_news", "it"): Template("Abbiamo novità per Lei: ci scriva quando vuole."),
}


class Mobile:
    """A customer's phone, the gateway it writes to, and what stands behind the gateway."""

    def __init__(self, settings: Settings) -> None:
        self.rasa = FakeRasa()
        self.backend = FakeBackend()
        self.chats = Chats()
        graph_app = FastAPI()
        self.app = create_app(
            settings,
            rasa_transport=httpx.ASGITransport(self.rasa.app),
            backend_transport=httpx.ASGITransport(self.backend.asgi),
            graph_transport=httpx.ASGITransport(graph_app),
        )
        self.gateway = self.app.state.gateway
        self.meta = GraphSimulator(
            [WhatsAppAccount.model_validate(account) for account in ACCOUNTS],
            self.chats,
            "http://gateway",
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False),
            own_url=settings.whatsapp_api_url,
            templates=TEMPLATES,
        )
        graph_app.include_router(self.meta.router)
        self.rows: Callable[[Any], list[Any]] = lambda table: World.rows(self, table)  # type: ignore[arg-type]

    async def say(self, text: str, customer: str = CUSTOMER, account: str = "it", **how: Any) -> str:
        return await self.meta.say(account, customer, text, **how)

    def shown(self, customer: str = CUSTOMER, account: str = "it") -> list[Entry]:
        """What came to the customer's phone."""
        return self.meta.sent(account, customer)

    def texts(self, customer: str = CUSTOMER, account: str = "it") -> list[str]:
        return [entry.text for entry in self.shown(customer, account)]

    async def receives(self, count: int, customer: str = CUSTOMER, account: str = "it") -> list[Entry]:
        """The messages on the phone once there are so many."""

        async def there() -> bool:
            return len(self.shown(customer, account)) >= count

        await eventually(there)
        return self.shown(customer, account)

    async def stays_at(self, count: int, customer: str = CUSTOMER, account: str = "it") -> None:
        """Nothing more comes, although there was time for it."""
        await self.quiet()
        assert len(self.shown(customer, account)) == count

    async def quiet(self) -> None:
        """All turns and deliveries are through, and all statuses told."""

        async def nothing_open() -> bool:
            tables = (Turn.__table__, Delivery.__table__)
            return not any(row.state in jobs.OPEN_STATES for table in tables for row in self.rows(table))

        await eventually(nothing_open)
        await self.meta.settled()

    def conversations(self) -> list[Any]:
        return self.rows(Conversation.__table__)

    def transcript(self) -> list[tuple[str, str]]:
        return [(row.author, row.text) for row in self.rows(TranscriptMessage.__table__)]

    def answer(self, *messages: dict[str, Any], language: str = "it") -> None:
        """What the dialogue answers from now on."""
        self.rasa.answer = lambda turn: {"language": language, "script": "Latn", "messages": list(messages)}


@pytest.fixture
def wa_settings(settings: Settings) -> Settings:
    accounts = Settings(_env_file=None, whatsapp_accounts=ACCOUNTS).whatsapp_accounts  # type: ignore[arg-type]
    return settings.model_copy(
        update={
            "whatsapp_accounts": accounts,
            "whatsapp_api_url": "http://meta",
            "messenger_settle_seconds": 0.0,
        }
    )


@pytest_asyncio.fixture
async def mobile(wa_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Mobile]:
    monkeypatch.setattr(jobs, "PAUSES", (0.05,))
    mobile = Mobile(wa_settings)
    async with alive(mobile.app):
        try:
            yield mobile
        finally:
            await asyncio.sleep(0)
            await mobile.meta.close()
