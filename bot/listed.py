"""An entry of the list that was just shown, named by its place: "la numero 2" presses the second button."""

from __future__ import annotations

import re
from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from locales.positions import LAST, is_bare_number, parse_position

Json = dict[str, Any]
INFORM = "/inform"


def payload_named(tracker: DialogueStateTracker, text: str, language: str) -> str | None:
    """The payload of the button that the text names by its place, or nothing.

    In a form the open question reads its own options: there only a list of something else is meant (which answer to
    change), and never by a bare number.
    """
    place = parse_position(text, language)
    if place is None:
        return None
    entries = _last_list(tracker)
    if tracker.active_loop_name and (
        is_bare_number(text) or any(entry["payload"].startswith(INFORM) for entry in entries)
    ):
        return None
    if is_bare_number(text):
        # "4" below buttons that are numbers themselves is the one called so.
        called = [entry for entry in entries if re.match(rf"\D{{0,2}}{place}\b", entry.get("title") or "")]
        if len(called) == 1:
            return str(called[0]["payload"])
    if place == LAST:
        place = len(entries)
    return str(entries[place - 1]["payload"]) if len(entries) > 1 and place <= len(entries) else None


def _last_list(tracker: DialogueStateTracker) -> list[Json]:
    """The buttons of the last message with several, or one of each card; of hospitals, the payload that shows one."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if not isinstance(event, BotUttered):
            continue
        data = event.data or {}
        cards = (data.get("custom") or {}).get("cards") or []
        of_cards = [card["buttons"][0] for card in cards if card.get("buttons")]
        if len(cards) > 1 and not of_cards and all(card.get("place") for card in cards):
            # Hospitals have no button: the search shows the one that is meant.
            return [{"payload": f'/find_provider{{"choice": "shown:{n}"}}'} for n in range(1, len(cards) + 1)]
        if len(cards) > 1:
            return of_cards if len(of_cards) == len(cards) else []
        buttons = data.get("buttons") or []
        if len(buttons) > 1:
            return list(buttons)
    return []
