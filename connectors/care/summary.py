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

    def say(key: str, **values: object) -> None:
        sentences.append(voice.say(f"desk_why_{key}", **values))

    wish = _wish(voice, facts.get("wish"))
    if wish:
        say("wish", wish=wish)
    for key in ("next", "waiting"):
        other = _wish(voice, facts.get(key))
        if other and other != wish:
            say(key, wish=other)
    journey, step = facts.get("journey"), facts.get("step")
    if isinstance(journey, str) and journey:
        say("journey", journey=wording.journey_name(voice, journey))
        if _count(facts.get("total")):
            say("progress", answered=_count(facts.get("answered")), total=_count(facts.get("total")))
        if isinstance(step, str) and step:
            say("step", step=wording.question_name(voice, journey, step, market))
    if _count(facts.get("wrong_answers")):
        say("wrong", count=_count(facts.get("wrong_answers")))
    if _count(facts.get("misunderstood")):
        say("misunderstood", count=_count(facts.get("misunderstood")))
    unsure = _names(voice, _ids(facts.get("unsure")))
    if unsure:
        say("unsure", meanings=wording.in_voice(voice, formats.listing(unsure, voice.language)))
    tried = [name for name in _names(voice, _ids(facts.get("tried"))) if name != wish]
    if tried:
        say("tried", tried=wording.in_voice(voice, formats.listing(tried, voice.language)))
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


def _wish(voice: Voice, given: Any) -> str:
    return wording.wish_name(voice, given) if isinstance(given, str) else ""


def _count(given: Any) -> int:
    return given if isinstance(given, int) else 0
