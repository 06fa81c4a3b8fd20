"""Brings a file from the vendor to the backend in a stream, when its turn is worked. Nothing of it is kept here."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from connectors.core.backend_client import BackendClient, BackendRefused
from connectors.core.channel import Channel, DeliveryFailed, MediaRef, MediaRefused
from connectors.core.messages import SharedFile, change_files
from connectors.core.models import Conversation, Turn
from connectors.core.refusals import clean_filename
from connectors.database import Database

log = structlog.get_logger()
# Refusals of the backend that say nothing about the file.
TRY_AGAIN = {"upload_incomplete"}


def shared(document: Mapping[str, Any]) -> SharedFile:
    """The backend's Document as the transcript shows it."""
    return SharedFile(
        document_id=str(document["document_id"]),
        filename=str(document.get("filename", "")),
        kind=str(document.get("kind", "")),
        size=int(document.get("size") or 0),
    )


def announced(media: MediaRef) -> SharedFile:
    """A file that is not here yet, as the transcript shows it."""
    kind = "image" if media.media_type.startswith("image/") else "pdf"
    return SharedFile(
        document_id="", filename=clean_filename(media.filename), kind=kind, size=media.size or 0
    )


class Courier:
    """Fetches and stores; `register` makes the backend know the conversation."""

    def __init__(
        self,
        database: Database,
        backend: BackendClient,
        channels: Mapping[str, Channel],
        register: Callable[[Conversation], Awaitable[None]],
    ) -> None:
        self._database = database
        self._backend = backend
        self._channels = channels
        self._register = register

    async def bring(self, turn: Turn) -> None:
        """Put the file's Document among the turn's attachments, in the database too.

        Raises MediaRefused when the file cannot be had or is not taken; DeliveryFailed and BackendUnavailable when it may be tried
        again. A file that was stored and not noted before a crash is stored once more; nothing refers to the first.
        """
        conversation = turn.conversation
        channel = self._channels.get(conversation.channel)
        if channel is None or conversation.address is None:
            raise DeliveryFailed("channel_not_running")
        media = MediaRef.model_validate(turn.media)
        market = await self._backend.get_market(conversation.market)
        max_bytes = int(market.files.get("max_bytes") or 0)
        if max_bytes and (media.size or 0) > max_bytes:
            raise MediaRefused("file_too_large", max_bytes=max_bytes)
        await self._register(conversation)
        async with channel.fetch(conversation.address, media) as content:
            try:
                document = await self._backend.store_document(
                    conversation.id, clean_filename(media.filename), media.media_type, _guarded(content)
                )
            except BackendRefused as refused:
                if refused.error in TRY_AGAIN:
                    raise DeliveryFailed(refused.error) from None
                raise MediaRefused(refused.error, **refused.detail) from None

        def note(session: Session) -> None:
            session.execute(update(Turn).where(Turn.id == turn.id).values(attachments=[document]))
            if turn.shown_number is not None:
                change_files(session, conversation.id, turn.shown_number, [shared(document)])

        await self._database.write(note)
        turn.attachments = [document]


async def _guarded(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whatever goes wrong while the vendor sends is a reason to try again, and never the backend's fault."""
    try:
        async for chunk in content:
            if chunk:
                yield chunk
    except (MediaRefused, DeliveryFailed):
        raise
    except Exception as error:
        raise DeliveryFailed(f"media_{type(error).__name__}"[:60]) from error
