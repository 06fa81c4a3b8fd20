"""What stands on the customers' phones: chats with their entries, in memory, and who waits for changes.

The stand-ins of the vendors write here what arrives from either side; the page and the tests read it. Nothing
here knows a vendor's protocol.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from fastapi import APIRouter

LONG_AGO = datetime.min.replace(tzinfo=UTC)
Author = Literal["customer", "assistant"]
# The ticks beside an entry; on WhatsApp the vendor tells the sender of each.
Status = Literal["waiting", "sent", "delivered", "read", "failed"]


@dataclass(frozen=True)
class ChatKey:
    """One customer's chat with one of the insurer's accounts; `customer` is the vendor's id of the person."""

    vendor: str
    account: str
    customer: str


@dataclass(frozen=True)
class Button:
    """What can be pressed: `value` is what the vendor sends back; one with a `url` opens a page instead.

    `asks` is set on the buttons of a keyboard that hand over something of the phone.
    """

    title: str
    value: str = ""
    description: str = ""
    url: str | None = None
    asks: Literal["contact", "location"] | None = None


@dataclass(frozen=True)
class File:
    """A file that was sent, by either side."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Location:
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass(frozen=True)
class Entry:
    """One message as the phone shows it.

    `id` is the vendor's id of the message, unique in its chat. `kind` is the vendor's: text, photo, document,
    location, sticker, voice, template, contact ... `html` is the marked-up text where the vendor's markup is
    HTML; `text` is always readable alone. `buttons` stand under the message in rows; with `menu` set they are
    the lines of a list that opens under this title. `keyboard` lies in the place of the phone's keyboard.
    """

    id: str
    author: Author
    kind: str = "text"
    text: str = ""
    html: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    menu: str | None = None
    keyboard: tuple[tuple[Button, ...], ...] = ()
    file: File | None = None
    location: Location | None = None
    reply_to: str | None = None
    status: Status = "sent"
    error: str | None = None
    edited: bool = False
    deleted: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    # Number of the chat store's last change to this entry: readers ask for what is newer than they know.
    revision: int = 0


@dataclass
class Faults:
    """What goes wrong for one chat at the vendor; the numbers count down with each call that they spoil."""

    too_many: int = 0
    failing: int = 0
    slow_seconds: float = 0
    blocked: bool = False
    media_expired: bool = False
    outside_window: bool = False


@dataclass
class Chat:
    """One chat; `entries` in the order in which they came to the phone."""

    key: ChatKey
    entries: dict[str, Entry] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    typing_until: datetime = LONG_AGO
    revision: int = 0

    @property
    def typing(self) -> bool:
        """Whether the phone shows that the other side writes."""
        return self.typing_until > datetime.now(UTC)


class EntryUnknown(LookupError):
    """No such entry in this chat."""


class Chats:
    """All chats of this process; everything runs in one event loop."""

    def __init__(self) -> None:
        self._chats: dict[ChatKey, Chat] = {}
        self._numbers = itertools.count(1)
        self._changed = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()
        self._listeners: list[Callable[[ChatKey, Entry], None]] = []
        self.revision = 0
        # Nobody is kept waiting any more: the program ends.
        self.closing = False

    def next_number(self) -> int:
        """A number never given before: vendors make their message ids of it."""
        return next(self._numbers)

    def chat(self, key: ChatKey) -> Chat:
        """The chat, empty when it is new."""
        return self._chats.setdefault(key, Chat(key))

    def all(self) -> list[Chat]:
        """Every chat, oldest first."""
        return list(self._chats.values())

    def add(self, key: ChatKey, entry: Entry) -> Entry:
        """Show an entry; an id that is there already is replaced."""
        return self._put(key, entry)

    def find(self, key: ChatKey, entry_id: str) -> Entry:
        """Raises EntryUnknown."""
        try:
            return self.chat(key).entries[entry_id]
        except KeyError:
            raise EntryUnknown(entry_id) from None

    def change(self, key: ChatKey, entry_id: str, **changes: Any) -> Entry:
        """Change fields of an entry. Raises EntryUnknown."""
        return self._put(key, replace(self.find(key, entry_id), **changes))

    def show_typing(self, key: ChatKey, seconds: float) -> None:
        """The other side writes, for so long or until its next message."""
        self.chat(key).typing_until = datetime.now(UTC) + timedelta(seconds=seconds)
        self._note_change(self.chat(key))

    def set_faults(self, key: ChatKey, **switches: Any) -> Faults:
        """Turn switches of a chat; those not named stay."""
        chat = self.chat(key)
        chat.faults = replace(chat.faults, **switches)
        self._note_change(chat)
        return chat.faults

    def listen(self, listener: Callable[[ChatKey, Entry], None]) -> None:
        """Call this with each entry that is added or changed."""
        self._listeners.append(listener)

    async def wait(self, after: int, seconds: float) -> int:
        """Wait until something is newer than `after`, at most so long; returns the newest revision."""
        async with self._changed:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait_for(lambda: self.revision > after)
            except TimeoutError:
                pass
        return self.revision

    def _put(self, key: ChatKey, entry: Entry) -> Entry:
        chat = self.chat(key)
        self._note_change(chat)
        entry = replace(entry, revision=self.revision)
        chat.entries[entry.id] = entry
        if entry.author == "assistant":
            chat.typing_until = LONG_AGO
        for listener in self._listeners:
            listener(key, entry)
        return entry

    def _note_change(self, chat: Chat) -> None:
        self.revision += 1
        chat.revision = self.revision
        try:
            task = asyncio.get_running_loop().create_task(self._wake())
        except RuntimeError:
            # Filled before the loop runs: nobody waits yet.
            return
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@dataclass(frozen=True)
class Account:
    """One of the insurer's accounts as the page offers it."""

    name: str
    market: str
    language: str
    title: str


