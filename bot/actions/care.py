"""People: how CARE is reached, emergencies, medical questions, complaints."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.backend_client import Json
from bot.actions.care_action import CareAction, Events
from bot.actions.turn import Turn
from locales import formats

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def opening_hours(turn: Turn, pack: Json) -> str:
    """`Mon–Fri 08:00–17:00` for every span of the pack, in this language."""
    spans = []
    for span in pack["care"]["hours"]:
        first, last = turn.words(f"day_{span['days'][0]}"), turn.words(f"day_{span['days'][-1]}")
        days = first if first == last else f"{first}–{last}"
        opens, closes = (formats.clock(span[edge], turn.language) for edge in ("opens", "closes"))
        spans.append(f"{days} {opens}–{closes}")
    return ", ".join(spans)


def is_open(pack: Json, now: datetime) -> bool:
    """Whether CARE answers at this moment; holidays are not yet known to the pack."""
    local = now.astimezone(ZoneInfo(pack["timezone"]))
    return any(
        WEEKDAYS[local.weekday()] in span["days"]
        and span["opens"] <= local.strftime("%H:%M") < span["closes"]
        for span in pack["care"]["hours"]
    )


async def say_contact(turn: Turn, open_key: str, closed_key: str) -> None:
    """Numbers, mail and hours, with what is true at this moment."""
    pack = await turn.backend.get_market(turn.market)
    now = datetime.now(ZoneInfo(pack["timezone"]))
    key = open_key if is_open(pack, now) else closed_key
    phones = turn.listing(pack["care"]["phones"])
    turn.say(key, phones=phones, email=pack["care"]["email"], hours=opening_hours(turn, pack))
    # Who looks for a number may be in need of another one than ours.
    turn.say("emergency_numbers", numbers=emergency_numbers(turn, pack))


def medical_numbers(pack: Json) -> list[Json]:
    """The market's numbers for a medical emergency, the first to be called first."""
    return [e for e in pack["emergency"] if e["service"] in {"ambulance", "general"}]


def emergency_numbers(turn: Turn, pack: Json) -> str:
    """`118 (ambulance) and 112 (general emergency)`."""
    return turn.listing(
        f"{e['number']} ({turn.words('emergency_' + e['service'])})" for e in medical_numbers(pack)
    )


class ActionContact(CareAction):
    """Number, mail, opening hours."""

    action_name = "action_contact"

    async def answer(self, turn: Turn) -> Events:
        await say_contact(turn, "contact_open", "contact_closed")
        return []


class ActionTalkToAgent(CareAction):
    """The way to a person."""

    action_name = "action_talk_to_agent"

    async def answer(self, turn: Turn) -> Events:
        await say_contact(turn, "agent_open", "agent_closed")
        return []


class ActionComplain(CareAction):
    """A reproach is answered with an apology, the state of the matter and the way to a person."""

    action_name = "action_complain"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        turn.say(
            "complaint",
            phone=pack["care"]["phones"][0],
            email=pack["care"]["email"],
            buttons=[
                turn.button("menu_list_requests", "/list_requests"),
                turn.button("menu_talk_to_agent", "/talk_to_agent"),
            ],
        )
        return []


class ActionEmergency(CareAction):
    """Danger now: the market's emergency numbers, at once and before anything else."""

    action_name = "action_emergency"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        medical = medical_numbers(pack)
        numbers = emergency_numbers(turn, pack)
        in_form = bool(turn.tracker.active_loop.get("name"))
        turn.say(
            "emergency_in_form" if in_form else "emergency", number=medical[0]["number"], numbers=numbers
        )
        return []


class ActionMedicalAdvice(CareAction):
    """No doctor here: says so and offers where to find one."""

    action_name = "action_medical_advice"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        turn.say(
            "medical_advice",
            number=pack["emergency"][0]["number"],
            buttons=[turn.button("menu_find_provider", "/find_provider")],
        )
        return []
