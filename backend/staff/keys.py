"""Moving what is stored of one-time passwords under the newest key, all at once."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.settings import Settings
from backend.staff.models import Staff, StaffTicket
from backend.staff.totp import with_newest_key


@dataclass(frozen=True)
class Rekeyed:
    """How many were moved, how many needed no move, and the user names for which no key fits."""

    moved: int
    fitting: int
    lost: list[str]


def rekey(session: Session, settings: Settings, actor: str) -> Rekeyed:
    """Encrypt every stored secret with the newest key; what no key fits is left as it is."""
    moved, fitting, lost = 0, 0, list[str]()
    # Locked: a secret that an invitation takes away meanwhile must not come back.
    everybody = select(Staff).where(Staff.totp_secret.is_not(None)).order_by(Staff.username_key)
    for staff in session.scalars(everybody.with_for_update()):
        assert staff.totp_secret is not None
        stored = with_newest_key(staff.totp_secret, settings)
        if stored is None:
            lost.append(staff.username)
        elif stored == staff.totp_secret:
            fitting += 1
        else:
            staff.totp_secret, moved = stored, moved + 1
    # Of set-ups that are under way: whoever is between password and code goes on.
    for ticket in session.scalars(
        select(StaffTicket).where(StaffTicket.totp_secret.is_not(None)).with_for_update()
    ):
        assert ticket.totp_secret is not None
        ticket.totp_secret = with_newest_key(ticket.totp_secret, settings) or ticket.totp_secret
    record(session, actor=actor, action="staff_rekeyed", subject="staff", details={"moved": str(moved)})
    return Rekeyed(moved, fitting, lost)
