"""What browsers send: a new conversation, texts, buttons, files. The reception decides everything."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import ClientDisconnect

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.core.conversations import Voice, open_conversation, read_voice, voice_of
from connectors.core.intake import Received
from connectors.core.refusals import clean_filename, refusal_text
from connectors.database import utc_now
from connectors.errors import (
    BackendSilent,
    ConversationUnknown,
    FileRefused,
    MarketUnknown,
    TextTooLong,
    Told,
    TooManyRequests,
    tells,
)
from connectors.website.access import (
    GatewayHere,
    LimitsHere,
    OwnConversation,
    address_of,
    check_address_limit,
    check_message_limit,
    voice_of_reader,
)
from connectors.website.outgoing import WEBSITE

router = APIRouter(
    prefix="/api/website", tags=["website channel"], dependencies=[Depends(check_address_limit)]
)
ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
# A refused file is read to its end, so that the browser hears the reason; more than this is cut off.
DRAIN_BYTES = 60 * 1024 * 1024


class NewConversation(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [{"market": "it", "language": "it"}]})

    market: str = Field(pattern=r"^[a-z]{2,8}$")
    language: str | None = Field(
        default=None, description="Of the page: `id`, `it`, `sr`, `sr-Latn`, `sr-Cyrl`"
    )


class OpenedConversation(BaseModel):
    conversation_id: str
    token: str = Field(description="Shown once; send it as `Authorization: Bearer`")
    expires_at: datetime | None = Field(description="Moves with every message")


class NewMessage(BaseModel):
    """Exactly one of `text` and `button`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"client_message_id": "8f14e45f", "text": "Vorrei vedere le mie polizze"},
                {"client_message_id": "c9f0f895", "button": "Zk3l2m5n8q1r4t7v"},
            ]
        }
    )

    client_message_id: str = Field(
        pattern=ID_PATTERN, description="Made by the client; the same id is worked once"
    )
    text: str | None = Field(default=None, description="At most 5,000 characters")
    button: str | None = Field(default=None, pattern=ID_PATTERN, description="The token of a button")

    @model_validator(mode="after")
    def has_one_content(self) -> "NewMessage":
        if (self.text is None) == (self.button is None):
            raise ValueError("exactly one of text and button")
        return self


class TakenMessage(BaseModel):
    message_id: str


class TakenFile(TakenMessage):
    document: dict[str, Any] | None = Field(description="What was stored; null when it came before")


@router.post("/conversations", status_code=201, responses=tells(MarketUnknown, BackendSilent))
async def open_a_conversation(
    new: NewConversation, request: Request, gateway: GatewayHere, limits: LimitsHere
) -> OpenedConversation:
    """Open a conversation in a market. The token is the only proof of owning it."""
    wait = limits.take(f"opens:{address_of(request)}", gateway.settings.conversations_per_minute)
    if wait is not None:
        raise TooManyRequests(voice_of_reader(request).say("system_too_many_requests"), retry_after=wait)
    try:
        market = await gateway.backend.get_market(new.market)
    except BackendRefused:
        raise MarketUnknown() from None
    except BackendUnavailable:
        message = read_voice(new.language, voice_of_reader(request)).say("system_try_again")
        raise BackendSilent(message, retry_after=2) from None
    voice = read_voice(new.language, Voice(market.languages[0]))
    conversation, token = await gateway.database.write(
        lambda session: open_conversation(
            session,
            channel=WEBSITE,
            market=new.market,
            voice=voice,
            page_language=voice.language if new.language else None,
            now=utc_now(),
            hours=gateway.settings.conversation_hours,
        )
    )
    return OpenedConversation(
        conversation_id=conversation.id, token=token, expires_at=conversation.expires_at
    )


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=202,
    dependencies=[Depends(check_message_limit)],
    responses={
        200: {"model": TakenMessage, "description": "Came before; it is worked once"},
        **tells(ConversationUnknown, TextTooLong, BackendSilent),
    },
)
async def post_a_message(
    new: Annotated[NewMessage, Body()],
    conversation: OwnConversation,
    gateway: GatewayHere,
    response: Response,
) -> TakenMessage:
    """Send a text or press a button. It is stored when this answers; the answers come as messages."""
    if new.text is not None:
        received = await gateway.reception.receive_text(conversation, new.client_message_id, new.text)
    else:
        received = await gateway.reception.receive_button(
            conversation, new.client_message_id, new.button or ""
        )
    return TakenMessage(message_id=_tell(received, response))


