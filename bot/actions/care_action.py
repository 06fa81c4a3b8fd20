"""The base of every action: what happens when nobody is logged in, the backend is away or we are wrong.

An action never lets an error out: Rasa would record it as done and the customer would hear nothing.
"""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, ClassVar

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.backend_client import BackendClient, BackendUnavailable, Json, LoginRequired
from bot.actions.login_link import offer_login
from bot.actions.review import keep_outcome
from bot.actions.turn import Reply, Turn

log = structlog.get_logger()

type Events = list[Any]


@lru_cache
def shared_backend() -> BackendClient:
    """The client all actions of the process share."""
    return BackendClient()


class CareAction(Action, ABC):
    """Subclasses set `action_name` and write `answer`; rasa-sdk registers each that is not abstract."""

    action_name: ClassVar[str] = ""

    def __init__(self, backend: BackendClient | None = None) -> None:
        self._backend = backend

    def name(self) -> str:
        """The name in domain.yml."""
        return self.action_name

    @abstractmethod
    async def answer(self, turn: Turn) -> Events:
        """Do the work, speak through `turn`, return events."""

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """Offer the log-in and remember what was wished, so that it goes on by itself afterwards."""
        await offer_login(turn, error)
        wish: Json = {"action": self.name(), "reply": turn.reply.as_slot()}
        return [SlotSet("pending", wish)]

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Called by rasa-sdk."""
        turn = Turn(dispatcher, tracker, self._backend or shared_backend())
        pending = turn.slot("pending")
        # Going on after the log-in: the wish is the one from before it, not the log-in's own message.
        going_on = bool(pending and pending.get("resumed") and pending.get("action") == self.action_name)
        if going_on:
            turn.reply = Reply.from_slot(pending["reply"])
        try:
            events = await self._answer(turn)
            if turn.asks:
                events = [*events, SlotSet("asks", turn.message_id)]
            if not tracker.active_loop.get("name"):
                events = [*events, *await keep_outcome(turn)]
        except BackendUnavailable as error:
            log.warning(
                "backend_unavailable",
                action=self.name(),
                conversation_id=turn.conversation_id,
                why=str(error),
            )
            # The channel takes the whole turn back on this mark; the gateway sends it again.
            dispatcher.utter_message(json_message={"backend_unavailable": True})
            return []
        except Exception as error:
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error(
                "action_failed",
                action=self.name(),
                conversation_id=turn.conversation_id,
                error_type=type(error).__name__,
                trace=trace,
            )
            dispatcher.messages.clear()
            turn.say("something_went_wrong")
            return []
        return [*events, SlotSet("pending", None)] if going_on else events

    async def _answer(self, turn: Turn) -> Events:
        try:
            return await self.answer(turn)
        except LoginRequired as error:
            turn.dispatcher.messages.clear()
            return await self.on_login_required(turn, error)
