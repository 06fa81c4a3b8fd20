"""The whole job in a browser: the widget, the secure page, files, the date picker, a reload in the middle.

Takes a picture of each step on a desktop and on a phone: var/screenshots/<column>-<step>-<device>.png.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visitor import Visitor
from tests.conversations.claiming import answer_question, button_title, first_question
from tests.conversations.papers import make_bill, make_photo

pytestmark = pytest.mark.slow
REQUEST_NUMBER = re.compile(r"\bR[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
MOST_TURNS = 40
# Questions worth a picture: each has a control of its own.
PICTURED = {"treatment_date", "service", "bank_account", "expense_document", "expense_amount"}


@pytest.fixture(params=["id", "it", "sr-Cyrl", "sr-Latn"])
def visitor(request: pytest.FixtureRequest, browser: Browser, running, shots: Path) -> Iterator[Visitor]:
    """Somebody who has just opened the demo page of their country."""
    visitor = Visitor(browser, running.public_url, running.mailbox_url, request.param, shots)
    yield visitor
    visitor.close()


def test_the_whole_job_in_a_browser(visitor: Visitor, tmp_path: Path) -> None:
    bill, photo = make_bill(tmp_path, visitor.phrases["market"], visitor.tag), make_photo(tmp_path)
    page = visitor.page
    visitor.shoot("page")
    page.locator("care-chat .launcher").click()
    if visitor.phrases["script"] == "Cyrl":
        visitor.choose_language()

    visitor.expect(visitor.tell("greet"), "greet")
    visitor.open_on_the_phone()
    visitor.shoot("greet")

    visitor.expect(visitor.tell("policies"), "login_needed")
    visitor.shoot("login-link")
    policies = visitor.log_in(visitor.phrases["username"])
    visitor.expect(policies, "login_done")
    visitor.expect(policies, "policies_list")
    visitor.shoot("policies")

    visitor.expect(visitor.tell("covered"), "benefit_covered")
    visitor.shoot("coverage")
    visitor.expect(visitor.tell("left"), "benefit_left")
    visitor.shoot("left")

    visitor.expect(visitor.tell("hospital"), "provider_found_in")
    link = page.locator(".card .link").last
    expect(link).to_have_attribute("href", re.compile(r"^https://www\.openstreetmap\.org/\?mlat="))
    expect(link).to_have_attribute("target", "_blank")
    visitor.shoot("hospital")

    answer = first_question(visitor, visitor.tell("claim"))
    handed_in = fill_in_the_claim(visitor, answer, bill, photo)
    assert handed_in == {"bill.pdf", "photo.jpg"}
    visitor.shoot("summary")

    submitted = visitor.press(button_title(visitor, "button_submit"))
    visitor.expect(submitted, "claim_submitted")
    number = REQUEST_NUMBER.search(submitted)
    assert number, submitted
    visitor.shoot("submitted")

    status = visitor.press(button_title(visitor, "button_status"))
    visitor.expect(status, "request_status")
    assert number.group() in status
    visitor.shoot("status")


def fill_in_the_claim(visitor: Visitor, answer: str, bill: Path, photo: Path) -> set[str]:
    """Answer everything up to the summary, with a reload before the bill; returns the files that were shown."""
    pictured: set[str] = set()
    for _ in range(MOST_TURNS):
        question = visitor.open_question(answer)
        assert question, answer
        if question == "summary":
            return {name for message in visitor.heard for name in message["files"]}
        if question in PICTURED - pictured:
            if question == "expense_document":
                visitor.reload()
            visitor.shoot(f"ask-{question}")
            pictured.add(question)
        if question == "treatment_date":
            expect(visitor.page.locator(".date-row")).to_be_visible()
        answer = answer_question(visitor, question, bill, photo)  # type: ignore[arg-type]
    raise AssertionError("the summary was never shown")