class Messenger(Protocol):
    """The stand-in of a vendor: its HTTP interface for the assistant, and what its customers can do.

    What a customer does is shown in the chat first, then told to the assistant's webhook (or kept for
    getUpdates); the entry's status says whether the webhook took it. Each returns the entry's id. Raises
    EntryUnknown for an entry that is not there, NotPossible for what this vendor's phones do not offer.
    """

    vendor: str
    # The vendor's own paths, from the root: /bot<token>/..., /v23.0/...
    router: APIRouter

    @property
    def accounts(self) -> list[Account]: ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Its HTTP client for webhooks and whatever it does in the background."""
        ...

    async def say(
        self, account: str, customer: str, text: str, *, reply_to: str | None = None, late_by: timedelta = ...
    ) -> str:
        """A text; `late_by` makes it one that the vendor delivers so long after it was written."""
        ...

    async def press(self, account: str, customer: str, entry_id: str, value: str) -> str:
        """A button or a line of a list of this entry; returns the id of what the vendor sends."""
        ...

    async def send_files(self, account: str, customer: str, files: list[File], *, caption: str = "") -> str:
        """Photos (image types) and documents; several at once as the vendor does it. Id of the last one."""
        ...

    async def send_location(self, account: str, customer: str, latitude: float, longitude: float) -> str: ...

    async def send_other(self, account: str, customer: str, kind: str) -> str:
        """A voice message, sticker, video, contact, reaction ... of made-up content."""
        ...

    async def edit(self, account: str, customer: str, entry_id: str, text: str) -> str: ...

    async def delete(self, account: str, customer: str, entry_id: str) -> str: ...

    async def redeliver(self, account: str, customer: str, entry_id: str) -> str:
        """Post the webhook of this entry once more, byte for byte."""
        ...

    async def see(self, account: str, customer: str) -> None:
        """The customer looks at the chat: what has come is read."""
        ...

    async def set_blocked(self, account: str, customer: str, blocked: bool) -> None:
        """The customer blocks or unblocks the account."""
        ...


class NotPossible(Exception):
    """This vendor's phones do not offer it."""
