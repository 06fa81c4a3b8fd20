"""Turns the engine's state into what travels: answers with their labels, the next question with its options."""

from datetime import date
from typing import Any

from backend.money import Money
from backend.requests.kinds import Option, day_limits, largest_amount
from backend.requests.lookups import PersonLookups
from backend.requests.models import NO_ITEM, Draft, Request
from backend.requests.pack import Journey, Question
from backend.requests.questionnaire import (
    Answer,
    Place,
    State,
    bind,
    missing_types,
    options_of,
    suggestion_for,
)
from backend.requests.schemas import (
    AnswerView,
    Display,
    DocumentLabel,
    DraftView,
    OptionView,
    PersonName,
    Progress,
    QuestionRules,
    QuestionView,
    Rejected,
    RequestDocumentView,
    RequestSummary,
    RequestView,
    SuggestionView,
    TimelineView,
)
from backend.requests.sources import mask_account
from backend.requests.states import OPEN


def show_open_draft(
    draft: Draft,
    journey: Journey,
    state: State,
    lookups: PersonLookups,
    *,
    dropped: list[Place] | None = None,
    rejected: list[Rejected] | None = None,
) -> DraftView:
    """A draft in which something can still be answered."""
    places = state.dropped if dropped is None else dropped
    return DraftView(
        draft_id=draft.id,
        kind=draft.kind,
        market=draft.market,
        status="open",
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        request_number=None,
        answers=[show_answer(answer, state, lookups) for answer in state.answers],
        next=show_question(*state.next, state, lookups) if state.next else None,
        ready=state.ready,
        progress=Progress(answered=len(state.answers), total=len(state.asked)),
        dropped=list(dict.fromkeys(question_id for question_id, _ in places)),
        rejected=rejected or [],
        warnings=[
            source.name
            for source in journey.warnings
            if lookups.holds(source.name, bind(source.given, NO_ITEM, state))
        ],
    )


def show_closed_draft(draft: Draft) -> DraftView:
    """A submitted draft as it was submitted, or a discarded one, which is empty."""
    answers = draft.request.answers if draft.request else []
    return DraftView(
        draft_id=draft.id,
        kind=draft.kind,
        market=draft.market,
        status="submitted" if draft.status == "submitted" else "discarded",
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        request_number=draft.request.number if draft.request else None,
        answers=[AnswerView.model_validate(answer) for answer in answers],
        next=None,
        ready=False,
        progress=Progress(answered=len(answers), total=len(answers)),
        dropped=[],
        warnings=[],
    )


def show_answer(answer: Answer, state: State, lookups: PersonLookups) -> AnswerView:
    """An answer with what to show for it."""
    question = answer.question
    return AnswerView.model_validate(
        {
            "question": question.id,
            "item": None if answer.item == NO_ITEM else answer.item,
            "kind": question.kind,
            "value": answer.value,
            "display": _display(question, answer.item, answer.value, state, lookups),
            "source": answer.source,
            "editable": question.editable,
        }
    )


def _display(question: Question, item: int, value: Any, state: State, lookups: PersonLookups) -> Display:
    if value is None:
        return Display()
    if question.kind == "document":
        return Display(documents=[_label_document(value, None, lookups)])
    if question.kind == "documents":
        return Display(
            documents=[
                _label_document(entry["document_id"], entry["document_type"], lookups) for entry in value
            ]
        )
    if question.kind == "provider":
        return Display(label=lookups.provider_label(value))
    chosen = next((o for o in options_of(question, item, state, lookups) if o.value == value), None)
    if chosen is not None:
        return Display(label=chosen.label, label_key=chosen.label_key, detail=chosen.detail)
    if question.kind == "bank_account":
        if question.rules.masked:
            return Display(label=mask_account(value.get("iban"), value.get("bank"), value.get("number")))
        return Display(label=_print_account(value))
    if question.kind in ("email", "phone"):
        return Display(label=value)
    return Display()


