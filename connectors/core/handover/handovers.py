"""What the desk does with conversations: each call one transaction, then the wake-ups. Facts are raised (`facts`)."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from connectors.core.backend_client import BackendClient
from connectors.core.channel import ApprovedText, Channel
from connectors.core.conversations import voice_of
from connectors.core.handover import (
    abandoned,
    agents,
    customers_page,
    no_desk,
    ownership,
    story,
    waiting,
)
from connectors.core.handover.agents import Agent, Status
from connectors.core.handover.facts import AlreadyTaken, HandoverRefused, NotApproved, NotWaiting
from connectors.core.handover.models import AgentPresence, Handover
from connectors.core.handover.ownership import Team
from connectors.core.handover.telling import WritingFor
from connectors.core.messages import Approved, Draft
from connectors.core.models import Conversation
from connectors.core.wakeups import CARE_DESK, Wakeups
from connectors.database import Database, utc_now
from connectors.settings import Settings

log = structlog.get_logger()
TYPING_TIMEOUT = 5


class Handovers:
    """The door to everything about hand-overs, for the desk; reads may use the functions beside it directly."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        wakeups: Wakeups,
        backend: BackendClient,
        writing_for: WritingFor,
        wake_turns: Callable[[str], None],
        pushing: Mapping[str, Channel],
    ) -> None:
        self._settings = settings
        self._database = database
        self._wakeups = wakeups
        self._backend = backend
        self._pushing = pushing
        self._writing_for = writing_for
        self._wake_turns = wake_turns

    async def take(self, handover_id: int, agent: Agent) -> Handover:
        return await self._change(
            lambda session: ownership.take(session, handover_id, agent, self._writing_for, utc_now())
        )

    async def take_next(self, agent: Agent) -> Handover | None:
        """Take who is next for this agent; None when nobody waits. Raises LimitReached.

        Where a colleague was quicker it is the one after.
        """

        def work(session: Session) -> Handover | None:
            found = waiting.next_for(session, agent, utc_now(), self._settings.page_gone)
            if found is None:
                return None
            return ownership.take(session, found.id, agent, self._writing_for, utc_now())

        while True:
            try:
                return await self._change(work)
            except (AlreadyTaken, NotWaiting):
                continue

    async def say(self, handover_id: int, agent: Agent, draft: Draft) -> int:
        """Returns the number of the message in the transcript."""

        def work(session: Session) -> tuple[int, Handover]:
            number = ownership.say(session, handover_id, agent, draft, self._writing_for, utc_now())
            return number, story.get(session, handover_id)

        number, handover = await self._database.write(work)
        await self._publish(handover)
        return number

    def approved_texts(self, conversation: Conversation) -> Sequence[ApprovedText]:
        """What the channel's vendor takes at any time, in the customer's language."""
        channel = self._pushing.get(conversation.channel)
        if channel is None or conversation.address is None:
            return ()
        return channel.approved_texts(conversation.address, voice_of(conversation).tag)

    async def say_approved(
        self,
        handover_id: int,
        agent: Agent,
        conversation: Conversation,
        name: str,
        known: Mapping[str, str],
        client_message_id: str,
    ) -> int:
        """The owner sends an approved text, filled from `known`. Raises as `say`, and NotApproved."""
        chosen = next((one for one in self.approved_texts(conversation) if one.name == name), None)
        text = chosen.fill(known) if chosen is not None else None
        if chosen is None or text is None:
            raise NotApproved
        approved = Approved(name=name, values={field: known[field] for field in chosen.fields})
        draft = Draft("agent", text, client_message_id=client_message_id, approved=approved)
        return await self.say(handover_id, agent, draft)

    async def note(self, handover_id: int, agent: Agent, text: str) -> None:
        await self._change(lambda session: ownership.note(session, handover_id, agent, text, utc_now()))

    async def record(self, handover_id: int, agent: Agent, kind: str, **detail: Any) -> None:
        """A line of the story of the desk's own (unmasked, file_viewed ...)."""

        def work(session: Session) -> Handover:
            handover = story.get(session, handover_id)
            story.record(session, handover, kind, utc_now(), agent, None, **detail)
            return handover

        await self._change(work)

    async def transfer(
        self, handover_id: int, agent: Agent, to: str | Team | None, note: str = ""
    ) -> Handover:
        return await self._change(
            lambda session: ownership.transfer(
                session, handover_id, agent, to, note, self._writing_for, utc_now()
            )
        )

    async def leave(self, agent: Agent) -> None:
        """The agent goes: whom they have waits for others from now on, and is told so."""
        for handover_id in await self._database.read(
            lambda session: agents.list_owned(session, agent.staff_id)
        ):
            # Ended or taken over in this very moment: nobody waits for this agent then.
            with contextlib.suppress(HandoverRefused):
                await self.transfer(handover_id, agent, None)
        await self.set_presence(agent, "offline")

    async def take_over(self, handover_id: int, agent: Agent) -> Handover:
        gone_for = timedelta(minutes=self._settings.care_gone_minutes)
        return await self._change(
            lambda session: ownership.take_over(
                session, handover_id, agent, gone_for, self._writing_for, utc_now()
            )
        )

    async def hand_back(
        self, handover_id: int, agent: Agent, done: list[str] | None = None, resume: bool = True
    ) -> Handover:
        def work(session: Session) -> Handover:
            ownership.hand_back(session, handover_id, agent, done or [], resume, utc_now())
            return story.get(session, handover_id)

        handover = await self._change(work)
        self._wake_turns(handover.conversation_id)
        return handover

    async def close(self, handover_id: int, agent: Agent, outcome: str, note: str | None = None) -> Handover:
        handover = await self._change(
            lambda session: ownership.close(
                session, handover_id, agent, outcome, note, self._writing_for, utc_now()
            )
        )
        self._wake_turns(handover.conversation_id)
        return handover

    async def ask_login(self, handover_id: int, agent: Agent) -> int:
        """Send the customer a link to the secure log-in page; returns the message's number.

        Raises HandoverUnknown, NotOwner, BackendUnavailable, BackendRefused.
        """
        handover = await self._database.read(lambda session: story.get_own(session, handover_id, agent))
        token = await self._backend.create_login_link(
            handover.conversation_id, handover.language, handover.script
        )
        url = f"{self._settings.public_url}/secure/{token}"
        number = await self._database.write(
            lambda session: ownership.send_login_link(
                session, handover_id, agent, url, self._writing_for, utc_now()
            )
        )
        await self._publish(handover)
        return number

    async def show_typing(self, handover_id: int, agent: Agent) -> None:
        """The owner is writing: the customer sees it for some seconds. Raises HandoverUnknown, NotOwner."""
        conversation, message_id = await self._database.write(
            lambda session: ownership.note_typing(session, handover_id, agent, utc_now())
        )
        channel = self._pushing.get(conversation.channel)
        if channel is not None and conversation.address is not None:
            try:
                async with asyncio.timeout(TYPING_TIMEOUT):
                    await channel.show_typing(conversation.address, message_id)
            except Exception as error:
                log.info("typing_not_shown", channel=channel.name, error_type=type(error).__name__)
        await self._wakeups.publish(conversation.id)

    async def put_back_abandoned(self) -> None:
        """Conversations whose owner is silent or gone wait in the queue again, as urgent."""
        silent_for = timedelta(minutes=self._settings.care_silent_minutes)
        gone_for = timedelta(minutes=self._settings.care_gone_minutes)
        found = await self._database.read(
            lambda session: abandoned.find_abandoned(session, silent_for, gone_for, utc_now())
        )
        for handover_id in found:

            def work(session: Session, handover_id: int = handover_id) -> str | None:
                return abandoned.put_back_if_abandoned(
                    session, handover_id, silent_for, gone_for, self._writing_for, utc_now()
                )

            conversation_id = await self._database.write(work)
            if conversation_id is not None:
                log.warning("conversation_abandoned", conversation_id=conversation_id, handover=handover_id)
                await self._wakeups.publish(conversation_id)
                await self._wakeups.publish(CARE_DESK)

    async def release_all(self) -> None:
        """Where there is no desk: nobody waits for somebody who never comes."""
        for conversation_id in await self._database.read(no_desk.find_without_floor):

            def work(session: Session, conversation_id: str = conversation_id) -> bool:
                return no_desk.release(session, conversation_id, self._writing_for, utc_now())

            if await self._database.write(work):
                log.warning("released_without_desk", conversation_id=conversation_id)
                self._wake_turns(conversation_id)
                await self._wakeups.publish(conversation_id)

    async def note_page(self, conversation_id: str) -> None:
        """The page of a customer who waits, or is spoken to, is open at this moment."""
        came_back = await self._database.write(
            lambda session: customers_page.note_seen(
                session, conversation_id, utc_now(), self._settings.page_gone
            )
        )
        if came_back:
            await self._wakeups.publish(CARE_DESK)

    async def note_customer_typing(self, conversation_id: str) -> None:
        """The customer is writing: whoever has the conversation sees it for some seconds."""
        until = utc_now() + customers_page.TYPING_LIFE
        if await self._database.write(
            lambda session: customers_page.note_typing(session, conversation_id, until)
        ):
            await self._wakeups.publish(conversation_id)

    async def set_presence(self, agent: Agent, status: Status | None = None) -> AgentPresence:
        """Seen now: call it when the desk opens, at least every 20 seconds while it is open, and at log-out."""
        presence = await self._database.write(
            lambda session: agents.set_presence(session, agent, status, utc_now())
        )
        if status is not None:
            await self._wakeups.publish(CARE_DESK)
        return presence

    async def _change[H: Handover | None](self, work: Callable[[Session], H]) -> H:
        handover = await self._database.write(work)
        await self._publish(handover)
        return handover

    async def _publish(self, handover: Handover | None) -> None:
        if handover is not None:
            await self._wakeups.publish(handover.conversation_id)
        await self._wakeups.publish(CARE_DESK)
