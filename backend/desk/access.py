"""The one door of the desk to a conversation, and to whom its log-in proves. Fails closed.

Which agent owns a conversation is the gateway's to decide; here it is decided who may look at all: agents and
supervisors with the market, at what the customer's log-in proves now, or proved when they asked for a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypedDict

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from backend.accounts.access import LoginExpired, LoginRequired, login_ends_at, login_state
from backend.accounts.models import Conversation, Login
from backend.accounts.service import lock_conversation
from backend.audit.service import is_recorded, record
from backend.database import utc_now
from backend.documents.models import Document
from backend.documents.service import find_document_of, get_document
from backend.errors import NotFound
from backend.people.models import Person
from backend.settings import Settings
from backend.staff.access import Role, StaffIdentity
from backend.staff.models import Staff

# Administrators see reports and staff, never customers' conversations.
DESK_ROLES: tuple[Role, ...] = ("agent", "supervisor")
# A message left on the evening before a long weekend is still answered with what was proven then.
PROVEN_FOR = timedelta(days=7)


class Handover(BaseModel):
    """The gateway's hand-over in which an agent looks."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["h_5d4c3b2a"])]
    requested_at: Annotated[datetime, Field(description="when the customer asked for a person")]


@dataclass(frozen=True)
class Desk:
    """Who of the staff looks into which conversation, and which customer is proven there.

    `person` is None where nobody is, and where the agent may not see them; then `other_market` says whose market
    the agent lacks.
    """

    staff: StaffIdentity
    conversation: Conversation
    login: Login | None
    person: Person | None
    other_market: str | None
    handover: Handover | None

    @property
    def proven(self) -> Person:
        """The person; raises LoginRequired."""
        if self.person is None:
            raise LoginRequired()
        return self.person

    @property
    def occasion(self) -> dict[str, str]:
        """What a look belongs to in the audit: the hand-over, else the customer's log-in."""
        if self.handover is not None:
            return {"handover": self.handover.id}
        return {"login": self.login.started_at.isoformat()} if self.login else {}


def open_desk(
    session: Session,
    settings: Settings,
    staff: StaffIdentity,
    conversation_id: str,
    handover: Handover | None = None,
) -> Desk:
    """The conversation as this member of staff may see it.

    Raises NotFound: there is none, or it is of a market that is not theirs.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None:
        raise NotFound()
    login = session.get(Login, conversation_id)
    person = _proven_person(session, login, settings, handover)
    markets = {conversation.market} | ({person.market} if person else set())
    if not markets & set(staff.markets):
        raise NotFound()
    hidden = person is not None and person.market not in staff.markets
    return Desk(
        staff=staff,
        conversation=conversation,
        login=login,
        person=None if hidden else person,
        other_market=person.market if person is not None and hidden else None,
        handover=handover,
    )


def find_desk_staff(session: Session, staff_id: str) -> StaffIdentity | None:
    """Somebody who is not calling, if they are still let into the desk."""
    staff = session.get(Staff, staff_id)
    role = next((role for role in DESK_ROLES if staff is not None and role == staff.role), None)
    if staff is None or role is None or staff.disabled_at is not None:
        return None
    return StaffIdentity(staff.id, role, tuple(staff.markets), tuple(staff.languages))


def _proven_person(
    session: Session, login: Login | None, settings: Settings, handover: Handover | None
) -> Person | None:
    """Whom the log-in proves. A customer who logged out meanwhile has taken the proof back."""
    if login is None or login.ended_at is not None:
        return None
    now = utc_now()
    moments = [now]
    if handover is not None and handover.requested_at.tzinfo and handover.requested_at >= now - PROVEN_FOR:
        moments.append(handover.requested_at)
    # The time of the last use only grows while the log-in holds, so it held without a gap until its end.
    lasts_until = login_ends_at(login, settings)[1]
    if any(login.started_at <= moment < lasts_until for moment in moments):
        return session.get_one(Person, login.person_id)
    return None


def refuse_logged_out(desk: Desk, settings: Settings) -> Person:
    """Who is logged in at this moment; raises LoginRequired, LoginExpired. Changes need more than a look."""
    state = login_state(desk.login, settings, utc_now())
    if state == "expired":
        raise LoginExpired()
    if state == "none":
        raise LoginRequired()
    return desk.proven


def note_view(session: Session, desk: Desk) -> None:
    """The agent saw the customer's data: in the audit once a hand-over."""
    if desk.person is None or _is_noted(session, desk, desk.person):
        return
    # Two pages of one agent may open at the same moment.
    lock_conversation(session, desk.conversation.conversation_id)
    if not _is_noted(session, desk, desk.person):
        record(session, **_view_of(desk, desk.person))


def _is_noted(session: Session, desk: Desk, person: Person) -> bool:
    return is_recorded(session, **_view_of(desk, person))


class _Fact(TypedDict):
    actor: str
    action: str
    subject: str
    conversation_id: str
    details: dict[str, str]


def _view_of(desk: Desk, person: Person) -> _Fact:
    return {
        "actor": desk.staff.actor,
        "action": "desk_customer_viewed",
        "subject": f"person:{person.id}",
        "conversation_id": desk.conversation.conversation_id,
        "details": desk.occasion,
    }


def find_desk_document(session: Session, desk: Desk, document_id: str) -> Document:
    """A file of the person, or one sent in this conversation that is nobody's yet; raises NotFound.

    One that came after somebody's log-in had run out is likely theirs, and seen when they are proven again.
    """
    if desk.person is not None:
        document = find_document_of(session, desk.person.id, document_id)
        if document is not None:
            return document
    document = get_document(session, desk.conversation.conversation_id, None, document_id)
    if document.expected_person_id not in (None, desk.person.id if desk.person else None):
        raise NotFound()
    return document
