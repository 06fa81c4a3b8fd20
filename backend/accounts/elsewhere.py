"""Log-ins of one person in several conversations: how many there are elsewhere, and ending them."""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.accounts.access import login_state
from backend.accounts.models import Login
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import NotFound
from backend.people.models import Person
from backend.settings import Settings

LOGOUT_TOKEN_SECONDS = 900


@dataclass(frozen=True)
class OtherLogins:
    """Open log-ins of the person elsewhere; `token` ends them all, also after the log-out here."""

    count: int
    token: str


def other_logins(session: Session, person: Person, conversation_id: str, settings: Settings) -> OtherLogins:
    """How many other conversations the person is logged in in now."""
    now = utc_now()
    logins = session.scalars(
        select(Login).where(
            Login.person_id == person.id, Login.conversation_id != conversation_id, Login.ended_at.is_(None)
        )
    )
    count = sum(login_state(login, settings, now) == "logged_in" for login in logins)
    return OtherLogins(count, _tokens(settings).dumps([person.id, conversation_id]))


def end_logins_by_token(session: Session, token: str, settings: Settings) -> None:
    """End every log-in of the person the token was made for; raises NotFound when it is too old."""
    try:
        person_id, conversation_id = _tokens(settings).loads(token, max_age=LOGOUT_TOKEN_SECONDS)
    except (BadSignature, ValueError):
        raise NotFound() from None
    end_logins_everywhere(session, session.get_one(Person, person_id), conversation_id)


def _tokens(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.hash_key.get_secret_value(), salt="end-logins")


def end_logins_everywhere(session: Session, person: Person, conversation_id: str) -> None:
    """Log the person out wherever they are logged in."""
    end_logins(session, person.id, but=None)
    record(
        session,
        actor=f"person:{person.id}",
        action="logout_everywhere",
        subject=f"person:{person.id}",
        conversation_id=conversation_id,
    )


def end_logins(session: Session, person_id: str, but: str | None) -> None:
    """End every log-in of the person, except in the conversation `but`."""
    theirs = update(Login).where(Login.person_id == person_id, Login.ended_at.is_(None))
    if but is not None:
        theirs = theirs.where(Login.conversation_id != but)
    session.execute(theirs.values(ended_at=utc_now()))
