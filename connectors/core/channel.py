"""What a channel is to the core: a name, and a way out if it pushes.

A channel is a thin pair: its incoming side turns what a vendor sends into calls of `Reception`, its outgoing
side turns a Message into what the vendor wants. It knows nothing of the dialogue.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from connectors.core.conversations import Voice
from connectors.core.messages import Message

if TYPE_CHECKING:
    from connectors.core.reception import Reception


class DeliveryFailed(Exception):
    """The vendor did not take it; it is tried again, not before `retry_after` seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class CustomerGone(Exception):
    """The customer blocked us or does not exist any more: nothing will be deliverable."""


class WindowClosed(Exception):
    """The vendor takes nothing until the customer writes again: kept, and delivered then."""


class MediaRefused(Exception):
    """A file that cannot be had or is not taken. The text `system_<error>` says why: `file_gone`, `file_too_large`."""

    def __init__(self, error: str, **detail: Any) -> None:
        super().__init__(error)
        self.error = error
        self.detail = detail


class MediaRef(BaseModel):
    """A customer's file that lies with the vendor; `vendor_id` is what the vendor gives it out for."""

    vendor_id: str
    filename: str
    media_type: str = "application/octet-stream"
    size: int | None = None


@dataclass(frozen=True)
class ApprovedText:
    """Words that the vendor approved beforehand and takes at any time; `{{1}}`, `{{2}}` ... stand for `fields`."""

    name: str
    text: str
    fields: Sequence[str]

    def fill(self, known: Mapping[str, str]) -> str | None:
        """The words as the customer reads them; None when a field is not known."""
        text = self.text
        for number, field in enumerate(self.fields, 1):
            if not known.get(field):
                return None
            text = text.replace(f"{{{{{number}}}}}", known[field])
        return text


# Remembers a piece of a message as taken: number of the message, number of the piece, the vendor's id of it.
NotePart = Callable[[int, int, str], Awaitable[None]]
# Remembers a piece as refused for good: number of the message, of the piece, the vendor's reason. It is not sent any
# more, and the message has failed.
NoteRefused = Callable[[int, int, str], Awaitable[None]]


@dataclass(frozen=True)
class Parcel:
    """What is to be handed over to one customer, oldest message first.

    A message may need several calls of the vendor: its pieces ("parts") are numbered from 0, the same at every
    attempt. `done_parts` holds those that were taken before, as (message's id, part) → the vendor's id: they are not sent
    again. `note_part` is awaited after each call that the vendor took. `last_heard_at` is when the customer last wrote.
    """

    conversation_id: str
    address: str
    voice: Voice
    messages: list[Message]
    last_heard_at: datetime | None
    done_parts: Mapping[tuple[int, int], str]
    note_part: NotePart
    note_refused: NoteRefused


class Channel:
    """A channel as the core sees it. Inherit from it: what a channel does not offer has a default here."""

    name: str
    # False where customers fetch their messages from the transcript themselves (the website).
    pushes: bool
    # So many waiting messages of a conversation are handed over in one parcel.
    most_at_once: int = 1

    async def deliver(self, parcel: Parcel) -> None:
        """Hand the parcel to the vendor; raises DeliveryFailed, CustomerGone or WindowClosed.

        When it returns, all of it was taken.
        """
        raise NotImplementedError

    def approved_texts(self, address: str, tag: str) -> Sequence[ApprovedText]:
        """What an agent may send at any time to a customer who is spoken to in `tag` (`it`, `sr-Latn`)."""
        return ()

    async def show_typing(self, address: str, message_id: str | None) -> None:
        """A turn was begun: show that an answer is on its way and that the message was read.

        Called again every few seconds while the turn lasts. Whatever it raises is swallowed.
        """

    async def erase(self, address: str, message_id: str) -> None:
        """Delete a customer's message at the vendor; raises DeliveryFailed. Done when it cannot be done."""

    def fetch(
        self, address: str, media: MediaRef
    ) -> contextlib.AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """A file's bytes as they arrive; raises MediaRefused, or DeliveryFailed to be asked again."""
        raise MediaRefused("file_gone")

    def running(self, reception: "Reception") -> contextlib.AbstractAsyncContextManager[None]:
        """Open while the gateway runs: clients, polling. `reception` takes what polling brings."""
        return contextlib.nullcontext()
