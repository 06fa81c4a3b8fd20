"""Drafts, questions and requests as they travel (docs/interfaces.md)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.money import Money
from backend.requests.pack import QuestionKind

# What a customer's own call may say; `agent` is only ever set by the CARE desk (backend/desk).
GivenSource = Literal["customer", "document", "profile"]
AnswerSource = Literal[GivenSource, "agent"]
RequestStatus = Literal[
    "submitted",
    "in_review",
    "documents_needed",
    "approved",
    "partly_approved",
    "rejected",
    "paid",
    "withdrawn",
]
QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,38}$", examples=["expense_amount"])]
SOME_ANSWER: dict[str, JsonValue] = {
    "value": {"amount": "85.50", "currency": "EUR"},
    "item": 1,
    "source": "document",
}


class OptionView(BaseModel):
    """One thing to choose; exactly one of `label` (data) and `label_key` (names a text) is set."""

    value: Any
    label: str | None = None
    label_key: str | None = None
    detail: dict[str, Any] = {}


class SuggestionView(BaseModel):
    """Offered for confirmation; nothing of it is stored before."""

    value: Any
    source: Literal["document", "profile"]
    document_id: str | None = None
    display: "Display"


class Display(BaseModel):
    """How to show a value that is not its own words: one label, or the documents it names."""

    label: str | None = None
    label_key: str | None = None
    detail: dict[str, Any] = {}
    documents: list["DocumentLabel"] = []


class DocumentLabel(BaseModel):
    document_id: str
    filename: str
    document_type: str | None


class QuestionRules(BaseModel):
    """What an answer must keep to; only what the question's kind knows is set."""

    min: date | int | None = None
    max: date | int | Money | None = None
    max_length: int | None = None
    currency: str | None = None
    document_types: list[str] | None = None
    missing: list[str] | None = Field(default=None, description="document types still to be handed in")
    max_bytes: int | None = None
    later: bool | None = Field(default=None, description="a consent for which 'not yet' leaves the draft")
    proves: str | None = Field(default=None, description="the question whose e-mail or number has the code")
    accounts: list[str] | None = Field(default=None, description="kinds of bank account: iban, domestic")


class QuestionView(BaseModel):
    """The question to ask now. `item` counts bills from 1."""

    question: str
    item: int | None
    kind: QuestionKind
    optional: bool
    options: list[OptionView]
    suggestion: SuggestionView | None
    rules: QuestionRules


class AnswerView(BaseModel):
    question: str
    item: int | None
    kind: QuestionKind
    value: Any
    display: Display
    source: AnswerSource
    editable: bool


class Progress(BaseModel):
    answered: int
    total: int = Field(description="questions known so far; later answers may add some")


class Place(BaseModel):
    question: str
    item: int | None


class Rejected(BaseModel):
    question: str
    error: str
    detail: dict[str, Any] = {}


class DraftView(BaseModel):
    """A draft with all its answers and the question that is next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "draft_id": "9f2c6c0e5b6f4d6f8a5e5b7d1c2a3f4e",
                    "kind": "claim",
                    "market": "it",
                    "status": "open",
                    "created_at": "2026-11-20T09:00:00Z",
                    "updated_at": "2026-11-20T09:01:00Z",
                    "request_number": None,
                    "answers": [
                        {
                            "question": "treatment_date",
                            "item": None,
                            "kind": "date",
                            "value": "2026-11-03",
                            "display": {"label": None, "label_key": None, "detail": {}, "documents": []},
                            "source": "customer",
                            "editable": True,
                        }
                    ],
                    "next": None,
                    "ready": False,
                    "progress": {"answered": 1, "total": 12},
                    "dropped": [],
                    "rejected": [],
                    "warnings": [],
                }
            ]
        }
    )

    draft_id: str
    kind: str
    market: str
    status: Literal["open", "submitted", "discarded"]
    created_at: datetime
    updated_at: datetime
    request_number: str | None
    answers: list[AnswerView]
    next: QuestionView | None
    ready: bool
    progress: Progress
    dropped: list[str] = Field(description="answers that this call made void: they are asked again")
    rejected: list[Rejected] = []
    warnings: list[str] = Field(
        description="said to the customer, no obstacle: over_limit, amount_differs, sum_differs, service_differs, bill_of_somebody_else, bill_claimed_before"
    )


class NewDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$", examples=["claim"])]
    answers: Annotated[dict[QuestionId, JsonValue], Field(max_length=50)] = {}


class NewAnswer(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [SOME_ANSWER]},
    )

    value: JsonValue = Field(description="null answers an optional question with nothing")
    item: Annotated[int, Field(ge=1, le=50)] | None = None
    source: GivenSource = "customer"


class PersonName(BaseModel):
    person_id: str
    full_name: str


class TimelineView(BaseModel):
    status: RequestStatus
    at: datetime
    note: str | None
    event: Literal["status", "documents_added"] = "status"


class RequestDocumentView(BaseModel):
    document_id: str
    filename: str
    document_type: str


class RequestSummary(BaseModel):
    """One line of the archive."""

    request_number: str
    kind: str
    status: RequestStatus
    submitted_at: datetime
    person: PersonName
    service: str | None
    amount: Money | None
    decided_amount: Money | None
    policy_number: str
    treatment_date: date | None
    expected_by: date | None


class RequestView(RequestSummary):
    """A request with its steps and documents."""

    timeline: list[TimelineView]
    documents: list[RequestDocumentView]
    missing_documents: list[str]
    can: list[Literal["add_documents", "withdraw"]] = Field(
        description="what the customer may do with it now"
    )


class ChangeView(BaseModel):
    """What a journey that changes the profile ends in: there is no request."""

    kind: Annotated[str, Field(examples=["bank_account"])]
    request_number: None = None
    changed_to: str | None = Field(
        description="masked; null when told again later", examples=["IT60 •••• 3456"]
    )


class ContactCodeView(BaseModel):
    """A code is on its way to a new e-mail or mobile number; it is typed in the chat."""

    contact: Literal["email", "phone"]
    masked: Annotated[str, Field(examples=["m•••@example.org"])]
    expires_at: datetime
    sent: bool = Field(description="false when one that was sent before is still open")


class AddedDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")

    document_id: Annotated[str, Field(max_length=32)]
    document_type: Annotated[str, Field(max_length=20, examples=["prescription"])]


class NewDocuments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    documents: Annotated[list[AddedDocument], Field(min_length=1, max_length=20)]
