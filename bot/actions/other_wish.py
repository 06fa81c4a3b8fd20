"""Wishes in the middle of a form that begin or go on with another request.

A form is left neither for an answer nor for its interruptions, and one form cannot stand in another: a new wish waits
until this request is done (or is offered when it is stopped, bot/next_wish.py), another draft is gone on with at once.
What is typed counts only where it is surely a wish and nothing that the question asks for.
"""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from bot.actions.answers import say_ended
from bot.actions.asking import as_asked
from bot.actions.backend_client import Json, NotFound
from bot.actions.care_action import Events
from bot.actions.contact_code import leave_code, waits_for_code
from bot.actions.reading import NOTHING, read_answer
from bot.actions.requests import KINDS, NEW, draft_title
from bot.actions.turn import Reply, Turn

# Wishes with a button that the form has no rule for.
WAITING = {*KINDS, "add_documents"}
RESUME = "resume_draft"
ANSWERS = {"inform", "affirm", "deny"}
# Where words are no answer. "I have a new account" is one where an account is asked for, and so on.
PLAIN = {"date", "year", "amount", "yes_no", "plate_number"}
VERY_SURE = 0.85


def is_wish_button(reply: Reply) -> bool:
    """Whether a button was pressed that answers no question."""
    return reply.text.startswith("/") and reply.intent not in ANSWERS


async def take_other_wish(turn: Turn, draft: Json) -> Events | None:
    """The slots after a button of another request, the question being asked again; None where it was none."""
    reply = turn.reply
    if not is_wish_button(reply):
        return _announced(turn, draft) if await _is_typed_wish(turn, draft) else None
    if reply.intent not in {*WAITING, RESUME}:
        return None
    if reply.intent == RESUME:
        return await _go_on_with(turn, draft, reply.choice or draft["draft_id"])
    if KINDS.get(reply.intent) != draft["kind"] or (reply.choice or "").startswith(NEW):
        return _announced(turn, draft)
    return _asked_again(turn)


async def _is_typed_wish(turn: Turn, draft: Json) -> bool:
    reply, question = turn.reply, draft["next"] or {}
    if question.get("kind") not in PLAIN or reply.confidence < VERY_SURE or reply.attachments:
        return False
    if reply.intent not in KINDS or KINDS[reply.intent] == draft["kind"]:
        return False
    return read_answer(await as_asked(turn, draft), reply) is NOTHING


def _announced(turn: Turn, draft: Json) -> Events:
    """Says that this request comes first, and asks on."""
    begun = next(intent for intent, kind in KINDS.items() if kind == draft["kind"])
    first, second = (turn.words(f"wish_{intent}") for intent in (begun, turn.reply.intent))
    turn.say("two_wishes_announced", first=first, second=second)
    return [*set_aside(turn), *_asked_again(turn)]


async def _go_on_with(turn: Turn, draft: Json, draft_id: str) -> Events:
    if draft_id == draft["draft_id"]:
        return _asked_again(turn)
    try:
        other = await turn.backend.get_draft(turn.conversation_id, draft_id)
    except NotFound:
        turn.say("draft_gone")
        return _asked_again(turn)
    if other["status"] != "open":
        say_ended(turn, other)
        return _asked_again(turn)
    if waits_for_code(turn):
        await leave_code(turn)
    turn.say("draft_resumed", title=draft_title(turn, other), answered=other["progress"]["answered"])
    return [*_asked_again(turn), SlotSet("draft_id", draft_id), SlotSet("draft_question", None)]


def set_aside(turn: Turn) -> Events:
    """The wish as bot/next_wish.py keeps it; a draft to go on with is found again in the menu."""
    if turn.reply.intent == RESUME or not turn.has_words(f"wish_{turn.reply.intent}"):
        return []
    message = turn.tracker.latest_message
    kept = {
        name: message.get(name)
        for name in ("text", "intent", "entities", "intent_ranking", "response_selector")
    }
    waiting = {"parse": kept, "message_id": turn.message_id, "today": turn.metadata.get("today")}
    return [SlotSet("next_wish", waiting)]


def _asked_again(turn: Turn) -> Events:
    """Nothing was wrong, and the open question is put once more."""
    step = int(turn.slot("draft_step", 0)) + 1
    return [SlotSet("draft_step", step), SlotSet("asked_already", False), SlotSet("wrong_answers", 0)]
