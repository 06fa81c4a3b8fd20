"""What the page asks of the program: read a chat, and do what a customer does. JSON only.

The tests of whole conversations play customers through the same routes.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import Base64Bytes, BaseModel, Field
from starlette.responses import Response

from simulators.chats import ChatKey, Chats, Entry, EntryUnknown, File, Messenger

LONGEST_WAIT = 25
# A reader who went away is noticed after so many seconds.
NOTICE_GONE = 0.5
# Pictures a browser may show in the page; anything else is downloaded.
SHOWN = {"image/jpeg", "image/png", "image/webp", "image/gif"}
# Begins of phone numbers; WhatsApp names its customers by them.
COUNTRY_CODES = {"id": "62812", "rs": "38164", "it": "39347"}


class Who(BaseModel):
    """Whose chat it is about."""

    vendor: str
    account: str
    customer: str = Field(pattern="^[A-Za-z0-9._-]{1,128}$")

    @property
    def key(self) -> ChatKey:
        return ChatKey(self.vendor, self.account, self.customer)


class Said(Who):
    text: str = Field(min_length=1)
    reply_to: str | None = None
    late_by_seconds: float = Field(default=0, ge=0)


class Pressed(Who):
    entry: str
    value: str


class Attached(BaseModel):
    name: str
    media_type: str
    content: Base64Bytes


class FilesSent(Who):
    files: list[Attached] = Field(min_length=1)
    caption: str = ""


class LocationSent(Who):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class OtherSent(Who):
    kind: str


class Edited(Who):
    entry: str
    text: str = Field(min_length=1)


class Chosen(Who):
    entry: str


class Switched(Who):
    """Only what is to change."""

    too_many: int | None = Field(default=None, ge=0)
    failing: int | None = Field(default=None, ge=0)
    slow_seconds: float | None = Field(default=None, ge=0, le=60)
    blocked: bool | None = None
    media_expired: bool | None = None
    outside_window: bool | None = None


def phone_api(chats: Chats, messengers: Mapping[str, Messenger]) -> APIRouter:
    """The routes under `/phone/api`. A vendor or account that is not there is a 404, as is an unknown entry."""
    router = APIRouter(prefix="/phone/api")
    store = secrets.token_hex(4)

    def messenger_of(who: Who) -> Messenger:
        messenger = messengers.get(who.vendor)
        if messenger is None or who.account not in {account.name for account in messenger.accounts}:
            raise HTTPException(404, "no such account")
        return messenger

    @router.get("/accounts")
    async def list_accounts() -> dict[str, Any]:
        """The accounts of each vendor."""
        return {name: [asdict(account) for account in m.accounts] for name, m in messengers.items()}

    @router.post("/customers")
    async def invent_customer(vendor: str, account: str) -> dict[str, str]:
        """A customer who never wrote before."""
        messenger = messenger_of(Who(vendor=vendor, account=account, customer="new"))
        market = next(a.market for a in messenger.accounts if a.name == account)
        start = COUNTRY_CODES.get(market, "999") if vendor == "whatsapp" else "71"
        return {"customer": f"{start}{random.randrange(10**6, 10**7)}"}  # noqa: S311 - nobody's secret

    @router.get("/chat")
    async def read_chat(
        request: Request,
        vendor: str,
        account: str,
        customer: str,
        after: int = 0,
        wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0,
    ) -> dict[str, Any]:
        """What changed in a chat after a revision; waits so many seconds for it where nothing has.

        `store` names this run of the program: with another one everything the reader knows is gone.
        """
        who = Who(vendor=vendor, account=account, customer=customer)
        messenger_of(who)
        chat = chats.chat(who.key)
        until = time.monotonic() + wait
        seen = chats.revision
        while (
            not chats.closing
            and chat.revision <= after <= chats.revision
            and (left := until - time.monotonic()) > 0
        ):
            seen = await chats.wait(seen, min(left, NOTICE_GONE))
            if await request.is_disconnected():
                break
        return {
            "store": store,
            "revision": chat.revision,
            "typing_seconds": max(0.0, (chat.typing_until - datetime.now(UTC)).total_seconds()),
            "faults": asdict(chat.faults),
            "entries": [_shown(who, entry) for entry in chat.entries.values() if entry.revision > after],
        }

    @router.get("/file")
    async def read_file(vendor: str, account: str, customer: str, entry: str) -> Response:
        """The file of an entry."""
        file = chats.find(Who(vendor=vendor, account=account, customer=customer).key, entry).file
        if file is None:
            raise EntryUnknown(entry)
        way = "inline" if file.media_type in SHOWN else "attachment"
        disposition = f"{way}; filename*=UTF-8''{quote(file.name)}"
        return Response(
            file.content, media_type=file.media_type, headers={"Content-Disposition": disposition}
        )

    @router.post("/say")
    async def say(said: Said) -> dict[str, str]:
        late_by = timedelta(seconds=said.late_by_seconds)
        messenger = messenger_of(said)
        entry = await messenger.say(
            said.account, said.customer, said.text, reply_to=said.reply_to, late_by=late_by
        )
        return {"entry": entry}

    @router.post("/press")
    async def press(pressed: Pressed) -> dict[str, str]:
        messenger = messenger_of(pressed)
        return {
            "entry": await messenger.press(pressed.account, pressed.customer, pressed.entry, pressed.value)
        }

    @router.post("/files")
    async def send_files(sent: FilesSent) -> dict[str, str]:
        files = [File(file.name, file.media_type, file.content) for file in sent.files]
        messenger = messenger_of(sent)
        return {"entry": await messenger.send_files(sent.account, sent.customer, files, caption=sent.caption)}

    @router.post("/location")
    async def send_location(sent: LocationSent) -> dict[str, str]:
        messenger = messenger_of(sent)
        return {
            "entry": await messenger.send_location(sent.account, sent.customer, sent.latitude, sent.longitude)
        }

    @router.post("/other")
    async def send_other(sent: OtherSent) -> dict[str, str]:
        return {"entry": await messenger_of(sent).send_other(sent.account, sent.customer, sent.kind)}

    @router.post("/edit")
    async def edit(edited: Edited) -> dict[str, str]:
        messenger = messenger_of(edited)
        return {"entry": await messenger.edit(edited.account, edited.customer, edited.entry, edited.text)}

    @router.post("/delete")
    async def delete(chosen: Chosen) -> dict[str, str]:
        return {"entry": await messenger_of(chosen).delete(chosen.account, chosen.customer, chosen.entry)}

    @router.post("/redeliver")
    async def redeliver(chosen: Chosen) -> dict[str, str]:
        return {"entry": await messenger_of(chosen).redeliver(chosen.account, chosen.customer, chosen.entry)}

    @router.post("/see")
    async def see(who: Who) -> dict[str, str]:
        await messenger_of(who).see(who.account, who.customer)
        return {}

    @router.post("/faults")
    async def switch_faults(switched: Switched) -> dict[str, Any]:
        messenger = messenger_of(switched)
        given = switched.model_dump(exclude={"vendor", "account", "customer"}, exclude_none=True)
        if "blocked" in given and given["blocked"] != chats.chat(switched.key).faults.blocked:
            await messenger.set_blocked(switched.account, switched.customer, given["blocked"])
        return asdict(chats.set_faults(switched.key, **given))

    return router


def _shown(who: Who, entry: Entry) -> dict[str, Any]:
    """An entry as the page gets it."""
    shown = asdict(replace(entry, file=None))
    shown["at"] = entry.at.isoformat()
    if entry.file:
        query = urlencode(who.model_dump() | {"entry": entry.id})
        shown["file"] = {
            "name": entry.file.name,
            "media_type": entry.file.media_type,
            "size": len(entry.file.content),
            "url": f"/phone/api/file?{query}",
        }
    return shown
