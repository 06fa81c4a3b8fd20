"""Tables of drafts with their answers, and of submitted requests with their timeline and documents."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.database import Base, UtcDateTime, utc_now
from backend.documents.models import Document
from backend.money import Decimal2
from backend.people.models import Person

# The item of a question that is asked once; items of repeated questions start with 1.
NO_ITEM = 0

REQUEST_STATUSES = (
    "submitted",
    "in_review",
    "documents_needed",
    "approved",
    "partly_approved",
    "rejected",
    "paid",
    "withdrawn",
)


def _new_id() -> str:
    return uuid.uuid4().hex


class Draft(Base):
    """Answers given so far on the way to a request. It is the person's, whatever the conversation."""

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint("status in ('open', 'submitted', 'discarded')", name="status"),
        Index("ix_drafts_person_id_status", "person_id", "status"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=_new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    market: Mapped[str] = mapped_column(String(2))
    # The journey, e.g. "claim".
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # Not `onupdate`: an answer is another row, and it is the answers that keep a draft alive.
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    answers: Mapped[list["DraftAnswer"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="DraftAnswer.id"
    )
    request: Mapped["Request | None"] = relationship(back_populates="draft")


class DraftAnswer(Base):
    """One confirmed answer. One row an answer, so that two answers at once both survive."""

    __tablename__ = "draft_answers"
    __table_args__ = (UniqueConstraint("draft_id", "question", "item", name="uq_draft_answers_question"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String(40))
    item: Mapped[int] = mapped_column(Integer, default=NO_ITEM)
    # As the question's kind stores it; null is "none" said to an optional question.
    value: Mapped[Any] = mapped_column(JSON(none_as_null=False), nullable=True)
    source: Mapped[str] = mapped_column(String(10), default="customer")
    # What the questions it depends on were answered with when it was given.
    basis: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Request(Base):
    """What a customer submitted. `person_id` submitted it, `member_id` was treated."""

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint("status in ('" + "', '".join(REQUEST_STATUSES) + "')", name="status"),
        Index("ix_requests_person_id_submitted_at", "person_id", "submitted_at"),
    )

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    # Unique: a draft becomes one request, however often it is submitted.
    draft_id: Mapped[str | None] = mapped_column(ForeignKey("drafts.id"), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"))
    member_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    market: Mapped[str] = mapped_column(String(2))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20), default="submitted")
    service: Mapped[str | None] = mapped_column(String(40))
    policy_number: Mapped[str] = mapped_column(ForeignKey("policies.number"))
    treatment_date: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal | None] = mapped_column(Decimal2)
    decided_amount: Mapped[Decimal | None] = mapped_column(Decimal2)
    # Document types the insurer still waits for.
    missing_documents: Mapped[list[str]] = mapped_column(JSON, default=list)
    expected_by: Mapped[date | None] = mapped_column(Date)
    # Everything answered, as it was at the moment of submitting: [{question, item, kind, value, source}].
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)

    draft: Mapped[Draft | None] = relationship(back_populates="request")
    member: Mapped[Person] = relationship(foreign_keys=[member_id])
    timeline: Mapped[list["TimelineEntry"]] = relationship(
        order_by="TimelineEntry.id", cascade="all, delete-orphan"
    )
    documents: Mapped[list["RequestDocument"]] = relationship(
        order_by="RequestDocument.id", cascade="all, delete-orphan"
    )


class TimelineEntry(Base):
    """A step of a request; the status of the newest is its present one."""

    __tablename__ = "request_timeline"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_number: Mapped[str] = mapped_column(ForeignKey("requests.number"), index=True)
    status: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    # "customer", or who in the insurer's house.
    actor: Mapped[str] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(String(1000))
    # "status" when the request came to it, "documents_added" when it stayed there and documents came.
    event: Mapped[str] = mapped_column(String(20), default="status", server_default="status")


class RequestDocument(Base):
    """A document handed in with a request, and the question it answers."""

    __tablename__ = "request_documents"
    __table_args__ = (
        UniqueConstraint(
            "request_number", "document_id", "question", "document_type", name="uq_request_documents_document"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_number: Mapped[str] = mapped_column(ForeignKey("requests.number"), index=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    question: Mapped[str] = mapped_column(String(40))
    # An id of the catalogue's document_type.
    document_type: Mapped[str] = mapped_column(String(20))

    document: Mapped[Document] = relationship()
