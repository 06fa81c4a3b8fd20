"""The engine alone, over made-up worlds: whatever the order of answers, a draft comes to its end."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.markets.service import get_market, list_markets
from backend.requests.faults import AnswerRefused
from backend.requests.kinds import Option
from backend.requests.models import NO_ITEM
from backend.requests.pack import Journey, load_journey
from backend.requests.predicates import PREDICATES
from backend.requests.questionnaire import State, Suggestion, basis_of, check, evaluate
from backend.requests.sources import NEEDS, OPTIONS, SUGGESTIONS

PEOPLE = {"me": True, "wife": True, "son": False}
COVERED = {"me": ["mri", "gp_visit"], "wife": ["mri"], "son": ["gp_visit"]}
POLICIES = {"me": ["P1", "P2"], "wife": ["P1"], "son": ["P1"]}
NEEDED = {"mri": ["referral", "report"], "gp_visit": []}


@dataclass
class World:
    """A family of three; documents are all there are."""

    market: Any
    today: date = date(2026, 11, 20)

    def options(self, name: str, given: dict[str, Any]) -> list[Option]:
        member = given.get("member")
        values: list[Any]
        if name == "members":
            values = list(PEOPLE)
        elif name == "services":
            values = COVERED[member] if member else ["mri", "gp_visit"]
        elif name == "policies_covering":
            fits = member and given["service"] in COVERED[member]
            values = POLICIES[member] if fits else []
        elif name == "recipients":
            values = ["self"] + ([member] if member != "me" and PEOPLE.get(member or "") else [])
        elif name == "bank_accounts":
            values = [{"known": "mine"}] if given.get("recipient", "self") in ("self", None) else []
        else:
            values = [{"known": "profile"}]
        return [Option(value=value, label=str(value)) for value in values]

    def holds(self, name: str, given: dict[str, Any]) -> bool:
        if name in ("over_limit", "amount_differs", "bill_claimed_before"):
            return False
        return given["recipient"] == "self" and given["member"] != "me" and PEOPLE[given["member"]]

    def suggest(self, name: str, given: dict[str, Any]) -> Suggestion | None:
        return None

    def needs(self, name: str, given: dict[str, Any]) -> list[str]:
        return NEEDED.get(given["service"], [])

    def has_document(self, document_id: str) -> bool:
        return document_id.startswith("doc")

    def is_used_up(self, document_id: str, question_id: str, others: list[str]) -> bool:
        return document_id in others


@dataclass
class Stored:
    value: Any
    source: str = "customer"
    basis: dict[str, Any] = field(default_factory=dict)


class Draft:
    """What drafts.py does with the engine, without a database."""

    def __init__(self, market: str) -> None:
        journey = load_journey("claim", market)
        assert journey is not None
        self.journey = journey
        self.world = World(get_market(market))
        self.stored: dict[tuple[str, int], Stored] = {}
        self.state: State = evaluate(journey, self.stored, self.world)

    def put(self, question_id: str, item: int, value: Any) -> bool:
        question = self.state.find(question_id, item)
        if question is None:
            return False
        try:
            value = check(question, item, value, self.state, self.world)
        except AnswerRefused:
            return False
        self.stored[question_id, item] = Stored(value, basis=basis_of(question, item, self.state))
        self.settle()
        return True

    def delete(self, question_id: str, item: int) -> None:
        self.stored.pop((question_id, item), None)
        self.settle()

    def settle(self) -> None:
        self.state = evaluate(self.journey, self.stored, self.world)
        for place in self.state.dropped:
            del self.stored[place]


def good_answer(draft: Draft, question_id: str, item: int, pick: int) -> Any:
    """Some answer that a sensible customer gives."""
    question = draft.journey.find(question_id)
    assert question is not None
    if question.options is not None:
        names = {name: draft.stored.get((q, NO_ITEM)) for name, q in question.options.given.items()}
        known = {name: stored.value if stored else None for name, stored in names.items()}
        known |= {n: v for n, v in _automatic(draft, question.options.given).items() if known.get(n) is None}
        options = draft.world.options(question.options.name, known)
        if options:
            return options[pick % len(options)].value
    values: dict[str, Any] = {
        "date": ["2026-11-01", "2026-10-15"][pick % 2],
        "amount": {"amount": f"{pick + 1}.50", "currency": draft.world.market.currency},
        "consent": True,
        "yes_no": pick % 5 == 0,
        "email": "somebody@example.org",
        "text": f"text {pick}",
        "document": f"doc-bill-{item}-{pick}",
        "documents": [
            {"document_id": "doc1", "document_type": "referral"},
            {"document_id": "doc2", "document_type": "report"},
        ],
        "bank_account": {"bank": "BCA", "number": "1234567890"}
        if "iban" not in draft.world.market.accounts.kinds
        else {
            "iban": "RS35260005601001611379"
            if draft.world.market.market == "rs"
            else "DE89370400440532013000"
        },
    }
    return values.get(question.kind, "nothing")


def _automatic(draft: Draft, given: dict[str, str]) -> dict[str, Any]:
    return {name: next(iter(draft.state.values(question_id)), None) for name, question_id in given.items()}


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "nonsense"]),
        st.integers(0, 30),
        st.integers(1, 3),
        st.integers(0, 9),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(market=st.sampled_from(["id", "it", "rs"]), moves=MOVES)
def test_any_order_of_answers_and_corrections_ends_ready(
    market: str, moves: list[tuple[str, int, int, int]]
) -> None:
    draft = Draft(market)
    questions = list(draft.journey.all_questions())
    for move, index, item, pick in moves:
        question = questions[index % len(questions)]
        place_item = item if draft.journey.group_of(question.id) else NO_ITEM
        if move == "put":
            draft.put(question.id, place_item, good_answer(draft, question.id, place_item, pick))
        elif move == "delete":
            draft.delete(question.id, place_item)
        else:
            draft.put(question.id, place_item, ["asdf", {"iban": 3}, 7, [], None][pick % 5])
        assert evaluate(draft.journey, draft.stored, draft.world).dropped == []
    steps = 0
    while draft.state.next is not None:
        question, item = draft.state.next
        # "Another bill?" is answered with no from now on.
        value = False if question.kind == "yes_no" else good_answer(draft, question.id, item, steps)
        assert draft.put(question.id, item, value), (question.id, value)
        steps += 1
        assert steps < 400
    for answer in draft.state.answers:
        assert check(answer.question, answer.item, answer.value, draft.state, draft.world) == answer.value
    assert set(draft.stored) <= set(draft.state.asked)


@settings(max_examples=60, deadline=None)
@given(first=st.sampled_from(list(PEOPLE)), second=st.sampled_from(list(PEOPLE)), pick=st.integers(0, 9))
def test_nothing_that_does_not_hold_for_another_person_survives(first: str, second: str, pick: int) -> None:
    draft = Draft("it")
    draft.put("person", NO_ITEM, first)
    while draft.state.next is not None:
        question, item = draft.state.next
        value = False if question.kind == "yes_no" else good_answer(draft, question.id, item, pick)
        assert draft.put(question.id, item, value)
    before = {answer.question.id: answer.value for answer in draft.state.answers}
    draft.put("person", NO_ITEM, second)
    after = {answer.question.id: answer.value for answer in draft.state.answers}
    if first == second:
        assert after == before
        return
    service = after.get("service")
    assert service is None or service in COVERED[second]
    assert "authorisation" not in after
    # What has nothing to do with the person stays.
    assert after["expense_amount"] == before["expense_amount"]
    assert after["email"] == before["email"]


def test_deleting_an_answer_keeps_those_that_wait_for_it() -> None:
    draft = Draft("it")
    draft.put("person", NO_ITEM, "wife")
    draft.put("service", NO_ITEM, "mri")
    draft.put("recipient", NO_ITEM, "self")
    draft.put("authorisation", NO_ITEM, True)
    draft.delete("person", NO_ITEM)
    assert set(draft.stored) == {("service", 0), ("recipient", 0), ("authorisation", 0)}
    draft.put("person", NO_ITEM, "wife")
    assert set(draft.stored) == {("person", 0), ("service", 0), ("recipient", 0), ("authorisation", 0)}


@pytest.mark.parametrize("market", list_markets())
def test_the_journey_of_every_market_names_only_sources_that_exist(market: str) -> None:
    journey = load_journey("claim", market)
    assert journey is not None
    for question in journey.all_questions():
        assert question.options is None or question.options.name in OPTIONS
        assert question.needs is None or question.needs.name in NEEDS
        assert {source.name for source in question.suggest} <= set(SUGGESTIONS)
        assert {condition.holds for condition in question.when if condition.holds} <= set(PREDICATES)
    assert {warning.name for warning in journey.warnings} <= set(PREDICATES)


@pytest.mark.parametrize(
    ("questions", "why"),
    [
        ([{"id": "a1", "kind": "yes_no"}, {"id": "a1", "kind": "yes_no"}], "twice"),
        ([{"id": "a1", "kind": "choice"}], "no options"),
        ([{"id": "a1", "kind": "document"}], "no document types"),
        (
            [{"id": "a1", "kind": "date", "depends_on": ["b1"]}, {"id": "b1", "kind": "date"}],
            "not asked before",
        ),
        ([{"id": "a1", "kind": "date", "optoinal": True}], "Extra inputs"),
        (
            [
                {"id": "a1", "kind": "choice", "choices": ["x1", "y1"]},
                {"id": "b1", "kind": "text", "when": [{"question": "a1", "equals": "x1", "one_of": ["y1"]}]},
            ],
            "either `equals` or `one_of`",
        ),
        ([{"group": "gg", "more": "m1", "questions": [{"id": "m1", "kind": "text"}]}], "must end with"),
    ],
)
def test_a_pack_with_a_mistake_is_refused(questions: list[dict[str, Any]], why: str) -> None:
    fields = {"member": "a1", "policy": "a1"}
    with pytest.raises(ValidationError, match=why):
        Journey.model_validate({"kind": "claim", "market": "it", "request": fields, "questions": questions})
