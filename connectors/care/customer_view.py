"""A customer as the backend shows them to an agent (docs/interfaces.md, "The desk"): masked, and only what is proven."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.care.backend_desk import DeskBackend
from connectors.core.backend_client import BackendUnavailable
from connectors.core.handover.models import Handover

# Kinds of questions that an agent can put a value to; files and places the customer gives.
FILLABLE = frozenset(
    {"date", "year", "amount", "text", "email", "phone", "plate_number", "yes_no", "choice", "bank_account"}
)
NEEDS_OPTIONS = frozenset({"choice", "bank_account"})


class _Shown(BaseModel):
    model_config = ConfigDict(extra="ignore")


class LoginShown(_Shown):
    state: str = "none"
    first_name: str | None = None


class PersonShown(_Shown):
    masked_name: str | None = None
    masked_email: str | None = None
    masked_phone: str | None = None
    birth_year: int | None = None
    market: str | None = None


class QuestionShown(_Shown):
    """A question that may be filled in, with what it takes to put a value to it."""

    question: str
    item: int | None = None
    kind: str = "text"
    options: list[dict[str, Any]] = []
    rules: dict[str, Any] = {}
    editable: bool = True

    @property
    def fillable(self) -> bool:
        known = self.kind in FILLABLE and (self.kind not in NEEDS_OPTIONS or bool(self.options))
        return self.editable and known


class AnswerShown(QuestionShown):
    """The same with its answer; `hidden`: given, and shown only with a reason."""

    value: Any = None
    display: dict[str, Any] = {}
    hidden: bool = False


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
    # The person's market, where the agent does not have it: nothing of them is shown.
    other_market: str | None = None
    policies: list[dict[str, Any]] = []
    drafts: list[DraftShown] = []
    requests: list[dict[str, Any]] = []
    documents: list[DocumentShown] = []
    other_conversations: list[str] = []

    def draft(self, draft_id: str) -> DraftShown | None:
        return next((draft for draft in self.drafts if draft.draft_id == draft_id), None)


def looking(handover: Handover) -> dict[str, Any]:
    """What somebody looks at a customer for: it is in the audit, and what was proven then may be seen."""
    return {"id": str(handover.id), "requested_at": handover.requested_at.isoformat()}


async def read_customer(desk: DeskBackend, handover: Handover) -> CustomerView:
    """Raises BackendRefused, BackendUnavailable; without a log-in there is no person in it."""
    found = await desk.view(handover.conversation_id, looking(handover))
    try:
        return CustomerView.model_validate(found)
    except ValidationError:
        # Without the cause: it would carry a customer's data into a log.
        raise BackendUnavailable("answer_malformed") from None
