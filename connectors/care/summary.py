"""Why the person is here, as sentences in the agent's language, from the facts that the dialogue gave.

Facts are ids (docs/interfaces.md, "Rasa"); unknown ones are left out, never shown raw.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.care import wording
from connectors.core.conversations import Voice
from locales import formats

# The states of a log-in in which the backend answers for the person.
LOGGED_IN = "logged_in"


def summarise(facts: Mapping[str, Any], voice: Voice, market: str = "") -> list[str]:
    """`["Wants: a refund.", "Stopped at: the date."]`; what is not known makes no sentence."""
    sentences = []
    wish = _first_name(voice, [facts.get("wish")])
    if wish:
        sentences.append(voice.say("desk_why_wish", wish=wish))
    journey, step = facts.get("journey"), facts.get("step")
    if isinstance(journey, str) and journey:
        sentences.append(voice.say("desk_why_journey", journey=wording.journey_name(voice, journey)))
        if isinstance(step, str) and step:
            name = wording.question_name(voice, journey, step, market)
            sentences.append(voice.say("desk_why_step", step=name))
    unsure = _names(voice, _ids(facts.get("unsure")))
    if unsure:
        meanings = formats.listing(unsure, voice.language)
        sentences.append(voice.say("desk_why_unsure", meanings=wording.in_voice(voice, meanings)))
    tried = [name for name in _names(voice, _ids(facts.get("tried"))) if name != wish]
    if tried:
        shown = wording.in_voice(voice, formats.listing(tried, voice.language))
        sentences.append(voice.say("desk_why_tried", tried=shown))
    return sentences


def say_login(state: str, voice: Voice) -> str:
    """Whether the person proved who they are."""
    return voice.say("desk_why_logged_in" if state == LOGGED_IN else "desk_why_not_logged_in")


def say_callback(callback: Mapping[str, Any] | None, voice: Voice) -> str | None:
    """How the person wants to be reached."""
    way = (callback or {}).get("way")
    if way not in {"chat", "phone", "email"}:
        return None
    address = str((callback or {}).get("address") or "")
    if way == "phone":
        address = formats.phone(address)
    return voice.say(f"desk_why_callback_{way}", **({"address": address} if way != "chat" else {}))


def _ids(given: Any) -> list[str]:
    """A list of ids, or of `{intent, confidence}`; anything else is nothing."""
    found = []
    for one in given if isinstance(given, list) else []:
        name = one.get("intent") if isinstance(one, Mapping) else one
        if isinstance(name, str):
            found.append(name)
    return found


def _names(voice: Voice, intents: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in (wording.wish_name(voice, i) for i in intents) if name))


def _first_name(voice: Voice, intents: Iterable[Any]) -> str:
    return next(iter(_names(voice, [i for i in intents if isinstance(i, str)])), "")
