"""Who is calling the website channel: limits per address, and the owner of a conversation."""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from connectors.core.conversations import Voice, find_owned, read_voice, voice_of
from connectors.core.gateway import Gateway
from connectors.core.limits import Limits
from connectors.core.models import Conversation
from connectors.database import utc_now
from connectors.errors import ConversationUnknown, TooManyRequests

_bearer = HTTPBearer(auto_error=False, description="The token that opening the conversation gave")
ConversationId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
FALLBACK = Voice("it")


async def the_gateway(request: Request) -> Gateway:
    # Not a plain function: those are sent through a thread, which costs more than what they do.
    gateway: Gateway = request.app.state.gateway
    return gateway


async def the_limits(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


GatewayHere = Annotated[Gateway, Depends(the_gateway)]
LimitsHere = Annotated[Limits, Depends(the_limits)]


def address_of(request: Request) -> str:
    """The client's address; the server has already resolved trusted proxies."""
    return request.client.host if request.client else "unknown"


def voice_of_reader(request: Request) -> Voice:
    """The first language of the browser that is spoken here: for pages that know nothing else."""
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip()
        voice = read_voice(tag, FALLBACK)
        if tag.partition("-")[0].lower() == voice.language:
            return Voice(voice.language)
    return FALLBACK


async def check_address_limit(request: Request, gateway: GatewayHere, limits: LimitsHere) -> None:
    """Raises TooManyRequests for an address that asks too often."""
    wait = limits.take(f"address:{address_of(request)}", gateway.settings.requests_per_minute)
    if wait is not None:
        message = voice_of_reader(request).say("system_too_many_requests")
        raise TooManyRequests(message, retry_after=wait)


async def find_own_conversation(
    conversation_id: ConversationId,
    gateway: GatewayHere,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Conversation:
    """The conversation whose token was shown; raises ConversationUnknown for everything else."""
    token = credentials.credentials if credentials else ""
    found = await gateway.database.read(lambda s: find_owned(s, conversation_id, token, utc_now()))
    if found is None:
        raise ConversationUnknown()
    return found


OwnConversation = Annotated[Conversation, Depends(find_own_conversation)]


async def check_message_limit(
    conversation: OwnConversation, gateway: GatewayHere, limits: LimitsHere
) -> None:
    """Raises TooManyRequests for a conversation that writes too often."""
    wait = limits.take(f"conversation:{conversation.id}", gateway.settings.messages_per_minute)
    if wait is not None:
        message = voice_of(conversation).say("system_too_many_requests")
        raise TooManyRequests(message, retry_after=wait)
