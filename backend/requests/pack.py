"""The schema of a journey: the questions of a market pack's `<kind>/<market>.yml`, and their loading.

What a question means is data there; how it is asked is questionnaire.py; where its options come from is
sources.py, what its conditions and warnings mean is predicates.py. Nothing here knows what a claim is.
`GET /markets/{market}` shows these files as they are.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

MARKETS_FOLDER = Path(__file__).parents[1] / "markets"

QuestionKind = Literal[
    "date",
    "year",
    "amount",
    "choice",
    "consent",
    "email",
    "phone",
    "code",
    "bank_account",
    "document",
    "documents",
    "text",
    "yes_no",
    "provider",
    "plate_number",
]
# What a journey changes in the profile, where it does not make a request (changes.py).
Change = Literal["contact_data", "bank_account"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,38}$")]


class Strict(BaseModel):
    """A misspelt key in a pack is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Source(Strict):
    """A named source in sources.py, or a predicate in predicates.py; `given` binds its parameters to earlier questions."""

    name: Annotated[Identifier, Field(alias="from")]
    given: dict[Identifier, Identifier] = {}


class Condition(Strict):
    """Holds when an earlier question was answered `equals`, or `one_of`, or when the named predicate `holds`."""

    question: Identifier | None = None
    equals: Any = None
    one_of: tuple[Any, ...] = ()
    holds: Identifier | None = None
    given: dict[Identifier, Identifier] = {}

    @model_validator(mode="after")
    def be_one_of_both(self) -> Self:
        if (self.question is None) == (self.holds is None):
            raise ValueError("a condition has either `question` or `holds`")
        if self.one_of and self.equals is not None:
            raise ValueError("a condition has either `equals` or `one_of`")
        return self

    def admits(self, answer: Any) -> bool:
        """Whether it holds with this answer to its question."""
        return answer in self.one_of if self.one_of else bool(answer == self.equals)

    @property
    def reads(self) -> set[str]:
        """The questions it looks at."""
        return {self.question} if self.question else set(self.given.values())


class Rules(Strict):
    """What an answer must keep to; each kind reads its own."""

    not_future: bool = False
    not_past: bool = False
    max_age_days: int | None = None
    max_ahead_days: int | None = None
    max_amount: str | None = None
    max_length: int = 200
    # What a document for this question can be; the first is assumed where nobody says.
    document_types: tuple[str, ...] = ()
    # One file serves once: not in two items, not in two requests.
    unused: bool = False
    # A plate of another country has no form that could be checked.
    any_country: bool = False
    # Another address or number than the known one.
    new: bool = False
    # Shown with its end only, also to whoever typed it.
    masked: bool = False
    # A consent that can only be given once something was done elsewhere: "not yet" leaves the draft for later.
    later: bool = False


class Question(Strict):
    """One question. `ours` marks what the market's guide does not ask or say."""

    id: Identifier
    kind: QuestionKind
    optional: bool = False
    when: tuple[Condition, ...] = ()
    options: Source | None = None
    # Fixed options, instead of a source; their words are the texts `option_<question>_<choice>`.
    choices: tuple[Identifier, ...] = ()
    # With one option only there is nothing to ask: it is answered from what is known, visible and editable.
    auto: Literal["single"] | None = None
    # Offered for confirmation, the first that has something; never stored by itself.
    suggest: tuple[Source, ...] = ()
    # Document types that must be handed in (kind documents); where nothing is needed nothing is asked.
    needs: Source | None = None
    # Another answer to one of these makes this answer void even where it would still be possible.
    depends_on: tuple[Identifier, ...] = ()
    rules: Rules = Rules()
    editable: bool = True
    ours: bool = False

    @property
    def proves(self) -> str | None:
        """The question whose e-mail or number a code is sent to; it is asked until that is proven."""
        conditions = [c.given["address"] for c in self.when if c.holds == "unproved"]
        return conditions[0] if self.kind == "code" and conditions else None

    @property
    def reads(self) -> set[str]:
        """Every question that decides whether and how this one is asked. A suggestion may come from a later one."""
        found = set(self.depends_on)
        for source in (self.options, self.needs):
            if source:
                found |= set(source.given.values())
        for condition in self.when:
            found |= condition.reads
        return found


