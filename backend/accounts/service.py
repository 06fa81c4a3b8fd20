"""Accounts, conversations and log-in links. The steps of a log-in are in login.py, the codes in codes.py."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.accounts.access import login_ends_at, login_state
from backend.accounts.models import Account, Conversation, Login, LoginLink, OneTimeCode
from backend.accounts.passwords import hash_password, username_key
from backend.accounts.schemas import LinkView, LoginView, Script
from backend.accounts.tokens import keyed_hash, new_link_token
from backend.audit.service import record
from backend.database import insert_if_absent, utc_now
from backend.errors import Fault, NotFound
from backend.markets.service import get_market
from backend.people.models import Person
from backend.people.service import mask_email
from backend.settings import Settings

SHORTEST_PASSWORD = 10
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")


class UsernameTaken(Fault):
    """Somebody else has this user name."""

    status = 409
    code = "username_taken"


class UsernameInvalid(Fault):
    """Not 3 to 64 letters, digits, dots, dashes and underscores."""

    status = 422
    code = "username_invalid"


class PasswordTooShort(Fault):
    """Shorter than SHORTEST_PASSWORD characters."""

    status = 422
    code = "password_too_short"


class LanguageUnknown(Fault):
    """Nobody has written texts in this language for this market."""

    status = 422
    code = "language_unknown"


def create_account(session: Session, person: Person, username: str, password: str) -> Account:
    """Give a person with an e-mail address the right to log in."""
    if not USERNAME.fullmatch(username_key(username)):
        raise UsernameInvalid()
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    if person.email is None:
        raise ValueError("an account needs an e-mail address: codes go there")
    account = Account(
        person_id=person.id,
        username=username.strip(),
        username_key=username_key(username),
        password_hash=hash_password(password),
        email=person.email,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise UsernameTaken() from None
    record(session, actor="backend", action="account_created", subject=f"person:{person.id}")
    return account


def change_account_email(session: Session, person_id: str, email: str) -> str | None:
    """Codes go to the new, proven address from now on; tells the one before, None without an account."""
    account = session.get(Account, person_id)
    if account is None:
        return None
    before, account.email = account.email, email
    return before


def put_conversation(
    session: Session, conversation_id: str, market: str, channel: str, language: str
) -> Conversation:
    """Create or update a conversation; raises NotFound for an unknown market, LanguageUnknown."""
    if language not in get_market(market).languages:
        raise LanguageUnknown()
    now = utc_now()
    insert_if_absent(
        session,
        Conversation,
        conversation_id=conversation_id,
        market=market,
        channel=channel,
        language=language,
        created_at=now,
        updated_at=now,
    )
    conversation = session.get_one(Conversation, conversation_id)
    conversation.market, conversation.channel, conversation.language = market, channel, language
    return conversation


def lock_conversation(session: Session, conversation_id: str) -> Conversation:
    """The conversation, locked against other changes of its log-in until the transaction ends."""
    conversation = session.scalar(
        select(Conversation)
        .where(Conversation.conversation_id == conversation_id)
        .with_for_update(key_share=True)
    )
    if conversation is None:
        raise NotFound()
    return conversation


def describe_login(session: Session, conversation_id: str, settings: Settings) -> LoginView:
    """Where the log-in of a conversation stands."""
    now = utc_now()
    login = session.get(Login, conversation_id)
    state = login_state(login, settings, now)
    link = open_link_of(session, conversation_id)
    if link is not None and link.person_id is not None:
        code = newest_code(session, link)
        return LoginView(
            state="code_sent",
            masked_email=mask_email(session.get_one(Account, link.person_id).email),
            code_expires_at=code.expires_at if code else None,
            expires_at=link.expires_at,
        )
    if login is not None and state == "logged_in":
        absolute, idle = login_ends_at(login, settings)
        person = session.get_one(Person, login.person_id)
        return LoginView(
            state="logged_in", first_name=person.first_name, expires_at=absolute, idle_expires_at=idle
        )
    if link is not None:
        return LoginView(state="link_sent", expires_at=link.expires_at)
    return LoginView(state=state)


@dataclass(frozen=True)
class NewLink:
    """The only moment the token exists outside the customer's hands."""

    token: str
    expires_at: datetime


