"""What the gateway itself says around a hand-over: texts `care_…`, in the customer's voice, with their buttons."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connectors.core.conversations import voice_of
from connectors.core.messages import Draft, DraftButton, Writing, append
from connectors.core.models import Conversation
from locales import texts

PAYLOAD = re.compile(r"/(care_\w+)(\{.*\})?", re.DOTALL)
# How messages are written into a conversation now.
WritingFor = Callable[[Conversation, datetime], Writing]


def tell(session: Session, conversation: Conversation, writing: Writing, key: str, **values: object) -> int:
    """Append the text and its buttons to a locked conversation; returns the message's number."""
    draft = make_draft(conversation, key, **values)
    return append(session, conversation, draft, voice_of(conversation).tag, writing)


def make_draft(conversation: Conversation, key: str, **values: object) -> Draft:
    """The text and its buttons in the conversation's voice."""
    voice = voice_of(conversation)
    buttons = texts.buttons(key, voice.language, voice.script)
    return Draft(
        "system", voice.say(key, **values), [DraftButton(button.title, button.payload) for button in buttons]
    )


def make_payload(name: str, **values: object) -> str:
    """`/care_rate{"score": 5}`: what a button of ours means."""
    return f"/{name}{json.dumps(values, ensure_ascii=False) if values else ''}"


def read_payload(text: str) -> tuple[str, dict[str, Any]]:
    """Name and values of a button of ours; an empty name for everything else. Customers cannot type one."""
    match = PAYLOAD.fullmatch(text)
    if match is None:
        return "", {}
    try:
        values = json.loads(match[2] or "{}")
    except ValueError:
        return match[1], {}
    return match[1], values if isinstance(values, dict) else {}
