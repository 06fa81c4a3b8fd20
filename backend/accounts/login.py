"""The steps of a log-in: a password on the secure page, then a code, then the person is logged in.

A new log-in ends the one before it as soon as its password is proven: a conversation is never two people's.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.accounts.attempts import Limits, count_wrong, lock_attempts, refuse_paused, take_back
from backend.accounts.codes import (
    address_of,
    check_code,
    refuse_paused_codes,
    send_code,
    subject_of_person,
)
from backend.accounts.contact_codes import check_contact_code, mask_contact, open_contact_link
from backend.accounts.models import Account, Conversation, Login, LoginLink
from backend.accounts.passwords import check_password, username_key
from backend.accounts.schemas import CodeResent, CodeSent, ContactProven, LoggedIn
from backend.accounts.service import (
    end_current_login,
    find_link,
    lock_conversation,
    newest_code,
    open_link_of,
)
from backend.accounts.tokens import keyed_hash
from backend.audit.service import record
from backend.database import utc_now
from backend.documents.service import adopt_documents
from backend.errors import Fault, NotFound
from backend.markets.service import get_market
from backend.people.models import Person
from backend.people.service import mask_email
from backend.settings import Settings


class CredentialsWrong(Fault):
    """User name or password is wrong; which one is not told."""

    status = 401
    code = "credentials_wrong"
    keep = True


class NoLoginOpen(Fault):
    """No password was proven in this conversation, or too long ago."""

    status = 409
    code = "no_login_open"


@dataclass(frozen=True)
class PasswordTry:
    """A try that has been counted as wrong before anybody knows whether it is."""

    subjects: tuple[str, str]
    account: Account | None


def prove_password(
    session: Session, token: str, username: str, password: str, settings: Settings
) -> CodeSent | LoggedIn:
    """The password step of a link: sends a code, or logs in where the market asks none.

    The one place that commits in the middle: the try is counted and stored first, then the slow hash is
    computed with no transaction open, so that a guess cannot go uncounted and nobody waits for the lock.
    """
    link = _open_link(session, token, settings)
    tried = _count_password_try(session, link, username, settings)
    session.commit()
    checked = check_password(tried.account.password_hash if tried.account else None, password)

    zone = get_market(lock_conversation(session, link.conversation_id).market).zone
    session.expire(link)
    link = _open_link(session, token, settings)
    attempts = [lock_attempts(session, subject, zone) for subject in tried.subjects]
    if tried.account is None or not checked.right:
        record(
            session,
            actor="unknown",
            action="password_wrong",
            subject=f"person:{tried.account.person_id}" if tried.account else "account:unknown",
            conversation_id=link.conversation_id,
        )
        refuse_paused(*attempts)
        raise CredentialsWrong()
    for attempt in attempts:
        take_back(attempt)
    if checked.new_hash is not None:
        session.get_one(Account, tried.account.person_id).password_hash = checked.new_hash
    return _begin(session, link, tried.account, settings)


def _begin(session: Session, link: LoginLink, account: Account, settings: Settings) -> CodeSent | LoggedIn:
    person = session.get_one(Person, account.person_id)
    pack = get_market(person.market)
    # Before anything is written: a refusal keeps what was.
    refuse_paused_codes(session, subject_of_person(account.person_id), pack)
    end_current_login(session, link.conversation_id, "login_replaced")
    link.person_id = account.person_id
    if not pack.code.at_login:
        return _log_in(session, link, person)
    expires_at = send_code(session, link, settings, again=False)
    return CodeSent(masked_email=mask_email(account.email) or "", code_expires_at=expires_at)


def resend_code(session: Session, conversation: Conversation, settings: Settings) -> CodeResent:
    """A new code for the log-in, or the page about the account, that waits for one; raises NoLoginOpen."""
    lock_conversation(session, conversation.conversation_id)
    link = open_link_of(session, conversation.conversation_id)
    if link is not None and link.person_id is not None:
        expires_at = send_code(session, link, settings, again=True)
        masked = mask_email(address_of(session, link)) or ""
        return CodeResent(masked_email=masked, purpose="login", expires_at=expires_at)
    page = open_link_of(session, conversation.conversation_id, login=False)
    if page is None or page.proven_at is not None or newest_code(session, page) is None:
        raise NoLoginOpen()
    if page.task == "contact" and open_contact_link(session, conversation.conversation_id, settings) is None:
        # Whoever is there now need not be whose address it is.
        raise NoLoginOpen()
    expires_at = send_code(session, page, settings, again=True)
    if page.task == "contact":
        contact: Literal["email", "phone"] = "phone" if page.phone else "email"
        return CodeResent(masked_email=mask_contact(page), purpose=contact, expires_at=expires_at)
    # Whose address it is, and whether there is one, is told only where the customer has typed it.
    return CodeResent(masked_email=mask_email(page.email) or "", purpose="account", expires_at=expires_at)


def verify_code(
    session: Session, conversation: Conversation, typed: str, settings: Settings
) -> LoggedIn | ContactProven:
    """The code step: logs in, or proves the contact whose code is waited for. Raises NoCodeOpen, CodeWrong, CodeExpired, TooManyAttempts."""
    lock_conversation(session, conversation.conversation_id)
    link = open_link_of(session, conversation.conversation_id)
    if link is None or link.person_id is None:
        return check_contact_code(session, conversation.conversation_id, typed, settings)
    return _log_in(session, link, session.get_one(Person, check_code(session, link, typed, settings)))


def _log_in(session: Session, link: LoginLink, person: Person) -> LoggedIn:
    now = utc_now()
    link.used_at = now
    session.merge(
        Login(
            conversation_id=link.conversation_id,
            person_id=person.id,
            started_at=now,
            used_at=now,
            ended_at=None,
        )
    )
    adopt_documents(session, link.conversation_id, person.id)
    record(
        session,
        actor=f"person:{person.id}",
        action="login",
        subject=f"person:{person.id}",
        conversation_id=link.conversation_id,
    )
    return LoggedIn(first_name=person.first_name)


def _open_link(session: Session, token: str, settings: Settings) -> LoginLink:
    link = find_link(session, token, settings)
    if link.used_at is not None:
        raise NotFound()
    return link


def _count_password_try(session: Session, link: LoginLink, username: str, settings: Settings) -> PasswordTry:
    """Count the try for the user name, known or not, and for the conversation; raises TooManyAttempts."""
    key = username_key(username)
    subjects = (
        f"password:{keyed_hash(settings.hash_key, 'username', key)}",
        f"conversation:{link.conversation_id}",
    )
    conversation = session.get_one(Conversation, link.conversation_id)
    zone = get_market(conversation.market).zone
    attempts = [lock_attempts(session, subject, zone) for subject in subjects]
    refuse_paused(*attempts)
    limits = Limits(
        settings.passwords_wrong_in_a_row,
        settings.passwords_wrong_a_day,
        timedelta(seconds=settings.pause_seconds),
    )
    for attempt in attempts:
        count_wrong(attempt, limits, zone)
    return PasswordTry(subjects, session.scalar(select(Account).where(Account.username_key == key)))
