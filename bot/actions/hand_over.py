"""Passing a conversation on to people. How the assistant takes it back: hand_back.py.

Whether CARE answers now the backend knows; queue, place and ownership are the gateway's, which is only told the
wish: `custom.handover` (docs/interfaces.md). What must not live here: how long one waits, who answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json, Refused
from bot.actions.conversation import wish_of
from bot.actions.requests import KINDS
from bot.actions.turn import Turn, payload
from locales import formats

type Events = list[Any]

# The choice of the button that leaves a message, and the reason of the hand-over that it makes.
MESSAGE = "message"
# Why a person is wanted, as the choices of the buttons that lead to one say it.
OFFERED = {"misunderstood", "complaint", "form"}
# From so many in a row on, somebody who asks for a person asks because of it.
OFTEN_MISUNDERSTOOD, OFTEN_WRONG = 2, 2
# What was wished at the beginning of a long talk helps nobody.
MOST_WISHES = 5
# What the form may ask beside its questions: the agent sees the draft.
NO_QUESTION = {"summary", "which_to_change"}
LOOKED_BACK = 12
WEEK = 7
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def reason_of(turn: Turn) -> str:
    """Why a person is wanted: what the button says, or what went before the words."""
    if turn.reply.choice in OFFERED:
        return str(turn.reply.choice)
    if int(turn.slot("misunderstood", 0)) >= OFTEN_MISUNDERSTOOD:
        return "misunderstood"
    return "form" if in_form(turn) and int(turn.slot("wrong_answers", 0)) >= OFTEN_WRONG else "asked"


async def pass_on(turn: Turn, key: str, *, reason: str, **values: Any) -> Events:
    """Say that a person comes, and ask the gateway for one; a form asks nothing until the assistant is back."""
    ask_for_person(turn, key, reason=reason, known=await facts(turn), **values)
    return [SlotSet("asked_already", True)] if in_form(turn) else []


def ask_for_person(
    turn: Turn, key: str, *, reason: str, known: Json, urgent: bool = False, **values: Any
) -> None:
    """Say the text, with the wish for a person behind it; no other wish is begun in this turn."""
    wanted: Json = {"kind": "live", "reason": reason, "urgent": urgent, "facts": known}
    turn.say(key, custom={"handover": wanted}, asks=True, **values)


async def take_message(turn: Turn) -> Events:
    """The gateway asks for the message and for the way to be reached: words for CARE are no business of ours."""
    wish: Json = {"kind": "message", "reason": MESSAGE, "urgent": False, "facts": await facts(turn)}
    turn.asks = True
    turn.dispatcher.utter_message(json_message={"handover": wish})
    return [SlotSet("asked_already", True)] if in_form(turn) else []


def has_desk(turn: Turn) -> bool:
    """Whether there are people who take conversations over at all; the gateway says so."""
    return bool(turn.metadata.get("care_desk", True))


def say_no_desk(turn: Turn, pack: Json, hours: str) -> None:
    """How CARE is reached where nobody answers in the chat, at any hour: no message would be read."""
    turn.say(
        "agent_none", phones=turn.listing(pack["care"]["phones"]), email=pack["care"]["email"], hours=hours
    )


def say_closed(turn: Turn, pack: Json, hours: Json) -> None:
    """When CARE is there again, and what can be done until then."""
    contact = {"phones": turn.listing(pack["care"]["phones"]), "email": pack["care"]["email"]}
    buttons = [turn.button("button_leave_message", payload("talk_to_agent", choice=MESSAGE))]
    if not hours["opens_at"]:
        turn.say("agent_closed", buttons=buttons, **contact)
        return
    zone = ZoneInfo(pack["timezone"])
    when = opening_moment(turn, datetime.fromisoformat(hours["opens_at"]).astimezone(zone))
    if hours.get("holiday"):
        turn.say("agent_closed_holiday", holiday=hours["holiday"], when=when, buttons=buttons, **contact)
    else:
        turn.say("agent_closed_until", when=when, buttons=buttons, **contact)


def opening_moment(turn: Turn, opens: datetime) -> str:
    """`tomorrow at 8:00`, `on Monday at 8:00`, or with the date where it is further away."""
    time, days = formats.clock(opens.time(), turn.language), (opens.date() - turn.today).days
    if days <= 0:
        return turn.words("opens_today", time=time)
    if days == 1:
        return turn.words("opens_tomorrow", time=time)
    if days < WEEK:
        return turn.words(f"opens_{WEEKDAYS[opens.weekday()]}", time=time)
    return turn.words("opens_on", day=opens.day, month=opens.month, time=time)


def in_form(turn: Turn) -> bool:
    """Whether a request is being filled in."""
    return bool(turn.tracker.active_loop.get("name"))


async def facts(turn: Turn) -> Json:
    """Why somebody is here, in ids: the desk makes sentences of it in the agent's language (docs/interfaces.md)."""
    question, _, item = str(turn.slot("draft_question", "")).partition(":")
    draft = await _draft_of(turn)
    waiting = (turn.slot("pending") or {}).get("reply") or {}
    following = ((turn.slot("next_wish") or {}).get("parse") or {}).get("intent") or {}
    login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
    wishes = _wishes(turn, draft)
    return {
        "wish": wishes[0] if wishes else None,
        "tried": wishes[1:],
        "unsure": _unsure(turn),
        "waiting": _named(turn, waiting.get("intent")),
        "next": _named(turn, following.get("name")),
        "journey": draft["kind"] if draft else None,
        "step": question if question and question not in NO_QUESTION else None,
        "item": int(item) if item.isdigit() else None,
        "draft_id": turn.slot("draft_id"),
        "answered": draft["progress"]["answered"] if draft else None,
        "total": draft["progress"]["total"] if draft else None,
        "misunderstood": int(turn.slot("misunderstood", 0)),
        "wrong_answers": int(turn.slot("wrong_answers", 0)),
        "login": login["state"],
        "language": turn.language,
        "script": turn.script,
        "channel": turn.slot("channel"),
    }


