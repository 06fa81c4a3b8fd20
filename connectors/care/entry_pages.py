"""The door: user name and password, the one-time password and its first setting up, log-out, the desk's language.

Nothing here is cached or logged. What the steps need of each other is in a cookie that scripts do not read, so that
reloading a page never sends a password twice; the backend's ticket in it lives five minutes and counts once.
"""

import base64
import binascii
import contextlib
import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from connectors.care.access import Agent, LoginNeeded, Sessions, find_member
from connectors.care.backend_desk import DeskBackend, StaffLogin
from connectors.care.cookies import (
    DOOR_COOKIE,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    STEP_COOKIE,
    YEAR_SECONDS,
    cookie,
    drop_cookie,
    set_cookie,
)
from connectors.care.csrf import csrf_of, csrf_secret
from connectors.care.pace import PACED
from connectors.care.pages import LANGUAGES, UNTOUCHED, desk_voice, render
from connectors.care.qr_code import qr_svg
from connectors.care.refusal_pages import LOGIN, refusal
from connectors.care.ways_back import START, safe_way
from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.website.access import GatewayHere, address_of

router = APIRouter()
# As long as a password may be at the backend.
MAX_FIELD = 200
CODE = "/care/login/totp"
# What the door tells of what was done just now.
NOTICES = {"left": "desk_entry_logged_out", "chosen": "desk_entry_invite_done"}
Field = Annotated[str, Form(max_length=MAX_FIELD)]


class Step(BaseModel):
    """What the step after the password needs; only the browser of whoever typed it has this."""

    ticket: str
    next: str = START
    # Only while the one-time password is set up: what the page shows anyway.
    otpauth_uri: str | None = None
    secret: str | None = None


@router.get("")
async def show_start(agent: Agent) -> Response:
    """Where somebody works: at the queue, or at the directory."""
    return _go_to("/care/queue" if agent.may("see_queue") else "/care/staff")


@router.get("/login")
async def show_login(request: Request, next: str | None = None, told: str | None = None) -> Response:
    """User name and password."""
    try:
        await find_member(request, quiet=True)
    except LoginNeeded:
        return show_login_page(request, safe_way(next), notice=NOTICES.get(told or ""))
    return _go_to(safe_way(next))


@router.post("/login", dependencies=PACED)
async def take_password(
    request: Request,
    gateway: GatewayHere,
    username: Field = "",
    password: Field = "",
    next: Field = START,
) -> Response:
    username, way = username.strip(), safe_way(next)
    if not username or not password:
        return show_login_page(request, way, "desk_entry_fields_missing", 422, username=username)
    try:
        found = await DeskBackend(gateway.backend).begin_login(username, password, address_of(request))
    except BackendRefused as refused:
        if refused.status == 429:
            minutes = minutes_of(refused)
            error = "desk_entry_too_many_attempts"
            return show_login_page(request, way, error, 429, username=username, minutes=minutes)
        return show_login_page(request, way, "desk_entry_credentials_wrong", 401, username=username)
    response = _go_to(CODE)
    step = Step(ticket=found.ticket, next=way)
    if found.step == "enrol":
        step = step.model_copy(update={"otpauth_uri": found.otpauth_uri, "secret": found.secret})
    set_cookie(response, STEP_COOKIE, _pack(step))
    return response


@router.get("/login/totp")
async def show_code(request: Request) -> Response:
    """The one-time password; the first time with what the phone needs to make it."""
    step = _step_of(request)
    return _go_to(LOGIN) if step is None else _code_page(request, step)


@router.post("/login/totp", dependencies=PACED)
async def take_code(request: Request, gateway: GatewayHere, code: Field = "") -> Response:
    step = _step_of(request)
    if step is None:
        return _go_to(LOGIN)
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return _code_page(request, step, "desk_entry_code_form", 422)
    try:
        login = await DeskBackend(gateway.backend).give_code(step.ticket, digits)
    except BackendRefused as refused:
        if refused.error == "code_wrong" and refused.detail.get("tries_left") != 0:
            return _code_page(request, step, "desk_entry_code_wrong", 422)
        way = safe_way(step.next)
        if refused.status == 429:
            minutes = minutes_of(refused)
            page = show_login_page(request, way, "desk_entry_too_many_attempts", 429, minutes=minutes)
        else:
            page = show_login_page(request, way, "desk_entry_step_over", 401)
        drop_cookie(page, STEP_COOKIE)
        return page
    return let_in(login, _go_to(safe_way(step.next)))


