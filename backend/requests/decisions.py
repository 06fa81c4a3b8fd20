"""What a claims handler does with a request: looks at it, moves it, asks for documents, decides the amount."""

from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from backend.audit.service import record
from backend.documents.models import Document
from backend.markets.service import today_in
from backend.money import parse_amount
from backend.news.service import announce
from backend.people.letters import write_to
from backend.people.models import Person
from backend.policies.benefits import take_from_benefit
from backend.policies.catalogue import catalogue
from backend.requests.models import Request, RequestDocument
from backend.requests.states import DECISIONS, move_request

LONGEST_REASON = 1000


class DecisionRefused(Exception):
    """The form does not hold together; the words are for the claims handler."""


@dataclass(frozen=True)
class Decision:
    """`seen` is the status the handler looked at: somebody else may have moved the request meanwhile."""

    to: str
    reason: str
    seen: str
    amount: Decimal | None = None
    missing: list[str] = field(default_factory=list)


def decide(session: Session, number: str, actor: str, decision: Decision) -> Request:
    """Move the request, with the reason in its timeline, and tell the customer in the chat and by mail.

    What is approved is taken from the benefit at once, so that what is left is right for the next claim. Raises
    DecisionRefused, TransitionNotAllowed. The mail says only that there is news.
    """
    request = session.scalar(
        select(Request)
        .where(Request.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise DecisionRefused("No such request.")
    if request.status != decision.seen:
        raise DecisionRefused(f"The request has moved to {request.status} meanwhile: look at it again.")
    if decision.to == "withdrawn":
        raise DecisionRefused("Only the customer takes a request back.")
    if not decision.reason or len(decision.reason) > LONGEST_REASON:
        raise DecisionRefused(f"A reason is needed, of at most {LONGEST_REASON} characters.")
    _check_amount(request, decision)
    if decision.to == "documents_needed":
        if not decision.missing or set(decision.missing) - set(catalogue().document_type):
            raise DecisionRefused("Say which documents are needed.")
        request.missing_documents = sorted(set(decision.missing))
    elif decision.missing:
        raise DecisionRefused("Documents are named only when they are asked for.")
    else:
        request.missing_documents = []
    move_request(session, request, decision.to, actor, decision.reason, decided_amount=decision.amount)
    if decision.amount is not None and request.service is not None:
        take_from_benefit(
            session,
            request.policy_number,
            request.member_id,
            request.service,
            request.treatment_date or today_in(request.market),
            decision.amount,
            request.number,
        )
    announce(
        session,
        person_id=request.person_id,
        kind=f"request_{decision.to}",
        variables={"number": request.number},
        opens={"intent": "check_request_status", "entities": {"request_number": request.number}},
    )
    write_to(
        session, session.get_one(Person, request.person_id), "request_changed", {"number": request.number}
    )
    return request


def _check_amount(request: Request, decision: Decision) -> None:
    if decision.amount is None:
        if decision.to in DECISIONS and request.amount is not None:
            raise DecisionRefused("An approval names the amount that is paid.")
        return
    if decision.to not in DECISIONS:
        raise DecisionRefused("Only an approval names an amount.")
    try:
        amount = parse_amount(decision.amount)
    except ValueError:
        amount = Decimal(0)
    if amount <= 0:
        raise DecisionRefused("The amount is more than zero, with at most two decimals.")
    if request.amount is not None and decision.amount > request.amount:
        raise DecisionRefused("The amount is more than was asked for.")
    if decision.to == "partly_approved" and decision.amount == request.amount:
        raise DecisionRefused("That is the whole amount: approve it.")


def look_at(session: Session, number: str, actor: str) -> Request | None:
    """The request of anybody; that it was looked at stands in the audit."""
    request = session.scalar(
        select(Request).where(Request.number == number).options(joinedload(Request.member))
    )
    if request is not None:
        record(session, actor=actor, action="request_read", subject=f"request:{request.number}")
    return request


def read_document(session: Session, number: str, document_id: str, actor: str) -> Document | None:
    """A document of the request; that it was read stands in the audit."""
    link = session.scalar(
        select(RequestDocument).where(
            RequestDocument.request_number == number, RequestDocument.document_id == document_id
        )
    )
    if link is None:
        return None
    record(session, actor=actor, action="document_read", subject=f"document:{document_id}")
    return link.document