async def _draft_of(turn: Turn) -> Json | None:
    """The draft that is being filled in, as far as the log-in still shows it."""
    if not turn.slot("draft_id"):
        return None
    try:
        return await turn.backend.get_draft(turn.conversation_id, turn.slot("draft_id"))
    except Refused:
        return None


def _said(turn: Turn) -> list[Json]:
    """What the customer's last messages were read as, the newest first; turns of the gateway's own are none."""
    events = reversed(turn.tracker.events)
    said = [e for e in events if e.get("event") == "user" and not (e.get("metadata") or {}).get("notice")]
    return [event.get("parse_data") or {} for event in said[:LOOKED_BACK]]


def _wishes(turn: Turn, draft: Json | None) -> list[str]:
    """The newest first; what is being filled in is one also when it was begun long ago or elsewhere."""
    found: list[str] = []
    for parse in _said(turn):
        name = (parse.get("intent") or {}).get("name") or ""
        if name == "faq":
            chosen = next((e["value"] for e in parse.get("entities") or [] if e["entity"] == "choice"), None)
            selected = ((parse.get("response_selector") or {}).get("faq") or {}).get("response") or {}
            name = f"faq_{chosen}" if chosen else str(selected.get("intent_response_key")).replace("/", "_")
        wish = _named(turn, name)
        if wish and wish not in found and wish != "resume_draft":
            found.append(wish)
    begun = next((intent for intent, kind in KINDS.items() if draft and kind == draft["kind"]), None)
    if begun and begun not in found:
        found.append(begun)
    return found[:MOST_WISHES]


def _unsure(turn: Turn) -> list[str]:
    """The two likeliest meanings of the last message that was not understood, if it is not long ago."""
    for parse in _said(turn)[: OFTEN_MISUNDERSTOOD + 1]:
        if (parse.get("intent") or {}).get("name") == "nlu_fallback":
            likely = (_named(turn, wish_of(entry)) for entry in parse.get("intent_ranking") or [])
            return [wish for wish in likely if wish][:2]
    return []


def _named(turn: Turn, wish: Any) -> str | None:
    """The wish, if there are words for it and it is more than the wish for a person."""
    named = wish and wish != "talk_to_agent" and turn.has_words(f"wish_{wish}")
    return str(wish) if named else None
