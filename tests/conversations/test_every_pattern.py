"""Every pattern of a dialogue in every form and language: named by the pattern, on a draft open at one question.

What a form's own words are for is in test_patterns, test_every_form and test_other_requests; which test holds which
pattern is in docs/dialogue-patterns.md. One log-in serves all patterns of a form: each leaves the form where it was.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from locales import texts
from tests.conversations.machine.dialogue import Dialogue
from tests.conversations.machine.invariants import says
from tests.conversations.machine.material import WRITINGS
from tests.conversations.machine.stage import Stage
from tests.conversations.speech import PHRASES
from tests.running import Running

pytestmark = pytest.mark.slow
# The question at which the customer is disturbed; one that not everything answers.
MIDDLE = {
    "claim": "service",
    "direct_care": "medical_documents",
    "car_damage": "plate_number",
    "contact_data": "new_email",
    "bank_account": "account",
}
# Each form in each language of the markets that offer it, Serbian now in this spelling, now in that.
PLACES = [
    ("claim", "id"),
    ("claim", "it"),
    ("claim", "sr-Cyrl"),
    ("direct_care", "it"),
    ("direct_care", "sr-ascii"),
    ("car_damage", "sr-Latn"),
    ("contact_data", "id"),
    ("contact_data", "it"),
    ("contact_data", "sr-ascii"),
    ("bank_account", "id"),
    ("bank_account", "it"),
    ("bank_account", "sr-Cyrl"),
]


class Place:
    """A dialogue whose customer is logged in and in a form, at one question."""

    def __init__(self, stage: Stage, kind: str, writing: str, folder: Path) -> None:
        phrases = PHRASES[writing]
        people = [stage.truth.account(phrases[name]) for name in ("username", "stranger")]
        self.kind, self.dialogue = kind, Dialogue(stage, writing, people, folder)
        self.dialogue.log_in(0, "well")
        self.draft = self.dialogue.prefilled(kind, prefers="mri")
        self.draft.fill(until=MIDDLE[kind])
        self.dialogue.says("resume_draft", 0, "plain")
        assert self.asked(MIDDLE[kind]), self.dialogue.printed()

    def said(self, *keys: str) -> bool:
        """Whether one of the texts was in the newest answer, in the market's own words or in those of all."""
        own = [f"{key}_{self.dialogue.writing.market}" for key in keys]
        return says(self.dialogue.answer, self.dialogue.tag, *own, *keys)

    def asked(self, question: str) -> bool:
        """Whether the newest answer asks this, or offers what a file of the customer's says."""
        if self.said(f"{self.kind}_ask_{question}"):
            return True
        language, _, script = self.dialogue.tag.partition("-")
        label = texts.render(f"{self.kind}_label_{question}", language, script or "Latn")
        return self.said("suggestion_from_document") and f"{label}:" in self.dialogue.answer

    def still_asks(self) -> None:
        """The form is where it was."""
        assert self.asked(MIDDLE[self.kind]), self.dialogue.printed()

    def expect(self, *keys: str) -> None:
        """Fails, showing the dialogue, unless one of the texts was said."""
        assert self.said(*keys), f"none of {keys}\n{self.dialogue.printed()}"

    def resume(self) -> None:
        """Take the form up again, in words."""
        self.dialogue.says("resume_draft", 0, "plain")


@pytest.fixture(scope="module")
def stage(running: Running) -> Stage:
    """The programs of all slow tests."""
    if not isinstance(running, Running):
        pytest.skip("the clock of programs that somebody else started cannot be moved")
    return Stage(running)


@pytest.fixture(scope="module", params=PLACES, ids="-".join)
def place(request: pytest.FixtureRequest, stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One form in one language."""
    kind, writing = request.param
    return Place(stage, kind, writing, tmp_path_factory.mktemp("place"))


def test_why(place: Place) -> None:
    place.dialogue.do("says", "ask_why_needed", 0, "plain")
    place.expect(f"{place.kind}_why_{MIDDLE[place.kind]}")
    place.still_asks()


def test_digression_and_return(place: Place) -> None:
    place.dialogue.do("says", "ask_contact", 1, "plain")
    place.expect("contact_open", "contact_closed")
    place.still_asks()


def test_hand_off(place: Place) -> None:
    place.dialogue.do("wants_person", 1)
    place.expect("agent_open_in_form")
    place.expect("care_queued", "care_queued_minutes", "care_queued_unstaffed")
    place.dialogue.do("leaves_the_queue")
    place.expect("back_resumed")
    place.still_asks()


def test_invalid_input(place: Place) -> None:
    for _ in range(3):
        place.dialogue.do("babbles", 0)
    place.expect("form_help_offer")
    place.still_asks()
    place.dialogue.do("sends_file", "no_picture")
    place.expect("system_file_type_not_allowed", "system_pdf_unreadable")


def test_repeated_message(place: Place) -> None:
    place.dialogue.do("repeats")
    place.still_asks()


def test_emergency_in_the_middle(place: Place) -> None:
    place.dialogue.do("emergency", 0)
    place.expect("agent_emergency_in_form")
    assert not place.asked(MIDDLE[place.kind]), place.dialogue.printed()
    place.dialogue.do("leaves_the_queue")
    place.still_asks()


def test_change_of_language_in_the_middle(place: Place) -> None:
    own = WRITINGS[place.dialogue.tag].language if place.dialogue.tag in WRITINGS else place.dialogue.tag
    other = "id" if own == "it" else "it"
    place.dialogue.do("asks_for_language", other)
    place.still_asks()
    place.dialogue.do("goes_on_in", place.dialogue.writing.name)
    place.resume()
    place.still_asks()


def test_stop_and_resume(place: Place) -> None:
    place.dialogue.do("wants_to_stop", 0)
    place.expect("draft_kept")
    place.resume()
    place.expect("draft_resumed")
    place.still_asks()


def test_ambiguity(place: Place) -> None:
    place.dialogue.do("wants_to_stop", 0)
    second = place.dialogue.prefilled(place.kind)
    place.resume()
    place.expect("draft_which")
    second.discard()
    place.resume()
    place.still_asks()


def test_session_ran_out_in_the_middle(place: Place) -> None:
    place.dialogue.do("session_ends")
    place.dialogue.do("babbles", 0)
    place.expect("login_expired")
    place.dialogue.do("log_in", 0, "well")
    place.still_asks()


def test_not_logged_in(place: Place) -> None:
    place.dialogue.do("logs_out")
    place.resume()
    place.expect("login_needed")
    place.dialogue.do("log_in", 0, "well")
    place.expect("draft_resumed")
    place.still_asks()


def test_silence_and_return_after_a_day(place: Place) -> None:
    place.dialogue.do("comes_back_tomorrow")
    place.resume()
    place.expect("login_needed")
    place.dialogue.do("log_in", 0, "well")
    place.still_asks()


def test_correction(place: Place) -> None:
    """Last: it leaves the form somewhere else."""
    place.draft.fill()
    place.resume()
    place.dialogue.do("says", "correct_information", 0, "plain")
    place.expect("correct_which")
    place.dialogue.do("presses", 0)
    assert not place.said("correct_which"), place.dialogue.printed()
    place.dialogue.do("wants_to_stop", 0)
    place.expect("draft_kept")
