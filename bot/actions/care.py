"""People: how CARE is reached, emergencies, medical questions, complaints."""

from __future__ import annotations

import structlog

from bot.actions.backend_client import BackendError, BackendUnavailable, Json
from bot.actions.care_action import CareAction, Events
from bot.actions.hand_back import HANDED_BACK, take_back
from bot.actions.hand_over import (
    MESSAGE,
    ask_for_person,
    facts,
    has_desk,
    in_form,
    pass_on,
    reason_of,
    say_closed,
    say_no_desk,
    take_message,
)
from bot.actions.turn import Turn, payload
from locales import formats

log = structlog.get_logger()


def opening_hours(turn: Turn, pack: Json) -> str:
    """`Mon–Fri 08:00–17:00` for every span of the pack, in this language."""
    spans = []
    for span in pack["care"]["hours"]:
        first, last = turn.words(f"day_{span['days'][0]}"), turn.words(f"day_{span['days'][-1]}")
        days = first if first == last else f"{first}–{last}"
        opens, closes = (formats.clock(span[edge], turn.language) for edge in ("opens", "closes"))
        spans.append(f"{days} {opens}–{closes}")
    return ", ".join(spans)


def medical_numbers(pack: Json) -> list[Json]:
    """The market's numbers for a medical emergency, the first to be called first."""
    return [e for e in pack["emergency"] if e["service"] in {"ambulance", "general"}]


def emergency_numbers(turn: Turn, pack: Json) -> str:
    """`118 (ambulance) and 112 (general emergency)`."""
    return turn.listing(
        f"{e['number']} ({turn.words('emergency_' + e['service'])})" for e in medical_numbers(pack)
    )


class ActionContact(CareAction):
    """Number, mail, opening hours, and whether somebody is there now."""

    action_name = "action_contact"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        try:
            hours = await turn.backend.get_care_hours(turn.market)
            key = "contact_open" if hours["open"] else "contact_closed"
        except BackendUnavailable:
            # Numbers are asked for when nothing else works: they are said also then.
            key = "contact"
        turn.say(
            key,
            phones=turn.listing(pack["care"]["phones"]),
            email=pack["care"]["email"],
            hours=opening_hours(turn, pack),
            buttons=[turn.button("menu_talk_to_agent", "/talk_to_agent")],
        )
        # Who looks for a number may be in need of another one than ours.
        turn.say("emergency_numbers", numbers=emergency_numbers(turn, pack))
        return []


class ActionTalkToAgent(CareAction):
    """A person is wanted; and the turn in which the gateway says that the assistant speaks again."""

    action_name = "action_talk_to_agent"

    async def answer(self, turn: Turn) -> Events:
        if turn.metadata.get("notice") == HANDED_BACK:
            return await take_back(turn)
        if not has_desk(turn):
            pack = await turn.backend.get_market(turn.market)
            say_no_desk(turn, pack, opening_hours(turn, pack))
            turn.say("emergency_numbers", numbers=emergency_numbers(turn, pack))
            return []
        if turn.reply.choice == MESSAGE:
            return await take_message(turn)
        pack = await turn.backend.get_market(turn.market)
        hours = await turn.backend.get_care_hours(turn.market)
        if not hours["open"]:
            say_closed(turn, pack, hours)
            turn.say("emergency_numbers", numbers=emergency_numbers(turn, pack))
            return []
        key = "agent_open_in_form" if in_form(turn) else "agent_open"
        return await pass_on(turn, key, reason=reason_of(turn), phones=turn.listing(pack["care"]["phones"]))


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
                turn.button("menu_talk_to_agent", payload("talk_to_agent", choice="complaint")),
                turn.button("menu_list_requests", "/list_requests"),
            ],
        )
        return []


class ActionEmergency(CareAction):
    """Danger now: the market's emergency numbers, at once and before anything else; then a person, if there is one."""

    action_name = "action_emergency"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        numbers = {
            "number": medical_numbers(pack)[0]["number"],
            "numbers": emergency_numbers(turn, pack),
        }
        try:
            comes = has_desk(turn) and (await turn.backend.get_care_hours(turn.market))["open"]
            known = await facts(turn) if comes else {}
        except BackendError as error:
            # The numbers do not wait for a backend that is away.
            log.warning("emergency_without_hand_over", conversation_id=turn.conversation_id, why=str(error))
            comes, known = False, {}
        if not comes:
            turn.say("emergency_in_form" if in_form(turn) else "emergency", **numbers)
            return []
        turn.say("emergency", **numbers)
        key = "agent_emergency_in_form" if in_form(turn) else "agent_emergency"
        ask_for_person(turn, key, reason="emergency", urgent=True, known=known)
        return []


class ActionMedicalAdvice(CareAction):
    """No doctor here: says so and offers where to find one."""

    action_name = "action_medical_advice"

    async def answer(self, turn: Turn) -> Events:
        pack = await turn.backend.get_market(turn.market)
        turn.say(
            "medical_advice",
            number=medical_numbers(pack)[0]["number"],
            buttons=[turn.button("menu_find_provider", "/find_provider")],
        )
        return []
