"""The webhook: the secret is compared before anything is read, the update is stored before it is acknowledged."""

import hmac
import json
from typing import Annotated, cast

import structlog
from fastapi import APIRouter, Depends, Header, Request, Response
from telegram import Update

from connectors.errors import BackendSilent
from connectors.telegram.channel import TelegramChannel

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
# What a given secret is compared with where there is no such account: as long as any other.
NO_SECRET = "-" * 32


def channel_here(request: Request) -> TelegramChannel:
    return cast(TelegramChannel, request.app.state.telegram)


@router.post("/webhooks/telegram/{name}")
async def take_update(
    name: str,
    request: Request,
    channel: Annotated[TelegramChannel, Depends(channel_here)],
    secret: Annotated[str, Header(alias="X-Telegram-Bot-Api-Secret-Token")] = "",
) -> Response:
    """200 when it is stored, 503 to have it again; 401 without the secret, which also hides what accounts there are."""
    account = channel.bots.accounts.get(name)
    expected = account.webhook_secret.get_secret_value() if account is not None else NO_SECRET
    if not hmac.compare_digest(secret.encode(), expected.encode()) or account is None:
        return Response(status_code=401)
    try:
        content = json.loads(await request.body())
    except ValueError:
        return Response(status_code=400)
    if not isinstance(content, dict) or not isinstance(content.get("update_id"), int):
        return Response(status_code=400)
    try:
        update = Update.de_json(content)
    except Exception as error:
        # A kind of a later version, perhaps: sent again it would be no better. Its content is not logged.
        log.error("telegram_update_unreadable", account=name, error_type=type(error).__name__)
        return Response(status_code=200)
    if channel.updates is None:
        return Response(status_code=503)
    try:
        await channel.updates.take(account, update)
    except BackendSilent:
        return Response(status_code=503, headers={"Retry-After": "2"})
    return Response(status_code=200)