class Group(Strict):
    """Questions asked once an item (a bill), again as long as `more` is answered with yes."""

    group: Identifier
    more: Identifier
    max_items: int = Field(default=20, ge=1, le=50)
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def end_with_more(self) -> Self:
        if not self.questions or self.questions[-1].id != self.more or self.questions[-1].kind != "yes_no":
            raise ValueError(f"group {self.group} must end with its yes_no question {self.more}")
        return self


class RequestFields(Strict):
    """Which answers fill the columns of a submitted request; `amount` is summed over the items."""

    # Who is treated; without a question it is the person who submits.
    member: Identifier | None = None
    policy: Identifier
    service: Identifier | None = None
    treatment_date: Identifier | None = None
    amount: Identifier | None = None
    email: Identifier | None = None


class Journey(Strict):
    """A whole questionnaire, as one market asks it."""

    kind: Identifier
    market: str
    # A source that must have something to choose from, or this is nothing for this customer.
    requires: Identifier | None = None
    # Said beside the draft, never in the way of submitting: those of predicates.py.
    warnings: tuple[Source, ...] = ()
    # A journey ends in one of the two.
    request: RequestFields | None = None
    change: Change | None = None
    # Days until a decision is expected, from submitting or from the last missing document; said to the customer.
    processing_days: Annotated[int, Field(ge=1, le=365)] | None = None
    questions: tuple[Question | Group, ...]

    @model_validator(mode="after")
    def read_only_earlier_answers(self) -> Self:
        if (self.request is None) == (self.change is None):
            raise ValueError("a journey has either `request` or `change`")
        seen: set[str] = set()
        for question in self.all_questions():
            if question.id in seen:
                raise ValueError(f"question {question.id} is there twice")
            unknown = question.reads - seen
            if unknown:
                raise ValueError(f"question {question.id} reads {sorted(unknown)}, not asked before it")
            if question.kind == "choice" and (question.options is None) == (not question.choices):
                raise ValueError(f"choice {question.id} has no options of one kind")
            if question.kind in ("document", "documents") and not question.rules.document_types:
                raise ValueError(f"question {question.id} names no document types")
            if question.kind == "code" and question.proves is None:
                raise ValueError(f"code {question.id} proves nothing")
            seen.add(question.id)
        named = set(self.request.model_dump(exclude_none=True).values()) if self.request else set()
        suggestions = [source for question in self.all_questions() for source in question.suggest]
        named |= {asked for source in (*self.warnings, *suggestions) for asked in source.given.values()}
        if named - seen:
            raise ValueError(f"unknown questions: {sorted(named - seen)}")
        return self

    def all_questions(self) -> Iterator[Question]:
        """Every question in the order asked, those of groups once."""
        for entry in self.questions:
            yield from entry.questions if isinstance(entry, Group) else (entry,)

    def find(self, question_id: str) -> Question | None:
        """The question, or None."""
        return next((question for question in self.all_questions() if question.id == question_id), None)

    def group_of(self, question_id: str) -> Group | None:
        """The group that repeats the question, or None."""
        for entry in self.questions:
            if isinstance(entry, Group) and any(question.id == question_id for question in entry.questions):
                return entry
        return None

    def find_group(self, group_id: str) -> Group | None:
        """The group of that name, or None."""
        return next((e for e in self.questions if isinstance(e, Group) and e.group == group_id), None)


@lru_cache
def load_journey(kind: str, market: str) -> Journey | None:
    """The journey of a market, or None where the market does not offer it."""
    path = MARKETS_FOLDER / kind / f"{market}.yml"
    if not path.is_file():
        return None
    return Journey.model_validate({"kind": kind, "market": market, **yaml.safe_load(path.read_text("utf-8"))})
