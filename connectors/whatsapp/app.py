"""WhatsApp's webhooks as routes, to be mounted on the gateway's app. Nothing is read before its signature is checked."""

import hashlib
import hmac
import json
from typing import Annotated

import structlog
from fastapi import APIRouter, FastAPI, Query, Request, Response
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse

from connectors.core.gateway import Gateway
from connectors.settings import Settings, WhatsAppAccount
from connectors.whatsapp.incoming import WebhookReader

log = structlog.get_logger()
SIGNATURE_HEADER = "X-Hub-Signature-256"
FORBIDDEN = 403


def install_whatsapp(app: FastAPI, settings: Settings) -> None:
    """Add the webhooks, if there are accounts."""
    if settings.whatsapp_accounts:
        app.include_router(webhooks(app.state.gateway, settings.whatsapp_accounts))


def webhooks(gateway: Gateway, accounts: list[WhatsAppAccount]) -> APIRouter:
    """One address an account. An app of Meta's has one webhook for all its numbers: they are told apart inside."""
    router = APIRouter(prefix="/webhooks/whatsapp", include_in_schema=False)
    known = {account.name: account for account in accounts}
    readers = {
        account.name: WebhookReader(gateway, [other for other in accounts if _same_app(account, other)])
        for account in accounts
    }

    @router.get("/{account}")
    async def verify(
        account: str,
        mode: Annotated[str, Query(alias="hub.mode")] = "",
        token: Annotated[str, Query(alias="hub.verify_token")] = "",
        challenge: Annotated[str, Query(alias="hub.challenge", max_length=200)] = "",
    ) -> Response:
        """Meta asks once whether this address is meant."""
        expected = known[account].verify_token.get_secret_value() if account in known else ""
        right = hmac.compare_digest(expected.encode(), token.encode())
        if not (right and expected and mode == "subscribe"):
            return Response(status_code=FORBIDDEN)
        return PlainTextResponse(challenge)

    @router.post("/{account}")
    async def receive(account: str, request: Request) -> Response:
        """200 when all of it is stored."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return Response(status_code=400)
        secret = known[account].app_secret.get_secret_value() if account in known else ""
        if not (is_signed(body, request.headers.get(SIGNATURE_HEADER, ""), secret) and secret):
            log.warning("whatsapp_signature_wrong", known=account in known)
            return Response(status_code=FORBIDDEN)
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            log.warning("whatsapp_body_malformed")
            return Response(status_code=400)
        if await readers[account].take(content):
            return Response(status_code=200)
        return Response(status_code=503, headers={"Retry-After": "5"})

    return router


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether the header is Meta's signature of these very bytes, compared in constant time."""
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def _same_app(one: WhatsAppAccount, other: WhatsAppAccount) -> bool:
    return hmac.compare_digest(
        one.app_secret.get_secret_value().encode(), other.app_secret.get_secret_value().encode()
    )
