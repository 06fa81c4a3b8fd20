"""Customers who want a person, and agents in front of the desk's pages."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from sqlalchemy import update

from connectors.core.handover.models import Handover
from connectors.database import utc_now
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.gateway_world import Chat, World, eventually


def wants_a_person(turn: dict[str, Any]) -> dict[str, Any]:
    """The dialogue: asked for a person it asks the gateway for one."""
    language = turn["metadata"]["language"]
    answer = {"language": language, "script": turn["metadata"]["script"]}
    if turn["metadata"]["notice"] == "handed_back":
        if turn["metadata"]["detail"]["by"] == "closed":
            return {**answer, "messages": []}
        return {**answer, "messages": [{"text": f"di nuovo io: {turn['metadata']['detail']['resume']}"}]}
    if not turn["text"].startswith("operatore"):
        return {**answer, "messages": [{"text": f"echo: {turn['text']}"}]}
    wish = {
        "reason": "complaint" if "reclamo" in turn["text"] else "asked",
        "urgent": "urgente" in turn["text"],
        "kind": "live",
        "facts": {"wish": "claim_reimbursement", "journey": "claim", "step": "treatment_date"},
    }
    return {**answer, "messages": [{"custom": {"handover": wish}}]}


class Floor:
    """The gateway with customers and colleagues."""

    def __init__(self, world: World, desk: FakeDesk) -> None:
        self.world, self.desk = world, desk
        world.rasa.answer = wants_a_person

    def agent(self, role: str = "agent", **values: Any) -> Colleague:
        return self.desk.staff.log_in(self.world.http, role, **values)

    async def customer(self, text: str = "operatore", *, logged_in: bool = False) -> Chat:
        """Somebody who has written and waits in the queue."""
        chat = await self.world.open()
        if logged_in:
            self.desk.logged_in.add(chat.id)
        await chat.say(text)
        return chat

    async def handover(self, chat: Chat) -> int:
        """The id of the customer's hand-over, as the page's address has it."""

        def find() -> list[int]:
            rows = self.world.rows(Handover.__table__)
            return [row.id for row in rows if row.conversation_id == chat.id]

        async def there() -> bool:
            return bool(find())

        await eventually(there)
        return find()[-1]

    async def taken(self, agent: Colleague, **values: Any) -> tuple[Chat, int]:
        """A customer whom this agent has taken."""
        chat = await self.customer(**values)
        number = await self.handover(chat)
        taken = await agent.post(f"/conversations/{number}/take")
        assert taken.status_code == 200, taken.text
        return chat, number


def words_of(page: str) -> str:
    """What stands on a page, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page))).strip()


def answer_id(page: str) -> str:
    """The id that the page gives to the next answer."""
    found = re.search(r'name="answer_id" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def page_closed_for(floor: Floor, chat: Chat, passed: timedelta) -> datetime:
    """As if the customer's page had last been seen so long ago; returns when."""
    seen_at = utc_now() - passed
    engine = floor.world.app.state.gateway.database.engine
    with engine.begin() as connection:
        connection.execute(
            update(Handover).where(Handover.conversation_id == chat.id).values(page_seen_at=seen_at)
        )
    return seen_at


def page_seen_at(floor: Floor, chat: Chat) -> datetime:
    """When the customer's page was last noted as open."""
    rows = floor.world.rows(Handover.__table__)
    return next(row.page_seen_at for row in rows if row.conversation_id == chat.id)