def _label_document(document_id: str, document_type: str | None, lookups: PersonLookups) -> DocumentLabel:
    document = lookups.document(document_id)
    return DocumentLabel(
        document_id=document_id,
        filename=document.filename if document else "",
        document_type=document_type,
    )


def _print_account(value: dict[str, str]) -> str:
    """A newly typed account in full, as it is printed: the customer checks it."""
    if "iban" in value:
        return " ".join(value["iban"][start : start + 4] for start in range(0, len(value["iban"]), 4))
    return " ".join(part for part in (value.get("bank"), value["number"]) if part)


def show_question(question: Question, item: int, state: State, lookups: PersonLookups) -> QuestionView:
    """A question with what can be chosen and what is suggested, answered or not."""
    suggestion = suggestion_for(question, item, state, lookups)
    return QuestionView(
        question=question.id,
        item=None if item == NO_ITEM else item,
        kind=question.kind,
        optional=question.optional,
        options=[_show_option(option) for option in options_of(question, item, state, lookups)],
        suggestion=SuggestionView(
            value=suggestion.value,
            source="document" if suggestion.source == "document" else "profile",
            document_id=suggestion.document_id,
            display=_display(question, item, suggestion.value, state, lookups),
        )
        if suggestion
        else None,
        rules=_show_rules(question, item, state, lookups),
    )


def _show_option(option: Option) -> OptionView:
    return OptionView(
        value=option.value, label=option.label, label_key=option.label_key, detail=option.detail
    )


def _show_rules(question: Question, item: int, state: State, lookups: PersonLookups) -> QuestionRules:
    market = lookups.market
    if question.kind == "code":
        return QuestionRules(proves=question.proves)
    if question.kind in ("date", "year"):
        earliest, latest = day_limits(question, lookups.today)
        by_year = question.kind == "year"
        return QuestionRules(min=_limit(earliest, by_year), max=_limit(latest, by_year))
    if question.kind == "amount":
        largest = Money(amount=largest_amount(question), currency=market.currency)
        return QuestionRules(max=largest, currency=market.currency)
    if question.kind == "consent" and question.rules.later:
        return QuestionRules(later=True)
    if question.kind == "text":
        return QuestionRules(max_length=question.rules.max_length)
    if question.kind == "bank_account":
        return QuestionRules(accounts=list(market.accounts.kinds))
    if question.kind in ("document", "documents"):
        several = question.kind == "documents"
        return QuestionRules(
            document_types=list(question.rules.document_types),
            missing=missing_types(question, item, state, lookups) if several else None,
            max_bytes=market.files.max_bytes,
        )
    return QuestionRules()


def _limit(day: date | None, by_year: bool) -> date | int | None:
    return day.year if day is not None and by_year else day


def show_summary(request: Request) -> RequestSummary:
    """One line of the archive."""
    return RequestSummary.model_validate(_request_fields(request))


def show_request(request: Request) -> RequestView:
    """A request with its steps and documents."""
    return RequestView.model_validate(
        {
            **_request_fields(request),
            "timeline": [
                TimelineView.model_validate(
                    {"status": entry.status, "at": entry.at, "note": entry.note, "event": entry.event}
                )
                for entry in request.timeline
            ],
            "documents": [
                RequestDocumentView(
                    document_id=entry.document_id,
                    filename=entry.document.filename,
                    document_type=entry.document_type,
                )
                for entry in request.documents
            ],
            "missing_documents": request.missing_documents,
            "can": ["add_documents", "withdraw"] if request.status in OPEN else [],
        }
    )


def _request_fields(request: Request) -> dict[str, Any]:
    def money(amount: Any) -> Money | None:
        return None if amount is None else Money(amount=amount, currency=request.currency)

    return {
        "request_number": request.number,
        "kind": request.kind,
        "status": request.status,
        "submitted_at": request.submitted_at,
        "person": PersonName(person_id=request.member_id, full_name=request.member.full_name),
        "service": request.service,
        "amount": money(request.amount),
        "decided_amount": money(request.decided_amount),
        "policy_number": request.policy_number,
        "treatment_date": request.treatment_date,
        "expected_by": request.expected_by,
    }
