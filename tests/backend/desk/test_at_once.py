"""Two windows of one agent, two deliveries of one yes: noted once, filled in once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.backend.desk.conftest import DeskAgent, Facts
from tests.backend.requests.conftest import LAST_WEEK, Customer


def test_looks_at_the_same_moment_are_one_look(bea: DeskAgent, mario_online: Customer, facts: Facts) -> None:
    asked = datetime.now(UTC)
    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(lambda _: bea.view(requested_at=asked)["person"], range(12)))
    assert all(seen)
    assert len(facts("desk_customer_viewed")) == 1


def test_the_same_yes_many_times_at_once_fills_in_once(
    bea: DeskAgent, mario_online: Customer, facts: Facts
) -> None:
    mario_online.begin()
    draft_id = mario_online.draft["draft_id"]
    proposed = bea.propose(draft_id, "treatment_date", LAST_WEEK).json()

    def agree(_: int) -> tuple[int, str]:
        answer = bea.yes(draft_id, "treatment_date", LAST_WEEK, proposed, key="yes-1")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(agree, range(12)))
    assert len(answers) == 1
    assert answers.pop()[0] == 200
    assert len(facts("desk_field_filled")) == 1
