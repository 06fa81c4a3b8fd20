"""Who writes: from the ids that WhatsApp gives to the customer's conversation.

A customer is (our number, user id). The user id is this business's own and may come without a phone number; before
2026 there was only the phone number. Where one webhook names both, the conversation goes on under the user id.
Another phone number is another customer: no log-in goes over to it.
"""

import re
from functools import partial
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.orm import Session

from connectors.core.conversations import find_by_address
from connectors.core.gateway import Gateway
from connectors.core.models import Conversation
from connectors.settings import WhatsAppAccount
from connectors.whatsapp.outgoing import USER_ID, WHATSAPP
from connectors.whatsapp.payloads import Contact, Message

log = structlog.get_logger()
_PHONE = re.compile(r"^\d{5,20}$")


class NobodyKnown(ValueError):
    """A message without a sender that could be answered."""


def ids_of(message: Message, contacts: list[Any]) -> tuple[str | None, str | None]:
    """User id and phone number of the sender, as far as they are told."""
    given = [message.from_user_id, message.from_]
    for raw in contacts:
        try:
            contact = Contact.model_validate(raw)
        except ValidationError:
            continue
        names = {contact.wa_id, contact.user_id} - {None}
        if len(contacts) == 1 or names & set(given):
            given += [contact.user_id, contact.wa_id]
    user_id = next((value for value in given if value and USER_ID.match(value)), None)
    phone = next((value for value in given if value and _PHONE.match(value)), None)
    return user_id, phone


async def conversation_of(
    gateway: Gateway, account: WhatsAppAccount, message: Message, contacts: list[Any]
) -> Conversation:
    """The sender's conversation; raises NobodyKnown, BackendSilent."""
    user_id, phone = ids_of(message, contacts)
    if user_id and phone:
        known = f"{account.name}:{phone}"
        if await gateway.database.read(lambda s: find_by_address(s, WHATSAPP, known)) is not None:
            await gateway.database.write(partial(_take_over, old=known, new=f"{account.name}:{user_id}"))
    customer = user_id or phone
    if customer is None:
        raise NobodyKnown
    return await gateway.reception.open_for(
        WHATSAPP, f"{account.name}:{customer}", account.market, account.language
    )


async def retire(gateway: Gateway, account: WhatsAppAccount, message: Message) -> None:
    """The phone number is given up: whoever has it next, and its owner's new one, begin anew."""
    for customer in ids_of(message, []):
        if customer is not None:
            await gateway.database.write(partial(_retire, address=f"{account.name}:{customer}"))


def _take_over(session: Session, old: str, new: str) -> None:
    conversation = find_by_address(session, WHATSAPP, old)
    if conversation is not None and find_by_address(session, WHATSAPP, new) is None:
        conversation.address = new
        log.info("whatsapp_customer_linked", conversation_id=conversation.id)


def _retire(session: Session, address: str) -> None:
    conversation = find_by_address(session, WHATSAPP, address)
    if conversation is not None:
        account, _, _ = address.partition(":")
        conversation.address = f"{account}:!{conversation.id}"
        log.info("whatsapp_number_given_up", conversation_id=conversation.id)
