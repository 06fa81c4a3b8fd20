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
from backend.accounts.models import Account, LoginLink, OneTimeCode
from backend.accounts.service import newest_code
from backend.accounts.tokens import bare_code, keyed_hash, new_code, same
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import Fault
from backend.markets.schema import MarketPack
from backend.markets.service import get_market
from backend.notifications.service import queue_mail
from backend.people.models import Person
from backend.settings import Settings


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


def send_code(
    session: Session, link: LoginLink, settings: Settings, *, again: bool
) -> tuple[Account, datetime]:
    """Mail a new code for a proven password; the old one dies. Tells the account and when it expires.

    Asked for `again` too soon is CodeSentRecently; a password proven twice keeps the code just sent.
    """
    account = session.get_one(Account, link.person_id)
    person = session.get_one(Person, account.person_id)
    pack = get_market(person.market)
    # The count of wrong tries is locked first: it serialises everything about codes of an account.
    refuse_paused_codes(session, account)
    now = utc_now()
    last = newest_code(session, link)
    if last is not None and last.sent_at + timedelta(seconds=settings.code_resend_seconds) > now:
        if again:
            raise CodeSentRecently(
                retry_after=seconds_until(last.sent_at + timedelta(seconds=settings.code_resend_seconds))
            )
        if _open(last, settings, now):
            return account, last.expires_at
    if _sent_today(session, account, pack) >= settings.codes_sent_a_day:
        raise TooManyAttempts(retry_after=seconds_until(next_day(pack.zone)))
    code = new_code(pack.code.length)
    stored = OneTimeCode(
        id=uuid.uuid4().hex,
        login_link_id=link.id,
        person_id=account.person_id,
        sent_at=now,
        expires_at=now + timedelta(seconds=pack.code.life_seconds),
    )
    stored.code_hash = keyed_hash(settings.hash_key, "code", stored.id, code)
    _kill_older(session, link, now)
    session.add(stored)
    session.flush()
    link.expires_at = max(link.expires_at, now + timedelta(seconds=settings.login_pending_seconds))
    queue_mail(
        session,
        to=account.email,
        key="code",
        language=link.language,
        script=link.script,
        variables={"code": code, "minutes": str(pack.code.life_seconds // 60)},
        useless_after=stored.expires_at,
    )
    record(
        session,
        actor=f"person:{account.person_id}",
        action="code_sent",
        subject=f"person:{account.person_id}",
        conversation_id=link.conversation_id,
    )
    return account, stored.expires_at


def check_code(session: Session, link: LoginLink, typed: str, settings: Settings) -> Person:
    """The person, if the code is right: it is then used. Raises CodeWrong, CodeExpired, TooManyAttempts."""
    account = session.get_one(Account, link.person_id)
    person = session.get_one(Person, account.person_id)
    zone = get_market(person.market).zone
    attempt = lock_attempts(session, subject_of(account), zone)
    refuse_paused(attempt)
    code = newest_code(session, link)
    if code is None or not _take_try(session, code, settings):
        raise CodeExpired()
    count_wrong(attempt, limits(settings), zone)
    if same(code.code_hash, keyed_hash(settings.hash_key, "code", code.id, bare_code(typed))):
        take_back(attempt)
        code.used_at = utc_now()
        return person
    record(
        session,
        actor="unknown",
        action="code_wrong",
        subject=f"person:{account.person_id}",
        conversation_id=link.conversation_id,
        details={"wrong_in_a_row": str(attempt.wrong_in_a_row), "wrong_today": str(attempt.wrong_today)},
    )
    refuse_paused(attempt)
    raise CodeWrong(tries_left=settings.code_tries - code.tries)


def refuse_paused_codes(session: Session, account: Account) -> None:
    """Raises TooManyAttempts while the account pauses after too many wrong codes."""
    zone = get_market(session.get_one(Person, account.person_id).market).zone
    refuse_paused(lock_attempts(session, subject_of(account), zone))


def subject_of(account: Account) -> str:
    return f"code:{account.person_id}"


def limits(settings: Settings) -> Limits:
    return Limits(
        settings.codes_wrong_in_a_row, settings.codes_wrong_a_day, timedelta(seconds=settings.pause_seconds)
    )


def _open(code: OneTimeCode, settings: Settings, now: datetime) -> bool:
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


def _sent_today(session: Session, account: Account, pack: MarketPack) -> int:
    midnight = datetime.combine(utc_now().astimezone(pack.zone).date(), time(), pack.zone)
    counted = select(func.count()).where(
        OneTimeCode.person_id == account.person_id, OneTimeCode.sent_at >= midnight
    )
    return session.scalar(counted) or 0
