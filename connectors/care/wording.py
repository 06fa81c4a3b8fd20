"""What is called how at the desk: channels, languages, questions of a draft and their answers, in the agent's voice.

Data come from the backend as they are stored (Serbian in Cyrillic); everything that goes to the screen passes here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.core.conversations import Voice
from locales import catalogue, formats, texts

Json = Mapping[str, Any]


def say_first(voice: Voice, *keys: str, otherwise: str = "") -> str:
    """The first of the texts that there is."""
    return next((voice.say(key) for key in keys if texts.has(key, voice.language)), otherwise)


def in_voice(voice: Voice, data: object) -> str:
    """Data in the agent's script."""
    return texts.in_script(str(data), voice.language, voice.script)


def channel_name(voice: Voice, channel: str) -> str:
    return say_first(voice, f"desk_channel_{channel}", otherwise=channel)


def language_name(voice: Voice, customers: Voice) -> str:
    """How the customer's language and script are called: `Serbian, Cyrillic`."""
    return say_first(voice, f"desk_language_{customers.tag.replace('-', '_')}", otherwise=customers.tag)


def reason_name(voice: Voice, reason: str) -> str:
    return say_first(voice, f"desk_reason_{reason}", "desk_reason_other")


def journey_name(voice: Voice, kind: str) -> str:
    return say_first(voice, f"desk_journey_{kind}", otherwise=kind)


def wish_name(voice: Voice, intent: str) -> str:
    """An intent as the customer would name the wish; nothing where it is none."""
    return say_first(voice, f"wish_{intent}")


def question_name(voice: Voice, kind: str, question: str, market: str = "") -> str:
    """The label of a question of a journey."""
    key = f"{kind}_label_{question}"
    return say_first(voice, f"{key}_{market}", key, otherwise=question.replace("_", " "))


def option_name(voice: Voice, shown: Json) -> str:
    """An option or a `display`: data as it is, or words of the catalogue."""
    if shown.get("label"):
        return in_voice(voice, shown["label"])
    group, _, item = str(shown.get("label_key") or "").partition(".")
    own = f"option_{group}_{item}"
    if texts.has(own, voice.language):
        return voice.say(own)
    try:
        return in_voice(voice, catalogue.name(group, item, voice.language))
    except KeyError:
        return item


def answer_shown(voice: Voice, answer: Json) -> str:
    """An answer of a draft: dates, money and choices as the agent writes them; what is masked stays masked."""
    kind, value, display = answer.get("kind"), answer.get("value"), answer.get("display") or {}
    if display.get("label") or display.get("label_key"):
        return option_name(voice, display)
    if display.get("documents"):
        return formats.listing([str(d.get("filename", "")) for d in display["documents"]], voice.language)
    if value is None:
        return "–"
    if kind in {"yes_no", "consent"} and isinstance(value, bool):
        return voice.say("desk_yes" if value else "desk_no")
    if kind == "date" and isinstance(value, str):
        return _as_day(voice, value)
    if isinstance(value, Mapping) and {"amount", "currency"} <= value.keys():
        return money(voice, value)
    if isinstance(value, Mapping):
        return in_voice(voice, " ".join(str(part) for part in value.values()))
    return in_voice(voice, value)


def _as_day(voice: Voice, value: str) -> str:
    try:
        return in_voice(voice, formats.day(value, voice.language))
    except ValueError:
        return value


def day(voice: Voice, value: str | None) -> str:
    """An ISO day or moment as a day in words."""
    return _as_day(voice, value[:10]) if value else "–"


def money(voice: Voice, value: Json | None) -> str:
    """`85,50 €`."""
    return formats.money(value["amount"], value["currency"], voice.language) if value else "–"


def clock(voice: Voice, at: datetime) -> str:
    return formats.clock(at.time().replace(second=0, microsecond=0), voice.language)


def event_name(voice: Voice, kind: str, name: str) -> str:
    """A line of the story: who did what."""
    key = f"desk_event_{kind}"
    return voice.say(key if texts.has(key, voice.language) else "desk_event_other", name=name)


def news_text(voice: Voice, detail: Json) -> str:
    """What the customer is going to hear; nothing where there are no words for it."""
    key = f"news_{detail.get('kind')}"
    if not texts.has(key, voice.language):
        return ""
    return voice.say(key, **{str(name): value for name, value in (detail.get("variables") or {}).items()})


def request_status(voice: Voice, status: str) -> str:
    return say_first(voice, f"request_status_{status}", otherwise=status)


def fault_name(voice: Voice, error: str | None) -> str:
    """Why a value was not taken, as far as it can be said shortly."""
    return say_first(voice, f"desk_fault_{error}", "desk_fault_other")
