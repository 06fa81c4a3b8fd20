"""A few words that go on with what was just talked about: "and for the dentist?", "a za lekove?", "kalau kacamata".

Alone they could be part of many wishes, and the classifier, who does not see the conversation, guesses one. Right
after cover, limits or hospitals were shown they ask for the same about something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasa.shared.core.trackers import DialogueStateTracker

Json = dict[str, Any]

ABOUT_COVER = frozenset({"family_member", "service", "benefit_type", "specialty"})
# What was shown, as the slot `awaiting` has it, and what a follow-up to it names.
NAMES = {
    "benefits": ABOUT_COVER,
    "limits": ABOUT_COVER,
    "provider_place": frozenset({"city", "postal_code", "doctor", "provider", "specialty"}),
}
# What such words are taken for by mistake. Never an emergency, a way out, a yes or a no.
MISTAKEN_FOR = frozenset(
    {
        "nlu_fallback",
        "out_of_scope",
        "faq",
        "correct_information",
        "ask_benefit",
        "ask_coverage_limit",
        "ask_if_human",
        "check_request_status",
        "claim_reimbursement",
        "find_provider",
        "list_requests",
        "request_direct_care",
        "update_contact",
        "view_policies",
    }
)
MOST_WORDS = 5
# A wish as sure as this is one ("rimborso risonanza").
SURE = 0.85


def as_follow_up(tracker: DialogueStateTracker, parse: Json) -> Json:
    """The message as a bare piece of information where it is one about what was just shown, else as it was read."""
    names = NAMES.get(tracker.get_slot("awaiting") or "", frozenset())
    intent, found = parse["intent"], {entity["entity"] for entity in parse["entities"]}
    guessed = intent["name"] == "nlu_fallback" or intent["confidence"] < SURE
    if (
        tracker.active_loop_name
        or not found
        or not found <= names
        or intent["name"] not in MISTAKEN_FOR
        or not guessed
        or len(parse["text"].split()) > MOST_WORDS
    ):
        return parse
    meant = {"name": "inform", "confidence": intent["confidence"]}
    others = [entry for entry in parse["intent_ranking"] if entry["name"] != "inform"]
    return {**parse, "intent": meant, "intent_ranking": [meant, *others]}
