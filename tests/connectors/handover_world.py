"""Agents, and conversations put into the queue, on a migrated database; no gateway need run."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from connectors.core.conversations import Voice, open_conversation
from connectors.core.handover import agents, ownership, waiting
from connectors.core.handover.agents import DeskAgent
from connectors.core.handover.models import Handover, Reason
from connectors.core.handover.waiting import Wish
from connectors.core.messages import Writing, lock, read_after
from connectors.core.models import Conversation
from connectors.database import create_database_engine, utc_now

PAGE_GONE = timedelta(minutes=2)


def make_agent(name: str = "giulia", **changes: Any) -> DeskAgent:
    values: dict[str, Any] = {
        "staff_id": name,
        "name": name.capitalize(),
        "role": "agent",
        "languages": ["it"],
        "markets": ["it"],
        "limit": 1000,
    }
    return DeskAgent(**values | changes)


def writing_for(conversation: Conversation, now: datetime) -> Writing:
    return Writing(now, button_hours=24, pushes=conversation.channel != "website")


class Desk:
    """Transactions on a database of its own connections, one a call: as another process would have them."""

    def __init__(self, database_url: str) -> None:
        self.engine = create_database_engine(database_url)
        self.now = utc_now()

    def run[T](self, work: Callable[[Session], T]) -> T:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def later(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now

    def queue(
        self,
        market: str = "it",
        language: str = "it",
        channel: str = "website",
        urgent: bool = False,
        reason: Reason = "asked",
        at: datetime | None = None,
    ) -> Handover:
        """A customer who waits."""

        def work(session: Session) -> Handover:
            conversation, token = open_conversation(
                session,
                channel=channel,
                market=market,
                voice=Voice(language),
                page_language=None,
                now=self.now,
                hours=24,
            )
            if channel != "website":
                conversation.address = f"acc:{token[:8]}"
            session.flush()
            return waiting.request(
                session, lock(session, conversation.id), Wish(urgent=urgent, reason=reason), at or self.now
            )

        return self.run(work)

    def take(self, handover_id: int, agent: DeskAgent) -> Handover:
        return self.run(lambda s: ownership.take(s, handover_id, agent, writing_for, self.now))

    def online(self, *found: DeskAgent) -> None:
        for agent in found:
            self.run(lambda s: agents.set_presence(s, agent, "online", self.now))  # noqa: B023

    def get(self, handover_id: int) -> Handover:
        return self.run(lambda s: s.get_one(Handover, handover_id))

    def conversation(self, handover: Handover) -> Conversation:
        return self.run(lambda s: s.get_one(Conversation, handover.conversation_id))

    def said(self, handover: Handover) -> list[tuple[str, str]]:
        found = self.run(lambda s: read_after(s, handover.conversation_id, 0, self.now))
        return [(message.author, message.text) for message in found]
