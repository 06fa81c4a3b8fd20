"""What all secure pages share: finding one, the form's proof, the cookie, plain pages. Nothing cached, nothing logged."""

import secrets
from collections.abc import Awaitable
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.core.conversations import Voice, read_voice
from connectors.core.gateway import Gateway
from connectors.core.models import Conversation
from connectors.website.access import LimitsHere, address_of, voice_of_reader
from connectors.website.pages import render_page

COOKIE = "care_secure"
# A form of ours has few and short fields.
MAX_FIELD = 300
MOST_FIELDS = 14
UNTOUCHED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class PageGone(Exception):
    """The link is unknown, expired, or its conversation is not ours."""


class FormForged(Exception):
    """The form was not one that this browser got from us."""


class SecurePage(Protocol):
    """What the backend tells of every page."""

    conversation_id: str
    language: str
    script: str


async def find_page[Page: SecurePage](gateway: Gateway, reading: Awaitable[Page]) -> Page:
    """The page that the backend is asked for; raises PageGone, BackendUnavailable."""
    try:
        page = await reading
    except BackendRefused:
        raise PageGone from None
    if await gateway.database.read(lambda s: s.get(Conversation, page.conversation_id)) is None:
        raise PageGone
    return page


def voice_of(page: SecurePage) -> Voice:
    """The language and script that the page was opened in."""
    return read_voice(f"{page.language}-{page.script}", Voice(page.language))


async def answer_or_say_why_not(request: Request, expired: str, answer: Awaitable[Response]) -> Response:
    """The answer, or a plain page for what cannot be shown or taken; `expired` is the text of a page that is gone."""
    try:
        return await answer
    except PageGone:
        key, status = expired, 404
    except FormForged:
        key, status = "secure_form_old", 403
    except BackendUnavailable:
        key, status = "secure_unavailable", 503
    return plain_page(request, voice_of_reader(request), key, status)


def too_many_forms(request: Request, gateway: Gateway, limits: LimitsHere) -> Response | None:
    """What is answered instead when one address sends forms too fast."""
    if limits.take(f"secure:{address_of(request)}", gateway.settings.secure_forms_per_minute) is None:
        return None
    return plain_page(request, voice_of_reader(request), "secure_too_many_requests", 429)


async def read_form(request: Request) -> dict[str, str]:
    """The fields as given; raises FormForged unless cookie and field agree (double submit)."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        fields = {name: str(value)[:MAX_FIELD] for name, value in form.items()}
    cookie = request.cookies.get(COOKIE, "")
    if not cookie or not secrets.compare_digest(cookie.encode(), fields.get("csrf", "").encode()):
        raise FormForged
    return fields


def form_page(
    request: Request, gateway: Gateway, template: str, voice: Voice, status: int, **values: Any
) -> Response:
    """A page with a form on it, and the cookie that proves the form."""
    csrf = request.cookies.get(COOKIE) or secrets.token_urlsafe(32)
    response = render_page(request, template, voice, status, csrf=csrf, **values)
    response.headers.update(UNTOUCHED)
    response.set_cookie(
        COOKIE,
        csrf,
        max_age=1800,
        path="/secure",
        httponly=True,
        samesite="strict",
        secure=gateway.settings.public_url.startswith("https://"),
    )
    return response


def plain_page(request: Request, voice: Voice, key: str, status: int) -> Response:
    """A page that only says something."""
    response = render_page(request, "secure_plain.html", voice, status, message=voice.say(key))
    response.headers.update(UNTOUCHED)
    return response


def again(request: Request) -> Response:
    """Back to the page by GET, so that reloading it never sends a password twice."""
    return RedirectResponse(request.url.path, 303, headers=UNTOUCHED)


def minutes_of(detail: dict[str, Any]) -> int:
    """The pause that a refusal names, in minutes."""
    return max(1, -(-int(detail.get("retry_after") or 60) // 60))
