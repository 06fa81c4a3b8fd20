"""The chat widget while a person at the desk has the conversation."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.handover import ownership, waiting
from connectors.core.messages import Draft, lock
from connectors.core.models import Conversation
from tests.browser.widget import bubbles, say, start
from tests.connectors.gateway_world import World
from tests.connectors.handover_world import Desk, make_agent, writing_for

pytestmark = pytest.mark.slow


def test_a_person_is_told_that_the_customer_writes_and_the_assistant_is_not(page: Page, site: World) -> None:
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_text("echo: uno")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.url) if request.url.endswith("/typing") else None)
    page.locator("#text").type("ancora")
    speak_as_a_person(site, "Eccomi")
    # Nobody told the page to look: it does so by itself after a while.
    expect(bubbles(page, "agent")).to_have_text("Eccomi")
    assert told == []
    with page.expect_response(lambda response: response.url.endswith("/typing")) as answer:
        page.locator("#text").type(" una cosa")
    assert answer.value.status == 204
    assert len(told) == 1


def speak_as_a_person(site: World, text: str) -> None:
    """Somebody at the desk takes the only conversation and writes."""
    desk = Desk(site.app.state.gateway.settings.database_url)
    agent = make_agent()

    def work(session: Session) -> None:
        conversation = lock(session, session.scalars(select(Conversation.id)).one())
        handover = waiting.request(session, conversation, waiting.Wish(), desk.now)
        ownership.take(session, handover.id, agent, writing_for, desk.now)
        ownership.say(session, handover.id, agent, Draft("agent", text), writing_for, desk.now)

    desk.run(work)
    desk.engine.dispose()
