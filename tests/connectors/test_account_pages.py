"""Secure pages about the account: step by step, nothing typed is lost, and the chat goes on by itself."""

import html
import re
from typing import Any

import httpx
import pytest

from tests.connectors.gateway_world import World, words

DETAILS = {"national_id": "1403985715018", "policy_number": "", "email": "m@example.rs", "consent": "yes"}
SECRET = "plavi voz kasni zimi"


async def get(world: World, token: str) -> str:
    return html.unescape((await world.http.get(f"/secure/account/{token}")).text)


async def fill(world: World, token: str, **fields: str) -> httpx.Response:
    page = await world.http.get(f"/secure/account/{token}")
    hidden = dict(re.findall(r'name="(csrf|step)" value="([^"]*)"', page.text))
    return await world.http.post(f"/secure/account/{token}", data={**hidden, **fields})


def said(answer: httpx.Response) -> str:
    return html.unescape(answer.text)


async def test_from_the_data_to_the_chat_that_goes_on(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id)
    page = await get(world, token)
    assert words("account_title_register", "sr", "Cyrl") in page
    assert words("account_consent_personal_data_notice", "sr", "Cyrl") in page
    assert (await fill(world, token, **DETAILS)).status_code == 303
    assert words("account_code_sent", "sr", "Cyrl") in await get(world, token)
    assert (await fill(world, token, code=" 123 456 ")).status_code == 303
    done = await fill(world, token, username="milica", password=SECRET, password_again=SECRET)
    assert done.status_code == 303
    assert words("account_done_register", "sr", "Cyrl") in await get(world, token)
    assert world.backend.account_steps == [
        ("details", {"values": {k: v for k, v in DETAILS.items() if k != "consent"}, "consent": True}),
        ("code", {"code": "123 456"}),
        ("password", {"password": SECRET, "username": "milica", "old_password": ""}),
    ]
    await chat.quiet()
    (turn,) = world.rasa.turns
    assert (turn["metadata"]["notice"], turn["metadata"]["detail"]) == (
        "account_changed",
        {"result": "register"},
    )
    stored = world.stored()
    assert SECRET not in stored and "1403985715018" not in stored and "123 456" not in stored


@pytest.mark.parametrize(
    ("refusal", "key", "values"),
    [
        ((422, "fields_wrong", {"fields": {"email": "invalid"}}), "account_wrong_email", {}),
        ((422, "fields_wrong", {"fields": {"national_id": "missing"}}), "account_field_missing", {}),
        ((422, "consent_needed", {}), "account_consent_needed", {}),
        ((429, "too_many_attempts", {"retry_after": 600}), "secure_too_many_attempts", {"minutes": 10}),
    ],
)
async def test_wrong_data_are_named_and_nothing_typed_is_lost(
    world: World, refusal: tuple[int, str, dict[str, Any]], key: str, values: dict[str, Any]
) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id)
    world.backend.account_refusal = refusal
    answer = await fill(world, token, **DETAILS)
    assert answer.status_code in (422, 429)
    assert words(key, "sr", "Cyrl", **values) in said(answer)
    assert 'value="1403985715018"' in answer.text and 'value="m@example.rs"' in answer.text
    assert "checked" in answer.text


@pytest.mark.parametrize(
    ("refusal", "key", "values"),
    [
        ((422, "code_wrong", {"tries_left": 2}), "account_code_wrong", {"tries": 2}),
        ((410, "code_expired", {}), "account_code_expired", {}),
        ((429, "code_sent_recently", {"retry_after": 20}), "account_code_sent_recently", {"seconds": 20}),
    ],
)
async def test_what_is_wrong_with_a_code_is_said(
    world: World, refusal: tuple[int, str, dict[str, Any]], key: str, values: dict[str, Any]
) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="code")
    world.backend.account_refusal = refusal
    assert words(key, "sr", "Cyrl", **values) in said(await fill(world, token, code="111111"))


@pytest.mark.parametrize(
    ("error", "values"),
    [
        ("password_too_short", {"shortest": 10}),
        ("password_common", {}),
        ("username_taken", {}),
        ("username_invalid", {}),
    ],
)
async def test_a_password_that_is_refused_is_not_shown_again(
    world: World, error: str, values: dict[str, Any]
) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="password")
    world.backend.account_refusal = (422, error, {})
    answer = await fill(world, token, username="milica", password=SECRET, password_again=SECRET)
    assert words(f"account_{error}", "sr", "Cyrl", **values) in said(answer)
    assert SECRET not in answer.text and 'value="milica"' in answer.text


async def test_two_different_passwords_go_nowhere(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="change", task="change_password")
    answer = await fill(world, token, old_password="x", password=SECRET, password_again="other")
    assert words("account_passwords_differ", "sr", "Cyrl") in said(answer)
    assert world.backend.account_steps == []


async def test_another_code_can_be_asked_for(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="code")
    assert (await fill(world, token, resend="yes", code="")).status_code == 303
    assert world.backend.account_steps == [("codes", None)]


async def test_a_form_of_an_older_step_changes_nothing(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="code")
    assert (await fill(world, token, step="details", **DETAILS)).status_code == 303
    assert world.backend.account_steps == []


async def test_a_forged_form_a_dead_link_and_a_silent_backend(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id)
    forged = await world.http.post(
        f"/secure/account/{token}", data={"csrf": "x", "step": "details", **DETAILS}
    )
    assert forged.status_code == 403 and world.backend.account_steps == []
    assert (await world.http.get(f"/secure/account/{'t' * 32}")).status_code == 404
    foreign = world.backend.open_account_page("unknown-conversation")
    assert (await world.http.get(f"/secure/account/{foreign}")).status_code == 404
    world.backend.down = True
    assert (await world.http.get(f"/secure/account/{token}")).status_code == 503


async def test_every_password_can_be_shown_and_says_what_is_wrong_with_it(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_account_page(chat.id, step="password")
    page = (await world.http.get(f"/secure/account/{token}")).text
    assert re.findall(r'data-toggles="(\w+)"', page) == ["password", "password_again"]
    (field,) = re.findall(r'<input id="password"[^>]*>', page)
    assert 'autocomplete="new-password"' in field and 'aria-describedby="password-hint"' in field
    refused = await fill(world, token, username="milica", password=SECRET, password_again="another")
    (field,) = re.findall(r'<input id="password_again"[^>]*>', refused.text)
    assert 'aria-invalid="true" aria-describedby="password_again-error"' in field
