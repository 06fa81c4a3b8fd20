"""The phone page in a browser: customers of both messengers, against the gateway's webhooks and the simulators.

Rasa and the backend are fakes; the vendors' stand-ins, the channels and what lies between are the real ones.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from connectors.migrate import migrate
from connectors.settings import Settings
from scripts.demo_messengers import wire_simulators
from simulators.app import create_app
from simulators.chats import Chats
from simulators.settings import Settings as SimulatorsSettings
from simulators.vendors import vendors
from tests.browser.scripted_dialogue import answer_for_browsers
from tests.connectors.gateway_world import World
from tests.connectors.live_gateway import free_port, serve
from tests.conversations.papers import make_photo

pytestmark = pytest.mark.slow
SIZES = [
    pytest.param({"viewport": {"width": 1280, "height": 860}}, id="desktop"),
    pytest.param(
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}, id="phone"
    ),
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Both programs; gives the gateway's address."""
    port, simulators_port = free_port(), free_port()
    wired = wire_simulators(simulators_port, port, {})
    given = {
        name.removeprefix("CONNECTORS_").lower(): json.loads(value) if value.startswith("[") else value
        for name, value in wired.items()
        if name.startswith("CONNECTORS_")
    }
    url = f"sqlite:///{tmp_path_factory.mktemp('phone')}/connectors.db"
    migrate(url)
    settings = Settings(
        _env_file=None, database_url=url, messages_per_minute=0, requests_per_minute=0, **given
    )
    world = World(settings)
    world.rasa.answer = answer_for_browsers
    accounts = {
        vendor: json.loads(wired[f"SIMULATORS_{vendor.upper()}"])
        for vendor in ("telegram_accounts", "whatsapp_accounts")
    }
    simulators_settings = SimulatorsSettings(
        _env_file=None, port=simulators_port, connectors_url=f"http://127.0.0.1:{port}", **accounts
    )
    chats = Chats()
    simulators = create_app(chats, vendors(chats, simulators_settings))
    with serve(simulators, simulators_port), serve(world.app, port) as address:
        yield address


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_a_telegram_customer_greets_and_presses_a_button(page: Page, gateway: str, shots: Path) -> None:
    page.goto(f"{gateway}/phone")
    page.get_by_label("Account", exact=True).select_option(label="CARE Italy")
    log = page.get_by_role("log")
    page.get_by_label("Message", exact=True).fill("pulsanti")
    page.keyboard.press("Enter")
    expect(log.get_by_text("Per chi è la richiesta?")).to_be_visible()
    expect(log.locator(".customer .ticks.sent")).to_have_count(1)

    log.get_by_role("button", name="Per mio figlio Luca").click()
    expect(log.get_by_text("echo: /inform_child")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.screenshot(path=shots / f"phone-{page.viewport_size['width']}.png")  # type: ignore[index]
    # Nothing sticks out of the page.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_whatsapp_customer_with_a_photo_beside_a_second_customer(
    page: Page, gateway: str, tmp_path: Path
) -> None:
    page.goto(f"{gateway}/phone")
    page.get_by_label("Messenger").select_option(label="WhatsApp")
    page.get_by_label("Account", exact=True).select_option(label="CARE Italy")
    first = page.get_by_role("region", name="Phone 1")
    first.get_by_role("log").wait_for()
    page.get_by_role("button", name="Second phone").click()
    second = page.get_by_role("region", name="Phone 2")
    second.get_by_label("Message", exact=True).fill("sono un altro")
    second.get_by_role("button", name="Send").click()
    first.locator("[data-pick=photos]").set_input_files(make_photo(tmp_path))
    expect(first.get_by_text("Ho ricevuto il file.")).to_be_visible()
    expect(first.locator(".customer .ticks.read")).to_have_count(1)
    expect(second.get_by_text("echo: sono un altro")).to_be_visible()
    expect(first.get_by_text("sono un altro")).to_have_count(0)
