"""Danger to life, told while people are waited for: the dialogue is not asked then, so it is looked for here."""

from sqlalchemy.orm import Session

from connectors.core.backend_client import Market
from connectors.core.conversations import voice_of
from connectors.core.handover.models import WAITING
from connectors.core.handover.story import find_open
from connectors.core.handover.telling import tell
from connectors.core.messages import Writing
from connectors.core.models import MESSAGE_TAKER, QUEUE, Conversation, Turn
from connectors.core.rasa_client import Meaning
from locales.formats import listing

# Nobody who can help reads what is written then.
UNREAD = frozenset({QUEUE, MESSAGE_TAKER})
EMERGENCY = "medical_emergency"
# As low as in a form: a false alarm costs a sentence.
LIKELY = 0.3
MEDICAL = frozenset({"ambulance", "general"})


def may_tell_of_danger(turn: Turn) -> bool:
    """Whether the turn is a customer's words that nobody reads at once."""
    typed = bool(turn.text) and not turn.text.startswith("/") and not turn.internal
    return typed and turn.conversation.speaker in UNREAD


def is_danger(meanings: list[Meaning]) -> bool:
    """Whether an emergency is among what the words may mean."""
    return any(one.name == EMERGENCY and one.confidence >= LIKELY for one in meanings)


def warn(session: Session, conversation: Conversation, market: Market, writing: Writing) -> None:
    """Say the market's numbers at once; whoever waits for people is urgent from now on."""
    voice = voice_of(conversation)
    numbers = [one for one in market.emergency if one["service"] in MEDICAL]
    if numbers:
        named = [f"{one['number']} ({voice.say('emergency_' + one['service'])})" for one in numbers]
        first = numbers[0]["number"]
        tell(
            session,
            conversation,
            writing,
            "emergency",
            number=first,
            numbers=listing(named, conversation.language),
        )
    handover = find_open(session, conversation.id)
    if conversation.speaker == QUEUE and handover is not None and handover.state == WAITING:
        tell(session, conversation, writing, "agent_emergency")
        handover.urgent = True
