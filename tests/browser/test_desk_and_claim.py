"""Everything for real: a customer in the middle of a claim, the trained model, the backend, and an agent in a browser."""

import contextlib
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from backend.demo.staff import TOTP_SECRET
from tests.browser.conftest import PATIENCE
from tests.conversations.claiming import button_title, fill_in, start_claim
from tests.conversations.papers import make_bill, make_photo
from tests.conversations.speech import Talk
from tests.running import Running

pytestmark = pytest.mark.slow
PASSWORD = "Care-Demo-2026"
AGENTS = {"it": "agente.it", "id": "agen.id", "sr-ascii": "agent.rs"}
FIELD = "treatment_date"


def enter(page: Page, running: Running, username: str) -> None:
    """Through the door, with password and one-time password."""
    page.goto(f"{running.public_url}/care")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.fill("input[name=code]", pyotp.TOTP(TOTP_SECRET).now())
    page.keyboard.press("Enter")
    expect(page.locator("#connection:not(.lost)")).to_be_visible()


def handover_of(talk: Talk, running: Running) -> int:
    """The number of the customer's hand-over, as the desk's address has it."""
    with contextlib.closing(sqlite3.connect(running.var / "connectors.db")) as database:
        sought = "SELECT id FROM handovers WHERE conversation_id = ? AND ended_at IS NULL"
        return int(database.execute(sought, [talk.conversation_id]).fetchone()[0])


@pytest.mark.parametrize("column", AGENTS)
def test_an_agent_fills_a_field_and_the_claim_goes_on_behind_it(
    browser: Browser, running: Running, column: str, tmp_path: Path
) -> None:
    talk = Talk(running, column)
    bill, photo = make_bill(tmp_path, talk.phrases["market"], talk.conversation_id), make_photo(tmp_path)
    fill_in(talk, start_claim(talk), bill, photo, until=FIELD)
    talk.expect(talk.tell("agent"), "agent_open_in_form")

    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="it-IT")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    enter(page, running, AGENTS[column])
    # Others of this run may wait as well.
    page.goto(f"{running.public_url}/care/conversations/{handover_of(talk, running)}")
    page.keyboard.press("t")
    expect(page.locator("#answer")).to_be_focused()
    talk.expect(talk.listen(), "care_taken")
    page.locator("#answer").fill("OK, 123")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".line.agent.mine")).to_contain_text("OK, 123")
    assert "OK, 123" in talk.listen()
    talk.say_unanswered(talk.phrases["claim"])
    expect(page.locator(".line.customer").last).to_contain_text(talk.phrases["claim"])

    # Earlier tests may have left this person other drafts.
    next_field = page.locator(".answers .next .fill", has=page.locator("input[type=date]"))
    next_field.locator("summary").click()
    next_field.locator("input[type=date]").fill((date.today() - timedelta(days=2)).isoformat())
    next_field.locator("button").click()
    talk.expect(talk.listen(), "desk_consent_question")
    talk.press(button_title(talk, "desk_consent_yes"))
    page.keyboard.press("Escape")
    page.locator("#talk").focus()
    page.keyboard.press("b")
    page.locator("#hand-back .primary").click()
    answer = talk.listen()
    talk.expect(answer, "back_resumed")
    following = talk.open_question(answer)
    assert following not in {None, FIELD}, answer
    context.close()
    fill_in(talk, answer, bill, photo)
    talk.expect(talk.tell("yes"), "claim_submitted")
