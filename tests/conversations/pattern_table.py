"""Which test holds which pattern of a dialogue, in which form and language: `docs/dialogue-patterns.md`.

`python -m tests.conversations.pattern_table` writes the file anew; test_pattern_table.py compares it and says where
a form that a market offers is left without a pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

from scripts.model import ROOT
from tests.conversations import (
    test_crashes,
    test_every_form,
    test_every_pattern,
    test_hand_over,
    test_main_job,
    test_other_requests,
    test_patterns,
    test_sessions,
)
from tests.conversations.speech import PHRASES

DOCUMENT = ROOT / "docs" / "dialogue-patterns.md"
FORMS = ("claim", "direct_care", "car_damage", "contact_data", "bank_account")
type Places = set[tuple[str, str]]


def _places(kind: str, writings: Iterable[str]) -> Places:
    return {(kind, str(PHRASES[writing]["language"])) for writing in writings}


CLAIMS = _places("claim", PHRASES)
EVERY_FORM = {(kind, str(PHRASES[writing]["language"])) for kind, writing in test_every_form.FORMS}
EVERY_PATTERN = {(kind, str(PHRASES[writing]["language"])) for kind, writing in test_every_pattern.PLACES}
HANDED_OVER = _places("claim", test_hand_over.COLUMNS)
ACCOUNTS = _places("bank_account", test_crashes.ACCOUNTS)


class Held(NamedTuple):
    """A test and where it holds the pattern."""

    test: Callable[..., object]
    places: Places

    @property
    def name(self) -> str:
        """`test_crashes.test_…`"""
        return f"{self.test.__module__.rpartition('.')[2]}.{self.test.__name__}"


_here, _form = (
    test_every_pattern,
    Held(test_every_form.test_a_form_survives_all_that_happens_to_customers, EVERY_FORM),
)
_account = Held(
    test_crashes.test_another_form_goes_on_in_another_browser_with_the_backend_away_and_happens_once, ACCOUNTS
)
PATTERNS: dict[str, list[Held]] = {
    "happy path": [
        Held(test_main_job.test_the_whole_job, CLAIMS),
        Held(
            test_other_requests.test_direct_care_waits_for_the_agreed_day_and_is_submitted,
            _places("direct_care", test_other_requests.DIRECT),
        ),
        Held(
            test_other_requests.test_car_damage_is_reported_with_parts_and_photos,
            _places("car_damage", test_other_requests.CAR),
        ),
        _form,
        _account,
    ],
    "correction": [
        Held(test_patterns.test_correction_of_an_earlier_answer, CLAIMS),
        Held(_here.test_correction, EVERY_PATTERN),
    ],
    "digression and return": [Held(_here.test_digression_and_return, EVERY_PATTERN)],
    "why": [Held(_here.test_why, EVERY_PATTERN)],
    "stop": [Held(_here.test_stop_and_resume, EVERY_PATTERN)],
    "resume": [
        Held(_here.test_stop_and_resume, EVERY_PATTERN),
        Held(test_patterns.test_stop_and_resume_in_another_conversation, CLAIMS),
        _form,
    ],
    "invalid input": [Held(_here.test_invalid_input, EVERY_PATTERN)],
    "ambiguity": [Held(_here.test_ambiguity, EVERY_PATTERN)],
    "change of language in the middle": [Held(_here.test_change_of_language_in_the_middle, EVERY_PATTERN)],
    "emergency in the middle": [Held(_here.test_emergency_in_the_middle, EVERY_PATTERN)],
    "not logged in": [Held(_here.test_not_logged_in, EVERY_PATTERN)],
    "session ran out in the middle": [
        Held(_here.test_session_ran_out_in_the_middle, EVERY_PATTERN),
        Held(
            test_sessions.test_an_answer_typed_after_the_log_in_ran_out_is_stored_after_the_next_one,
            _places("claim", ["id", "it", "sr-Cyrl"]),
        ),
    ],
    "backend down": [
        Held(
            test_crashes.test_a_program_killed_at_any_step_of_a_claim_loses_nothing,
            _places("claim", [writing for _, writing in test_crashes.DEATHS]),
        ),
        _form,
        _account,
    ],
    "repeated message": [
        Held(_here.test_repeated_message, EVERY_PATTERN),
        Held(test_patterns.test_the_same_confirmation_twice_is_one_request, CLAIMS),
        _form,
        _account,
    ],
    "silence and return after a day": [Held(_here.test_silence_and_return_after_a_day, EVERY_PATTERN)],
    "hand-off": [
        Held(_here.test_hand_off, EVERY_PATTERN),
        Held(
            test_hand_over.test_a_person_takes_over_in_the_middle_of_a_claim_which_goes_on_at_its_step,
            HANDED_OVER,
        ),
        Held(test_hand_over.test_outside_the_hours_a_message_is_left_and_the_claim_goes_on, HANDED_OVER),
    ],
}


def offered() -> Places:
    """Each form in the language of each market that offers it."""
    found: Places = set()
    for path in (ROOT / "backend" / "markets").glob("*.yml"):
        pack = yaml.safe_load(path.read_text(encoding="utf-8"))
        found |= {(kind, pack["languages"][0]) for kind in FORMS if pack["journeys"][kind] == "offered"}
    return found


def holes() -> list[str]:
    """Where no test holds a pattern."""
    return [
        f"{pattern}: {kind} in {language}"
        for pattern, tests in PATTERNS.items()
        for kind, language in sorted(offered())
        if not any((kind, language) in held.places for held in tests)
    ]


def written() -> str:
    """The document."""
    lines = [
        "# Dialogue patterns",
        "",
        "What customers do to a form, and the test that holds it, by form and language (Serbian over its three",
        "spellings). Whatever is not foreseen here the random walks of `tests/conversations/machine` meet.",
        "Written by `python -m tests.conversations.pattern_table`; a fast test finds holes.",
        "",
        f"| pattern | {' | '.join(f'`{form}`' for form in FORMS)} | tests in `tests/conversations` |",
        f"|---|{'---|' * len(FORMS)}---|",
    ]
    for pattern, tests in PATTERNS.items():
        cells = []
        for form in FORMS:
            there = {language for held in tests for kind, language in held.places if kind == form}
            cells.append(" ".join(sorted(there & {lang for kind, lang in offered() if kind == form})))
        names = "<br>".join(f"`{held.name}`" for held in tests)
        lines.append(f"| {pattern} | {' | '.join(cells)} | {names} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(DOCUMENT).write_text(written(), encoding="utf-8")
