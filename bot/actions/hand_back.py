"""The assistant speaks again after people did, or after somebody waited for them in vain.

The gateway tells it in a turn of its own, with the notice `handed_back` (docs/interfaces.md).
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.answers import leave_form, say_ended, take_up_unsaved_answer
from bot.actions.asking import label_of, shown_answer
from bot.actions.backend_client import Json, LoginRequired, NotFound
from bot.actions.contact_code import leave_code, waits_for_code
from bot.actions.conversation import menu_buttons
from bot.actions.hand_over import in_form
from bot.actions.turn import Turn, payload

type Events = list[Any]

HANDED_BACK = "handed_back"
# Whoever spoke hands back. Otherwise nobody has spoken: the customer left the queue, or a message.
BY_AGENT = "agent"
# The gateway has just said what became of the message, or good-bye for CARE.
BY_MESSAGE, CLOSED = "message", "closed"


async def take_back(turn: Turn) -> Events:
    """Go on where the dialogue stopped, or offer the menu."""
    detail = turn.metadata.get("detail") or {}
    by, done, resume = detail.get("by"), detail.get("done") or [], bool(detail.get("resume"))
    events: Events = [SlotSet("awaiting", None), SlotSet("misunderstood", 0), SlotSet("wrong_answers", 0)]
    following = turn.slot("next_wish")
    if by in {BY_AGENT, CLOSED}:
        # CARE was told of the other wish of that message.
        following = None
        events.append(SlotSet("next_wish", None))
    login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
    logged_in = login["state"] == "logged_in"
    if logged_in:
        # It may have begun meanwhile: the person's own market counts from then on.
        events.append(SlotSet("market", (await turn.backend.get_me(turn.conversation_id))["market"]))
    pending = turn.slot("pending")
    goes_on = resume and (in_form(turn) or (pending and logged_in))
    if by not in {BY_MESSAGE, CLOSED}:
        turn.say("back_resumed" if goes_on else "back")
    if in_form(turn):
        return [*events, *await _back_in_form(turn, done, resume)]
    _tell_done(turn, done, None)
    if goes_on:
        return [*events, SlotSet("pending", {**pending, "resumed": True}), FollowupAction(pending["action"])]
    if by == CLOSED:
        return [*events, SlotSet("pending", None)]
    if not following:
        turn.say("back_menu", buttons=await menu_buttons(turn))
    return events


async def _back_in_form(turn: Turn, done: list[str], resume: bool) -> Events:
    """The open question again (the rule asks it), or out of the form, whose draft waits."""
    draft: Json | None = None
    try:
        draft = await turn.backend.get_draft(turn.conversation_id, turn.slot("draft_id", "none"))
    except NotFound:
        turn.say("draft_gone", buttons=await menu_buttons(turn))
        return leave_form()
    except LoginRequired:
        pass  # where the form goes on it asks to log in again
    if draft and draft["status"] != "open":
        say_ended(turn, draft)
        return leave_form()
    _tell_done(turn, done, draft)
    if resume:
        kept = draft is not None and turn.slot("unsaved_answer") is not None
        return await take_up_unsaved_answer(turn) if kept else [SlotSet("asked_already", False)]
    if waits_for_code(turn):
        await leave_code(turn)
    go_on = turn.button("button_resume", payload("resume_draft", choice=turn.slot("draft_id")))
    menu = turn.button("button_menu", "/ask_capabilities")
    turn.say("back_draft_waits", buttons=[go_on, menu])
    return leave_form()


def _tell_done(turn: Turn, done: list[str], draft: Json | None) -> None:
    """What CARE did meanwhile, as far as there are words for it."""
    for what in done:
        if what == "details_corrected":
            filled = [answer for answer in (draft or {}).get("answers", []) if answer["source"] == "agent"]
            if draft and filled:
                lines = [
                    f"{label_of(turn, draft, answer)}: {shown_answer(turn, answer)}" for answer in filled
                ]
                card = {"title": turn.words(f"kind_{draft['kind']}"), "lines": lines}
                turn.say("back_done_details_corrected", cards=[card])
        elif turn.has_words(f"back_done_{what}"):
            turn.say(f"back_done_{what}")