@router.post(
    "/conversations/{conversation_id}/typing",
    status_code=204,
    responses=tells(ConversationUnknown),
)
async def tell_typing(conversation: OwnConversation, gateway: GatewayHere, limits: LimitsHere) -> None:
    """The customer is writing: a person who has the conversation sees it for six seconds; else nothing happens.

    Call it at most every four seconds, while the newest message that is not the customer's is an agent's.
    """
    # Counted apart: signs of writing must not use up what may be written.
    wait = limits.take(f"typing:{conversation.id}", gateway.settings.messages_per_minute)
    if wait is not None:
        raise TooManyRequests(voice_of(conversation).say("system_too_many_requests"), retry_after=wait)
    await gateway.handovers.note_customer_typing(conversation.id)


@router.post(
    "/conversations/{conversation_id}/files",
    status_code=202,
    dependencies=[Depends(check_message_limit)],
    responses={
        200: {"model": TakenFile, "description": "Came before; it is worked once"},
        **tells(ConversationUnknown, BackendSilent),
        400: {"model": Told, "description": "upload_incomplete"},
        413: {"model": Told, "description": "file_too_large"},
        415: {"model": Told, "description": "file_type_not_allowed"},
        422: {"model": Told, "description": "The file cannot be used; `error` and `message` say why"},
        429: {"model": Told, "description": "too_many_requests, too_many_files"},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def post_a_file(
    request: Request,
    conversation: OwnConversation,
    gateway: GatewayHere,
    response: Response,
    filename: Annotated[str, Query(max_length=300)],
    client_message_id: Annotated[str, Query(pattern=ID_PATTERN)],
) -> TakenFile:
    """Send a file as the raw body. It is passed through as it arrives and never kept here."""
    known = await gateway.reception.find_received(conversation, client_message_id)
    body = request.stream()
    if known is not None:
        await _drain(body)
        return TakenFile(message_id=_tell(known, response), document=None)
    name = clean_filename(filename)
    media_type = request.headers.get("content-type", "")
    if not (media_type.isascii() and media_type.isprintable() and media_type):
        media_type = "application/octet-stream"
    try:
        await gateway.router.register(conversation)
        document = await gateway.backend.store_document(conversation.id, name, media_type, _pass_on(body))
    except BackendRefused as refused:
        await _drain(body)
        text = refusal_text(voice_of(conversation), name, refused.error, refused.detail)
        await gateway.reception.refuse_document(conversation, text)
        raise FileRefused(refused.status, refused.error, text, refused.detail) from None
    except BackendUnavailable:
        await _drain(body)
        raise BackendSilent(voice_of(conversation).say("system_try_again"), retry_after=2) from None
    except ClientDisconnect:
        # Whoever is gone hears nothing of it, and it is nobody's fault here.
        text = refusal_text(voice_of(conversation), name, "upload_incomplete", {})
        raise FileRefused(400, "upload_incomplete", text, {}) from None
    received = await gateway.reception.receive_document(conversation, client_message_id, document)
    return TakenFile(message_id=_tell(received, response), document=document)


async def _pass_on(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in body:
        if chunk:
            yield chunk


async def _drain(body: AsyncIterator[bytes]) -> None:
    taken = 0
    with contextlib.suppress(ClientDisconnect):
        async for chunk in body:
            taken += len(chunk)
            if taken > DRAIN_BYTES:
                return


def _tell(received: Received, response: Response) -> str:
    if not received.fresh:
        response.status_code = 200
    return received.message_id
