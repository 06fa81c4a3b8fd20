"""The chat widget as a visitor uses it: open it, write, and read the bubbles."""

from playwright.sync_api import Locator, Page

from tests.connectors.gateway_world import World, words


def w(key: str, **values: object) -> str:
    return words(f"widget_{key}", **values)


def start(page: Page, site: World, market: str = "it") -> None:
    page.goto(f"{site.address}/demo/{market}")
    page.locator("care-chat .launcher").click()


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def bubbles(page: Page, author: str) -> Locator:
    return page.locator(f".message.{author}[data-id] .bubble")
