"""Random walks through the running assistant: hundreds of customers who do what no test of ours would think of.

`CARE_DIALOGUES=3000 pytest -m slow tests/conversations/machine` walks further. A walk that breaks something is
printed as a dialogue with the steps to put into walks.yml, where it is taken again in every run.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.conversations.machine.dialogue import Dialogue
from tests.conversations.machine.invariants import Broken
from tests.conversations.machine.material import MANNERS, MOST_VALUES, NONSENSE, WISHES, WRITINGS
from tests.conversations.machine.stage import Stage
from tests.conversations.machine.truth import Account
from tests.running import Running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
DIALOGUES = int(os.environ.get("CARE_DIALOGUES", "300"))
TOGETHER = 4
TURNS = 6
WALKS = yaml.safe_load(Path(__file__).with_name("walks.yml").read_text(encoding="utf-8"))
# The clock of these customers is moved by hand, and they mistype more codes than anybody.
PATIENT = {
    "BACKEND_CODES_WRONG_IN_A_ROW": "100000",
    "BACKEND_CODES_WRONG_A_DAY": "100000",
    "BACKEND_CODES_SENT_A_DAY": "100000",
    "BACKEND_CODE_RESEND_SECONDS": "0",
    "BACKEND_PASSWORDS_WRONG_IN_A_ROW": "100000",
    "BACKEND_PASSWORDS_WRONG_A_DAY": "100000",
}
KINDS = ("claim", "direct_care", "car_damage", "contact_data", "bank_account")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Programs of its own: everybody insured gets an account here, and their clocks are moved."""
    running = Running(tmp_path_factory.mktemp("machine"), **PATIENT)
    running.prepare()
    running.start()
    try:
        stage = Stage(running)
        stage.truth.open_accounts()
        yield stage
    finally:
        running.stop()


class Walks(RuleBasedStateMachine):
    """What a customer may do next. No step looks at what was answered: a seed gives the same walk every time."""

    stage: Stage
    people: dict[str, list[Account]]
    folder: Path

    @initialize(
        writing=st.sampled_from(sorted(WRITINGS)),
        kind=st.sampled_from([None, None, *KINDS, "claim"]),
        answered=st.sampled_from([0, 1, 2, 4, 6, 9, 12, 40, 40]),
        taps=st.integers(0, 3),
    )
    def opens(self, writing: str, kind: str | None, answered: int, taps: int) -> None:
        market = WRITINGS[writing].market
        self.dialogue = Dialogue(self.stage, writing, self.people[market], self.folder)
        if kind:
            self.dialogue.do("begins", kind, answered)
            if taps and answered == 40:
                self.dialogue.do("confirms", taps)

    @rule(meaning=st.sampled_from(WISHES), number=st.integers(0, 1), manner=st.sampled_from(sorted(MANNERS)))
    def says(self, meaning: str, number: int, manner: str) -> None:
        self.dialogue.do("says", meaning, number, manner)

    @rule(
        meaning=st.sampled_from(
            ["affirm", "deny", "ask_why_needed", "correct_information", "back", "two_wishes"]
        )
    )
    def reacts(self, meaning: str) -> None:
        self.dialogue.do("says", meaning, 0, "plain")

    @rule(number=st.integers(0, MOST_VALUES - 1))
    def gives(self, number: int) -> None:
        self.dialogue.do("gives", number)

    @rule()
    def answers_well(self) -> None:
        self.dialogue.do("answers_well")

    @rule(number=st.integers(0, 5))
    def presses(self, number: int) -> None:
        self.dialogue.do("presses", number)

    @rule(number=st.integers(0, 30))
    def presses_old(self, number: int) -> None:
        self.dialogue.do("presses_old", number)

    @rule(number=st.integers(0, 3))
    def presses_twice(self, number: int) -> None:
        self.dialogue.do("presses_twice", number)

    @rule(times=st.integers(1, 3))
    def confirms(self, times: int) -> None:
        self.dialogue.do("confirms", times)

    @rule(kind=st.sampled_from(["bill", "photo", "no_picture", "too_large"]))
    def sends_file(self, kind: str) -> None:
        self.dialogue.do("sends_file", kind)

    @rule(number=st.integers(0, len(NONSENSE) - 1))
    def babbles(self, number: int) -> None:
        self.dialogue.do("babbles", number)

    @rule(long=st.booleans())
    def overdoes_it(self, long: bool) -> None:
        self.dialogue.do("writes_very_long" if long else "types_password")

    @rule(writing=st.sampled_from(sorted(WRITINGS)))
    def goes_on_in(self, writing: str) -> None:
        self.dialogue.do("goes_on_in", writing)

    @rule(wanted=st.sampled_from(["it", "id", "sr"]))
    def asks_for_language(self, wanted: str) -> None:
        self.dialogue.do("asks_for_language", wanted)

    @rule()
    def repeats(self) -> None:
        self.dialogue.do("repeats")

    @rule(number=st.integers(0, 1))
    def emergency(self, number: int) -> None:
        self.dialogue.do("emergency", number)

    @rule(
        whose=st.sampled_from([0, 0, 0, 1]),
        how=st.sampled_from(["well", "well", "well", "wrong_password", "wrong_code", "expired_code"]),
    )
    def log_in(self, whose: int, how: str) -> None:
        self.dialogue.do("log_in", whose, how)

    @rule()
    def logs_out(self) -> None:
        self.dialogue.do("logs_out")

    @rule()
    def session_ends(self) -> None:
        self.dialogue.do("session_ends")

    @rule()
    def comes_back_tomorrow(self) -> None:
        self.dialogue.do("comes_back_tomorrow")

    @rule(number=st.integers(0, 2))
    def wants_menu(self, number: int) -> None:
        self.dialogue.do("wants_menu", number)

    @rule(number=st.integers(0, 2))
    def wants_to_stop(self, number: int) -> None:
        self.dialogue.do("wants_to_stop", number)

    @rule(number=st.integers(0, 1))
    def wants_person(self, number: int) -> None:
        self.dialogue.do("wants_person", number)

    @rule(rarely=st.integers(0, 29))
    def backend_dies(self, rarely: int) -> None:
        self.dialogue.do(*(("backend_dies",) if rarely == 7 else ("answers_well",)))

    def teardown(self) -> None:
        """Wherever the walk ended there is a way on."""
        if hasattr(self, "dialogue") and not self.dialogue.broken:
            for way in self.dialogue.ways_on():
                self.dialogue.do(way, 0)
            self.dialogue.do("finds_the_draft_again")


