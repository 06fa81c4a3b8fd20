"""Invitations, and the directory as administrators keep it."""

import html
import re

import pytest

from tests.connectors.care.desk_world import Desk
from tests.connectors.gateway_world import words

NEW = {
    "username": "novi",
    "name": "Nina Novi",
    "role": "agent",
    "limit": "3",
    "languages": ["sr", "it"],
    "markets": ["rs"],
}


async def test_somebody_new_is_invited_chooses_a_password_sets_up_the_phone_and_is_in(desk: Desk) -> None:
    admin = desk.at_desk("administrator", username="admin")
    form = await admin.get("/care/staff/new")
    assert 'value="rs"' in form.text and "Zora osiguranje" in form.text  # Serbian data in the desk's script
    made = await admin.send("/care/staff", **NEW)
    (link,) = re.findall(r'value="(http[^"]+/care/invitations/[^"]+)"', made.text)
    assert link.startswith(desk.settings.public_url)
    member = desk.backend._named("novi")
    assert member is not None
    assert {name: member[name] for name in ("name", "role", "limit", "languages", "markets")} == {
        "name": "Nina Novi",
        "role": "agent",
        "limit": 3,
        "languages": ["sr", "it"],
        "markets": ["rs"],
    }
    # Told once: the list has it no more.
    assert "invitations" not in (await admin.get("/care/staff")).text

    nina, path = desk.browser(), link.removeprefix(desk.settings.public_url)
    page = await nina.get(path)
    assert "Nina Novi" in page.text and page.headers["referrer-policy"] == "no-referrer"
    assert (await nina.get(path)).status_code == 200  # looking consumes nothing
    for password, again, key in (
        ("kratka", "kratka", "password_too_short"),
        ("tri-zelene-kruske", "tri-zute-kruske", "passwords_differ"),
        ("passwordpassword", "passwordpassword", "password_common"),
    ):
        wrong = await nina.send(path, path, password=password, again=again)
        values = {"least": 12} if key == "password_too_short" else {}
        assert wrong.status_code == 422
        assert words(f"desk_entry_{key}", **values) in html.unescape(wrong.text)
        assert password not in wrong.text
    chosen = await nina.send(path, path, password="tri-zelene-kruske", again="tri-zelene-kruske")
    assert chosen.headers["location"] == "/care/login?told=chosen"
    told = await nina.get(chosen.headers["location"])
    assert words("desk_entry_invite_done") in html.unescape(told.text)
    gone = await nina.get(path)
    assert gone.status_code == 404 and words("desk_entry_invite_gone") in html.unescape(gone.text)

    await nina.send("/care/login", "/care/login", username="novi", password="tri-zelene-kruske")
    assert "<svg" in (await nina.get("/care/login/totp")).text
    code = desk.backend.code_of(member)
    inside = await nina.send("/care/login/totp", "/care/login/totp", code=code)
    assert inside.headers["location"] == "/care"


@pytest.mark.parametrize("token", ["x" * 43, "short", "%00" * 20])
async def test_an_invitation_that_is_none(desk: Desk, token: str) -> None:
    assert (await desk.browser().get(f"/care/invitations/{token}")).status_code in {404, 422}


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": " "},
        {"name": " "},
        {"role": "owner"},
        {"limit": "0"},
        {"limit": "51"},
        {"limit": "²"},
        {"languages": []},
        {"markets": []},
    ],
)
async def test_what_does_not_hold_is_said_and_what_was_typed_stays(
    desk: Desk, wrong: dict[str, object]
) -> None:
    admin = desk.at_desk("administrator")
    page = await admin.send("/care/staff", **{**NEW, **wrong})
    assert page.status_code == 422 and words("desk_entry_staff_invalid") in html.unescape(page.text)
    assert ("Nina Novi" in page.text) is ("name" not in wrong)
    assert desk.backend._named("novi") is None


async def test_an_administrator_needs_no_market(desk: Desk) -> None:
    admin = desk.at_desk("administrator")
    made = await admin.send("/care/staff", **{**NEW, "role": "administrator", "languages": [], "markets": []})
    assert made.status_code == 200


async def test_a_name_that_is_taken_is_said(desk: Desk) -> None:
    admin = desk.at_desk("administrator")
    desk.backend.add("novi")
    page = await admin.send("/care/staff", **NEW)
    assert page.status_code == 422 and words("desk_entry_staff_username_taken") in html.unescape(page.text)


async def test_roles_and_skills_are_changed_and_people_shut_out_and_let_in_again(desk: Desk) -> None:
    admin, ana = desk.at_desk("administrator"), desk.backend.add("ana")
    path = f"/care/staff/{ana['staff_id']}"
    assert "checked" in (await admin.get(path)).text
    changed = await admin.send(path, **{**NEW, "role": "supervisor"})
    assert changed.headers["location"] == "/care/staff?told=saved"
    assert (ana["role"], ana["languages"], ana["limit"]) == ("supervisor", ["sr", "it"], 3)
    assert ana["username"] == "ana"  # never changes
    await admin.send(f"{path}/disabled", disabled="1")
    assert ana["disabled"] is True
    listed = html.unescape((await admin.get("/care/staff")).text)
    assert words("desk_entry_staff_disabled") in listed
    await admin.send(f"{path}/disabled", disabled="0")
    assert ana["disabled"] is False


async def test_a_new_invitation_ends_password_and_phone(desk: Desk) -> None:
    admin, ana = desk.at_desk("administrator"), desk.backend.add("ana")
    page = await admin.send(f"/care/staff/{ana['staff_id']}/invitation")
    assert "/care/invitations/" in page.text and (ana["has_password"], ana["has_totp"]) == (False, False)
    assert words("desk_entry_staff_invited") in html.unescape((await admin.get("/care/staff")).text)


async def test_nobody_changes_themselves_and_the_last_administrator_stays(desk: Desk) -> None:
    admin = desk.at_desk("administrator")
    own = f"/care/staff/{admin.member['staff_id']}"
    for path in (f"{own}/disabled", f"{own}/invitation"):
        page = await admin.send(path)
        assert page.status_code == 422 and words("desk_entry_staff_not_self") in html.unescape(page.text)
    assert admin.member["disabled"] is False
    other = desk.backend.add("other", "administrator")
    desk.backend.refuse_next = (409, "last_administrator", {})
    page = await admin.send(f"/care/staff/{other['staff_id']}/disabled")
    assert page.status_code == 422 and words("desk_entry_staff_last") in html.unescape(page.text)


async def test_somebody_who_is_not_there(desk: Desk) -> None:
    admin = desk.at_desk("administrator")
    for answer in (
        await admin.get("/care/staff/0123456789abcdef"),
        await admin.send("/care/staff/0123456789abcdef", **NEW),
        await admin.send("/care/staff/0123456789abcdef/invitation"),
    ):
        assert answer.status_code == 404 and words("desk_entry_not_found") in html.unescape(answer.text)


async def test_a_name_with_markup_stays_a_name(desk: Desk) -> None:
    admin = desk.at_desk("administrator")
    desk.backend.add("eve", name='<img src=x onerror="alert(1)">')
    page = (await admin.get("/care/staff")).text
    assert "<img src=x" not in page and "&lt;img" in page
