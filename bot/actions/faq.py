"""Questions answered from the insurer's customer guides."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction

from bot.actions.care import opening_hours
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import menu_buttons
from bot.actions.guides import say_passage, say_source
from bot.actions.turn import Turn

SHORT = 5


class ActionFaq(CareAction):
    """The text for `faq/<question>`; a market's own wording (`faq_<question>_<market>`) comes first."""

    action_name = "action_faq"

    async def answer(self, turn: Turn) -> Events:
        shown_before = {"benefits": "action_show_benefits", "limits": "action_show_limits"}.get(
            turn.slot("awaiting", "")
        )
        if shown_before and turn.reply.values("family_member") and len(turn.reply.text.split()) <= SHORT:
            return [FollowupAction(shown_before)]  # "and for my husband?" after cover was shown
        # Pressed among the likeliest meanings, or said.
        question = turn.reply.choice or (turn.response_key or "").removeprefix("faq/")
        pack = await turn.backend.get_market(turn.market)
        key = next(
            (k for k in (f"faq_{question}_{turn.market}", f"faq_{question}") if turn.has_words(k)), None
        )
        if key is None:
            if not await say_passage(turn):
                people = turn.button("menu_talk_to_agent", "/talk_to_agent")
                turn.say("faq_unknown", buttons=[*await menu_buttons(turn), people])
            return []
        values = {
            "minutes": pack["code"]["life_seconds"] // 60,
            "megabytes": pack["files"]["max_bytes"] // (1024 * 1024),
            "phone": pack["care"]["phones"][0],
            "email": pack["care"]["email"],
            "hours": opening_hours(turn, pack),
        }
        turn.say(key, **values)
        # What we answered and what was asked together find the place in the guide.
        await say_source(turn, f"{turn.reply.text} {turn.words(key, **values)}")
        return []
