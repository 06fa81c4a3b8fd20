"""The gateway's input channel: one POST is one turn, answered with all messages of the turn.

Why not Rasa's `rest` channel: it is not protected by a token, splits messages, answers errors with an empty
200 and loses the turn when the client goes away (docs/decisions/0004). Here a turn is executed at most once
for a message id, runs to its end even if the caller has hung up, and is taken back as a whole when the
backend could not be reached, so that the gateway can send it again.

What must not live here: anything about insurance.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import traceback
from typing import Any, Callable, Dict, List, Optional, Text, Tuple

from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

import bot.fast_validation  # noqa: F401  (patches Rasa when imported)
from bot import listed, next_wish
from bot.components.language import decide_language
from bot.follow_up import as_follow_up
from bot.wishes import Wishes, read_wishes
from locales import texts

logger = logging.getLogger(__name__)

# Rasa replays a session's events for every prediction: 12 ms at turn 10, 139 ms at turn 100. A new session
# with the same slots and form starts once the present one has this many events (about 6 to 8 turns).
EVENTS_A_SESSION = 80
BACKEND_UNAVAILABLE = "backend_unavailable"


class WholeMessages(CollectingOutputChannel):
    """Collects each message as it was said, text, buttons and custom part together."""

    @classmethod
    def name(cls) -> Text:
        return "gateway"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        self.messages.append(_said(message.get("text"), message))


_run_remote_action = RemoteAction.run


async def _run_or_take_back(self: RemoteAction, output: Any, *args: Any, **kwargs: Any) -> Any:
    """Rasa records an action whose server is away as done and goes on in silence: the turn is marked instead."""
    try:
        return await _run_remote_action(self, output, *args, **kwargs)
    except ActionExecutionRejection:
        raise
    except Exception:
        if isinstance(output, WholeMessages):
            output.messages.append({"custom": {BACKEND_UNAVAILABLE: True}})
        raise


RemoteAction.run = _run_or_take_back


def _said(text: Optional[str], parts: Dict[str, Any]) -> Dict[str, Any]:
    """The parts of a message that the gateway is told, without the empty ones."""
    said: Dict[str, Any] = {"text": text}
    for part in ("buttons", "image", "custom", "attachment"):
        said[part] = parts.get(part)
    return {part: value for part, value in said.items() if value}


class GatewayInput(InputChannel):
    """`POST /webhooks/gateway/turn`, for the connectors program alone."""

    @classmethod
    def name(cls) -> Text:
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> GatewayInput:
        return cls(os.environ.get("BOT_CHANNEL_TOKEN", ""))

    def __init__(self, token: str) -> None:
        if not token:
            raise ValueError("BOT_CHANNEL_TOKEN is not set: the gateway's channel does not open without it")
        self.token = token

    def blueprint(self, on_new_message: Callable[[UserMessage], Any]) -> Blueprint:
        blueprint = Blueprint("gateway")

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            refused = self._refuse(request)
            if refused is not None:
                return refused
            # Shielded: a caller that hangs up must not leave an action done and its turn forgotten.
            return await asyncio.shield(self._answer(request.app.ctx.agent, request.json))

        @blueprint.post("/understand")
        async def understand(request: Request) -> HTTPResponse:
            refused = self._refuse(request)
            return refused or await self._understand(request.app.ctx.agent, request.json)

        _add_health_routes()
        return blueprint

    def _refuse(self, request: Request) -> Optional[HTTPResponse]:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return response.json({"error": "token_wrong"}, status=401)
        agent: Agent = request.app.ctx.agent
        if not (agent and agent.is_ready()):
            return response.json({"error": "model_not_loaded"}, status=503)
        return None

    async def _understand(self, agent: Agent, body: Dict[str, Any]) -> HTTPResponse:
        """What a text means, outside of any dialogue: nothing is executed or kept."""
        assert agent.processor is not None
        try:
            found = await agent.processor.parse_message(UserMessage(body["text"], metadata=body["metadata"]))
        except Exception as error:
            logger.error("text not understood\n%s", _traces(error))
            return response.json({"error": "text_not_understood"}, status=500)
        ranking = [
            {"name": one["name"], "confidence": float(one["confidence"])}
            for one in found.get("intent_ranking", [])[:3]
        ]
        return response.json({"ranking": ranking})

    async def _answer(self, agent: Agent, body: Dict[str, Any]) -> HTTPResponse:
        conversation_id = body["conversation_id"]
        try:
            async with agent.lock_store.lock(conversation_id):
                result = await _take_turn(agent, body)
        except Exception as error:
            # The error's own words are left out: they can hold what the customer wrote.
            logger.error("turn failed conversation=%s\n%s", conversation_id, _traces(error))
            return response.json({"error": "turn_failed"}, status=500)
        if result is None:
            return response.json({"error": BACKEND_UNAVAILABLE}, status=503)
        return response.json(result)


def _traces(error: Optional[BaseException]) -> str:
    """Where the error and its causes came from, without their messages."""
    found = []
    while error is not None:
        found.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__name__)
        error = error.__cause__ or error.__context__
    return "\ncaused by\n".join(found)


async def _take_turn(agent: Agent, body: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """Runs the turn and saves it, or returns None and saves nothing when the backend was out of reach."""
    processor = agent.processor
    assert processor is not None
    conversation_id, message_id = body["conversation_id"], body["message_id"]
    metadata: Dict[str, Any] = body.get("metadata") or {}
    output = WholeMessages()
    tracker = await processor.fetch_tracker_and_update_session(conversation_id, output, metadata)

    earlier = _answers_of(tracker, message_id)
    if earlier is not None:
        return _result(tracker, message_id, earlier)
    if len(tracker.events) > EVENTS_A_SESSION:
        _start_new_session(tracker)
        await processor.save_tracker(tracker)
        tracker = await processor.get_tracker(conversation_id)

    output.messages.clear()
    # Dates and money are read in the conversation's language; the page's is only a hint before that.
    known = {
        **metadata,
        "language": tracker.get_slot("language") or metadata.get("language"),
        "market": tracker.get_slot("market") or metadata.get("market"),
        "channel_market": metadata.get("market"),
    }
    # "The second one" is the button it names.
    named = listed.payload_named(tracker, body["text"], known["language"] or "it")
    message = UserMessage(
        named or body["text"],
        output,
        conversation_id,
        input_channel=GatewayInput.name(),
        message_id=message_id,
        metadata=known,
    )
    message.parse_data = as_follow_up(tracker, await processor.parse_message(message, tracker))
    tracker.update_with_events(_context_slots(tracker, metadata, message.parse_data), processor.domain)
    wishes = await _read_wishes(agent, message, tracker)
    await _answer_message(agent, message, tracker, next_wish.announcement(wishes, _language_of(tracker)))
    await _take_up_next_wish(agent, message, tracker)

    if any((said.get("custom") or {}).get(BACKEND_UNAVAILABLE) for said in output.messages):
        return None
    await processor.save_tracker(tracker)
    return _result(tracker, message_id, output.messages)


async def _answer_message(
    agent: Agent,
    message: UserMessage,
    tracker: DialogueStateTracker,
    said_first: Optional[Dict[str, Any]] = None,
) -> None:
    """The steps of MessageProcessor.handle_message without its saving: a turn is saved whole or not at all."""
    processor = agent.processor
    assert processor is not None
    await processor._handle_message_with_tracker(message, tracker)
    if said_first:
        _say(message.output_channel, tracker, said_first)
    await processor.run_action_extract_slots(message.output_channel, tracker)
    await processor._run_prediction_loop(message.output_channel, tracker)


def _say(output: Any, tracker: DialogueStateTracker, said: Dict[str, Any]) -> None:
    """Something the channel itself says, told to the gateway and kept in the tracker like an action's message."""
    tracker.update(BotUttered(said["text"], {"buttons": said.get("buttons")}))
    output.messages.append(_said(said["text"], said))


