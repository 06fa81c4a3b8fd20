"""The questionnaire engine: which answers hold, which question is next. Pure: it stores nothing.

Every evaluation walks the journey from its beginning and checks each stored answer anew against the answers
before it and the facts of today. What no longer holds is dropped and asked again; no list of dependants is
kept by hand. Nothing here knows what the questions are about.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from backend.requests import kinds
from backend.requests.faults import AnswerRefused
from backend.requests.kinds import Asked, Facts, Option
from backend.requests.models import NO_ITEM
from backend.requests.pack import Group, Journey, Question, Source

Place = tuple[str, int]
# "Not answered yet", where None is an answer ("none" to an optional question).
UNKNOWN: Any = object()


class StoredAnswer(Protocol):
    """What the engine reads of a stored answer (models.DraftAnswer)."""

    value: Any
    source: str
    basis: dict[str, Any]


@dataclass(frozen=True)
class Suggestion:
    """Something known that may be the answer; the customer confirms it."""

    value: Any
    source: str
    document_id: str | None = None


class Lookups(Facts, Protocol):
    """What the engine asks the world. Parameters that are not answered yet come as None."""

    def options(self, name: str, given: dict[str, Any]) -> list[Option]: ...

    def holds(self, name: str, given: dict[str, Any]) -> bool: ...

    def suggest(self, name: str, given: dict[str, Any]) -> Suggestion | None: ...

    def needs(self, name: str, given: dict[str, Any]) -> list[str]: ...


@dataclass(frozen=True)
class Answer:
    """An answer that holds."""

    question: Question
    item: int
    value: Any
    source: str


@dataclass
class State:
    """Where a draft stands."""

    answers: list[Answer] = field(default_factory=list)
    # Everything asked of this customer so far, answered or not.
    asked: dict[Place, Question] = field(default_factory=dict)
    # Not decidable before earlier questions are answered; an answer given early is kept.
    undecided: dict[Place, Question] = field(default_factory=dict)
    dropped: list[Place] = field(default_factory=list)
    next: tuple[Question, int] | None = None
    known: dict[Place, Any] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.next is None

    def find(self, question_id: str, item: int) -> Question | None:
        """The question if an answer to it can be taken now."""
        place = (question_id, item)
        return self.asked.get(place) or self.undecided.get(place)

    def values(self, question_id: str) -> list[Any]:
        """The answers to a question, one an item."""
        return [answer.value for answer in self.answers if answer.question.id == question_id]


def evaluate(journey: Journey, stored: Mapping[Place, StoredAnswer], lookups: Lookups) -> State:
    """Walk the journey over the stored answers."""
    state = State()
    for question, item in _places(journey, state):
        place = (question.id, item)
        wanted = _is_asked(question, item, state, lookups)
        if wanted is False:
            continue
        if wanted is None:
            state.undecided[place] = question
            if place in stored and _rests_on_other_answers(question, item, stored[place], state):
                state.dropped.append(place)
            continue
        state.asked[place] = question
        _settle(question, item, stored.get(place), state, lookups)
    for place in stored:
        reached = place in state.asked or place in state.undecided
        if not reached and not _waits_behind_open_more(journey, place, state):
            state.dropped.append(place)
    return state


def _places(journey: Journey, state: State) -> Iterator[tuple[Question, int]]:
    """Every question with its item, as far as the answers reach; read while they are being settled."""
    for entry in journey.questions:
        if not isinstance(entry, Group):
            yield entry, NO_ITEM
            continue
        for item in range(1, entry.max_items + 1):
            for question in entry.questions:
                if not (question.id == entry.more and item == entry.max_items):
                    yield question, item
            if state.known.get((entry.more, item), UNKNOWN) is not True:
                break


def _waits_behind_open_more(journey: Journey, place: Place, state: State) -> bool:
    """Whether an unreached answer belongs to an item that is only hidden until "another one?" is answered."""
    group = journey.group_of(place[0])
    if group is None:
        return False
    return all(state.known.get((group.more, item), UNKNOWN) is not False for item in range(1, place[1]))


def _settle(
    question: Question, item: int, given: StoredAnswer | None, state: State, lookups: Lookups
) -> None:
    """Take the stored answer if it holds, else find out whether there is anything to ask."""
    place = (question.id, item)
    if given is not None and not _rests_on_other_answers(question, item, given, state):
        try:
            value = check(question, item, given.value, state, lookups)
        except AnswerRefused:
            pass
        else:
            _take(Answer(question, item, value, given.source), state)
            if question.needs and missing_types(question, item, state, lookups):
                _ask(question, item, state)
            return
    if given is not None:
        state.dropped.append(place)
    if question.auto == "single":
        options = options_of(question, item, state, lookups)
        if len(options) == 1:
            _take(Answer(question, item, options[0].value, "profile"), state)
            return
    _ask(question, item, state)


def _take(answer: Answer, state: State) -> None:
    state.answers.append(answer)
    state.known[(answer.question.id, answer.item)] = answer.value


def _ask(question: Question, item: int, state: State) -> None:
    if state.next is None:
        state.next = (question, item)


def _known(question_id: str, item: int, state: State) -> Any:
    """The answer that a question of this item sees: its own item's first, then the one asked once."""
    own = state.known.get((question_id, item), UNKNOWN)
    return state.known.get((question_id, NO_ITEM), UNKNOWN) if own is UNKNOWN else own


