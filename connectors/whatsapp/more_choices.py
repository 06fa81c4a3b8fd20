"""The last row of a long list leads on: what it did not show follows, without the dialogue being asked."""

from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from connectors.core import inbox, messages
from connectors.core.conversations import voice_of
from connectors.core.gateway import Gateway
from connectors.core.messages import Draft, DraftButton
from connectors.core.models import Conversation
from connectors.core.outbox import deliver_what_waited
from connectors.database import utc_now
from connectors.whatsapp.choices import choices_of


async def show_more(
    gateway: Gateway, conversation: Conversation, message_id: str, number: int, shown: int, sent_at: datetime
) -> None:
    """Offer the choices of message `number` behind the first `shown`; once for each message id."""
    write = partial(_offer, gateway, conversation.id, message_id, number, shown, sent_at)
    if await gateway.database.write(write):
        await gateway.wakeups.publish(conversation.id)
    else:
        await gateway.reception.answer_with(conversation, message_id, None, "system_button_old", sent_at)


def _offer(
    gateway: Gateway,
    conversation_id: str,
    message_id: str,
    number: int,
    shown: int,
    sent_at: datetime,
    session: Session,
) -> bool:
    """False when nothing of it can be chosen any more."""
    conversation = messages.lock(session, conversation_id)
    if inbox.find_turn(session, conversation_id, message_id) is not None:
        return True
    now = utc_now()
    offered = messages.read_after(session, conversation_id, number - 1, now, limit=1)
    rest = choices_of(offered[0])[shown:] if offered and offered[0].id == number else []
    buttons = []
    for choice in rest:
        known = messages.find_button(session, conversation_id, choice.token)
        if known is not None and known.expires_at > now:
            buttons.append(DraftButton(choice.in_full, known.payload))
    if not buttons:
        return False
    heard = min(sent_at, now)
    conversation.last_heard_at = max(conversation.last_heard_at or heard, heard)
    deliver_what_waited(session, conversation_id, now)
    voice, writing = voice_of(conversation), gateway.router.writing(conversation, now)
    asked = Draft("customer", voice.say("whatsapp_more"), client_message_id=message_id)
    messages.append(session, conversation, asked, voice.tag, writing)
    answer = Draft("bot", voice.say("whatsapp_more_here"), buttons)
    messages.append(session, conversation, answer, voice.tag, writing)
    inbox.store_turn(session, conversation, message_id, "", now, answered=True, sent_at=heard)
    return True
