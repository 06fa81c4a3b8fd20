"""A customer who uses the widget on a demo page: types, presses, picks dates and files, and reads what appears.

Has the same verbs as `tests.customer.Customer`, so that whatever fills in a claim there fills it in here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from locales import texts
from tests.browser.conftest import PATIENCE
from tests.conversations.speech import PHRASES, Understanding
from tests.customer import PASSWORD, newest_code_in, shown

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SETTLED = """
() => {
  const log = document.querySelector("care-chat").shadowRoot.querySelector(".log");
  return !log.querySelector("[data-pending]") && !log.querySelector(".dots:not([hidden])");
}"""
ANSWERED = """
(last) => {
  const log = document.querySelector("care-chat").shadowRoot.querySelector(".log");
  const ids = [...log.querySelectorAll(".message[data-id]:not(.customer)")].map((m) => Number(m.dataset.id));
  return ids.some((id) => id > last) && !log.querySelector("[data-pending]")
    && !log.querySelector(".dots:not([hidden])");
}"""
MESSAGES = """
() => {
  const words = (e, selector) => [...e.querySelectorAll(selector)].map((found) => found.textContent);
  const log = document.querySelector("care-chat").shadowRoot.querySelector(".log");
  return [...log.querySelectorAll(".message[data-id]")].map((m) => ({
    id: Number(m.dataset.id),
    language: m.lang,
    author: ["customer", "bot", "agent", "system"].find((name) => m.classList.contains(name)),
    text: words(m, ".bubble > .text").join("\\n"),
    buttons: words(m, ".bubble > .buttons .choice").map((title) => ({title})),
    cards: [...m.querySelectorAll(".card")].map((card) => ({
      title: words(card, ".card-title")[0],
      subtitle: words(card, ".card-subtitle")[0],
      lines: words(card, ".card-line"),
      buttons: words(card, ".choice").map((title) => ({title})),
    })),
    files: words(m, ".files li > span:first-of-type"),
  }));
}"""


class Visitor(Understanding):
    """One conversation in one browser; the same conversation is open on a phone that only shows it."""

    def __init__(self, browser: Browser, site: str, mailbox_url: str, column: str, shots: Path) -> None:
        self.column, self.shots = column, shots
        self.phrases = PHRASES[column]
        self.site, self.mailbox_url = site, mailbox_url
        self.browser = browser
        self.problems: list[str] = []
        self.context = self._context(DESKTOP)
        self.page = self._open(self.context)
        self.phone = self._open(self._context(PHONE))
        self.last_id = 0

    @property
    def tag(self) -> str:
        """The language and script as the widget names them."""
        return texts.tag(self.phrases["language"], self.phrases["script"])

    @property
    def heard(self) -> list[dict[str, Any]]:
        """All that stands in the widget."""
        found: list[dict[str, Any]] = self.page.evaluate(MESSAGES)
        return found

    def words(self, key: str) -> str:
        """A text of the catalogue as this visitor reads it."""
        return texts.render(key, self.phrases["language"], self.phrases["script"])

    def choose_language(self) -> None:
        """Pick the language in the widget's menu, before anything is written."""
        self.page.locator(".language select").select_option(self.tag)
        expect(self.page.locator("#title")).to_have_text(self.words("widget_title"))

    def say(self, text: str) -> str:
        """Type and send; returns what is said then."""
        self.page.locator("#text").fill(text)
        self.page.locator("#text").press("Enter")
        return self.listen()

    def tell(self, name: str) -> str:
        """Say the phrase of that name; a date goes through the date picker where one is offered."""
        if name == "date" and self.page.locator(".date-row").is_visible():
            return self.pick_date()
        return self.say(self.phrases[name])

    def pick_date(self) -> str:
        """The newest day the date picker allows."""
        picker = self.page.get_by_label(self.words("widget_date"))
        picker.fill(picker.get_attribute("max") or "")
        self.page.get_by_role("button", name=self.words("widget_date_send")).click()
        return self.listen()

    def press(self, title: str) -> str:
        """Press the newest button whose title has the words."""
        self.page.locator(".message .choice").filter(has_text=title).last.click()
        return self.listen()

    def upload(self, path: Path) -> str:
        """Choose a file as the file dialogue would."""
        self.page.locator(".compose input[type=file]").first.set_input_files(path)
        return self.listen()

    def listen(self) -> str:
        """Wait until the assistant has answered and rests; returns texts, cards and buttons."""
        self.page.wait_for_function(ANSWERED, arg=self.last_id, timeout=PATIENCE)
        fresh = [m for m in self.heard if m["id"] > self.last_id]
        self.last_id = max(m["id"] for m in fresh)
        return "\n".join(shown(m) for m in fresh if m["author"] != "customer")

    def log_in(self, username: str) -> str:
        """Follow the newest link into a new tab, give the password there and the code in the chat."""
        with self.context.expect_page() as opened:
            self.page.locator(".link.prominent").last.click()
        tab = opened.value
        tab.wait_for_load_state()
        expect(tab.locator("html")).to_have_attribute("lang", self.tag)
        tab.get_by_label(self.words("secure_username")).fill(username)
        tab.get_by_label(self.words("secure_password"), exact=True).fill(PASSWORD)
        self.shoot("secure-password", tab)
        tab.get_by_role("button", name=self.words("secure_continue")).click()
        expect(tab.get_by_text(self.words("secure_code_in_chat"))).to_be_visible()
        self.shoot("secure-code", tab)
        self.listen()
        answer = self.say(newest_code_in(self.mailbox_url))
        tab.close()
        return answer

    def reload(self) -> None:
        """Come back to the page as after an accident."""
        before = [m["id"] for m in self.heard]
        self.page.reload()
        expect(self.page.locator(".message[data-id]")).to_have_count(len(before))
        self.page.wait_for_function(SETTLED)
        assert [m["id"] for m in self.heard] == before

    def shoot(self, step: str, tab: Page | None = None) -> None:
        """A picture of the step, on a desktop and on a phone."""
        if tab is not None:
            self._picture(tab, step, "desktop")
            tab.set_viewport_size(PHONE["viewport"])
            self._picture(tab, step, "phone")
            return
        self._picture(self.page, step, "desktop")
        newest = max((m["id"] for m in self.heard), default=0)
        if newest:
            self.phone.locator(f'.message[data-id="{newest}"]').wait_for()
            self.phone.wait_for_function(SETTLED)
        self._picture(self.phone, step, "phone")

    def open_on_the_phone(self) -> None:
        """Show the conversation on the phone too; the phone gets what the browser remembers."""
        self.phone.context.close()
        self.phone = self._open(self._context(PHONE, self.context.storage_state()))
        self.phone.locator("care-chat .launcher").tap()

    def close(self) -> None:
        """End the browser's part; anything it complained about fails the test."""
        self.phone.context.close()
        self.context.close()
        assert self.problems == []

    def _picture(self, page: Page, step: str, device: str) -> None:
        # What has just appeared is scrolled into view and faded in.
        page.wait_for_timeout(120)
        page.screenshot(path=self.shots / f"{self.column}-{step}-{device}.png", animations="disabled")

    def _context(self, options: dict[str, Any], state: Any = None) -> BrowserContext:
        locale = {"id": "id-ID", "rs": "sr-RS", "it": "it-IT"}[self.phrases["market"]]
        context = self.browser.new_context(locale=locale, storage_state=state, **options)
        context.set_default_timeout(PATIENCE)
        return context

    def _open(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda r: self._own(r.url) or self.problems.append(r.url))
        page.on(
            "console",
            lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None,
        )
        page.goto(f"{self.site}/demo/{self.phrases['market']}")
        page.locator("care-chat .launcher").wait_for()
        return page

    def _own(self, url: str) -> bool:
        return url.startswith((self.site, "data:", "blob:"))
