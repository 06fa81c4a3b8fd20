"""Tells the backend of turns that were not understood surely or that the customer corrected (`make review`).

Nothing a customer waits for: when it fails the answer goes out all the same.
"""

from __future__ import annotations

from typing import Any

import structlog
from rasa_sdk.events import SlotSet

from bot.actions.backend_client import BackendError, Json, Refused
from bot.actions.redaction import without_personal_data
from bot.actions.turn import Turn

log = structlog.get_logger()

NOT_UNDERSTOOD = "nlu_fallback"
# After not being understood these say nothing of what was meant.
SAYS_NOTHING = {
    NOT_UNDERSTOOD,
    "affirm",
    "ask_capabilities",
    "correct_information",
    "deny",
    "goodbye",
    "greet",
    "inform",
    "out_of_scope",
    "stop",
    "talk_to_agent",
    "thank",
}
# So many in a row are connected with what is understood in the end.
MOST_IN_A_ROW = 3


async def keep_unsure(turn: Turn) -> list[Any]:
    """The message was not understood: kept, and remembered until it shows what was meant."""
    kept = await _keep(turn, turn.message_id, turn.tracker.latest_message, "unsure")
    before = turn.slot("unsure", [])
    return [SlotSet("unsure", [*before, turn.message_id][-MOST_IN_A_ROW:])] if kept else []


async def keep_outcome(turn: Turn) -> list[Any]:
    """What this message says of those before it: which button was picked, which other words were understood."""
    intent, events = turn.reply.intent, []
    if turn.slot("misunderstood", 0) and intent != NOT_UNDERSTOOD:
        events.append(SlotSet("misunderstood", 0))
    meant = intent_meant(turn)
    unsure = turn.slot("unsure", [])
    if unsure and intent != NOT_UNDERSTOOD:
        if meant:
            reason = "picked" if turn.reply.text.startswith("/") else "rephrased"
            for turn_id in unsure:
                await _tell(turn, turn_id, {"intent": meant, "reason": reason}, picked=True)
        events.append(SlotSet("unsure", None))
    if turn.tracker.latest_message.get("corrects_earlier") and meant and not unsure:
        earlier = _before_this(turn)
        if earlier:
            await _keep(turn, earlier[0], earlier[1], "corrected", meant)
    return events


async def keep_stopped(turn: Turn, beginning: set[str]) -> None:
    """A wish that was begun and stopped with the very next word was perhaps another one."""
    earlier = _before_this(turn)
    if earlier and (earlier[1].get("intent") or {}).get("name") in beginning:
        await _keep(turn, earlier[0], earlier[1], "stopped")


def intent_meant(turn: Turn) -> str | None:
    """The wish of this message, with the answer's name for a question of the FAQ; nothing for a mere reaction."""
    if turn.reply.intent in SAYS_NOTHING:
        return None
    if turn.reply.intent != "faq":
        return turn.reply.intent
    return f"faq/{turn.reply.choice}" if turn.reply.choice else turn.response_key


def _before_this(turn: Turn) -> tuple[str, Json] | None:
    """Id and understanding of the customer's message before the present one, if it was typed."""
    said = [event for event in turn.tracker.events if event.get("event") == "user"]
    if len(said) < 2:
        return None
    event = said[-2]
    parse = {"text": event.get("text"), **(event.get("parse_data") or {})}
    if not event.get("message_id") or not parse["text"] or parse["text"].startswith("/"):
        return None
    return str(event["message_id"]), parse


async def _keep(turn: Turn, turn_id: str, message: Json, reason: str, picked: str | None = None) -> bool:
    names = await _names_of_family(turn)
    text = without_personal_data(
        message.get("text") or "", message.get("entities") or [], names, turn.language
    )
    if not text:
        return False
    ranking = [entry for entry in message.get("intent_ranking") or [] if entry["name"] != NOT_UNDERSTOOD]
    understood = [
        {
            "intent": entry.get("full_retrieval_intent_name") or entry["name"],
            "confidence": round(float(entry["confidence"]), 4),
        }
        for entry in ranking[:2]
    ]
    body = {
        "market": turn.market,
        "language": turn.language,
        "reason": reason,
        "text": text,
        "understood": understood,
        "picked": picked,
    }
    return await _tell(turn, turn_id, body)


async def _names_of_family(turn: Turn) -> list[str]:
    try:
        members = await turn.backend.get_members(turn.conversation_id)
    except BackendError:
        return []  # nobody is logged in
    return [member["full_name"] for member in members]


async def _tell(turn: Turn, turn_id: str, body: Json, *, picked: bool = False) -> bool:
    try:
        if picked:
            await turn.backend.put_review_picked(turn_id, body)
        else:
            await turn.backend.put_review_turn(turn_id, body)
    except BackendError as error:
        why = error.code if isinstance(error, Refused) else type(error).__name__
        log.warning("review_not_kept", conversation_id=turn.conversation_id, why=why)
        return False
    return True