def bind(given: Mapping[str, str], item: int, state: State) -> dict[str, Any]:
    """The parameters of a source with the answers so far; None where there is none.

    What is asked once sees all answers to a repeated question, as a list.
    """
    bound = {}
    for name, question_id in given.items():
        value = _known(question_id, item, state)
        if value is UNKNOWN:
            value = (state.values(question_id) or None) if item == NO_ITEM else None
        bound[name] = value
    return bound


def _is_asked(question: Question, item: int, state: State, lookups: Lookups) -> bool | None:
    """Whether the question concerns this customer; None while that cannot be told."""
    undecided = False
    for condition in question.when:
        if any(_known(name, item, state) is UNKNOWN for name in condition.reads):
            undecided = True
        elif condition.question is not None:
            if not condition.admits(_known(condition.question, item, state)):
                return False
        elif condition.holds and not lookups.holds(condition.holds, bind(condition.given, item, state)):
            return False
    if question.needs and not undecided:
        if any(_known(name, item, state) is UNKNOWN for name in question.needs.given.values()):
            undecided = True
        elif not question.optional and not lookups.needs(
            question.needs.name, bind(question.needs.given, item, state)
        ):
            return False
    return None if undecided else True


def basis_of(question: Question, item: int, state: State) -> dict[str, Any]:
    """The answers this one rests on, as they are now; None where there is none yet."""
    return bind({name: name for name in question.depends_on}, item, state)


def _rests_on_other_answers(question: Question, item: int, given: StoredAnswer, state: State) -> bool:
    """Whether an answer it depends on has become another one. An open one has not."""
    return any(
        now is not None and given.basis.get(name) is not None and given.basis[name] != now
        for name, now in basis_of(question, item, state).items()
    )


def check(question: Question, item: int, value: Any, state: State, lookups: Lookups) -> Any:
    """The value as it is stored; raises AnswerRefused."""
    if value is None and question.optional:
        return None
    others = [
        answer.value for answer in state.answers if answer.question.id == question.id and answer.item != item
    ]
    asked = Asked(
        question=question,
        others=others,
        facts=lookups,
        read_options=lambda: options_of(question, item, state, lookups),
        read_needs=lambda: _needs(question.needs, item, state, lookups),
    )
    return kinds.check(asked, value)


def options_of(question: Question, item: int, state: State, lookups: Lookups) -> list[Option]:
    """What can be chosen, given the answers so far."""
    if question.choices:
        return [Option(value=choice, label_key=f"{question.id}.{choice}") for choice in question.choices]
    if question.options is None:
        return []
    return lookups.options(question.options.name, bind(question.options.given, item, state))


def _needs(source: Source | None, item: int, state: State, lookups: Lookups) -> list[str]:
    return lookups.needs(source.name, bind(source.given, item, state)) if source else []


def missing_types(question: Question, item: int, state: State, lookups: Lookups) -> list[str]:
    """Document types still to be handed in for the question."""
    value = _known(question.id, item, state)
    given = {entry["document_type"] for entry in value} if isinstance(value, list) else set()
    return [kind for kind in _needs(question.needs, item, state, lookups) if kind not in given]


def suggestion_for(question: Question, item: int, state: State, lookups: Lookups) -> Suggestion | None:
    """The first thing known that would be accepted as the answer."""
    for source in question.suggest:
        suggestion = lookups.suggest(source.name, bind(source.given, item, state))
        if suggestion is None:
            continue
        try:
            value = check(question, item, suggestion.value, state, lookups)
        except AnswerRefused:
            continue
        return Suggestion(value, suggestion.source, suggestion.document_id)
    return None
