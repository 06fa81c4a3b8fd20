"""The one door to a conversation and to the person logged in there. Fails closed.

Nothing else decides who is logged in; features take `CurrentPerson` and ask no further.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import structlog
from fastapi import Depends, Path, Request
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from backend.accounts.models import Conversation, Login
from backend.database import DatabaseSession, utc_now
from backend.errors import Fault, NotFound
from backend.people.models import Person
from backend.settings import Settings

log = structlog.get_logger()

# The idle time is renewed this coarsely, so that most reads write nothing.
RENEWED_EVERY = timedelta(seconds=5)

ConversationId = Annotated[
    str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["c_6f1e2d3c4b5a"])
]


class LoginRequired(Fault):
    """Nobody is logged in in this conversation."""

    status = 401
    code = "login_required"


class LoginExpired(Fault):
    """The log-in of this conversation was idle or open for too long."""

    status = 401
    code = "login_expired"


def login_ends_at(login: Login, settings: Settings) -> tuple[datetime, datetime]:
    """When the log-in ends whatever happens, and when it ends if nothing happens."""
    absolute = login.started_at + timedelta(seconds=settings.login_absolute_seconds)
    idle = login.used_at + timedelta(seconds=settings.login_idle_seconds)
    return absolute, min(idle, absolute)


def login_state(
    login: Login | None, settings: Settings, now: datetime
) -> Literal["none", "expired", "logged_in"]:
    """What a stored log-in is worth now."""
    if login is None or login.ended_at is not None:
        return "none"
    return "logged_in" if now < login_ends_at(login, settings)[1] else "expired"


def current_conversation(conversation_id: ConversationId, session: DatabaseSession) -> Conversation:
    """The conversation of the path; raises NotFound."""
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound()
    return conversation


CurrentConversation = Annotated[Conversation, Depends(current_conversation)]


def current_person(conversation_id: ConversationId, request: Request, session: DatabaseSession) -> Person:
    """The person logged in in the conversation; renews the idle time. Raises LoginRequired, LoginExpired."""
    settings: Settings = request.app.state.settings
    login = session.get(Login, conversation_id)
    now = utc_now()
    state = login_state(login, settings, now)
    if login is None or state == "none":
        raise LoginRequired()
    if state == "expired":
        raise LoginExpired()
    if now - login.used_at >= RENEWED_EVERY:
        if request.method in {"GET", "HEAD"} and session.get_bind().dialect.name == "sqlite":
            _renew_beside(request, login, now)
        else:
            _renew(session, login, now)
    return session.get_one(Person, login.person_id)


CurrentPerson = Annotated[Person, Depends(current_person)]


def note_use(session: Session, conversation_id: str, settings: Settings) -> None:
    """The customer did something that needs no log-in: one that still holds begins its idle time anew."""
    login = session.get(Login, conversation_id)
    now = utc_now()
    if login is not None and login_state(login, settings, now) == "logged_in":
        _renew(session, login, now)


def _renew(session: Session, login: Login, now: datetime) -> None:
    # Guarded: a log-in that was ended or replaced meanwhile is not touched.
    session.execute(
        update(Login)
        .where(
            Login.conversation_id == login.conversation_id,
            Login.person_id == login.person_id,
            Login.started_at == login.started_at,
            Login.ended_at.is_(None),
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _renew_beside(request: Request, login: Login, now: datetime) -> None:
    """Renew in a transaction of its own: a read's transaction cannot turn into a write on SQLite."""
    try:
        with request.app.state.session_factory.begin() as session:
            _renew(session, login, now)
    except OperationalError:
        # A busy database costs the customer a renewal, not the answer.
        log.warning("login_not_renewed", conversation_id=login.conversation_id)
