"""The second wish of a message: said that it is known, begun when the first is done, offered when that was stopped.

It is kept in the slot `next_wish` as it was read and later taken as if it had just been typed. Whether the first wish
is done is not a matter of topics: it is while no form is open, no log-in waited for, and nothing was asked in this
turn (`asks`, set by the actions).
"""

from __future__ import annotations

import json
from typing import Any

from rasa.shared.core.trackers import DialogueStateTracker

from bot.wishes import EMERGENCY, Wishes
from locales import texts

NEXT_WISH = "next_wish"
ASKS = "asks"
Json = dict[str, Any]

# After these the second wish is not begun unasked.
_OFFERED_AFTER = {EMERGENCY, "stop"}
# Whoever leaves takes what was wished before with them.
_FORGOTTEN_AFTER = {"logout"}


def remembered(wishes: Wishes, message_id: str, today: str | None) -> Json | None:
    """What the slot holds of a message's second wish."""
    if wishes.second is None:
        return None
    kept = {
        name: wishes.second.get(name)
        for name in ("text", "intent", "entities", "intent_ranking", "response_selector")
    }
    return {"parse": kept, "message_id": message_id, "today": today}


def is_overtaken(waiting: Json, intent: str, today: str | None) -> bool:
    """Whether a wish of an earlier message is no longer waited for: wished again, left behind, or of another day."""
    return intent in {waiting["parse"]["intent"]["name"], *_FORGOTTEN_AFTER} or waiting["today"] != today


def is_free(tracker: DialogueStateTracker, message_id: str) -> bool:
    """Whether nothing of the first wish is open."""
    asked = tracker.get_slot(ASKS) == message_id
    return not (tracker.active_loop_name or tracker.get_slot("pending") or asked)


def is_only_offered(intent: str) -> bool:
    """Whether the second wish waits for a tap: after an emergency, and when the first was stopped."""
    return intent in _OFFERED_AFTER


def announcement(wishes: Wishes, language: str) -> Json | None:
    """Says in which order the two wishes are served; nothing is said before the answer to an emergency."""
    if wishes.second is None or wishes.first["intent"]["name"] == EMERGENCY:
        return None
    named = {"first": _named(wishes.first, language), "second": _named(wishes.second, language)}
    return {"text": texts.render("two_wishes_announced", language, "Cyrl", **named)}


def beginning(waiting: Json, language: str) -> Json:
    """Says that the second wish is begun now."""
    return {
        "text": texts.render("two_wishes_next", language, "Cyrl", wish=_named(waiting["parse"], language))
    }


def offer(waiting: Json, language: str) -> Json:
    """Offers the second wish as a button, with what was said of it."""
    parse = waiting["parse"]
    entities = {entity["entity"]: entity["value"] for entity in reversed(parse.get("entities") or [])}
    payload = f"/{parse['intent']['name']}{json.dumps(entities, ensure_ascii=False) if entities else ''}"
    wish = _named(parse, language)
    return {
        "text": texts.render("two_wishes_offered", language, "Cyrl", wish=wish),
        "buttons": [{"title": wish, "payload": payload}],
    }


def taken_up_as(message_id: str) -> str:
    """The id of a remembered wish that is begun in the turn of this message: another one for each turn."""
    return f"{message_id}.2"


def _named(parse: Json, language: str) -> str:
    return texts.render(f"wish_{parse['intent']['name']}", language, "Cyrl")
