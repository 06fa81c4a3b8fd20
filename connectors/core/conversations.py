"""Conversations: opening one, proving that one owns it, and what it remembers between turns."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.models import Conversation
from locales import texts

SCRIPTS = ("Latn", "Cyrl")


@dataclass(frozen=True)
class Voice:
    """The language and script somebody is spoken to in."""

    language: str
    script: str = "Latn"

    @property
    def tag(self) -> str:
        """As BCP 47: `it`, `sr-Cyrl`."""
        return texts.tag(self.language, self.script)

    def say(self, key: str, **values: object) -> str:
        """The text of the catalogue in this voice."""
        return texts.render(key, self.language, self.script, **values)


# The one language here that is written in Cyrillic.
CYRILLIC = Voice("sr", "Cyrl")


def read_voice(tag: str | None, otherwise: Voice) -> Voice:
    """`sr-Cyrl` → Serbian in Cyrillic; what is not spoken here gives `otherwise`."""
    language, _, script = (tag or "").partition("-")
    if language.lower() not in texts.languages():
        return otherwise
    return Voice(language.lower(), script if script in SCRIPTS else "Latn")


def voice_of(conversation: Conversation) -> Voice:
    """How the conversation is spoken to now."""
    return Voice(conversation.language, conversation.script)


def hash_token(token: str) -> str:
    """Tokens are 256 random bits: a plain hash is enough to keep them out of the database."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_conversation(
    session: Session,
    *,
    channel: str,
    market: str,
    voice: Voice,
    page_language: str | None,
    now: datetime,
    address: str | None = None,
    hours: int | None = None,
) -> tuple[Conversation, str]:
    """A new conversation and the token that proves ownership; only the token's hash is stored."""
    token = secrets.token_urlsafe(32)
    conversation = Conversation(
        id=secrets.token_urlsafe(18),
        channel=channel,
        address=address,
        market=market,
        page_language=page_language,
        language=voice.language,
        script=voice.script,
        token_hash=hash_token(token),
        created_at=now,
        last_number=0,
        expires_at=now + timedelta(hours=hours) if hours else None,
    )
    session.add(conversation)
    return conversation, token


def find_owned(session: Session, conversation_id: str, token: str, now: datetime) -> Conversation | None:
    """The conversation if the token is its own and it is not over."""
    conversation = session.get(Conversation, conversation_id)
    # Compared in any case, so that time does not tell whether the conversation exists.
    known = conversation.token_hash if conversation is not None else None
    matches = secrets.compare_digest(known or hash_token(""), hash_token(token))
    if conversation is None or not matches or known is None:
        return None
    if conversation.expires_at is not None and conversation.expires_at <= now:
        return None
    return conversation


def find_by_address(session: Session, channel: str, address: str) -> Conversation | None:
    """The conversation of a pushing channel's customer."""
    return session.scalars(
        select(Conversation).where(Conversation.channel == channel, Conversation.address == address)
    ).one_or_none()


def note_login_state(conversation: Conversation, state: str, until: datetime | None = None) -> None:
    """Remember what was seen of the log-in; it decides only what is looked at as a possible secret."""
    conversation.login_state = state
    conversation.login_state_until = until


def login_state_now(conversation: Conversation, now: datetime) -> str:
    """The remembered state, or "unsure" once its time is over."""
    until = conversation.login_state_until
    return "unsure" if until is not None and until <= now else conversation.login_state
