"""Proof that an e-mail or mobile number is the customer's: a code sent there comes back from the chat.

A proof is a link of the task `contact` that no page shows: life, tries and limits are those of every code.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.accounts.access import login_state
from backend.accounts.codes import NoCodeOpen, check_code, is_open_code, send_code
from backend.accounts.models import Login, LoginLink
from backend.accounts.schemas import ContactProven
from backend.accounts.service import close_links, lock_conversation, newest_code, open_link_of
from backend.accounts.tokens import keyed_hash, new_link_token
from backend.audit.service import record
from backend.database import utc_now
from backend.people.models import Person
from backend.people.service import mask_email, mask_phone
from backend.settings import Settings

# Whoever comes back later than this proves the address once more.
PROOF_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class ContactCode:
    """`sent` is False when a code sent before is still open."""

    masked: str
    is_phone: bool
    expires_at: datetime
    sent: bool


def prove_contact(
    session: Session, conversation_id: str, person: Person, address: str, settings: Settings
) -> ContactCode:
    """Send a code to an address (an e-mail, or a number in E.164); one that is open there is kept.

    Raises TooManyAttempts.
    """
    lock_conversation(session, conversation_id)
    link = open_link_of(session, conversation_id, login=False)
    if link is None or link.person_id != person.id or link.task != "contact" or contact_of(link) != address:
        close_links(session, conversation_id)
        is_phone = "@" not in address
        link = LoginLink(
            id=uuid.uuid4().hex,
            # Nobody is ever given the token: there is no page.
            token_hash=keyed_hash(settings.hash_key, "contact", new_link_token()),
            conversation_id=conversation_id,
            language=person.language,
            script=person.script,
            person_id=person.id,
            task="contact",
            email=None if is_phone else address,
            phone=address if is_phone else None,
            expires_at=utc_now() + timedelta(seconds=settings.login_pending_seconds),
        )
        session.add(link)
        session.flush()
    code = newest_code(session, link)
    is_open = code is not None and is_open_code(code, settings, utc_now())
    expires_at = code.expires_at if code is not None and is_open else None
    if expires_at is None:
        expires_at = send_code(session, link, settings, again=False)
    return ContactCode(mask_contact(link), link.phone is not None, expires_at, sent=not is_open)


def check_contact_code(
    session: Session, conversation_id: str, typed: str, settings: Settings
) -> ContactProven:
    """The code typed in the chat; raises NoCodeOpen, CodeWrong, CodeExpired, TooManyAttempts."""
    link = open_contact_link(session, conversation_id, settings)
    if link is None:
        raise NoCodeOpen()
    check_code(session, link, typed, settings)
    link.proven_at = link.used_at = utc_now()
    record(
        session,
        actor=f"person:{link.person_id}",
        action="contact_proven",
        subject=f"person:{link.person_id}",
        conversation_id=conversation_id,
        details={"contact": "phone" if link.phone else "email"},
    )
    return ContactProven(contact="phone" if link.phone else "email")


def open_contact_link(session: Session, conversation_id: str, settings: Settings) -> LoginLink | None:
    """The proof that waits for its code, if whom it belongs to is still logged in."""
    link = open_link_of(session, conversation_id, login=False)
    login = session.get(Login, conversation_id)
    if link is None or link.task != "contact" or login is None or login.person_id != link.person_id:
        return None
    return link if login_state(login, settings, utc_now()) == "logged_in" else None


def forget_unneeded(session: Session, conversation_id: str, needed: str | None) -> None:
    """No code is waited for any more but that of the address `needed`: digits typed later are no code."""
    link = open_link_of(session, conversation_id, login=False)
    if link is not None and link.task == "contact" and contact_of(link) != needed:
        link.closed_at = utc_now()


def withdraw_contact_code(session: Session, conversation_id: str) -> None:
    """The form that waited was left: the code sent is of no use any more. None open is fine."""
    lock_conversation(session, conversation_id)
    forget_unneeded(session, conversation_id, None)


def is_contact_proven(session: Session, person_id: str, address: str) -> bool:
    """Whether the person proved lately that the address is theirs."""
    return (
        session.scalar(
            select(LoginLink.id)
            .where(
                LoginLink.task == "contact",
                LoginLink.person_id == person_id,
                or_(LoginLink.email == address, LoginLink.phone == address),
                LoginLink.proven_at > utc_now() - PROOF_LIFE,
            )
            .limit(1)
        )
        is not None
    )


def contact_of(link: LoginLink) -> str:
    return link.phone or link.email or ""


def mask_contact(link: LoginLink) -> str:
    """As the customer recognises it."""
    return mask_phone(link.phone) or mask_email(link.email) or ""
