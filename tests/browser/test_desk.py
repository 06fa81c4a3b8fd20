"""The desk in a browser: two agents and three customers – website, Telegram, WhatsApp – in three languages.

Rasa and the backend are fakes; gateway, pages, event streams, channels and the vendors' stand-ins are the real ones.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from connectors.migrate import migrate
from connectors.settings import Settings
from locales import texts
from scripts.demo_messengers import wire_simulators
from simulators.app import create_app
from simulators.chats import Chats
from simulators.settings import Settings as SimulatorsSettings
from simulators.vendors import vendors
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.gateway_world import World
from tests.connectors.live_gateway import free_port, serve

pytestmark = pytest.mark.slow
PATIENCE = 60
WANTS = {"operatore": "it", "petugas": "id", "агента": "sr"}
RESUMED = {"it": "Rieccomi. Quando è stata la visita?", "id": "Saya kembali.", "sr": "Поново сам ту."}
SIZES = ((1440, 900), (1024, 768), (390, 844))


def dialogue(turn: dict[str, Any]) -> dict[str, Any]:
    """Asks for a person where one is wanted, and goes on where it stopped when it has the floor again."""
    language = WANTS.get(turn["text"], turn["metadata"]["language"])
    answer = {"language": language, "script": "Cyrl" if language == "sr" else "Latn"}
    if turn["metadata"]["notice"] == "handed_back":
        return {**answer, "messages": [{"text": RESUMED[language]}]}
    if turn["text"] in WANTS:
        facts = {"wish": "claim_reimbursement", "journey": "claim", "step": "treatment_date"}
        wish = {"reason": "form", "urgent": False, "kind": "live", "facts": facts}
        return {**answer, "messages": [{"custom": {"handover": wish}}]}
    return {**answer, "messages": [{"text": f"echo: {turn['text']}"}]}


@dataclass
class Phone:
    """A customer of a messenger, played through the simulators."""

    http: httpx.Client
    vendor: str
    account: str
    customer: str = "7123456789"

    @property
    def who(self) -> dict[str, str]:
        return {"vendor": self.vendor, "account": self.account, "customer": self.customer}

    def act(self, what: str, **more: Any) -> None:
        self.http.post(what, json=self.who | more).raise_for_status()

    def heard(self) -> list[str]:
        return [e["text"] for e in self.http.get("chat", params=self.who).json()["entries"]]

    def wait_for(self, words: str) -> None:
        until_true(lambda: any(words in text for text in self.heard()), self.heard)


@dataclass
class Visitor:
    """A customer on the website, through its HTTP interface."""

    http: httpx.Client
    market: str = "it"
    count: int = 0
    path: str = field(init=False)

    def __post_init__(self) -> None:
        opened = self.http.post("/api/website/conversations", json={"market": self.market}).json()
        self.id = opened["conversation_id"]
        self.path = f"/api/website/conversations/{self.id}/messages"
        self.headers = {"Authorization": f"Bearer {opened['token']}"}

    def post(self, **body: Any) -> None:
        self.count += 1
        body["client_message_id"] = f"m{self.count}"
        self.http.post(self.path, json=body, headers=self.headers).raise_for_status()

    def types(self) -> None:
        path = self.path.replace("/messages", "/typing")
        self.http.post(path, headers=self.headers).raise_for_status()

    def messages(self) -> list[dict[str, Any]]:
        return list(self.http.get(self.path, headers=self.headers).json()["messages"])

    def wait_for(self, words: str) -> dict[str, Any]:
        until_true(lambda: any(words in m["text"] for m in self.messages()), self.messages)
        return next(m for m in reversed(self.messages()) if words in m["text"])

    def press(self, title: str) -> None:
        buttons = [b for m in self.messages() for b in m["buttons"] if b["title"] == title]
        self.post(button=buttons[-1]["token"])


def until_true(check: Callable[[], bool], otherwise: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)


@dataclass
class House:
    """Everything that runs, and who works in it."""

    address: str
    phones: str
    world: World
    desk: FakeDesk
    browser: Browser
    pages: list[Page] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def visitor(self) -> Visitor:
        return Visitor(httpx.Client(base_url=self.address, timeout=PATIENCE))

    def phone(self, vendor: str, account: str) -> Phone:
        return Phone(httpx.Client(base_url=f"{self.phones}/phone/api/", timeout=PATIENCE), vendor, account)

    def agent(self, name: str, language: str, **values: Any) -> Page:
        """A colleague's browser at the queue."""
        colleague = self.desk.staff.log_in(self.world.http, "agent", name=name, **values)
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        cookies = {"__Host-care": colleague.token, "__Host-care-language": language}
        context.add_cookies(
            [
                {
                    "name": key,
                    "value": value,
                    "url": self.address.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Strict",
                }
                for key, value in cookies.items()
            ]
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on(
            "console",
            lambda m: (
                self.problems.append(f"{m.text} {m.location}") if "Content Security" in m.text else None
            ),
        )
        page.goto(f"{self.address}/care/queue")
        expect(page.locator("#connection:not(.lost)")).to_have_text(say("desk_live", language))
        self.pages.append(page)
        return page


def say(key: str, tag: str = "it", **values: Any) -> str:
    language, _, script = tag.partition("-")
    return texts.render(key, language, script or "Latn", **values)


def look(page: Page, shots: Path, name: str) -> None:
    """Pictures in three sizes; nothing sticks out of any."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        # As it is: hiding the caret would be a style that the page's policy refuses.
        page.screenshot(path=shots / f"desk-{name}-{width}.png", full_page=width == 390, caret="initial")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
    page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
def house(tmp_path: Path, browser: Browser) -> Iterator[House]:
    port, simulators_port = free_port(), free_port()
    wired = wire_simulators(simulators_port, port, {})
    given = {
        name.removeprefix("CONNECTORS_").lower(): json.loads(value) if value.startswith("[") else value
        for name, value in wired.items()
        if name.startswith("CONNECTORS_")
    }
    url = f"sqlite:///{tmp_path}/connectors.db"
    migrate(url)
    settings = Settings(
        _env_file=None,
        database_url=url,
        messages_per_minute=0,
        requests_per_minute=0,
        public_url=f"http://127.0.0.1:{port}",
        **given,
    )
    world = World(settings)
    world.rasa.answer = dialogue
    accounts = {
        vendor: json.loads(wired[f"SIMULATORS_{vendor.upper()}"])
        for vendor in ("telegram_accounts", "whatsapp_accounts")
    }
    simulators_settings = SimulatorsSettings(
        _env_file=None, port=simulators_port, connectors_url=f"http://127.0.0.1:{port}", **accounts
    )
    chats = Chats()
    simulators = create_app(chats, vendors(chats, simulators_settings))
    with serve(simulators, simulators_port) as phones, serve(world.app, port) as address:
        house = House(address, phones, world, FakeDesk(world.backend), browser)
        yield house
        for page in house.pages:
            page.context.close()
    assert house.problems == []


def test_a_website_customer_is_taken_answered_helped_and_handed_back(house: House, shots: Path) -> None:
    page = house.agent("Giulia Rossi", "it")
    visitor = house.visitor()
    house.desk.logged_in.add(visitor.id)
    visitor.post(text="operatore")

    row = page.locator("#queue .row")
    expect(row).to_contain_text(say("desk_reason_form"))
    expect(page).to_have_title(f"(1) {say('desk_title')}")
    page.keyboard.press("n")
    expect(page.locator("#answer")).to_be_focused()
    expect(page.locator(".why")).to_contain_text(say("wish_claim_reimbursement"))
    expect(page.locator("#person")).to_contain_text("l***@example.it")
    visitor.wait_for(say("care_taken", name="Giulia Rossi"))

    # A canned answer: slash, a word, Enter, Ctrl Enter.
    page.locator("#answer").press_sequentially("/momento")
    expect(page.locator("#canned [role=option]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_have_value(say("canned_one_moment"))
    page.keyboard.press("Control+Enter")
    visitor.wait_for(say("canned_one_moment"))
    expect(page.locator(".line.agent.mine")).to_contain_text(say("canned_one_moment"))
    expect(page.locator("#answer")).to_have_value("")

    # What the customer writes comes by itself; a note stays inside.
    visitor.types()
    expect(page.locator("#customer-typing")).to_have_text(say("desk_customer_typing"))
    visitor.post(text="Grazie, aspetto")
    expect(page.locator("#customer-typing")).to_have_text("")
    expect(page.locator(".line.customer").last).to_contain_text("Grazie, aspetto")
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.type("Cliente paziente")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".line.note")).to_contain_text("Cliente paziente")
    assert all("paziente" not in m["text"] for m in visitor.messages())

    # More of the person, with a reason.
    page.locator(".unmask summary").click()
    page.locator("#unmask-reason").fill("richiamata al cliente")
    page.locator(".unmask form button").click()
    expect(page.locator("#unmasked")).to_contain_text("Luca Bianchi")
    look(page, shots, "website-it")

    # A field of the draft, with the customer's yes.
    page.locator(".answers .next .fill summary").click()
    page.locator(".answers .next input[type=date]").fill("2026-11-03")
    page.locator(".answers .next .fill button").click()
    expect(page.locator("#drafts")).to_contain_text(say("desk_proposal_asked"))
    visitor.wait_for("3 novembre 2026")
    visitor.press(say("desk_consent_yes"))
    expect(page.locator("#drafts")).to_contain_text(say("desk_proposal_applied"))
    assert house.desk.fills == 1

    # Back to the assistant, where it stopped.
    page.keyboard.press("Escape")
    page.locator("#talk").focus()
    page.keyboard.press("b")
    expect(page.locator("#hand-back")).to_be_visible()
    page.get_by_label(say("desk_done_details_corrected")).check()
    page.locator("#hand-back .primary").click()
    visitor.wait_for(RESUMED["it"])
    expect(page.locator(".line.bot").last).to_contain_text(RESUMED["it"])
    expect(page.locator("#answer")).to_have_count(0)
    assert house.world.rasa.turns[-1]["metadata"]["detail"]["done"] == ["details_corrected"]


def test_a_telegram_customer_is_passed_on_to_a_colleague(house: House, shots: Path) -> None:
    served = {"markets": ["id", "it"], "languages": ["id", "it"]}
    first = house.agent("Budi", "id", **served)
    second = house.agent("Giulia Rossi", "it", **served)
    customer = house.phone("telegram", "id")
    customer.act("say", text="petugas")
    # Both see it; one takes it, and the other one's page follows.
    for page in (first, second):
        page.locator("#queue .row").click()
        expect(page.locator('[data-key="t"]')).to_be_visible()
    first.keyboard.press("t")
    expect(first.locator("#answer")).to_be_visible()
    expect(second.locator("#work")).to_contain_text(say("desk_gone"))
    first.locator("#answer").fill("Halo, saya Budi.")
    first.keyboard.press("Control+Enter")
    customer.wait_for("Halo, saya Budi.")
    expect(first.locator(".line.agent .mark-sent")).to_be_visible()
    look(first, shots, "telegram-id")

    first.keyboard.press("Escape")
    first.keyboard.press("f")
    first.locator("#transfer-to").select_option(index=0)
    first.locator("#transfer-note").fill("Tolong bantu soal tanggalnya")
    first.keyboard.press("Control+Enter")
    expect(first.locator("#work")).to_contain_text(say("desk_pick", "id"))
    customer.wait_for("Giulia Rossi")

    second.locator("#queue .row").first.click()
    expect(second.locator(".event-note")).to_contain_text("Tolong bantu")
    second.locator("#answer").fill("Halo, saya Giulia.")
    second.keyboard.press("Control+Enter")
    customer.wait_for("Halo, saya Giulia.")
    expect(second.locator(".line.agent").first).to_contain_text("Budi")


def test_a_whatsapp_customer_reads_and_the_conversation_is_closed(house: House, shots: Path) -> None:
    page = house.agent("Милица", "sr-Cyrl", markets=["rs"], languages=["sr"])
    customer = house.phone("whatsapp", "rs")
    customer.act("say", text="агента")
    expect(page.locator("#queue .row")).to_contain_text(say("desk_channel_whatsapp", "sr-Cyrl"))
    page.keyboard.press("n")
    # Why something was refused is there to be read until the agent does something else.
    page.locator("#answer").fill("  ")
    page.keyboard.press("Control+Enter")
    refused = page.locator("#notice")
    expect(refused).to_contain_text(say("desk_error_empty", "sr-Cyrl"))
    customer.act("say", text="има ли кога?")
    expect(page.locator("#talk")).to_contain_text("има ли кога?")
    expect(page.locator("#queue .row")).to_contain_text(say("desk_unanswered", "sr-Cyrl"))
    expect(refused).to_contain_text(say("desk_error_empty", "sr-Cyrl"))
    # How long free text is taken still.
    expect(page.locator("[data-until]")).to_contain_text("Вотсап")
    page.locator("#answer").fill("Добар дан, овде Милица.")
    page.keyboard.press("Control+Enter")
    customer.wait_for("Добар дан, овде Милица.")
    customer.act("see")
    expect(page.locator(".line.agent .mark-read")).to_contain_text(say("desk_status_read", "sr-Cyrl"))
    look(page, shots, "whatsapp-sr")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("e")
    page.get_by_label(say("desk_outcome_solved", "sr-Cyrl")).check()
    page.locator("#close .primary").click()
    expect(page.locator(".talk-head")).to_contain_text(say("desk_is_ended", "sr-Cyrl"))
    customer.wait_for("Милица")
    expect(page.locator("#queue")).to_contain_text(say("desk_queue_ended", "sr-Cyrl"))
