"""The steps of a log-in: a password, then a one-time password, which is set up at the first time.

Wrong tries are counted for the name and for the address, known or not, and slow both down.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.accounts.attempts import Limits, count_wrong, lock_attempts, refuse_paused, take_back
from backend.accounts.codes import CodeWrong
from backend.accounts.login import CredentialsWrong
from backend.accounts.models import Attempt
from backend.accounts.passwords import check_password, username_key
from backend.accounts.tokens import keyed_hash, new_link_token
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import NotFound
from backend.settings import Settings
from backend.staff import totp
from backend.staff.models import Staff, StaffSession, StaffTicket
from backend.staff.sessions import actor_of, start_session

# The house has one day, whatever the market.
UTC_ZONE = ZoneInfo("UTC")
# Whoever has one address of IPv6 has the whole network of this length.
IPV6_NETWORK = 64


@dataclass(frozen=True)
class PasswordProven:
    """What the code step needs; `secret` is there when the one-time password has yet to be set up."""

    ticket: str
    username: str
    secret: str | None


@dataclass(frozen=True)
class Started:
    """A log-in that has begun, whose it is, and the token nobody else has."""

    staff: Staff
    login: StaffSession
    token: str


def prove_password(
    session: Session, username: str, password: str, address: str, settings: Settings
) -> PasswordProven:
    """The password step; raises CredentialsWrong, TooManyAttempts.

    Commits in the middle: the try is counted and stored first, then the slow hash is computed with no transaction
    open, so that a guess cannot go uncounted and nobody waits for the lock.
    """
    key = username_key(username)
    counted = _count_try(session, key, address, settings)
    by_key = select(Staff).where(Staff.username_key == key, Staff.disabled_at.is_(None))
    staff = session.scalar(by_key)
    session.commit()
    checked = check_password(staff.password_hash if staff else None, password)
    proven_hash = staff.password_hash if staff else None

    staff = session.scalar(by_key.with_for_update().execution_options(populate_existing=True))
    attempts = [lock_attempts(session, subject, UTC_ZONE) for subject in counted]
    # A password that was reset while its hash was computed is none any more.
    if staff is None or not checked.right or staff.password_hash != proven_hash:
        subject = actor_of(staff.id) if staff else "staff:unknown"
        record(session, actor="unknown", action="staff_password_wrong", subject=subject)
        refuse_paused(*attempts)
        raise CredentialsWrong()
    for attempt in attempts:
        take_back(attempt)
    staff.password_hash = checked.new_hash or staff.password_hash
    return _open_ticket(session, staff, settings)


def _open_ticket(session: Session, staff: Staff, settings: Settings) -> PasswordProven:
    token = new_link_token()
    secret = totp.new_secret() if staff.totp_secret is None else None
    session.add(
        StaffTicket(
            token_hash=_ticket_hash(token, settings),
            staff_id=staff.id,
            totp_secret=totp.seal(secret, settings) if secret else None,
            tries=0,
            expires_at=utc_now() + timedelta(seconds=settings.staff_ticket_seconds),
        )
    )
    session.flush()
    return PasswordProven(token, staff.username, secret)


def prove_code(session: Session, ticket_token: str, typed: str, settings: Settings) -> Started:
    """The code step; raises NotFound (the ticket is gone), CodeWrong `{tries_left}`, TooManyAttempts.

    A code counts once: neither it nor one before it is taken again, whoever watches it being typed.
    """
    ticket, staff = _lock_ticket(session, ticket_token, settings)
    attempt = lock_attempts(session, code_subject(staff.id), UTC_ZONE)
    refuse_paused(attempt)
    sealed = ticket.totp_secret or staff.totp_secret
    assert sealed is not None, "a ticket without a secret is of somebody who has one"
    step = totp.matching_step(sealed, typed, utc_now(), settings)
    if step is None or (staff.totp_step is not None and step <= staff.totp_step):
        raise _count_wrong_code(session, ticket, attempt, settings)
    attempt.wrong_in_a_row, attempt.paused_until = 0, None
    enrolled = ticket.totp_secret is not None
    staff.totp_secret, staff.totp_step = totp.with_newest_key(sealed, settings), step
    session.delete(ticket)
    if enrolled:
        # Other tickets of a set-up hold other secrets: they can come to nothing now.
        session.execute(delete(StaffTicket).where(StaffTicket.staff_id == staff.id))
        record(session, actor=actor_of(staff.id), action="staff_totp_set_up", subject=actor_of(staff.id))
    return Started(staff, *start_session(session, staff, settings, "totp"))


def log_in_by_oidc(session: Session, issuer: str, subject: str, username: str, settings: Settings) -> Started:
    """Whom the house's own log-in vouches for; the first time binds its subject to the user name.

    Raises NotFound where it is off, CredentialsWrong for another issuer and for whoever is not in the directory.
    """
    if settings.staff_oidc_issuer is None:
        raise NotFound()
    if not hmac.compare_digest(issuer.encode(), settings.staff_oidc_issuer.encode()):
        raise CredentialsWrong()
    bound = session.scalar(
        select(Staff).where(Staff.oidc_issuer == issuer, Staff.oidc_subject == subject).with_for_update()
    )
    # A name at the provider may go to somebody else one day; the subject does not.
    staff = bound or session.scalar(
        select(Staff)
        .where(Staff.username_key == username_key(username), Staff.oidc_subject.is_(None))
        .with_for_update()
    )
    if staff is None or staff.disabled_at is not None:
        known = actor_of(staff.id) if staff else "staff:unknown"
        record(session, actor="unknown", action="staff_oidc_refused", subject=known)
        raise CredentialsWrong()
    if bound is None:
        try:
            with session.begin_nested():
                staff.oidc_issuer, staff.oidc_subject = issuer, subject
        except IntegrityError:
            # Another name was bound to this subject at the same moment.
            raise CredentialsWrong() from None
        record(session, actor=actor_of(staff.id), action="staff_oidc_bound", subject=actor_of(staff.id))
    return Started(staff, *start_session(session, staff, settings, "oidc"))


def name_subject(key: str, settings: Settings) -> str:
    """What wrong passwords of a user name are counted under; names that were only guessed are not readable."""
    return f"staff:{keyed_hash(settings.hash_key, 'staff-name', key)}"


def code_subject(staff_id: str) -> str:
    """What wrong codes of somebody are counted under."""
    return f"staff-code:{staff_id}"


def _count_try(session: Session, key: str, address: str, settings: Settings) -> tuple[str, str]:
    """Count the try for the name and the address before anybody knows what it is; raises TooManyAttempts."""
    network = keyed_hash(settings.hash_key, "staff-address", network_of(address))
    subjects = (name_subject(key, settings), f"staff-address:{network}")
    attempts = [lock_attempts(session, subject, UTC_ZONE) for subject in subjects]
    refuse_paused(*attempts)
    pause = timedelta(seconds=settings.pause_seconds)
    limits = (
        Limits(settings.passwords_wrong_in_a_row, settings.passwords_wrong_a_day, pause),
        Limits(settings.staff_address_wrong_in_a_row, settings.staff_address_wrong_a_day, pause),
    )
    for attempt, limit in zip(attempts, limits, strict=True):
        count_wrong(attempt, limit, UTC_ZONE)
    return subjects


def network_of(address: str) -> str:
    """Where tries come from: the address of IPv4, the network of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _lock_ticket(session: Session, token: str, settings: Settings) -> tuple[StaffTicket, Staff]:
    """The ticket and whose it is, both locked, the person first as everywhere; raises NotFound."""
    by_hash = select(StaffTicket).where(StaffTicket.token_hash == _ticket_hash(token, settings))
    seen = session.scalar(by_hash)
    if seen is None:
        raise NotFound()
    staff = session.scalar(
        select(Staff).where(Staff.id == seen.staff_id, Staff.disabled_at.is_(None)).with_for_update()
    )
    ticket = session.scalar(by_hash.with_for_update().execution_options(populate_existing=True))
    if staff is None or ticket is None or utc_now() >= ticket.expires_at:
        raise NotFound()
    return ticket, staff


def _count_wrong_code(
    session: Session, ticket: StaffTicket, attempt: Attempt, settings: Settings
) -> CodeWrong:
    limits = Limits(
        settings.codes_wrong_in_a_row, settings.codes_wrong_a_day, timedelta(seconds=settings.pause_seconds)
    )
    count_wrong(attempt, limits, UTC_ZONE)
    ticket.tries += 1
    left = max(settings.code_tries - ticket.tries, 0)
    subject = actor_of(ticket.staff_id)
    if not left:
        session.delete(ticket)
    record(session, actor="unknown", action="staff_code_wrong", subject=subject)
    return CodeWrong(tries_left=left)


def _ticket_hash(token: str, settings: Settings) -> str:
    return keyed_hash(settings.hash_key, "staff-ticket", token)
