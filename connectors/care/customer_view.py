"""A customer as the backend shows them to an agent (docs/interfaces.md, "The desk"): masked, and only what is proven."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.care.backend_desk import DeskBackend
from connectors.core.backend_client import BackendUnavailable

# Kinds of questions that an agent can put a value to; files and places the customer gives.
FILLABLE = frozenset(
    {"date", "year", "amount", "text", "email", "phone", "plate_number", "yes_no", "choice", "bank_account"}
)


class _Shown(BaseModel):
    model_config = ConfigDict(extra="ignore")


class LoginShown(_Shown):
    state: str = "none"
    first_name: str | None = None


class PersonShown(_Shown):
    name: str | None = None
    initials: str | None = None
    masked_name: str | None = None
    masked_email: str | None = None
    masked_phone: str | None = None
    birth_year: int | str | None = None
    market: str | None = None

    @property
    def called(self) -> str:
        return self.masked_name or self.initials or "–"


class AnswerShown(_Shown):
    question: str
    item: int | None = None
    kind: str = "text"
    value: Any = None
    display: dict[str, Any] = {}
    editable: bool = False
    label_key: str | None = None

    @property
    def fillable(self) -> bool:
        # Of a choice the alternatives are known only while it is the next question.
        return self.editable and self.kind in FILLABLE - {"choice", "bank_account"}


class QuestionShown(_Shown):
    question: str
    item: int | None = None
    kind: str = "text"
    options: list[dict[str, Any]] = []
    rules: dict[str, Any] = {}
    label_key: str | None = None

    @property
    def fillable(self) -> bool:
        return self.kind in FILLABLE and (self.kind not in {"choice", "bank_account"} or bool(self.options))


class DraftShown(_Shown):
    draft_id: str
    kind: str
    market: str = ""
    next: QuestionShown | None = None
    answers: list[AnswerShown] = []
    ready: bool = False

    def find(self, question: str, item: int | None) -> QuestionShown | AnswerShown | None:
        """The open question, or the answer that may be put right."""
        if self.next is not None and (self.next.question, self.next.item) == (question, item):
            return self.next if self.next.fillable else None
        for answer in self.answers:
            if (answer.question, answer.item) == (question, item):
                return answer if answer.fillable else None
        return None


class DocumentShown(_Shown):
    document_id: str
    filename: str = ""
    kind: str | None = None
    created_at: str | None = None


class CustomerView(_Shown):
    """Everything in the panel that is the customer's."""

    login: LoginShown = LoginShown()
    person: PersonShown | None = None
    policies: list[dict[str, Any]] = []
    drafts: list[DraftShown] = []
    requests: list[dict[str, Any]] = []
    documents: list[DocumentShown] = []
    other_conversations: list[str] = []

    def draft(self, draft_id: str) -> DraftShown | None:
        return next((draft for draft in self.drafts if draft.draft_id == draft_id), None)


async def read_customer(desk: DeskBackend, conversation_id: str) -> CustomerView:
    """Raises BackendRefused, BackendUnavailable; without a log-in there is no person in it."""
    found = await desk.view(conversation_id)
    try:
        return CustomerView.model_validate(found)
    except ValidationError:
        # Without the cause: it would carry a customer's data into a log.
        raise BackendUnavailable("answer_malformed") from None
