"""The page's interface: what a customer does is in the chat, and who reads the chat hears of every change."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from simulators.app import STATIC, create_app
from simulators.chats import ChatKey, Chats, Entry
from simulators.settings import Settings
from simulators.telegram import TelegramSimulator

BOT = {"name": "it", "market": "it", "language": "it", "token": "1:abc", "webhook_secret": "s" * 32}
WHO = {"vendor": "telegram", "account": "it", "customer": "711234567"}
KEY = ChatKey(**WHO)


@pytest_asyncio.fixture
async def phone() -> AsyncIterator[httpx.AsyncClient]:
    """The page's door; the bot has no webhook, its updates wait to be fetched."""
    chats = Chats()
    accounts = Settings(_env_file=None, telegram_accounts=[BOT]).telegram_accounts
    app = create_app(chats, [TelegramSimulator(accounts, chats)])
    app.state.chats = chats
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        http.chats = chats  # type: ignore[attr-defined]
        yield http


async def read(phone: httpx.AsyncClient, after: int = 0, wait: float = 0) -> dict[str, Any]:
    answer = await phone.get("/phone/api/chat", params=WHO | {"after": after, "wait": wait})
    return dict(answer.raise_for_status().json())


async def test_what_is_said_edited_and_deleted_is_in_the_chat(phone: httpx.AsyncClient) -> None:
    said = (await phone.post("/phone/api/say", json=WHO | {"text": "ciao"})).json()["entry"]
    first = await read(phone)
    assert [(e["author"], e["text"]) for e in first["entries"]] == [("customer", "ciao")]

    await phone.post("/phone/api/edit", json=WHO | {"entry": said, "text": "buongiorno"})
    second = await read(phone, first["revision"])
    assert [(e["id"], e["text"], e["edited"]) for e in second["entries"]] == [(said, "buongiorno", True)]

    await phone.post("/phone/api/delete", json=WHO | {"entry": said})
    third = await read(phone, second["revision"])
    assert [(e["id"], e["deleted"]) for e in third["entries"]] == [(said, True)]


async def test_a_reader_who_waits_hears_at_once(phone: httpx.AsyncClient) -> None:
    revision = (await read(phone))["revision"]
    reading = asyncio.create_task(read(phone, revision, wait=20))
    await asyncio.sleep(0.05)
    assert not reading.done()
    phone.chats.add(KEY, Entry("9", "assistant", text="eccomi"))  # type: ignore[attr-defined]
    heard = await asyncio.wait_for(reading, 60)
    assert [entry["text"] for entry in heard["entries"]] == ["eccomi"]


async def test_a_reader_who_knows_another_run_is_not_left_waiting(phone: httpx.AsyncClient) -> None:
    await phone.post("/phone/api/say", json=WHO | {"text": "ciao"})
    answer = await asyncio.wait_for(read(phone, after=10_000, wait=20), 60)
    assert answer["revision"] < 10_000
    assert answer["store"] == (await read(phone))["store"]


async def test_a_file_comes_back_as_it_was_sent(phone: httpx.AsyncClient) -> None:
    file = {"name": "račun <1>.html", "media_type": "text/html", "content": "PGI+aGk8L2I+"}
    await phone.post("/phone/api/files", json=WHO | {"files": [file]})
    (entry,) = (await read(phone))["entries"]
    got = await phone.get(entry["file"]["url"])
    assert got.content == b"<b>hi</b>"
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_what_is_not_there_is_said_so(phone: httpx.AsyncClient) -> None:
    assert (await phone.post("/phone/api/say", json=WHO | {"account": "fr", "text": "x"})).status_code == 404
    assert (await phone.post("/phone/api/delete", json=WHO | {"entry": "77"})).status_code == 404
    assert (await phone.get("/phone/api/chat", params=WHO | {"vendor": "signal"})).status_code == 404


async def test_other_websites_cannot_play_with_it(phone: httpx.AsyncClient) -> None:
    rebound = await phone.get("/phone/api/accounts", headers={"Host": "evil.example"})
    assert rebound.status_code == 400
    page = await phone.get("/phone")
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_every_file_the_page_needs_is_served(phone: httpx.AsyncClient) -> None:
    for path in STATIC.iterdir():
        assert (await phone.get(f"/phone/static/{path.name}")).status_code == 200


async def test_faults_are_switched_one_by_one(phone: httpx.AsyncClient) -> None:
    await phone.post("/phone/api/faults", json=WHO | {"too_many": 3})
    await phone.post("/phone/api/faults", json=WHO | {"slow_seconds": 0.5})
    faults = (await read(phone))["faults"]
    assert (faults["too_many"], faults["slow_seconds"], faults["blocked"]) == (3, 0.5, False)
