"""The desk's door in a real browser, by keyboard: an invitation, the phone's set-up, the directory, and out again.

The fixture `page` fails the test for any script that the policy stops and anything loaded from elsewhere.
"""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from connectors.migrate import migrate
from connectors.settings import Settings
from tests.connectors.care.desk_world import Desk
from tests.connectors.care.directory_fake import PASSWORD as PASSWORD_OF_ALL
from tests.connectors.gateway_world import words
from tests.connectors.live_gateway import free_port, serve

pytestmark = pytest.mark.slow
PASSWORD = "tri-zelene-kruske"
PHONE = {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    url, port = f"sqlite:///{tmp_path}/connectors.db", free_port()
    migrate(url)
    desk = Desk(Settings(_env_file=None, database_url=url, public_url=f"http://127.0.0.1:{port}"))
    with serve(desk.app, port):
        yield desk


def type_in(page: Page, *words_and_keys: str) -> None:
    """Into the field that the page puts the cursor into; a page that has just come may not have done so yet."""
    expect(page.locator("input:focus")).to_have_count(1)
    for one in words_and_keys:
        page.keyboard.press(one) if one in {"Tab", "Enter", "Escape", "Space"} else page.keyboard.type(one)


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["desktop", "phone-dark"])
def test_an_administrator_comes_in_for_the_first_time_invites_somebody_and_leaves(
    desk: Desk, page: Page
) -> None:
    member = desk.backend.add("ana", "administrator", name="Ana")
    start = desk.settings.public_url
    page.goto(f"{start}/care/invitations/{desk.backend.invite(member)}")
    type_in(page, PASSWORD, "Tab", PASSWORD, "Enter")
    expect(page.get_by_role("status")).to_have_text(words("desk_entry_invite_done"))
    type_in(page, "ana", "Tab", PASSWORD, "Enter")
    expect(page.get_by_role("img", name=words("desk_entry_enrol_qr"))).to_be_visible()
    page.get_by_text(words("desk_entry_enrol_by_hand")).press("Enter")
    secret = page.locator("#secret").inner_text().replace(" ", "")
    page.get_by_label(words("desk_entry_code")).focus()
    type_in(page, pyotp.TOTP(secret).now(), "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(words("desk_entry_staff_title"))
    # Chromium keeps the strictest cookie on loopback without TLS.
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "__Host-care"]
    assert cookie["secure"] and cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    assert page.evaluate("document.cookie") == ""

    page.get_by_role("link", name=words("desk_entry_staff_add")).press("Enter")
    type_in(page, "nina", "Tab", "Nina Novi")
    for field, value in (("languages", "it"), ("markets", "rs")):
        page.locator(f"input[name={field}][value={value}]").focus()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    link = page.get_by_label(words("desk_entry_staff_link"), exact=True)
    assert "/care/invitations/" in link.input_value()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.locator("details.menu summary").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name=words("desk_entry_log_out"))).to_be_hidden()
    page.locator("details.menu summary").press("Enter")
    page.get_by_role("button", name="Српски").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "sr-Cyrl")
    page.locator("details.menu summary").press("Enter")
    page.get_by_role("button", name=words("desk_entry_log_out", "sr", "Cyrl")).press("Enter")
    expect(page.get_by_role("status")).to_have_text(words("desk_entry_logged_out", "sr", "Cyrl"))
    page.go_back()
    expect(page.locator("#password")).to_be_visible()  # nothing of before is shown again
    assert "__Host-care" not in {one["name"] for one in page.context.cookies()}


def test_whoever_is_led_here_from_another_site_arrives_where_they_wanted(desk: Desk, page: Page) -> None:
    """A strict cookie stays behind on the way from another site; the page of ours in between fetches it."""
    member = desk.backend.add("ana", "administrator")
    start = desk.settings.public_url
    page.goto(f"{start}/care/login")
    type_in(page, "ana", "Tab", PASSWORD_OF_ALL, "Enter")
    expect(page.get_by_label(words("desk_entry_code"))).to_be_focused()
    type_in(page, desk.backend.code_of(member), "Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    # A page of no site at all is another one to the browser.
    page.goto("data:text/html,x")
    page.set_content(f'<a id="way" href="{start}/care/staff">desk</a>')
    page.click("#way")
    expect(page.get_by_role("heading", level=1)).to_have_text(words("desk_entry_staff_title"))
    assert page.url == f"{start}/care/staff"
