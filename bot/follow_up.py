"""A few words that go on with what was just talked about: "and for the dentist?", "a za lekove?", "kalau kacamata".

Alone they could be part of many wishes, and the classifier, who does not see the conversation, guesses one. Right
after cover, limits or hospitals were shown they ask for the same about something else. In a form, likewise, unsure
words that may be a correction or a stop are one.
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
# What such words are taken for by mistake, and the confidence from which they are that wish after all ("treba mi
# kardiolog"). Never an emergency, a way out, a yes or a no.
MISTAKEN_FOR = {
    "nlu_fallback": 1.0,
    "out_of_scope": 0.85,
    "faq": 0.85,
    "correct_information": 0.85,
    # "e gli occhiali?" is one half of the time; the answer to what is left says as well whether it is covered.
    "ask_benefit": 0.97,
    "ask_coverage_limit": 0.85,
    "ask_if_human": 0.85,
    "check_request_status": 0.85,
    "list_requests": 0.85,
    "update_contact": 0.85,
    "view_policies": 0.85,
    "claim_reimbursement": 0.75,
    "find_provider": 0.75,
    "request_direct_care": 0.75,
}
MOST_WORDS = 5
# In a form these are likelier than anywhere else, and there they need to be only half sure.
ABOUT_THE_FORM = {"correct_information", "stop"}
HALF_SURE = 0.5


def as_follow_up(tracker: DialogueStateTracker, parse: Json) -> Json:
    """The message as what it is after what was just shown or in the open form, else as it was read."""
    if tracker.active_loop_name:
        return _about_the_form(parse)
    names = NAMES.get(tracker.get_slot("awaiting") or "", frozenset())
    intent, found = parse["intent"], {entity["entity"] for entity in parse["entities"]}
    guessed = intent["confidence"] < MISTAKEN_FOR.get(intent["name"], 0)
    if not found or not found <= names or not guessed or len(parse["text"].split()) > MOST_WORDS:
        return parse
    meant = {"name": "inform", "confidence": intent["confidence"]}
    others = [entry for entry in parse.get("intent_ranking") or [] if entry["name"] != "inform"]
    return {**parse, "intent": meant, "intent_ranking": [meant, *others]}


def _about_the_form(parse: Json) -> Json:
    likely = next(
        (entry for entry in parse.get("intent_ranking") or [] if entry["name"] != "nlu_fallback"), None
    )
    if parse["intent"]["name"] != "nlu_fallback" or likely is None:
        return parse
    meant = likely["name"] in ABOUT_THE_FORM and likely["confidence"] >= HALF_SURE
    return {**parse, "intent": likely} if meant else parse