async def _read_wishes(agent: Agent, message: UserMessage, tracker: DialogueStateTracker) -> Wishes:
    """Puts the wish to begin with into the message, and the other one aside.

    In a form everything is an answer or an interruption: nothing is cut there.
    """
    whole, known = message.parse_data, message.metadata or {}
    assert whole is not None and agent.processor is not None
    waiting = tracker.get_slot(next_wish.NEXT_WISH)
    if waiting and next_wish.is_overtaken(waiting, whole["intent"]["name"], known.get("today")):
        tracker.update(SlotSet(next_wish.NEXT_WISH, None))
    typed = bool(whole["text"]) and not whole["text"].startswith("/") and not known.get("notice")
    if not typed or known.get("attachments") or tracker.active_loop_name:
        return Wishes(whole)
    processor = agent.processor

    async def read(part: str) -> Dict[str, Any]:
        found: Dict[str, Any] = await processor.parse_message(UserMessage(part, metadata=known), tracker)
        return found

    wishes = await read_wishes(whole["text"], whole, _language_of(tracker), read)
    message.parse_data = {**wishes.first, "corrects_earlier": wishes.corrects}
    message.text = wishes.first["text"]
    kept = next_wish.remembered(wishes, str(message.message_id), known.get("today"))
    if kept:
        tracker.update(SlotSet(next_wish.NEXT_WISH, kept))
    return wishes


