"""A customer's open drafts as an agent sees them: field by field, masked, with what could be filled in."""

from sqlalchemy.orm import Session

from backend.desk.masks import mask_answer, mask_option
from backend.desk.schemas import DeskAnswer, DeskDraft, DeskQuestion, FullAnswer, FullDraft
from backend.people.models import Person
from backend.requests.drafts import journey_of, open_drafts, stored_answers
from backend.requests.lookups import PersonLookups
from backend.requests.models import Draft
from backend.requests.pack import Question
from backend.requests.questionnaire import Answer, Place, State, evaluate
from backend.requests.schemas import AnswerView
from backend.requests.views import show_answer, show_open_draft, show_question

# An agreement and a code are the customer's own: nobody gives them for somebody else.
CUSTOMERS_OWN = frozenset({"consent", "code"})


def list_desk_drafts(session: Session, person: Person) -> list[DeskDraft]:
    """The open drafts, the one touched last first."""
    lookups = PersonLookups(session, person)
    return [show_desk_draft(draft, lookups) for draft in open_drafts(session, person)]


def show_desk_draft(draft: Draft, lookups: PersonLookups, dropped: list[Place] | None = None) -> DeskDraft:
    """One open draft, masked."""
    journey = journey_of(draft)
    state = evaluate(journey, stored_answers(draft), lookups)
    shown = show_open_draft(draft, journey, state, lookups, dropped=dropped)
    return DeskDraft(
        draft_id=draft.id,
        kind=draft.kind,
        market=draft.market,
        created_at=draft.created_at,
        updated_at=draft.updated_at,
        answers=[_masked(draft, answer, state, lookups) for answer in state.answers],
        next=_question(draft, *state.next, state, lookups) if state.next else None,
        ready=shown.ready,
        progress=shown.progress,
        dropped=shown.dropped,
        warnings=shown.warnings,
    )


def _masked(draft: Draft, answer: Answer, state: State, lookups: PersonLookups) -> DeskAnswer:
    view = show_answer(answer, state, lookups)
    masked = mask_answer(answer.question, view)
    asked = _question(draft, answer.question, answer.item, state, lookups)
    return DeskAnswer(
        **dict(asked),
        source=view.source,
        value=masked.value,
        display=masked.display,
        hidden=view.value is not None and masked.value is None and masked.display.label is None,
    )


def _question(
    draft: Draft, question: Question, item: int, state: State, lookups: PersonLookups
) -> DeskQuestion:
    view = show_question(question, item, state, lookups)
    editable = question.editable and question.kind not in CUSTOMERS_OWN
    return DeskQuestion(
        question=view.question,
        item=view.item,
        kind=view.kind,
        label_key=label_key(draft, view.question),
        optional=view.optional,
        editable=editable,
        options=[mask_option(question, option) for option in view.options] if editable else [],
        rules=view.rules,
    )


def label_key(draft: Draft, question_id: str) -> str:
    """The text that names the question; a market's own wording ends in `_<market>`."""
    return f"{draft.kind}_label_{question_id}"


def list_full_drafts(session: Session, person: Person) -> list[FullDraft]:
    """The open drafts in clear."""
    lookups = PersonLookups(session, person)
    found = []
    for draft in open_drafts(session, person):
        state = evaluate(journey_of(draft), stored_answers(draft), lookups)
        answers = [show_full(draft, show_answer(answer, state, lookups)) for answer in state.answers]
        found.append(FullDraft(draft_id=draft.id, kind=draft.kind, market=draft.market, answers=answers))
    return found


def show_full(draft: Draft, answer: AnswerView) -> FullAnswer:
    """An answer in clear."""
    return FullAnswer(
        question=answer.question,
        item=answer.item,
        kind=answer.kind,
        label_key=label_key(draft, answer.question),
        value=answer.value,
        display=answer.display,
    )
