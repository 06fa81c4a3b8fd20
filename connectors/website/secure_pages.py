"""The secure page: the only place where a user name and a password are asked.

Server-rendered, nothing from third parties, nothing cached, nothing logged. Looking at the page consumes
nothing, so a link preview harms nobody. When the password is right the chat goes on by itself, and only there is
the code taken: whoever was sent somebody else's link must not log that chat in (docs/decisions/0008).
"""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Request, Response

from connectors.core.backend_client import BackendRefused, BackendUnavailable, LoginLink
from connectors.core.conversations import Voice, read_voice
from connectors.core.gateway import Gateway
from connectors.core.models import Conversation
from connectors.website.access import GatewayHere, LimitsHere, address_of, voice_of_reader
from connectors.website.secure_forms import (
    FormForged,
    PageGone,
    again,
    form_page,
    minutes_of,
    plain_page,
    read_form,
)

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
LinkToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,200}$")]


@router.get("/secure/{token}")
async def show_page(token: LinkToken, request: Request, gateway: GatewayHere) -> Response:
    """The form, or where things stand."""
    try:
        link = await _find(gateway, token)
    except PageGone:
        return plain_page(request, voice_of_reader(request), "secure_expired", 404)
    except BackendUnavailable:
        return plain_page(request, voice_of_reader(request), "secure_unavailable", 503)
    return _step_page(request, gateway, link)


@router.post("/secure/{token}")
async def take_password(
    token: LinkToken, request: Request, gateway: GatewayHere, limits: LimitsHere
) -> Response:
    """User name and password."""
    voice = voice_of_reader(request)
    wait = limits.take(f"secure:{address_of(request)}", gateway.settings.secure_forms_per_minute)
    if wait is not None:
        return plain_page(request, voice, "secure_too_many_requests", 429)
    try:
        link = await _find(gateway, token)
        form = await read_form(request)
        if link.state == "open":
            return await _password_step(request, gateway, token, link, form)
    except PageGone:
        return plain_page(request, voice, "secure_expired", 404)
    except FormForged:
        return plain_page(request, voice, "secure_form_old", 403)
    except BackendUnavailable:
        return plain_page(request, voice, "secure_unavailable", 503)
    # Done already, a double click: show where things stand.
    return again(request)


async def _password_step(
    request: Request, gateway: Gateway, token: str, link: LoginLink, form: dict[str, str]
) -> Response:
    username, password = form.get("username", "").strip(), form.get("password", "")
    if not username or not password:
        return _step_page(request, gateway, link, "secure_fields_missing", 422, username=username)
    try:
        login = await gateway.backend.give_password(token, username, password)
    except BackendRefused as refused:
        if refused.error == "credentials_wrong":
            return _step_page(request, gateway, link, "secure_credentials_wrong", 401, username=username)
        if refused.status == 429:
            return _too_many(request, gateway, link, refused, username=username)
        raise PageGone from None
    if login.state == "logged_in":
        detail = {"result": "logged_in", "first_name": login.first_name}
    else:
        detail = {"result": "code_sent", "masked_email": login.masked_email}
    await gateway.reception.announce_login(link.conversation_id, detail)
    return again(request)


async def _find(gateway: Gateway, token: str) -> LoginLink:
    try:
        link = await gateway.backend.get_login_link(token)
    except BackendRefused:
        raise PageGone from None
    known = await gateway.database.read(lambda s: s.get(Conversation, link.conversation_id))
    if known is None:
        raise PageGone
    return link


def _too_many(
    request: Request, gateway: Gateway, link: LoginLink, refused: BackendRefused, **values: Any
) -> Response:
    minutes = minutes_of(refused.detail)
    return _step_page(request, gateway, link, "secure_too_many_attempts", 429, minutes=minutes, **values)


def _step_page(
    request: Request,
    gateway: Gateway,
    link: LoginLink,
    error: str | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    voice = read_voice(f"{link.language}-{link.script}", Voice(link.language))
    return form_page(
        request,
        gateway,
        "secure_step.html",
        voice,
        status,
        step={"open": "password", "code_sent": "code"}.get(link.state, "done"),
        error=voice.say(error, **values) if error else None,
        error_field={"secure_credentials_wrong": "password", "secure_fields_missing": "password"}.get(
            error or ""
        ),
        username=values.get("username", ""),
        masked_email=link.masked_email or "",
    )
