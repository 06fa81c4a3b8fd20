"""An entry of the list that was just shown, named by its place ("la numero 2") or, of drafts, by its words ("nova")."""

from __future__ import annotations

import re
from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from locales.lexicon import load
from locales.positions import LAST, is_bare_number, parse_position
from locales.script import normalise

Json = dict[str, Any]
INFORM = "/inform"
# "Go on with this one, or a new one?": no wish of its own, so the classifier, who does not see the question, guesses.
GOES_ON, BEGINS = "/resume_draft{", '{"choice": "new:'
MOST_WORDS, SHORTEST_WORD = 5, 3


def payload_named(tracker: DialogueStateTracker, text: str, language: str) -> str | None:
    """The payload of the button that the text names by its place or its words, or nothing.

    In a form the open question reads its own options: there only a list of something else is meant (which answer to
    change), and never by a bare number.
    """
    place = parse_position(text, language)
    if place is None:
        return None if tracker.active_loop_name else _called(_last_list(tracker), text, language)
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


def _called(entries: list[Json], text: str, language: str) -> str | None:
    """The one draft, or the beginning of a new one, whose button shares a word with a few words: "ne inizio una nuova"."""
    if len(text.split()) > MOST_WORDS or not all(
        entry["payload"].startswith(GOES_ON) or BEGINS in entry["payload"] for entry in entries
    ):
        return None
    said = _words(text) - {normalise(word) for word in load(language)["stop_words"]}
    meant = [
        entry
        for entry in entries
        if any(_alike(a, b) for a in said for b in _words(entry.get("title") or ""))
    ]
    return str(meant[0]["payload"]) if len(meant) == 1 else None


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z]+", normalise(text)) if len(word) >= SHORTEST_WORD}


def _alike(one: str, other: str) -> bool:
    """Whether the words differ in their endings at most: "nov" and "novi", "continuo" and "continua"."""
    stem = max(SHORTEST_WORD, min(len(one), len(other)) - 1)
    return one[:stem] == other[:stem]


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
