"""A customer's side of a conversation and the gateway with fakes around it, for tests to talk to."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from sqlalchemy import FromClause, select

from connectors.app import create_app
from connectors.database import Base
from connectors.settings import Settings
from locales import texts
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa

# Seconds until a wait is given up: long, because a busy machine is no failure. What comes in time ends the wait.
PATIENCE = 60.0


class Chat:
    """One customer's side of a conversation, through the website channel's HTTP interface."""

    def __init__(self, http: httpx.AsyncClient, conversation_id: str, token: str) -> None:
        self.http = http
        self.id = conversation_id
        self.path = f"/api/website/conversations/{conversation_id}"
        self.headers = {"Authorization": f"Bearer {token}"}
        self.count = 0

    async def post(self, **body: Any) -> httpx.Response:
        if "client_message_id" not in body:
            self.count += 1
            body["client_message_id"] = f"m{self.count}"
        return await self.http.post(f"{self.path}/messages", json=body, headers=self.headers)

    async def upload(self, filename: str, content: bytes, client_message_id: str = "f1") -> httpx.Response:
        params = {"filename": filename, "client_message_id": client_message_id}
        return await self.http.post(
            f"{self.path}/files", params=params, content=content, headers=self.headers
        )

    async def messages(self, after: int = 0) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{self.path}/messages", params={"after": after}, headers=self.headers)
        return answer.raise_for_status().json()["messages"]

    async def transcript(self) -> list[tuple[str, str]]:
        return [(message["author"], message["text"]) for message in await self.messages()]

    async def quiet(self, seconds: float = PATIENCE) -> list[dict[str, Any]]:
        """The messages once nothing is being worked any more."""
        await eventually(self._is_quiet, seconds)
        return await self.messages()

    async def _is_quiet(self) -> bool:
        answer = await self.http.get(f"{self.path}/messages", headers=self.headers)
        return not answer.json()["typing"]

    async def say(self, text: str) -> list[dict[str, Any]]:
        """Write, wait, and return what came back."""
        before = len(await self.messages())
        (await self.post(text=text)).raise_for_status()
        return [m for m in (await self.quiet())[before:] if m["author"] != "customer"]


class World:
    """The gateway under test and its neighbours."""

    def __init__(self, settings: Settings, rasa: Any = None) -> None:
        self.settings = settings
        self.rasa = rasa or FakeRasa()
        self.backend = FakeBackend()
        self.app = create_app(
            settings,
            rasa_transport=httpx.ASGITransport(self.rasa.app),
            backend_transport=httpx.ASGITransport(self.backend.asgi),
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, raise_app_exceptions=False), base_url="http://chat.test"
        )

    async def open(self, market: str = "it", language: str | None = None) -> Chat:
        body = {"market": market, "language": language}
        opened = (await self.http.post("/api/website/conversations", json=body)).raise_for_status().json()
        return Chat(self.http, opened["conversation_id"], opened["token"])

    def stored(self) -> str:
        """Everything the gateway has on disk, as one string to search for what must not be there."""
        found = [repr(row) for table in Base.metadata.sorted_tables for row in self.rows(table)]
        if self.settings.database_url.startswith("sqlite"):
            # Also what lies about in its files: pages freed, the write-ahead log.
            folder = Path(self.settings.database_url.removeprefix("sqlite:///")).parent
            found += [path.read_bytes().decode("utf-8", "replace") for path in folder.glob("connectors.db*")]
        return "".join(found)

    def rows(self, table: FromClause) -> list[Any]:
        with self.app.state.gateway.database.engine.connect() as connection:
            return list(connection.execute(select(table)))


def alive(app: FastAPI) -> LifespanManager:
    """A context in which the app is started; starting and stopping may take as long as anything."""
    return LifespanManager(app, startup_timeout=PATIENCE, shutdown_timeout=PATIENCE)


async def eventually(check: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until the check holds."""
    deadline = time.monotonic() + seconds
    while not await check():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        await asyncio.sleep(0.02)


def words(key: str, language: str = "it", script: str = "Latn", **values: Any) -> str:
    """A text of the catalogue: tests know what is said, not how it is worded."""
    return texts.render(key, language, script, **values)
