"""What is looked up for a person: the market, the people one may claim for, policies, partners, documents."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.database import utc_now
from backend.documents.models import Document
from backend.documents.service import find_document_of
from backend.markets.schema import MarketPack
from backend.markets.service import get_market, today_in
from backend.people.models import Person
from backend.people.service import Member, visible_members
from backend.policies.service import CoveredPolicy, policies_covering
from backend.providers.schemas import ProviderOut
from backend.providers.service import find_provider
from backend.requests.bills import FREED_STATUSES
from backend.requests.models import Draft, DraftAnswer, Request, RequestDocument

# How long a file that was sent before its turn is thought to belong to what is claimed now.
LATELY = timedelta(hours=24)


@dataclass
class PersonFacts:
    """What is looked up for one person in one transaction, each thing once."""

    session: Session
    person: Person
    market: MarketPack = field(init=False)
    today: date = field(init=False)
    _answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.market = get_market(self.person.market)
        self.today = today_in(self.person.market)

    def has_document(self, document_id: str) -> bool:
        return self.document(document_id) is not None

    def known_contact(self, contact: str) -> str | None:
        return self.person.email if contact == "email" else self.person.phone

    def provider(self, provider_id: str) -> ProviderOut | None:
        """A partner of the person's market, or None."""
        return self.once(
            "provider",
            "",
            {"id": provider_id},
            lambda: find_provider(self.session, self.market.market, provider_id),
        )

    def has_provider(self, provider_id: str) -> bool:
        return self.provider(provider_id) is not None

    def provider_label(self, provider_id: str) -> str:
        """`Centro Medico Aurora, Torino`; empty for one that is gone."""
        provider = self.provider(provider_id)
        return f"{provider.name}, {provider.city}" if provider else ""

    def is_used_up(self, document_id: str, question_id: str, others: list[str]) -> bool:
        document = self.document(document_id)
        if document is None:
            return False
        siblings = [self.document(other) for other in others]
        if any(other is not None and other.upload_sha256 == document.upload_sha256 for other in siblings):
            return True
        return self.once(
            "used",
            question_id,
            {"sha256": document.upload_sha256},
            lambda: self._in_request(document, question_id),
        )

    def document(self, document_id: str) -> Document | None:
        """The person's document, or None."""
        return self.once(
            "document",
            "",
            {"id": document_id},
            lambda: find_document_of(self.session, self.person.id, document_id),
        )

    def loose_documents(self) -> list[Document]:
        """What the person sent lately that is in no request and no draft: sent before it was asked for."""
        return self.once("loose", "", {}, self._find_loose_documents)

    def members(self) -> list[Member]:
        """Those the person may claim for."""
        return self.once("members", "", {}, lambda: visible_members(self.session, self.person))

    def member(self, member_id: str | None) -> Member | None:
        """One of `members`."""
        return next((member for member in self.members() if member.person.id == member_id), None)

    def covering(self, member_id: str, service: str, day: date) -> list[CoveredPolicy]:
        """The policies that pay for the service on the day."""
        given = {"member": member_id, "service": service, "day": day.isoformat()}
        return self.once(
            "covering",
            "",
            given,
            lambda: policies_covering(self.session, self.person, member_id, service, day),
        )

    def once[T](self, table: str, name: str, given: dict[str, Any], find: Callable[[], T]) -> T:
        """What `find` finds, remembered under its table, name and bound parameters."""
        key = json.dumps([table, name, given], sort_keys=True)
        if key not in self._answers:
            self._answers[key] = find()
        found: T = self._answers[key]
        return found

    def _in_request(self, document: Document, question_id: str) -> bool:
        found = self.session.scalar(
            select(Request.number)
            .join(RequestDocument, RequestDocument.request_number == Request.number)
            .join(Document, Document.id == RequestDocument.document_id)
            .where(
                Request.person_id == self.person.id,
                RequestDocument.question == question_id,
                Document.upload_sha256 == document.upload_sha256,
                Request.status.not_in(FREED_STATUSES),
            )
            .limit(1)
        )
        return found is not None

    def _find_loose_documents(self) -> list[Document]:
        sent = self.session.scalars(
            select(Document)
            .where(
                Document.person_id == self.person.id,
                Document.created_at > utc_now() - LATELY,
                Document.id.not_in(select(RequestDocument.document_id)),
            )
            .order_by(Document.created_at, Document.id)
        ).all()
        if not sent:
            return []
        open_drafts = select(Draft.id).where(Draft.person_id == self.person.id, Draft.status == "open")
        answers = self.session.scalars(select(DraftAnswer.value).where(DraftAnswer.draft_id.in_(open_drafts)))
        # A document stands in an answer alone, or in a list with its type.
        entries = [entry for value in answers for entry in (value if isinstance(value, list) else [value])]
        taken = [entry.get("document_id") if isinstance(entry, dict) else entry for entry in entries]
        return [document for document in sent if document.id not in taken]
