"""One-time links with which staff choose a password. A new link takes away whatever proved somebody before."""

from datetime import timedelta
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.accounts.models import Attempt
from backend.accounts.passwords import hash_password, is_guessed_first
from backend.accounts.service import PasswordTooShort
from backend.accounts.tasks import PasswordCommon
from backend.accounts.tokens import keyed_hash, new_link_token
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import NotFound
from backend.settings import Settings
from backend.staff.login import code_subject, name_subject
from backend.staff.members import lock_member
from backend.staff.models import Staff, StaffInvitation
from backend.staff.sessions import actor_of, end_everything

SHORTEST_PASSWORD = 12
Kind = Literal["invite", "reset"]


def invite(session: Session, staff_id: str, settings: Settings, actor: str) -> str:
    """The token of a new link; the one before dies.

    Whoever had a password has none from now on, nor a one-time password or a bound log-in of the house, and is out
    everywhere: the link may be wanted because somebody else has one of them. Raises NotFound, also when disabled.
    """
    staff = lock_member(session, staff_id)
    if staff.disabled_at is not None:
        raise NotFound()
    kind: Kind = "reset" if staff.password_hash or staff.totp_secret or staff.oidc_subject else "invite"
    staff.password_hash = staff.totp_secret = staff.totp_step = None
    staff.oidc_issuer = staff.oidc_subject = None
    end_everything(session, staff.id)
    counted = (name_subject(staff.username_key, settings), code_subject(staff.id))
    session.execute(delete(Attempt).where(Attempt.subject.in_(counted)))
    session.execute(delete(StaffInvitation).where(StaffInvitation.staff_id == staff.id))
    token = new_link_token()
    session.add(
        StaffInvitation(
            staff_id=staff.id,
            token_hash=_hash(token, settings),
            kind=kind,
            expires_at=utc_now() + timedelta(seconds=settings.staff_invitation_seconds),
        )
    )
    record(session, actor=actor, action="staff_invited", subject=actor_of(staff.id), details={"kind": kind})
    return token


def find_invitation(session: Session, token: str, settings: Settings) -> tuple[StaffInvitation, Staff]:
    """The invitation of a link and whose it is; reading consumes nothing. Raises NotFound."""
    found = session.execute(
        select(StaffInvitation, Staff)
        .join(Staff, Staff.id == StaffInvitation.staff_id)
        .where(
            StaffInvitation.token_hash == _hash(token, settings),
            StaffInvitation.expires_at > utc_now(),
            Staff.disabled_at.is_(None),
        )
    ).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def choose_password(session: Session, token: str, password: str, settings: Settings) -> None:
    """Use the link up. Raises NotFound, PasswordTooShort, PasswordCommon, which leave it as it was."""
    found = find_invitation(session, token, settings)[1]
    refuse_weak(password, found.username, found.name)
    staff = lock_member(session, found.id)
    # Read again under the lock: of two who use the link at once, one is too late.
    invitation, _ = find_invitation(session, token, settings)
    session.delete(invitation)
    staff.password_hash = hash_password(password)
    record(session, actor=actor_of(staff.id), action="staff_password_set", subject=actor_of(staff.id))


def refuse_weak(password: str, username: str, name: str) -> None:
    """Raises PasswordTooShort, PasswordCommon."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    if is_guessed_first(password, username, [*name.split(), name]):
        raise PasswordCommon()


def _hash(token: str, settings: Settings) -> str:
    return keyed_hash(settings.hash_key, "staff-invitation", token)
