"""What a message's metadata says about the turn. Rasa 3.6 hands `UserMessage.metadata` on to the NLU graph
(`NLUMessageConverter`), so the channel's metadata is all that is needed; nothing global lives here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from rasa.shared.nlu.training_data.message import Message

from locales import lexicon
from locales.markets import load_markets


@dataclass(frozen=True)
class TurnContext:
    """Where and when a message was written. A missing market means: outside a conversation (tests, training)."""

    market: str | None
    today: date
    language: str | None


def turn_of(message: Message) -> TurnContext:
    """The context of a message from its metadata; anything malformed counts as absent."""
    metadata: Any = message.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    market = metadata.get("market")
    language = metadata.get("language")
    try:
        today = date.fromisoformat(str(metadata.get("today")))
    except ValueError:
        today = date.today()
    return TurnContext(
        market=market if market in load_markets() else None,
        today=today,
        language=language if language in lexicon.languages() else None,
    )