async def _take_up_next_wish(agent: Agent, message: UserMessage, tracker: DialogueStateTracker) -> None:
    """Begins or offers the wish that waits, once nothing of the first one is open any more."""
    waiting, message_id = tracker.get_slot(next_wish.NEXT_WISH), str(message.message_id)
    away = any(
        (said.get("custom") or {}).get(BACKEND_UNAVAILABLE) for said in message.output_channel.messages
    )
    if not waiting or away or not next_wish.is_free(tracker, message_id):
        return
    tracker.update(SlotSet(next_wish.NEXT_WISH, None))
    assert message.parse_data is not None
    if next_wish.is_only_offered(message.parse_data["intent"]["name"]):
        _say(message.output_channel, tracker, next_wish.offer(waiting, _language_of(tracker)))
        return
    _say(message.output_channel, tracker, next_wish.beginning(waiting, _language_of(tracker)))
    following = UserMessage(
        waiting["parse"]["text"],
        message.output_channel,
        message.sender_id,
        waiting["parse"],
        input_channel=GatewayInput.name(),
        message_id=next_wish.taken_up_as(message_id),
        metadata={**(message.metadata or {}), "attachments": [], "notice": None, "detail": {}},
    )
    await _answer_message(agent, following, tracker)


def _language_of(tracker: DialogueStateTracker) -> str:
    return tracker.get_slot("language") or "it"


def _context_slots(
    tracker: DialogueStateTracker, metadata: Dict[str, Any], parse_data: Dict[str, Any]
) -> List[SlotSet]:
    """What this turn changes of market, channel, language and script."""
    language, script = tracker.get_slot("language"), tracker.get_slot("script")
    current = (language, script or "Latn") if language else None
    if not parse_data["text"].startswith("/"):
        current = decide_language(current, parse_data.get("language"))
    language, script = current or _hinted(metadata)
    wanted = {
        # The channel's market until somebody logs in; from then on that person's (action_login sets it).
        "market": tracker.get_slot("market") or metadata.get("market"),
        "channel": metadata.get("channel"),
        "language": language,
        "script": script,
    }
    return [
        SlotSet(name, value) for name, value in wanted.items() if value and tracker.get_slot(name) != value
    ]


def _hinted(metadata: Dict[str, Any]) -> Tuple[str, str]:
    """The language the page or the channel's account is in, until the customer has written something."""
    return metadata.get("language") or "it", metadata.get("script") or "Latn"


def _answers_of(tracker: DialogueStateTracker, message_id: str) -> Optional[List[Dict[str, Any]]]:
    """What was said after the message with this id, or None if the message is new."""
    said: Optional[List[Dict[str, Any]]] = None
    for event in tracker.applied_events():
        if isinstance(event, UserUttered):
            if said is not None and event.message_id != next_wish.taken_up_as(message_id):
                break
            if event.message_id == message_id:
                said = []
        elif said is not None and isinstance(event, BotUttered):
            said.append(_said(event.text, event.data))
    return said


def _start_new_session(tracker: DialogueStateTracker) -> None:
    """Appends a session start that carries slots and an open form over; the store then reads only from here."""
    slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None}
    loop = tracker.active_loop_name
    tracker.update(ActionExecuted(ACTION_SESSION_START_NAME))
    tracker.update(SessionStarted())
    for name, value in slots.items():
        if name != REQUESTED_SLOT:
            tracker.update(SlotSet(name, value))
    if loop:
        tracker.update(ActionExecuted(loop))
        tracker.update(ActiveLoop(loop))
        tracker.update(SlotSet(REQUESTED_SLOT, slots.get(REQUESTED_SLOT)))
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME))


def _result(tracker: DialogueStateTracker, message_id: str, messages: List[Dict[str, Any]]) -> Dict[str, Any]:
    language, script = tracker.get_slot("language") or "it", tracker.get_slot("script") or "Latn"
    return {
        "message_id": message_id,
        "language": language,
        "script": script,
        "messages": [_in_script(said, language, script) for said in messages],
    }


def _in_script(value: Any, language: str, script: str) -> Any:
    """Every wording in the reader's script; payloads and addresses are left as they are."""
    if isinstance(value, str):
        return texts.in_script(value, language, script)
    if isinstance(value, list):
        return [_in_script(item, language, script) for item in value]
    if isinstance(value, dict):
        return {
            key: item if key in {"payload", "url"} else _in_script(item, language, script)
            for key, item in value.items()
        }
    return value


def _add_health_routes() -> None:
    """`/healthz` and `/readyz` beside Rasa's own routes."""
    try:
        app = Sanic.get_app()
    except Exception:  # no server is being built: the channel is only being imported
        return

    @app.get("/healthz")
    async def healthz(_: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.get("/readyz")
    async def readyz(request: Request) -> HTTPResponse:
        agent = getattr(request.app.ctx, "agent", None)
        ready = bool(agent and agent.is_ready())
        return response.json({"status": "ok" if ready else "loading"}, status=200 if ready else 503)