def create_login_link(
    session: Session, conversation: Conversation, language: str, script: str, settings: Settings
) -> NewLink:
    """A link for one log-in. Raises LanguageUnknown."""
    link = LoginLink(
        language=language,
        script=script,
        expires_at=utc_now() + timedelta(seconds=settings.login_link_seconds),
    )
    return open_link(session, conversation, link, "login-link", settings)


def open_link(
    session: Session, conversation: Conversation, link: LoginLink, purpose: str, settings: Settings
) -> NewLink:
    """Open the link with a token for the purpose; the open one before it dies with its code. Raises LanguageUnknown."""
    if link.language not in get_market(conversation.market).languages:
        raise LanguageUnknown()
    lock_conversation(session, conversation.conversation_id)
    close_links(session, conversation.conversation_id)
    token = new_link_token()
    link.id, link.conversation_id = uuid.uuid4().hex, conversation.conversation_id
    link.token_hash = keyed_hash(settings.hash_key, purpose, token)
    session.add(link)
    session.flush()
    return NewLink(token, link.expires_at)


def find_link(session: Session, token: str, settings: Settings, purpose: str = "login-link") -> LoginLink:
    """The living (or just used) link of a token made for the purpose; raises NotFound."""
    link = session.scalar(
        select(LoginLink).where(LoginLink.token_hash == keyed_hash(settings.hash_key, purpose, token))
    )
    if link is None or link.closed_at is not None or link.expires_at <= utc_now():
        raise NotFound()
    return link


def describe_link(session: Session, token: str, settings: Settings) -> LinkView:
    """What the secure page needs to know; changes nothing, so that link previews do no harm."""
    link = find_link(session, token, settings)
    conversation = session.get_one(Conversation, link.conversation_id)
    view = LinkView(
        conversation_id=link.conversation_id,
        market=conversation.market,
        language=link.language,
        script=cast("Script", link.script),
        state="used" if link.used_at else "open",
        expires_at=link.expires_at,
    )
    if link.used_at is None and link.person_id is not None:
        code = newest_code(session, link)
        view.state = "code_sent"
        view.masked_email = mask_email(session.get_one(Account, link.person_id).email)
        view.code_expires_at = code.expires_at if code else None
    return view


def open_link_of(session: Session, conversation_id: str, *, login: bool = True) -> LoginLink | None:
    """The one link of a conversation that can still lead to a log-in, or with `login` False to its other task."""
    return session.scalar(
        select(LoginLink).where(
            LoginLink.conversation_id == conversation_id,
            LoginLink.task == "login" if login else LoginLink.task != "login",
            LoginLink.used_at.is_(None),
            LoginLink.closed_at.is_(None),
            LoginLink.expires_at > utc_now(),
        )
    )


def newest_code(session: Session, link: LoginLink) -> OneTimeCode | None:
    """The only code of a link that counts."""
    return session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.login_link_id == link.id, OneTimeCode.person_id == link.person_id)
        .order_by(OneTimeCode.sent_at.desc())
        .limit(1)
    )


def close_links(session: Session, conversation_id: str) -> None:
    """No open link, and no code of one, is of use any more."""
    session.execute(
        update(LoginLink)
        .where(
            LoginLink.conversation_id == conversation_id,
            LoginLink.used_at.is_(None),
            LoginLink.closed_at.is_(None),
        )
        .values(closed_at=utc_now())
    )


def end_login(session: Session, conversation: Conversation) -> None:
    """Log out; also forgets a log-in that had only begun. Nothing to end is fine."""
    lock_conversation(session, conversation.conversation_id)
    close_links(session, conversation.conversation_id)
    end_current_login(session, conversation.conversation_id, "logout")


def end_current_login(session: Session, conversation_id: str, action: str) -> None:
    """End the stored log-in, if there is one that was not ended, and say so in the audit."""
    login = session.get(Login, conversation_id)
    if login is None or login.ended_at is not None:
        return
    login.ended_at = utc_now()
    record(
        session,
        actor=f"person:{login.person_id}",
        action=action,
        subject=f"person:{login.person_id}",
        conversation_id=conversation_id,
    )


def remove_outdated(session: Session, before: datetime) -> None:
    """Delete links (and by cascade codes) that expired before `before`."""
    session.execute(delete(LoginLink).where(LoginLink.expires_at < before))
