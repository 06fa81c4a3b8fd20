"""The electronic health card: shown as a picture, activated, blocked when it was lost."""

from __future__ import annotations

from fnmatch import fnmatchcase

from bot.actions.backend_client import Json
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import menu_buttons, offer_near
from bot.actions.members import members_meant
from bot.actions.turn import Turn, payload
from locales.lexicon import load
from locales.script import normalise

# What a button of ours asks for, before the membership it is about.
SHOW, ACTIVATE, LOST, BLOCK = "show", "activate", "lost", "block"


class ECardAction(CareAction):
    """Finds whose card is meant; the subclass says what happens with it when nothing else was said."""

    wanted = SHOW

    async def answer(self, turn: Turn) -> Events:
        if (await turn.backend.get_market(turn.market))["journeys"]["ecard"] != "offered":
            return await offer_near(turn)
        cards = await turn.backend.get_cards(turn.conversation_id)
        if not cards:
            turn.say("ecard_none", buttons=[turn.button("menu_talk_to_agent", "/talk_to_agent")])
            return []
        wanted, _, membership_id = (turn.reply.choice or "").partition(":")
        if not membership_id:
            wanted = LOST if _is_lost(turn) else self.wanted
        chosen = [card for card in cards if card["membership_id"] == membership_id]
        if not chosen and wanted == LOST:
            # What is not active is worth nothing to whoever finds it.
            cards = [card for card in cards if card["state"] == "active"]
            if not cards:
                turn.say("ecard_none_active", buttons=await menu_buttons(turn))
                return []
        chosen = chosen or await self._meant(turn, cards)
        if len(chosen) != 1:
            shown = [_choice(turn, card, wanted) for card in chosen or cards]
            turn.say("ecard_which", cards=shown, asks=True)
            return []
        await self._do(turn, wanted, chosen[0])
        return []

    @staticmethod
    async def _meant(turn: Turn, cards: list[Json]) -> list[Json]:
        members = await turn.backend.get_members(turn.conversation_id)
        people = {member["person_id"] for member in members_meant(members, turn.reply)}
        return [card for card in cards if card["person_id"] in people] or cards

    async def _do(self, turn: Turn, wanted: str, card: Json) -> None:
        membership_id, name = card["membership_id"], card["full_name"]
        if wanted == ACTIVATE and card["state"] != "active":
            card = await turn.backend.change_card(turn.conversation_id, membership_id, "activate")
            turn.say("ecard_activated", name=name)
            await _show(turn, card)
        elif wanted == LOST and card["state"] == "active":
            turn.say(
                "ecard_block_confirm",
                name=name,
                buttons=[
                    turn.button("ecard_block", payload("view_ecard", choice=f"{BLOCK}:{membership_id}")),
                    turn.button("ecard_keep", payload("view_ecard", choice=f"{SHOW}:{membership_id}")),
                ],
            )
        elif wanted == BLOCK:
            await turn.backend.change_card(turn.conversation_id, membership_id, "deactivate")
            again = turn.button(
                "ecard_activate_new", payload("activate_ecard", choice=f"{ACTIVATE}:{membership_id}")
            )
            turn.say("ecard_blocked", name=name, buttons=[again])
        elif card["state"] == "active":
            if wanted == ACTIVATE:
                turn.say("ecard_active_already", name=name)
            await _show(turn, card)
        else:
            activate = turn.button(
                "ecard_activate", payload("activate_ecard", choice=f"{ACTIVATE}:{membership_id}")
            )
            turn.say(
                f"ecard_is_{card['state']}", name=name, buttons=[activate, *await menu_buttons(turn)][:4]
            )


class ActionViewECard(ECardAction):
    """Shows the card."""

    action_name = "action_view_ecard"


class ActionActivateECard(ECardAction):
    """Activates the card, and shows it."""

    action_name = "action_activate_ecard"
    wanted = ACTIVATE


async def _show(turn: Turn, card: Json) -> None:
    link = await turn.backend.create_card_link(turn.conversation_id, card["membership_id"])
    place = f"/secure/card/{link['token']}/card"
    alt = turn.words(
        "ecard_alt", name=card["full_name"], number=card["member_number"], date=turn.day(card["valid_to"])
    )
    lost = turn.button("ecard_lost", payload("view_ecard", choice=f"{LOST}:{card['membership_id']}"))
    turn.say(
        "ecard_here",
        cards=[
            {
                "title": card["full_name"],
                "subtitle": f"{card['product']} · {card['member_number']}",
                "lines": [turn.words("ecard_valid_to", date=turn.day(card["valid_to"]))],
                "picture": {"url": f"{place}.png", "alt": alt},
                "link": {"title": turn.words("ecard_pdf"), "url": f"{place}.pdf"},
                "buttons": [lost],
            }
        ],
    )


def _choice(turn: Turn, card: Json, wanted: str) -> Json:
    intent = "activate_ecard" if wanted == ACTIVATE else "view_ecard"
    return {
        "title": card["full_name"],
        "subtitle": f"{card['product']} · {card['member_number']}",
        "lines": [turn.words(f"ecard_state_{card['state']}")],
        "buttons": [turn.button("ecard_choose", payload(intent, choice=f"{wanted}:{card['membership_id']}"))],
    }


def _is_lost(turn: Turn) -> bool:
    said = normalise(turn.reply.text).split()
    return any(fnmatchcase(word, pattern) for word in said for pattern in load(turn.language)["lost"])
