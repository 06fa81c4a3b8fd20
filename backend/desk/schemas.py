"""What the CARE desk is told of a customer (docs/interfaces.md). Masked, unless the name says otherwise."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from backend.accounts.schemas import LoginView
from backend.desk.access import Handover
from backend.requests.pack import QuestionKind
from backend.requests.schemas import (
    AnswerSource,
    Display,
    OptionView,
    Progress,
    QuestionId,
    QuestionRules,
    RequestSummary,
)

UnmaskField = Literal["name", "email", "phone", "birth_date", "account", "answers"]
LONGEST_GRANT = 1000


class SentFileView(BaseModel):
    """A file that CARE sent, and the token of the link that opens it."""

    filename: str
    kind: Literal["image", "pdf"]
    media_type: str
    size: int
    token: str


class Looking(BaseModel):
    """In which hand-over somebody looks; without one only what the log-in proves now is shown."""

    model_config = ConfigDict(extra="forbid")

    handover: Handover | None = None


class Unmasking(Looking):
    fields: Annotated[list[UnmaskField], Field(min_length=1, max_length=6)]
    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=5, max_length=300),
        Field(description="stands in the audit; names no values", examples=["calls back about the refund"]),
    ]


class Proposal(BaseModel):
    """What an agent wants to fill in."""

    model_config = ConfigDict(extra="forbid")

    value: JsonValue
    item: Annotated[int, Field(ge=1, le=50)] | None = None


class Filling(Proposal):
    """The same, once the customer has said yes."""

    consent: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9_-]{1,64}$",
            description="number of the message in the transcript with which the customer agreed",
            examples=["1742"],
        ),
    ]
    grant: Annotated[
        str, Field(max_length=LONGEST_GRANT, description="of the proposal, whose value and item come again")
    ]


class MaskedPerson(BaseModel):
    masked_name: Annotated[str, Field(description="initials", examples=["M. R."])]
    masked_email: str | None
    masked_phone: str | None
    birth_year: int
    language: str
    market: str


class DeskPolicy(BaseModel):
    policy_number: str
    policy_type: str
    product: str
    status: Literal["active", "lapsed", "suspended", "ended"]
    valid_from: date
    valid_to: date
    is_holder: bool
    is_group: bool
    premium: Literal["paid", "due", "overdue"] | None = Field(description="null for anybody but the holder")
    members: int = Field(description="how many of the insured the person may see")


class DeskQuestion(BaseModel):
    """A question of a draft, as an agent may fill it in."""

    question: str
    item: int | None
    kind: QuestionKind
    label_key: Annotated[str, Field(description="names its text", examples=["claim_label_service"])]
    optional: bool
    editable: bool = Field(description="false also for what only the customer may answer")
    options: list[OptionView]
    rules: QuestionRules


class DeskAnswer(DeskQuestion):
    source: AnswerSource
    value: Any
    display: Display
    hidden: bool = Field(description="given, and shown only when `answers` are unmasked")


class DeskDraft(BaseModel):
    draft_id: str
    kind: str
    market: str
    created_at: datetime
    updated_at: datetime
    answers: list[DeskAnswer]
    next: DeskQuestion | None
    ready: bool
    progress: Progress
    dropped: list[str]
    warnings: list[str]


class DeskDocument(BaseModel):
    """A file the customer sent; what it says is not told."""

    document_id: str
    filename: str
    kind: Literal["image", "pdf"]
    media_type: str
    size: int
    pages: int
    created_at: datetime
    request_number: str | None


class DeskView(BaseModel):
    """One customer at one glance."""

    login: LoginView
    person: MaskedPerson | None
    other_market: str | None = Field(description="the person's market, where the agent does not have it")
    policies: list[DeskPolicy]
    drafts: list[DeskDraft]
    requests: list[RequestSummary]
    documents: list[DeskDocument]
    other_conversations: list[str]


class AccountValue(BaseModel):
    iban: str | None
    bank: str | None
    number: str | None
    holder: str
    is_default: bool


class FullAnswer(BaseModel):
    question: str
    item: int | None
    kind: QuestionKind
    label_key: str
    value: Any
    display: Display


class FullDraft(BaseModel):
    draft_id: str
    kind: str
    market: str
    answers: list[FullAnswer]


class UnmaskedValues(BaseModel):
    """In clear: only the fields that were asked for are set."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    birth_date: date | None = None
    account: list[AccountValue] | None = None
    answers: list[FullDraft] | None = None


class ProposedAnswer(BaseModel):
    """A proposal that holds: what the customer is shown, and what makes their yes enough."""

    proposal: FullAnswer
    drops: list[QuestionId] = Field(description="answers that it would make void")
    grant: str
    expires_at: datetime
