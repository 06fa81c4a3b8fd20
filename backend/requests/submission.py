"""Makes a complete draft a request (or a change of the profile: changes.py): number, documents, timeline, audit and mail in one transaction, once."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.database import utc_now
from backend.markets.service import get_market
from backend.people.letters import write_to
from backend.people.models import Person
from backend.requests.changes import apply_change
from backend.requests.drafts import find_draft, journey_of, stored_answers
from backend.requests.faults import DraftClosed, DraftIncomplete
from backend.requests.lookups import PersonLookups
from backend.requests.models import NO_ITEM, Draft, Request, RequestDocument
from backend.requests.pack import RequestFields
from backend.requests.questionnaire import Answer, State, evaluate
from backend.requests.sources import read_known_account
from backend.requests.states import enter_status
from backend.requests.timing import expected_day
from backend.requests.views import show_answer
from locales.identifiers import generate_request_number

NUMBER_TRIES = 8


@dataclass(frozen=True)
class AppliedChange:
    """A draft that changed the profile; `label` is what is known now, masked, None when told again later."""

    kind: str
    label: str | None


def submit_draft(
    session: Session, person: Person, draft_id: str, conversation_id: str
) -> tuple[bool, Request | AppliedChange]:
    """What became of the draft, and whether this call made it. Raises NotFound, DraftClosed, DraftIncomplete."""
    draft = find_draft(session, person, draft_id, lock=True)
    if draft.request is not None:
        return False, draft.request
    journey = journey_of(draft)
    if draft.status == "submitted":
        return False, AppliedChange(draft.kind, None)
    if draft.status != "open":
        raise DraftClosed(status=draft.status)
    # One submission of a person at a time: two drafts with the same bill must not both pass the check.
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))
    lookups = PersonLookups(session, person)
    state = evaluate(journey, stored_answers(draft), lookups)
    if state.next is not None:
        question, item = state.next
        raise DraftIncomplete(next=question.id, item=None if item == NO_ITEM else item)
    draft.status, draft.updated_at = "submitted", utc_now()
    if journey.change is not None:
        label = apply_change(session, person.id, journey.change, state, conversation_id)
        # The profile has it now; nobody needs a second copy of a new account or address.
        draft.answers.clear()
        return True, AppliedChange(draft.kind, label)
    assert journey.request is not None, "a journey without a change makes a request"
    request = _make_request(session, person, draft, journey.request, state, lookups)
    draft.updated_at = request.submitted_at
    record(
        session,
        actor=f"person:{person.id}",
        action="request_submitted",
        subject=f"request:{request.number}",
        conversation_id=conversation_id,
        details={"kind": draft.kind, "draft": draft.id},
    )
    answered = _first(state, journey.request.email)
    write_to(
        session,
        person,
        "request_received",
        {"number": request.number},
        # One that was typed; one that is known is named by the profile.
        address=answered if isinstance(answered, str) else None,
    )
    return True, request


def _make_request(
    session: Session,
    person: Person,
    draft: Draft,
    fields: RequestFields,
    state: State,
    lookups: PersonLookups,
) -> Request:
    day: str | None = _first(state, fields.treatment_date)
    request = Request(
        number=_new_number(session, draft.market),
        draft=draft,
        person_id=person.id,
        member_id=_first(state, fields.member) or person.id,
        market=draft.market,
        kind=draft.kind,
        status="submitted",
        service=_first(state, fields.service),
        policy_number=_first(state, fields.policy),
        treatment_date=date.fromisoformat(day) if day else None,
        currency=get_market(draft.market).currency,
        amount=_total(state, fields.amount),
        missing_documents=[],
        answers=[_snapshot(answer, state, lookups) for answer in state.answers],
        submitted_at=utc_now(),
    )
    request.expected_by = expected_day(request)
    request.documents = [link for answer in state.answers for link in _link_documents(answer)]
    enter_status(request, "customer")
    session.add(request)
    session.flush()
    session.refresh(request, ["member"])
    return request


def _new_number(session: Session, market: str) -> str:
    """A number nobody has. In the end the primary key decides; that a race is lost here is one in 2^35."""
    for _ in range(NUMBER_TRIES):
        number = generate_request_number(market)
        if session.get(Request, number) is None:
            return number
    raise RuntimeError("no free request number")


def _first(state: State, question_id: str | None) -> Any:
    return next(iter(state.values(question_id)), None) if question_id else None


def _total(state: State, question_id: str | None) -> Decimal | None:
    if question_id is None:
        return None
    return sum((Decimal(money["amount"]) for money in state.values(question_id)), Decimal("0.00"))


def _snapshot(answer: Answer, state: State, lookups: PersonLookups) -> dict[str, Any]:
    """The answer as it was given and shown; behind a reference to the profile what it meant on that day."""
    shown = show_answer(answer, state, lookups).model_dump(mode="json")
    if isinstance(answer.value, dict) and "known" in answer.value:
        known = answer.value["known"]
        kind = answer.question.kind
        resolved = (
            {kind: lookups.known_contact(kind)}
            if kind in ("email", "phone")
            else read_known_account(lookups, known)
        )
        return {**shown, "meant": resolved}
    return shown


def _link_documents(answer: Answer) -> list[RequestDocument]:
    if answer.value is None:
        return []
    if answer.question.kind == "document":
        entries = [{"document_id": answer.value, "document_type": answer.question.rules.document_types[0]}]
    elif answer.question.kind == "documents":
        entries = answer.value
    else:
        return []
    return [
        RequestDocument(
            document_id=entry["document_id"],
            question=answer.question.id,
            document_type=entry["document_type"],
        )
        for entry in entries
    ]