def walk(stage: Stage, number: int, folder: Path) -> list[str]:
    """One customer after the other; what broke."""
    people = {}
    for market in ("id", "it", "rs"):
        accounts = stage.truth.accounts(market)
        mine = accounts[number]
        other = next(one for one in accounts[TOGETHER:] if not one.family & mine.family)
        people[market] = [mine, other]
    machine = type(f"Walks{number}", (Walks,), {"stage": stage, "people": people, "folder": folder})
    seed(number)(machine)
    return run(machine)


def run(machine: type[Walks]) -> list[str]:
    """The walks of one thread."""
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=max(1, DIALOGUES // TOGETHER),
                stateful_step_count=TURNS,
                deadline=None,
                database=None,
                # A walk is short, and taking it again costs seconds: it is printed as it was.
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
                print_blob=False,
            ),
        )
    except Exception as error:
        return told(error)
    return []


def told(error: BaseException) -> list[str]:
    """The dialogues in it; one that did not break a second time comes in a group."""
    if isinstance(error, BaseExceptionGroup):
        return [one for inner in error.exceptions for one in told(inner)]
    return [str(error) if isinstance(error, Broken) else "".join(traceback.format_exception(error))]


def test_nobody_breaks_the_assistant(stage: Stage, tmp_path: Path) -> None:
    with ThreadPoolExecutor(TOGETHER) as threads:
        broken = list(threads.map(lambda number: walk(stage, number, tmp_path), range(TOGETHER)))
    found = [dialogue for dialogues in broken for dialogue in dialogues] + stage.found
    assert not found, f"{len(found)} walks broke something:\n\n" + "\n\n".join(found)
    for program in stage.running.programs:
        log = stage.running.log(program)
        assert "Traceback" not in log and "action_failed" not in log, log[-4000:]


@pytest.mark.parametrize("name", WALKS)
def test_what_was_once_broken_stays_mended(stage: Stage, tmp_path: Path, name: str) -> None:
    (_, writing), *steps = WALKS[name]
    accounts = stage.truth.accounts(WRITINGS[writing].market)
    mine = accounts[TOGETHER]
    other = next(one for one in accounts[TOGETHER + 1 :] if not one.family & mine.family)
    dialogue = Dialogue(stage, writing, [mine, other], tmp_path)
    for step, *given in steps:
        dialogue.do(step, *given)