def let_in(login: StaffLogin, response: Response) -> Response:
    """Give the log-in to the browser; a value that was there before the log-in proves nothing after it."""
    set_cookie(response, SESSION_COOKIE, login.token)
    drop_cookie(response, STEP_COOKIE)
    drop_cookie(response, DOOR_COOKIE)
    return response


@router.post("/logout")
async def log_out(request: Request, gateway: GatewayHere) -> Response:
    """Over on the server first; the customers of whoever goes wait for others then."""
    token = cookie(request, SESSION_COOKIE)
    if token:
        member = None
        with contextlib.suppress(LoginNeeded, BackendUnavailable):
            member = await find_member(request, quiet=True)
        sessions: Sessions = request.app.state.care_sessions
        sessions.forget(token)
        try:
            await DeskBackend(gateway.backend, token).log_out()
        except BackendRefused:
            pass  # over already
        except BackendUnavailable:
            # Honest: the cookie stays, and the log-out can be tried again.
            return refusal(request, "desk_entry_unavailable", 503)
        if member is not None and member.may("answer"):
            await gateway.handovers.leave(member)
    response = _go_to(f"{LOGIN}?told=left")
    drop_cookie(response, SESSION_COOKIE)
    drop_cookie(response, STEP_COOKIE)
    return response


@router.post("/language")
async def choose_language(request: Request, language: Field = "", next: Field = START) -> Response:
    """For everybody, before the log-in too."""
    way = next if next in {LOGIN, CODE} else safe_way(next)
    response = _go_to(way)
    if language in LANGUAGES:
        set_cookie(response, LANGUAGE_COOKIE, language, seconds=YEAR_SECONDS)
    return response


def door_page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page with a form for somebody who is not logged in, and the cookie that proves the form."""
    secret = csrf_secret(request)
    fresh = secret is None
    secret = secret or secrets.token_urlsafe(32)
    response = render(request, template, status, csrf=csrf_of(secret), **values)
    if fresh:
        set_cookie(response, DOOR_COOKIE, secret)
    return response


def show_login_page(
    request: Request,
    way: str,
    error: str | None = None,
    status: int = 200,
    *,
    notice: str | None = None,
    username: str = "",
    **values: Any,
) -> Response:
    """The first page of the door, with what went wrong (`error`, a text's key) or what was done (`notice`)."""
    settings = request.app.state.gateway.settings
    voice = desk_voice(request)
    return door_page(
        request,
        "login.html",
        status,
        way=way,
        username=username,
        error=voice.say(error, **values) if error else None,
        notice=voice.say(notice) if notice else None,
        oidc_name=settings.care_oidc_name if settings.care_oidc_issuer else None,
    )


def minutes_of(refused: BackendRefused) -> int:
    """The pause that a refusal names, in minutes."""
    return max(1, -(-int(refused.detail.get("retry_after") or 60) // 60))


def _code_page(request: Request, step: Step, error: str | None = None, status: int = 200) -> Response:
    return door_page(
        request,
        "login_code.html",
        status,
        error=desk_voice(request).say(error) if error else None,
        secret=step.secret,
        # Four and four, to be typed off.
        secret_groups=" ".join(step.secret[at : at + 4] for at in range(0, len(step.secret), 4))
        if step.secret
        else None,
        qr=qr_svg(step.otpauth_uri) if step.otpauth_uri else None,
        otpauth_uri=step.otpauth_uri,
    )


def _pack(step: Step) -> str:
    return base64.urlsafe_b64encode(step.model_dump_json(exclude_none=True).encode()).decode()


def _step_of(request: Request) -> Step | None:
    """What the cookie says; anything that is no step of ours is none."""
    packed = cookie(request, STEP_COOKIE)
    if not packed or len(packed) > 3000:
        return None
    try:
        step = Step.model_validate(json.loads(base64.urlsafe_b64decode(packed.encode())))
    except (binascii.Error, ValueError, ValidationError):
        return None
    return step if (step.otpauth_uri or "otpauth://totp/").startswith("otpauth://totp/") else None


def _go_to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, headers=UNTOUCHED)
