"""What is answered where the desk cannot do what was asked: lead to the door, or say why not.

A page gets a page; htmx gets a line for the layout's notice (or is led to the door); the event stream a status.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from connectors.care.access import Agent, LoginNeeded, NotAllowed, NotFound
from connectors.care.csrf import FormForged
from connectors.care.pace import TooManyForms
from connectors.care.pages import UNTOUCHED, render
from connectors.care.ways_back import START, safe_way
from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.errors import Fault

LOGIN = "/care/login"
# What the gateway says to programs, for people.
IN_WORDS = {
    404: "desk_entry_not_found",
    422: "desk_entry_staff_invalid",
    429: "desk_entry_too_many_forms",
    503: "desk_entry_unavailable",
}
# To be added last: it answers what nothing else does.
lost = APIRouter()


@lost.get("/{rest:path}")
async def say_that_there_is_none(agent: Agent) -> Response:
    """A page for a mistyped address, to whoever is logged in; everybody else is led to the door."""
    raise NotFound


def refusal(request: Request, key: str, status: int) -> Response:
    """A page that only says something, or the line of it that htmx shows."""
    template = "notice.html" if "hx-request" in request.headers else "refusal.html"
    return render(request, template, status, message_key=key)


def come_again(request: Request, path: str) -> Response:
    """A page of ours that goes on to `path` by itself.

    Cookies of SameSite=Strict do not come along when another site leads here; from our own page they do.
    """
    return render(request, "come_again.html", path=safe_way(path))


async def lead_to_login(request: Request, error: Exception) -> Response:
    if "hx-request" in request.headers:
        # The page that htmx changes, not the address it asked.
        here = urlsplit(request.headers.get("hx-current-url", "")).path
        return Response(status_code=401, headers={**UNTOUCHED, "HX-Redirect": _login_for(here)})
    if "text/event-stream" in request.headers.get("accept", ""):
        return Response(status_code=401, headers=UNTOUCHED)
    reading = request.method == "GET"
    if reading and request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return come_again(request, request.url.path)
    way = request.url.path if reading else START
    return RedirectResponse(_login_for(way), 303, headers=UNTOUCHED)


def _login_for(path: str) -> str:
    way = safe_way(path)
    return LOGIN if way == START else f"{LOGIN}?next={quote(way)}"


async def say_why_not(request: Request, error: Exception) -> Response:
    if not request.url.path.startswith("/care"):
        # Theirs to answer: the channels know what their customers are to be told.
        raise error
    match error:
        case NotAllowed():
            return refusal(request, "desk_entry_not_allowed", 403)
        case FormForged():
            return refusal(request, "desk_entry_form_old", 403)
        case TooManyForms():
            return refusal(request, "desk_entry_too_many_forms", 429)
        case BackendRefused(status=401):
            return await lead_to_login(request, error)
        case BackendRefused(status=403):
            return refusal(request, "desk_entry_not_allowed", 403)
        case NotFound() | BackendRefused(status=404):
            return refusal(request, "desk_entry_not_found", 404)
        case BackendUnavailable():
            return refusal(request, "desk_entry_unavailable", 503)
    raise error


def install_refusal_pages(app: FastAPI) -> None:
    """After the gateway's own handlers are there: what they say to programs is put into words for people."""
    app.add_exception_handler(LoginNeeded, lead_to_login)
    for fault in (NotAllowed, NotFound, FormForged, TooManyForms, BackendRefused, BackendUnavailable):
        app.add_exception_handler(fault, say_why_not)
    for known in (Fault, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(known, _in_words(app.exception_handlers[known]))


def _in_words(render_json: Any) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        # It also logs what nobody expected.
        told: Response = await render_json(request, error)
        reads_pages = "hx-request" in request.headers or "text/html" in request.headers.get("accept", "")
        if not request.url.path.startswith("/care") or not reads_pages:
            return told
        return refusal(request, IN_WORDS.get(told.status_code, "desk_entry_went_wrong"), told.status_code)

    return answer
