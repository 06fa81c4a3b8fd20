"""What all secure pages share: the form's proof, the cookie, plain pages. Nothing cached, nothing logged."""

import secrets
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from connectors.core.conversations import Voice
from connectors.core.gateway import Gateway
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
