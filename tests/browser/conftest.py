"""A browser on the demo pages of a running gateway, with fakes in the places of Rasa and the backend."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from connectors.migrate import migrate
from connectors.settings import Settings
from tests.browser.scripted_dialogue import answer_for_browsers
from tests.connectors.gateway_world import World
from tests.connectors.live_gateway import free_port, serve

CHROMIUM = "/usr/bin/chromium"
# Milliseconds until a wait is given up: long, because a busy machine is no failure.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


# Playwright holds an event loop open as long as it runs: it must be gone before tests of ours want one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[World]:
    """The gateway at `site.address`; `site.rasa` and `site.backend` steer what it gets."""
    url, port = f"sqlite:///{tmp_path}/connectors.db", free_port()
    migrate(url)
    world = World(
        Settings(
            _env_file=None,
            database_url=url,
            messages_per_minute=0,
            requests_per_minute=0,
            public_url=f"http://127.0.0.1:{port}",
        )
    )
    world.rasa.answer = answer_for_browsers
    with serve(world.app, port) as address:
        world.address = address  # type: ignore[attr-defined]
        yield world


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A desktop page, or whatever `@pytest.mark.parametrize("page", [...], indirect=True)` asks for.

    Anything the page loads from elsewhere, and any error in its scripts, fails the test.
    """
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "it-IT"}
    options.update(getattr(request, "param", {}))
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda r: (
            None if "//127.0.0.1" in r.url or r.url.startswith(("data:", "blob:")) else problems.append(r.url)
        ),
    )
    page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
    yield page
    context.close()
    assert problems == []
