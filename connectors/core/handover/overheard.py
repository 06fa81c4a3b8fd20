"""Words that must not wait for people although the dialogue is not asked: danger to life, and "let me go back"."""

from dataclasses import dataclass

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
# Who wants to leave the queue, or back to the assistant, is shown the buttons for it.
LEAVING = frozenset({"stop", "ask_capabilities"})
SURE = 0.6
MEDICAL = frozenset({"ambulance", "general"})


@dataclass(frozen=True)
class Overheard:
    """What the words of somebody who waits may mean, and the market whose numbers are to be called."""

    meanings: list[Meaning]
    market: Market

    @property
    def danger(self) -> bool:
        """An emergency is among what they may mean."""
        return any(one.name == EMERGENCY and one.confidence >= LIKELY for one in self.meanings)

    @property
    def leaving(self) -> bool:
        return any(one.name in LEAVING and one.confidence >= SURE for one in self.meanings)


def is_unread(turn: Turn) -> bool:
    """Whether the turn is a customer's words that nobody reads at once."""
    typed = bool(turn.text) and not turn.text.startswith("/") and not turn.internal
    return typed and turn.conversation.speaker in UNREAD


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
