"""An agent fills a field of the customer's draft: proposed and checked first, stored when the customer agrees.

The yes comes when no agent is calling. So a proposal that held gives a grant: a signed note of who proposed which
value for which field, good for that alone and for an hour.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import JsonValue
from sqlalchemy.orm import Session

from backend.accounts.contact_codes import forget_unneeded
from backend.audit.service import record
from backend.database import utc_now
from backend.desk.access import Desk
from backend.desk.drafts import CUSTOMERS_OWN, show_desk_draft, show_full
from backend.desk.schemas import DeskDraft, FullAnswer
from backend.errors import NotFound
from backend.people.models import Person
from backend.requests.drafts import Editing, edit_draft
from backend.requests.faults import ValueInvalid
from backend.requests.questionnaire import Answer, Place
from backend.requests.views import show_answer
from backend.settings import Settings

GRANTED_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Field:
    """A value for a question of a draft in a conversation."""

    conversation_id: str
    draft_id: str
    question: str
    item: int | None
    value: JsonValue

    @property
    def digest(self) -> str:
        content = [self.conversation_id, self.draft_id, self.question, self.item, self.value]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Checked:
    """What a value would be stored and shown as, and which other answers it would make void."""

    answer: FullAnswer
    drops: list[str]


def check_field(session: Session, person: Person, field: Field) -> Checked:
    """Try the value and take it back. Raises NotFound, DraftClosed and the AnswerRefused facts."""
    attempt = session.begin_nested()
    try:
        editing = edit_draft(session, person, field.draft_id)
        before = editing.state.answers
        place = _answer(editing, field)
        found = next(a for a in editing.state.answers if (a.question.id, a.item) == place)
        shown = show_full(editing.draft, show_answer(found, editing.state, editing.lookups))
        return Checked(shown, _lost(before, editing))
    finally:
        attempt.rollback()
        session.expire_all()


def fill_field(session: Session, desk: Desk, person: Person, field: Field, consent: str) -> DeskDraft:
    """Store the value as the agent's. Raises NotFound, DraftClosed and the AnswerRefused facts."""
    editing = edit_draft(session, person, field.draft_id)
    _answer(editing, field)
    forget_unneeded(session, field.conversation_id, editing.awaited)
    record(
        session,
        actor=desk.staff.actor,
        action="desk_field_filled",
        subject=f"draft:{field.draft_id}",
        conversation_id=field.conversation_id,
        details={"question": field.question, "item": str(field.item or ""), "consent": consent},
    )
    return show_desk_draft(editing.draft, editing.lookups, editing.dropped)


def _answer(editing: Editing, field: Field) -> Place:
    question = editing.journey.find(field.question)
    if question is not None and question.kind in CUSTOMERS_OWN:
        raise ValueInvalid(reason="customers_own")
    return editing.answer(field.question, field.item, field.value, "agent")


def _lost(before: list[Answer], editing: Editing) -> list[str]:
    """The questions that were answered and are not any more, or were answered anew from what is known."""
    answered = {(answer.question.id, answer.item) for answer in editing.state.answers}
    places = [(answer.question.id, answer.item) for answer in before]
    gone = [place for place in places if place not in answered or place in editing.dropped]
    return list(dict.fromkeys(question_id for question_id, _ in gone))


def grant(settings: Settings, staff_id: str, field: Field) -> tuple[str, datetime]:
    """The signed note, and when it ends."""
    return _grants(settings).dumps([staff_id, field.digest]), utc_now() + GRANTED_FOR


def read_grant(settings: Settings, note: str, field: Field) -> str:
    """The id of who proposed exactly this; raises NotFound."""
    try:
        staff_id, digest = _grants(settings).loads(note, max_age=int(GRANTED_FOR.total_seconds()))
    except (BadSignature, ValueError):
        raise NotFound() from None
    if digest != field.digest:
        raise NotFound()
    return str(staff_id)


def _grants(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.hash_key.get_secret_value(), salt="desk-field")
