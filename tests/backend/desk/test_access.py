"""Who of the staff may do what with which customer: every cell of role × call × market."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.documents import bills
from tests.backend.requests.conftest import LAST_WEEK, Customer

Call = Callable[[DeskAgent, Customer], httpx.Response]
CALLS: dict[str, Call] = {
    "view": lambda agent, claimant: agent.post("c1/view"),
    "unmask": lambda agent, claimant: agent.unmask("name"),
    "file": lambda agent, claimant: agent.post(f"c1/documents/{claimant.value('expense_document', 1)}/view"),
    "propose": lambda agent, claimant: agent.propose(claimant.draft["draft_id"], "treatment_date", LAST_WEEK),
    "send": lambda agent, claimant: agent.send(bills.make_pdf(agent.staff_id)),
}
ALLOWED = {"view": 200, "unmask": 200, "file": 200, "propose": 201, "send": 201}
NOT_FOUND = {"error": "not_found", "detail": {}}


@pytest.fixture
def claimant(mario_online: Customer) -> Customer:
    """With a draft that has a bill."""
    mario_online.begin({"treatment_date": LAST_WEEK, "service": "mri"})
    mario_online.answer("expense_document", mario_online.upload(), 1)
    return mario_online


def test_agents_and_supervisors_of_the_market_may_and_nobody_else(
    hire_agent: Callable[..., DeskAgent], claimant: Customer, facts: Facts
) -> None:
    for role in ("agent", "supervisor", "administrator"):
        for markets in (["it"], ["id", "it"], ["rs"], []):
            agent = hire_agent(f"{role}.{'.'.join(markets) or 'none'}", role, markets)
            for name, call in CALLS.items():
                answer = call(agent, claimant)
                if role == "administrator":
                    expected: tuple[int, Any] = (403, {"error": "role_not_allowed", "detail": {}})
                elif "it" not in markets:
                    expected = (404, NOT_FOUND)
                else:
                    assert answer.status_code == ALLOWED[name], (role, markets, name, answer.text)
                    continue
                assert (answer.status_code, answer.json()) == expected, (role, markets, name)
    # Two roles with two sets of markets each: whoever was refused left no trace of a look.
    for action in ("desk_customer_viewed", "desk_unmasked", "document_read", "desk_file_sent"):
        assert len(facts(action)) == 4, action


def test_not_yours_and_not_there_are_one_answer(
    hire_agent: Callable[..., DeskAgent], bea: DeskAgent, claimant: Customer
) -> None:
    serbian = hire_agent("agent.rs", "agent", ["rs"])
    nowhere = bea.post("c999/view")
    assert (nowhere.status_code, nowhere.json()) == (404, NOT_FOUND)
    assert serbian.post("c1/view").json() == nowhere.json()
    assert bea.propose("0" * 32, "treatment_date", LAST_WEEK).json() == NOT_FOUND
    assert bea.propose(claimant.draft["draft_id"], "no_such_question", LAST_WEEK).json() == NOT_FOUND


def test_a_draft_of_somebody_else_is_not_there(
    bea: DeskAgent, claimant: Customer, log_in: Callable[..., str]
) -> None:
    draft_id = claimant.draft["draft_id"]
    proposed = bea.propose(draft_id, "treatment_date", LAST_WEEK).json()
    log_in("c1", "anna", "it", "it")
    assert bea.propose(draft_id, "treatment_date", LAST_WEEK).json() == NOT_FOUND
    assert bea.yes(draft_id, "treatment_date", LAST_WEEK, proposed).json() == NOT_FOUND
    assert bea.view()["drafts"] == []


@pytest.mark.parametrize("name", CALLS)
def test_without_a_log_in_of_staff_nothing_is_told(
    bea: DeskAgent, claimant: Customer, actions: TestClient, name: str
) -> None:
    bea.headers = {"X-Staff-Token": "x" * 43}
    refused = CALLS[name](bea, claimant)
    assert (refused.status_code, refused.json()["error"]) == (401, "staff_login_required")
    bea.headers = {}
    assert CALLS[name](bea, claimant).json()["error"] == "staff_login_required"
    bea.backend = actions
    assert CALLS[name](bea, claimant).json()["error"] == "forbidden"
