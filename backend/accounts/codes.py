"""One-time codes: sent by mail, 3 tries each, counted per account over all its codes and conversations."""

import uuid
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.accounts.attempts import (
    Limits,
    TooManyAttempts,
    count_wrong,
    lock_attempts,
    next_day,
    refuse_paused,
    seconds_until,
    take_back,
)
from backend.accounts.models import Account, Conversation, LoginLink, OneTimeCode
from backend.accounts.service import newest_code
from backend.accounts.tokens import bare_code, keyed_hash, new_code, same
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import Fault
from backend.markets.schema import MarketPack
from backend.markets.service import get_market
from backend.notifications.service import queue_mail, queue_sms
from backend.people.models import Person
from backend.settings import Settings

# The text that carries the code, by the page's task.
TEXTS = {"login": "code", "contact": "contact_code"}


class CodeSentRecently(Fault):
    """A code was sent moments ago: look into the mailbox first."""

    status = 429
    code = "code_sent_recently"
    example = {"retry_after": 21}


class CodeWrong(Fault):
    """Not the code; `tries_left` for this code."""

    status = 422
    code = "code_wrong"
    keep = True
    example = {"tries_left": 2}


class CodeExpired(Fault):
    """The newest code is too old, or its tries are used up: a new one is needed."""

    status = 410
    code = "code_expired"


class NoCodeOpen(Fault):
    """No log-in of this conversation waits for a code."""

    status = 409
    code = "no_code_open"


def send_code(session: Session, link: LoginLink, settings: Settings, *, again: bool) -> datetime:
    """Mail a new code for the page's task; the old one dies. Tells when it expires.

    Asked for `again` too soon is CodeSentRecently; a password proven twice keeps the code just sent. Where the
    given data fit nobody all of it happens but the mail.
    """
    pack = _pack_of(session, link)
    # The count of wrong tries is locked first: it serialises everything about codes of an account.
    refuse_paused_codes(session, subject_of(link), pack)
    now = utc_now()
    last = newest_code(session, link)
    if last is not None and last.sent_at + timedelta(seconds=settings.code_resend_seconds) > now:
        if again:
            raise CodeSentRecently(
                retry_after=seconds_until(last.sent_at + timedelta(seconds=settings.code_resend_seconds))
            )
        if is_open_code(last, settings, now):
            return last.expires_at
    if _sent_today(session, link, pack) >= settings.codes_sent_a_day:
        raise TooManyAttempts(retry_after=seconds_until(next_day(pack.zone)))
    code = new_code(pack.code.length)
    stored = OneTimeCode(
        id=uuid.uuid4().hex,
        login_link_id=link.id,
        person_id=link.person_id,
        sent_at=now,
        expires_at=now + timedelta(seconds=pack.code.life_seconds),
    )
    stored.code_hash = keyed_hash(settings.hash_key, "code", stored.id, code)
    _kill_older(session, link, now)
    session.add(stored)
    session.flush()
    link.expires_at = max(link.expires_at, now + timedelta(seconds=settings.login_pending_seconds))
    if link.person_id is None:
        return stored.expires_at
    queue = queue_sms if link.phone else queue_mail
    queue(
        session,
        to=link.phone or address_of(session, link),
        key=TEXTS.get(link.task, "account_code"),
        language=link.language,
        script=link.script,
        variables={"code": code, "minutes": str(pack.code.life_seconds // 60)},
        useless_after=stored.expires_at,
    )
    record(
        session,
        actor=f"person:{link.person_id}",
        action="code_sent",
        subject=f"person:{link.person_id}",
        conversation_id=link.conversation_id,
        details={"task": link.task},
    )
    return stored.expires_at


def check_code(session: Session, link: LoginLink, typed: str, settings: Settings) -> str:
    """The person's id, if the code is right: it is then used. Raises CodeWrong, CodeExpired, TooManyAttempts."""
    zone = _pack_of(session, link).zone
    attempt = lock_attempts(session, subject_of(link), zone)
    refuse_paused(attempt)
    code = newest_code(session, link)
    if code is None or not _take_try(session, code, settings):
        raise CodeExpired()
    count_wrong(attempt, limits(settings), zone)
    right = same(code.code_hash, keyed_hash(settings.hash_key, "code", code.id, bare_code(typed)))
    if right and link.person_id is not None:
        take_back(attempt)
        code.used_at = utc_now()
        return link.person_id
    record(
        session,
        actor="unknown",
        action="code_wrong",
        subject=f"person:{link.person_id}" if link.person_id else "account:unknown",
        conversation_id=link.conversation_id,
        details={"wrong_in_a_row": str(attempt.wrong_in_a_row), "wrong_today": str(attempt.wrong_today)},
    )
    refuse_paused(attempt)
    raise CodeWrong(tries_left=settings.code_tries - code.tries)


def address_of(session: Session, link: LoginLink) -> str:
    """Where the page's code goes: the address proven by it, or the account's."""
    return link.email or session.get_one(Account, link.person_id).email


def refuse_paused_codes(session: Session, subject: str, pack: MarketPack) -> None:
    """Raises TooManyAttempts while the subject pauses after too many wrong codes."""
    refuse_paused(lock_attempts(session, subject, pack.zone))


def subject_of_person(person_id: str) -> str:
    """What wrong codes of a person are counted for, whatever the codes were for."""
    return f"code:{person_id}"


def subject_of(link: LoginLink) -> str:
    return link.code_subject or subject_of_person(link.person_id or "")


def _pack_of(session: Session, link: LoginLink) -> MarketPack:
    if link.person_id is not None:
        return get_market(session.get_one(Person, link.person_id).market)
    return get_market(session.get_one(Conversation, link.conversation_id).market)


def limits(settings: Settings) -> Limits:
    return Limits(
        settings.codes_wrong_in_a_row, settings.codes_wrong_a_day, timedelta(seconds=settings.pause_seconds)
    )


def is_open_code(code: OneTimeCode, settings: Settings, now: datetime) -> bool:
    """Whether the code can still be typed."""
    return code.used_at is None and code.expires_at > now and code.tries < settings.code_tries


def _take_try(session: Session, code: OneTimeCode, settings: Settings) -> bool:
    """Use up one try of an open code; guarded in the statement itself."""
    taken = session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.id == code.id,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > utc_now(),
            OneTimeCode.tries < settings.code_tries,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.tries)
        .execution_options(synchronize_session=False)
    ).scalar()
    session.refresh(code)
    return taken is not None


def _kill_older(session: Session, link: LoginLink, now: datetime) -> None:
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.login_link_id == link.id, OneTimeCode.expires_at > now)
        .values(expires_at=now)
    )


def _sent_today(session: Session, link: LoginLink, pack: MarketPack) -> int:
    midnight = datetime.combine(utc_now().astimezone(pack.zone).date(), time(), pack.zone)
    counted = select(func.count()).where(OneTimeCode.sent_at >= midnight)
    if link.person_id is not None:
        return session.scalar(counted.where(OneTimeCode.person_id == link.person_id)) or 0
    theirs = select(LoginLink.id).where(LoginLink.code_subject == link.code_subject)
    return session.scalar(counted.where(OneTimeCode.login_link_id.in_(theirs))) or 0
