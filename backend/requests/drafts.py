"""Drafts: begun, answered, corrected, discarded. Each change is stored at once; nothing waits for the end.

A change locks its draft, so that two at once come one after the other and both stay.
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from backend.accounts.contact_codes import forget_unneeded
from backend.database import utc_now
from backend.errors import NotFound
from backend.markets.service import get_market
from backend.people.models import Person
from backend.requests.faults import (
    AnswerRefused,
    DraftClosed,
    NoCodeAsked,
    NotEligible,
    TooManyDrafts,
    ValueInvalid,
)
from backend.requests.kinds import add_documents
from backend.requests.lookups import PersonLookups
from backend.requests.models import NO_ITEM, Draft, DraftAnswer
from backend.requests.pack import Group, Journey, Question, load_journey
from backend.requests.questionnaire import Place, State, basis_of, check, evaluate, suggestion_for
from backend.requests.schemas import DraftView, Rejected
from backend.requests.views import show_closed_draft, show_open_draft

MOST_OPEN_DRAFTS = 20


def journey_of(draft: Draft) -> Journey:
    """The questionnaire the draft goes through."""
    journey = load_journey(draft.kind, draft.market)
    if journey is None:
        raise NotFound()
    return journey


def stored_answers(draft: Draft) -> dict[Place, DraftAnswer]:
    """The answers by question and item."""
    return {(answer.question, answer.item): answer for answer in draft.answers}


def find_draft(session: Session, person: Person, draft_id: str, *, lock: bool = False) -> Draft:
    """The person's draft; raises NotFound. `lock` when it is going to change."""
    query = select(Draft).where(Draft.id == draft_id, Draft.person_id == person.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    draft = session.scalar(query)
    if draft is None:
        raise NotFound()
    return draft


def open_drafts(session: Session, person: Person) -> list[Draft]:
    """The person's open drafts, the one touched last first."""
    return list(
        session.scalars(
            select(Draft)
            .where(Draft.person_id == person.id, Draft.status == "open")
            .order_by(Draft.updated_at.desc(), Draft.id)
            .options(selectinload(Draft.answers))
        )
    )


def list_drafts(session: Session, person: Person) -> list[DraftView]:
    """The open drafts as they travel, the one touched last first."""
    lookups = PersonLookups(session, person)
    return [_show(draft, lookups) for draft in open_drafts(session, person)]


def show_draft(session: Session, person: Person, draft_id: str) -> DraftView:
    """One draft, open or not; raises NotFound."""
    return _show(find_draft(session, person, draft_id), PersonLookups(session, person))


def _show(draft: Draft, lookups: PersonLookups) -> DraftView:
    if draft.status != "open":
        return show_closed_draft(draft)
    journey = journey_of(draft)
    return show_open_draft(draft, journey, evaluate(journey, stored_answers(draft), lookups), lookups)


def begin_draft(
    session: Session, person: Person, kind: str, answers: dict[str, Any], conversation_id: str
) -> DraftView:
    """A new draft with what is known already; what does not hold is named in `rejected`, nothing else.

    Raises NotFound for a journey that the market does not offer, NotEligible for one that leads nowhere for
    this person.
    """
    journey = load_journey(kind, person.market)
    offered = get_market(person.market).journeys
    if journey is None or dict(offered).get(kind) != "offered":  # type: ignore[call-overload]
        raise NotFound()
    if journey.requires and not PersonLookups(session, person).options(journey.requires, {}):
        raise NotEligible()
    count = session.scalar(
        select(func.count()).select_from(Draft).where(Draft.person_id == person.id, Draft.status == "open")
    )
    if (count or 0) >= MOST_OPEN_DRAFTS:
        raise TooManyDrafts()
    now = utc_now()
    draft = Draft(person_id=person.id, market=person.market, kind=kind, created_at=now, updated_at=now)
    session.add(draft)
    session.flush()
    editing = Editing(session, person, draft, journey)
    rejected = [Rejected(question=name, error="value_invalid") for name in answers if not journey.find(name)]
    for question in journey.all_questions():
        if question.id in answers:
            try:
                editing.answer(question.id, None, answers[question.id], "customer")
            except AnswerRefused as refused:
                rejected.append(Rejected(question=question.id, error=refused.code, detail=refused.detail))
    forget_unneeded(session, conversation_id, editing.awaited)
    return editing.show(rejected)


def put_answer(
    session: Session,
    person: Person,
    draft_id: str,
    question_id: str,
    item: int | None,
    value: Any,
    source: str,
    conversation_id: str,
) -> DraftView:
    """Answer a question, or answer it anew. Raises NotFound, DraftClosed and the AnswerRefused facts."""
    editing = edit_draft(session, person, draft_id)
    editing.answer(question_id, item, value, source)
    forget_unneeded(session, conversation_id, editing.awaited)
    return editing.show()


def delete_answer(
    session: Session, person: Person, draft_id: str, question_id: str, item: int | None, conversation_id: str
) -> DraftView:
    """Open a question again; the name of a group with an item removes that item whole."""
    editing = edit_draft(session, person, draft_id)
    group = editing.journey.find_group(question_id)
    if group is not None:
        editing.remove_item(group, item)
    else:
        editing.reopen(question_id, item)
    forget_unneeded(session, conversation_id, editing.awaited)
    return editing.show()


def address_to_prove(session: Session, person: Person, draft_id: str) -> str:
    """The e-mail or number to which the open question's code goes. Raises NotFound, DraftClosed, NoCodeAsked."""
    address = edit_draft(session, person, draft_id).awaited
    if address is None:
        raise NoCodeAsked()
    return address


def discard_draft(session: Session, person: Person, draft_id: str, conversation_id: str) -> None:
    """Throw the draft away with its answers; again is no error. Raises NotFound, DraftClosed."""
    draft = find_draft(session, person, draft_id, lock=True)
    if draft.status == "submitted":
        raise DraftClosed(status=draft.status)
    draft.status = "discarded"
    draft.answers.clear()
    forget_unneeded(session, conversation_id, None)
    draft.updated_at = utc_now()


def edit_draft(session: Session, person: Person, draft_id: str) -> "Editing":
    """An open draft, locked; raises NotFound, DraftClosed."""
    draft = find_draft(session, person, draft_id, lock=True)
    if draft.status != "open":
        raise DraftClosed(status=draft.status, request_number=draft.request.number if draft.request else None)
    return Editing(session, person, draft, journey_of(draft))


class Editing:
    """One change of one draft: the answers and the state they make, kept in step."""

    def __init__(self, session: Session, person: Person, draft: Draft, journey: Journey) -> None:
        self.session = session
        self.draft = draft
        self.journey = journey
        self.lookups = PersonLookups(session, person)
        self.dropped: list[Place] = []
        self.state: State = evaluate(journey, self.stored, self.lookups)

    @property
    def stored(self) -> dict[Place, DraftAnswer]:
        return stored_answers(self.draft)

    @property
    def awaited(self) -> str | None:
        """The e-mail or number whose code the open question waits for."""
        proven_by = self.state.next[0].proves if self.state.next else None
        return str(self.state.known[proven_by, NO_ITEM]) if proven_by else None

    def show(self, rejected: list[Rejected] | None = None) -> DraftView:
        """The draft after the change."""
        return show_open_draft(
            self.draft, self.journey, self.state, self.lookups, dropped=self.dropped, rejected=rejected
        )

    def answer(self, question_id: str, item: int | None, value: Any, source: str) -> Place:
        """Store a value after checking it, and drop what it makes void; tells where it went."""
        place = self._place(question_id, item)
        question = self.state.find(*place)
        if question is None:
            raise ValueInvalid(reason="not_asked")
        stored = self.stored.get(place)
        if stored is not None and not question.editable:
            raise ValueInvalid(reason="not_editable")
        if question.kind == "documents" and stored is not None:
            value = add_documents(stored.value, value)
        value = check(question, place[1], value, self.state, self.lookups)
        if stored is None:
            stored = DraftAnswer(question=question_id, item=place[1])
            self.draft.answers.append(stored)
        stored.source = self._source(question, place[1], value, source)
        stored.value = value
        stored.basis = basis_of(question, place[1], self.state)
        stored.answered_at = utc_now()
        self._settle()
        return place

    def reopen(self, question_id: str, item: int | None) -> None:
        """Forget an answer; one that is not there is forgotten already."""
        place = self._place(question_id, item)
        stored = self.stored.get(place)
        if stored is not None:
            self.draft.answers.remove(stored)
        self._settle()

    def remove_item(self, group: Group, item: int | None) -> None:
        """Take one item out of a group and move the later ones up."""
        if item is None:
            raise ValueInvalid(reason="item_needed")
        names = {question.id for question in group.questions}
        rows = [answer for answer in self.draft.answers if answer.question in names]
        last = max((row.item for row in rows), default=0)
        more = {row.item: row for row in rows if row.question == group.more}
        if item > last:
            raise ValueInvalid(reason="item_unknown")
        if item == last and item - 1 in more:
            # The item before is the last one now: whether there is another is what was said of the removed one.
            if item in more:
                more[item - 1].value = more[item].value
            else:
                self.draft.answers.remove(more[item - 1])
        for row in rows:
            if row.item == item:
                self.draft.answers.remove(row)
        self.session.flush()
        # One at a time and upwards: no two rows may stand in one place even for a moment.
        for row in sorted((row for row in rows if row.item > item), key=lambda row: row.item):
            row.item -= 1
            self.session.flush()
        self._settle()

    def _settle(self) -> None:
        self.state = evaluate(self.journey, self.stored, self.lookups)
        for place in self.state.dropped:
            self.draft.answers.remove(self.stored[place])
        self.dropped += self.state.dropped
        self.draft.updated_at = utc_now()
        self.session.flush()

    def _place(self, question_id: str, item: int | None) -> Place:
        """The question's item: the given one, or the only or present one of a repeated question."""
        if self.journey.find(question_id) is None:
            raise NotFound()
        group = self.journey.group_of(question_id)
        if group is None:
            if item is not None:
                raise ValueInvalid(reason="item_unknown")
            return question_id, NO_ITEM
        if item is not None:
            return question_id, item
        names = {question.id for question in group.questions}
        if self.state.next is not None and self.state.next[0].id in names:
            return question_id, self.state.next[1]
        reached = {place[1] for place in (*self.state.asked, *self.state.undecided) if place[0] in names}
        if len(reached) != 1:
            raise ValueInvalid(reason="item_needed")
        return question_id, reached.pop()

    def _source(self, question: Question, item: int, value: Any, claimed: str) -> str:
        """Where the answer comes from: an agent, what was suggested word for word, else the customer."""
        if claimed in ("customer", "agent"):
            return claimed
        suggestion = suggestion_for(question, item, self.state, self.lookups)
        return (
            claimed
            if suggestion and suggestion.value == value and suggestion.source == claimed
            else "customer"
        )
