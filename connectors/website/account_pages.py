"""Secure pages about the account: opening one, a forgotten password or user name, changing the password.

One page a task, server-rendered step by step: who it is, the code from the mail, the password. The backend knows
the step; what was typed stays in the form when something is wrong with it, secrets excepted.
"""

from typing import Any

import structlog
from fastapi import APIRouter, Request, Response

from connectors.core.backend_client import AccountPage, BackendRefused
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
from connectors.website.secure_pages import LinkToken

log = structlog.get_logger()
router = APIRouter(include_in_schema=False)
EXPIRED = "account_page_expired"
# What a browser offers to fill in by itself, and which keyboard a phone shows.
FIELD_HINTS = {
    "national_id": {"autocapitalize": "characters", "autocomplete": "off"},
    "policy_number": {"autocapitalize": "characters", "autocomplete": "off"},
    "policy_or_email": {"autocapitalize": "none", "autocomplete": "off"},
    "member_number": {"inputmode": "numeric", "autocomplete": "off"},
    "birth_date": {"autocomplete": "bday"},
    "email": {"inputmode": "email", "autocapitalize": "none", "autocomplete": "email"},
    "phone": {"inputmode": "tel", "autocomplete": "tel"},
    "username": {"autocapitalize": "none", "autocomplete": "username"},
}
# Refusals that belong to one field of the last step.
PASSWORD_ERRORS = {
    "password_too_short": "password",
    "password_common": "password",
    "username_taken": "username",
    "username_invalid": "username",
    "credentials_wrong": "old_password",
}


@router.get("/secure/account/{token}")
async def show_page(token: LinkToken, request: Request, gateway: GatewayHere) -> Response:
    """The step the task is at."""

    async def show() -> Response:
        return _render(request, gateway, await find_page(gateway, gateway.backend.get_account_page(token)))

    return await answer_or_say_why_not(request, EXPIRED, show())


@router.post("/secure/account/{token}")
async def take_step(token: LinkToken, request: Request, gateway: GatewayHere, limits: LimitsHere) -> Response:
    """What was filled in at the present step."""

    async def take() -> Response:
        page = await find_page(gateway, gateway.backend.get_account_page(token))
        form = await read_form(request)
        if form.get("step") != page.step:
            # Done already, a double click, another window: show where things stand.
            return again(request)
        return await _take(request, gateway, token, page, form)

    return too_many_forms(request, gateway, limits) or await answer_or_say_why_not(request, EXPIRED, take())


async def _take(
    request: Request, gateway: Gateway, token: str, page: AccountPage, form: dict[str, str]
) -> Response:
    backend = gateway.backend
    try:
        if page.step == "details":
            values = {field: form.get(field, "").strip() for field in page.fields}
            page = await backend.give_details(token, values, form.get("consent") == "yes")
            if page.step == "done":
                await gateway.reception.announce_account(page.conversation_id, {"result": page.task})
        elif page.step == "code" and form.get("resend"):
            page = await backend.send_account_code(token)
        elif page.step == "code":
            page = await backend.prove_account_code(token, form.get("code", "").strip() or "-")
        elif page.step in ("password", "change"):
            if form.get("password", "") != form.get("password_again", ""):
                return _wrong(request, gateway, page, form, {"password_again": "account_passwords_differ"})
            if not form.get("password"):
                return _wrong(request, gateway, page, form, {"password": "account_field_missing"})
            old, username = form.get("old_password", ""), form.get("username", "").strip()
            await backend.set_password(token, form["password"], username, old)
            await gateway.reception.announce_account(page.conversation_id, {"result": page.task})
    except BackendRefused as refused:
        return _refused(request, gateway, page, form, refused)
    return again(request)


def _refused(
    request: Request, gateway: Gateway, page: AccountPage, form: dict[str, str], refused: BackendRefused
) -> Response:
    """The same step again, saying what is wrong where; raises PageGone for what is over."""
    detail = refused.detail
    if refused.error == "fields_wrong":
        return _wrong(
            request,
            gateway,
            page,
            form,
            {
                field: "account_field_missing" if why == "missing" else f"account_wrong_{field}"
                for field, why in detail["fields"].items()
            },
        )
    if refused.error == "consent_needed":
        return _wrong(request, gateway, page, form, {"consent": "account_consent_needed"})
    if refused.error == "code_wrong":
        return _wrong(
            request, gateway, page, form, {"code": "account_code_wrong"}, tries=detail["tries_left"]
        )
    if refused.error == "code_expired":
        return _wrong(request, gateway, page, form, {"code": "account_code_expired"})
    if refused.error == "code_sent_recently":
        seconds = int(detail.get("retry_after") or 30)
        return _wrong(request, gateway, page, form, {"code": "account_code_sent_recently"}, seconds=seconds)
    if refused.error in PASSWORD_ERRORS:
        errors = {PASSWORD_ERRORS[refused.error]: f"account_{refused.error}"}
        return _wrong(request, gateway, page, form, errors, shortest=page.shortest_password)
    if refused.status == 429:
        return _wrong(
            request, gateway, page, form, {"": "secure_too_many_attempts"}, 429, minutes=minutes_of(detail)
        )
    if refused.error == "step_wrong":
        return again(request)
    raise PageGone


def _wrong(
    request: Request,
    gateway: Gateway,
    page: AccountPage,
    form: dict[str, str],
    errors: dict[str, str],
    status: int = 422,
    **values: Any,
) -> Response:
    """`errors` names a text of the catalogue for each field; "" is the page as a whole."""
    voice = voice_of(page)
    said = {field: voice.say(key, **values) for field, key in errors.items()}
    return _render(request, gateway, page, status, errors=said, form=form)


def _render(
    request: Request,
    gateway: Gateway,
    page: AccountPage,
    status: int = 200,
    errors: dict[str, str] | None = None,
    form: dict[str, str] | None = None,
) -> Response:
    return form_page(
        request,
        gateway,
        "secure_account.html",
        voice_of(page),
        status,
        page=page,
        errors=errors or {},
        given=form or {},
        hints=FIELD_HINTS,
    )
