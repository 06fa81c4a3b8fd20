"""Who writes: from the ids that WhatsApp gives to the customer's conversation.

A customer is (our number, user id). The user id is this business's own and may come without a phone number; before
2026 there was only the phone number. Where one webhook names both, the conversation goes on under the user id, and
the number leads to it. Another phone number is another customer: no log-in goes over to it.
"""

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.conversations import find_by_address
from connectors.core.gateway import Gateway
from connectors.core.models import Conversation, CustomerAlias
from connectors.settings import WhatsAppAccount
from connectors.whatsapp.outgoing import USER_ID, WHATSAPP
from connectors.whatsapp.payloads import Contact, Message

log = structlog.get_logger()
# WhatsApp's clock may be ahead or behind, and a message is on its way for a while.
SAME_MOMENT = timedelta(minutes=10)
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
        address, by_phone = f"{account.name}:{user_id}", f"{account.name}:{phone}"
        if await gateway.database.read(lambda session: _linked_to(session, by_phone)) != address:
            link = partial(_link, by_phone=by_phone, address=address, sent_at=message.sent_at)
            await gateway.database.write(link)
    elif user_id:
        address = f"{account.name}:{user_id}"
    elif phone:
        by_phone = f"{account.name}:{phone}"
        linked = await gateway.database.read(lambda session: _linked_to(session, by_phone))
        address = linked or by_phone
    else:
        raise NobodyKnown
    return await gateway.reception.open_for(WHATSAPP, address, account.market, account.language)


async def retire(gateway: Gateway, account: WhatsAppAccount, message: Message) -> None:
    """The phone number is given up: whoever has it next, and its owner's new one, begin anew."""
    for customer in ids_of(message, []):
        if customer is not None:
            name = f"{account.name}:{customer}"
            await gateway.database.write(partial(_give_up, name=name, sent_at=message.sent_at))


def _linked_to(session: Session, by_phone: str) -> str | None:
    link = session.get(CustomerAlias, (WHATSAPP, by_phone))
    return link.address if link is not None else None


def _link(session: Session, by_phone: str, address: str, sent_at: datetime) -> None:
    """A phone number and a user id belong together from now on."""
    if _linked_to(session, by_phone) == address:
        # Two messages of a new customer at the same moment.
        return
    # The same user id with another phone number: the log-in stays behind.
    if _numbers_of(session, address) and not _give_up(session, address, sent_at):
        return
    conversation = find_by_address(session, WHATSAPP, by_phone)
    if conversation is not None and find_by_address(session, WHATSAPP, address) is None:
        conversation.address = address
        log.info("whatsapp_customer_linked", conversation_id=conversation.id)
    session.merge(CustomerAlias(channel=WHATSAPP, alias=by_phone, address=address))


def _give_up(session: Session, name: str, sent_at: datetime) -> bool:
    """False for old news, brought again: the conversation there was opened since."""
    address = _linked_to(session, name) or name
    conversation = find_by_address(session, WHATSAPP, address)
    if conversation is not None and conversation.created_at > sent_at + SAME_MOMENT:
        return False
    if conversation is not None:
        account, _, _ = address.partition(":")
        conversation.address = f"{account}:!{conversation.id}"
        log.info("whatsapp_number_given_up", conversation_id=conversation.id)
    for link in _numbers_of(session, address):
        session.delete(link)
    session.flush()
    return True


def _numbers_of(session: Session, address: str) -> list[CustomerAlias]:
    named = select(CustomerAlias).where(CustomerAlias.channel == WHATSAPP, CustomerAlias.address == address)
    return list(session.scalars(named))
