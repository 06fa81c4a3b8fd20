"""The secure page: the only place where a user name and a password are asked.

Server-rendered, nothing from third parties, nothing cached, nothing logged. Looking at the page consumes
nothing, so a link preview harms nobody. When the password is right the chat goes on by itself, and only there is
the code taken: whoever was sent somebody else's link must not log that chat in (docs/decisions/0008).
"""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Request, Response

from connectors.core.backend_client import BackendRefused, LoginLink
from connectors.core.gateway import Gateway
from connectors.website.access import GatewayHere, LimitsHere
from connectors.website.secure_forms import (
    PageGone,
    again,
    answer_or_say_why_not,
    find_page,
    form_page,
    minutes_of,
    read_form,
    too_many_forms,
    voice_of,
)

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
EXPIRED = "secure_expired"
LinkToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,200}$")]


@router.get("/secure/{token}")
async def show_page(token: LinkToken, request: Request, gateway: GatewayHere) -> Response:
    """The form, or where things stand."""

    async def show() -> Response:
        return _step_page(request, gateway, await find_page(gateway, gateway.backend.get_login_link(token)))

    return await answer_or_say_why_not(request, EXPIRED, show())


@router.post("/secure/{token}")
async def take_password(
    token: LinkToken, request: Request, gateway: GatewayHere, limits: LimitsHere
) -> Response:
    """User name and password."""

    async def take() -> Response:
        link = await find_page(gateway, gateway.backend.get_login_link(token))
        form = await read_form(request)
        if link.state == "open":
            return await _password_step(request, gateway, token, link, form)
        # Done already, a double click: show where things stand.
        return again(request)

    return too_many_forms(request, gateway, limits) or await answer_or_say_why_not(request, EXPIRED, take())


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
    voice = voice_of(link)
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
