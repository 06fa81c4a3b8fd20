"""Who comes into the back office: administrators of the directory of staff, with password and one-time password."""

from sqlalchemy.orm import Session

from backend.accounts.login import CredentialsWrong
from backend.database import utc_now
from backend.errors import Fault
from backend.settings import Settings
from backend.staff.login import Started, prove_code, prove_password
from backend.staff.members import find_by_name
from backend.staff.sessions import LoggedInStaff, find_session, needs_renewal, renew


def log_in_administrator(
    session: Session, settings: Settings, username: str, password: str, code: str, address: str
) -> Started | None:
    """A new log-in, or None: unknown, wrong, disabled, no administrator, not set up and pausing are one answer.

    Both steps come in one form. One-time passwords are set up at the desk, before the first log-in here. Wrong
    tries stay counted: the caller commits whatever the answer is.
    """
    try:
        proven = prove_password(session, username, password, address, settings)
        staff = find_by_name(session, username)
        if proven.secret is not None or staff is None or staff.role != "administrator":
            raise CredentialsWrong()
        return prove_code(session, proven.ticket, code, settings)
    except Fault:
        return None


def find_administrator(session: Session, settings: Settings, token: str) -> LoggedInStaff | None:
    """The log-in of a token, its idle time renewed; None once it is over or of somebody else than an administrator."""
    found = find_session(session, token, settings)
    if found is None or found.staff.role != "administrator":
        return None
    now = utc_now()
    if needs_renewal(found.login, now):
        renew(session, found.login.id, now)
    return found
