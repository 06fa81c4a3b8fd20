"""One customer at one glance, masked; and the values in clear, for a reason."""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.accounts.models import Conversation, Login
from backend.accounts.service import describe_login
from backend.audit.service import conversations_of_others, record
from backend.database import utc_now
from backend.desk.access import Desk
from backend.desk.drafts import list_desk_drafts, list_full_drafts
from backend.desk.schemas import (
    AccountValue,
    DeskDocument,
    DeskPolicy,
    DeskView,
    MaskedPerson,
    UnmaskedValues,
    UnmaskField,
)
from backend.documents.models import Document
from backend.markets.service import today_in
from backend.people.models import Person
from backend.people.service import bank_accounts_of, mask_email, mask_name, mask_phone
from backend.policies.products import product_of
from backend.policies.service import premium_of, status_on, visible_policies
from backend.requests.models import RequestDocument
from backend.requests.schemas import RequestSummary
from backend.requests.service import list_requests
from backend.requests.views import show_summary
from backend.settings import Settings

MOST_REQUESTS = MOST_DOCUMENTS = 50
MOST_CONVERSATIONS = 20
REMEMBERED = timedelta(days=30)


def show_customer(session: Session, desk: Desk, settings: Settings) -> DeskView:
    """What the desk shows; without a proven person only the log-in, and files of nobody yet."""
    person = desk.person
    return DeskView(
        login=describe_login(session, desk.conversation.conversation_id, settings),
        person=_show_person(person) if person else None,
        other_market=desk.other_market,
        policies=_policies(session, person) if person else [],
        drafts=list_desk_drafts(session, person) if person else [],
        requests=_requests(session, person) if person else [],
        documents=_documents(session, desk),
        other_conversations=_other_conversations(session, desk, person) if person else [],
    )


def unmask(session: Session, desk: Desk, fields: list[UnmaskField], reason: str) -> UnmaskedValues:
    """The fields in clear; raises LoginRequired. Who saw what and why is in the audit, the values are not."""
    person = desk.proven
    record(
        session,
        actor=desk.staff.actor,
        action="desk_unmasked",
        subject=f"person:{person.id}",
        conversation_id=desk.conversation.conversation_id,
        details={"fields": " ".join(sorted(set(fields))), "reason": reason, **desk.occasion},
    )
    return UnmaskedValues(
        name=person.full_name if "name" in fields else None,
        email=person.email if "email" in fields else None,
        phone=person.phone if "phone" in fields else None,
        birth_date=person.birth_date if "birth_date" in fields else None,
        account=_accounts(session, person) if "account" in fields else None,
        answers=list_full_drafts(session, person) if "answers" in fields else None,
    )


def _show_person(person: Person) -> MaskedPerson:
    return MaskedPerson(
        masked_name=mask_name(person.full_name),
        masked_email=mask_email(person.email),
        masked_phone=mask_phone(person.phone),
        birth_year=person.birth_date.year,
        language=person.language,
        market=person.market,
    )


def _policies(session: Session, person: Person) -> list[DeskPolicy]:
    today = today_in(person.market)
    found = []
    for policy, memberships in visible_policies(session, person):
        premium = None if policy.is_group else premium_of(policy, person, today)
        found.append(
            DeskPolicy(
                policy_number=policy.number,
                policy_type=policy.policy_type,
                product=product_of(policy.product_code).name,
                status=status_on(policy, today),
                valid_from=policy.valid_from,
                valid_to=policy.valid_to,
                is_holder=policy.holder_id == person.id,
                is_group=policy.is_group,
                premium=premium.status if premium else None,
                members=len(memberships),
            )
        )
    return found


def _requests(session: Session, person: Person) -> list[RequestSummary]:
    summaries = [show_summary(request) for request in list_requests(session, person)[:MOST_REQUESTS]]
    for summary in summaries:
        summary.person.full_name = mask_name(summary.person.full_name)
    return summaries


def _documents(session: Session, desk: Desk) -> list[DeskDocument]:
    """The person's files, and those sent in this conversation that are nobody's yet (access.find_desk_document)."""
    person_id = desk.person.id if desk.person else None
    sent_here = (
        (Document.conversation_id == desk.conversation.conversation_id)
        & Document.person_id.is_(None)
        & or_(Document.expected_person_id.is_(None), Document.expected_person_id == person_id)
    )
    theirs = or_(Document.person_id == person_id, sent_here) if person_id is not None else sent_here
    documents = session.scalars(
        select(Document).where(theirs).order_by(Document.created_at.desc(), Document.id).limit(MOST_DOCUMENTS)
    ).all()
    links = session.scalars(
        select(RequestDocument).where(
            RequestDocument.document_id.in_([document.id for document in documents])
        )
    )
    numbers = {link.document_id: link.request_number for link in links}
    return [
        DeskDocument(
            document_id=document.id,
            filename=document.filename,
            kind="pdf" if document.kind == "pdf" else "image",
            media_type=document.media_type,
            size=document.size,
            pages=document.pages,
            created_at=document.created_at,
            request_number=numbers.get(document.id),
        )
        for document in documents
    ]


def _other_conversations(session: Session, desk: Desk, person: Person) -> list[str]:
    """Where the person was logged in lately, the newest first.

    Only of markets the agent has, and none in which anybody else ever logged in: what they wrote is theirs.
    """
    ids = list(
        session.scalars(
            select(Login.conversation_id)
            .join(Conversation, Conversation.conversation_id == Login.conversation_id)
            .where(
                Login.person_id == person.id,
                Login.conversation_id != desk.conversation.conversation_id,
                Login.used_at > utc_now() - REMEMBERED,
                Conversation.market.in_(desk.staff.markets),
            )
            .order_by(Login.used_at.desc(), Login.conversation_id)
            .limit(MOST_CONVERSATIONS)
        )
    )
    shared = conversations_of_others(session, ids, "login", f"person:{person.id}")
    return [conversation_id for conversation_id in ids if conversation_id not in shared]


def _accounts(session: Session, person: Person) -> list[AccountValue]:
    return [
        AccountValue(
            iban=account.iban,
            bank=account.bank,
            number=account.number,
            holder=account.holder,
            is_default=account.is_default,
        )
        for account in bank_accounts_of(session, person.id)
    ]
