"""A house without a desk: who waits for people, or talks to one, when it is switched off is told how to reach CARE.

Messages left that nobody has read stay: they are tickets again when there is a desk again.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core import inbox
from connectors.core.handover import messages_left
from connectors.core.handover.models import MESSAGE, WAITING
from connectors.core.handover.ownership import HANDED_BACK, SPEAK_AGAIN, floor_detail
from connectors.core.handover.story import end, find_open, record
from connectors.core.handover.telling import WritingFor, tell
from connectors.core.messages import lock
from connectors.core.models import BOT, Conversation

# What is said instead of calling somebody.
NO_DESK = "care_no_desk"
OUTCOME = "no_desk"


def find_without_floor(session: Session) -> list[str]:
    """Conversations in which somebody else than the dialogue speaks, or is waited for."""
    return list(session.scalars(select(Conversation.id).where(Conversation.speaker != BOT)))


def release(session: Session, conversation_id: str, writing_for: WritingFor, now: datetime) -> bool:
    """Give the floor back to the dialogue and say that nobody comes; False when it has it already."""
    conversation = lock(session, conversation_id)
    if conversation.speaker == BOT:
        return False
    messages_left.forget(session, conversation)
    handover = find_open(session, conversation_id)
    if handover is not None:
        if handover.callback is not None:
            # A message was left before they waited in the chat: it is a ticket again.
            handover.kind, handover.state = MESSAGE, WAITING
            handover.agent_id = handover.agent_name = handover.owned_since = None
            handover.unanswered_since = handover.typing_until = None
        else:
            end(handover, now, "system", OUTCOME)
        record(session, handover, "left", now, outcome=OUTCOME)
    conversation.speaker = BOT
    tell(session, conversation, writing_for(conversation, now), NO_DESK)
    inbox.store_turn(
        session,
        conversation,
        f"{OUTCOME}:{conversation.last_number}",
        SPEAK_AGAIN,
        now,
        internal=True,
        notice=HANDED_BACK,
        # As after a message: the gateway has just spoken.
        detail=floor_detail("message", [], resume=True),
    )
    return True
