"""Open premium instalments and the way to pay one; the money itself moves at the payment provider."""

from __future__ import annotations

from bot.actions.backend_client import Json, NotFound, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import menu_buttons, offer_near
from bot.actions.turn import Turn, payload


class ActionPayPremium(CareAction):
    """Shows what is open; a chosen instalment gets a link to pay."""

    action_name = "action_pay_premium"

    async def answer(self, turn: Turn) -> Events:
        if (await turn.backend.get_market(turn.market))["journeys"]["premium"] != "offered":
            return await offer_near(turn)
        instalments = await turn.backend.get_instalments(turn.conversation_id)
        if turn.reply.choice:
            return await self._begin(turn, turn.reply.choice)
        number = turn.reply.entity("policy_number")
        shown = [i for i in instalments if number in (None, i["policy_number"])] or instalments
        if not shown:
            turn.say("premium_nothing_open", buttons=await menu_buttons(turn))
            return []
        turn.say("premium_open", count=len(shown), cards=[self._card(turn, each) for each in shown])
        return []

    async def _begin(self, turn: Turn, instalment_id: str) -> Events:
        try:
            payment = await turn.backend.begin_payment(turn.conversation_id, instalment_id)
        except NotFound:
            turn.say("premium_not_found", buttons=[turn.button("wish_pay_premium", "/pay_premium")])
            return []
        except Refused as refused:
            if refused.code == "payments_unavailable":
                people = turn.button("menu_talk_to_agent", "/talk_to_agent")
                phone = (await turn.backend.get_market(turn.market))["care"]["phones"][0]
                turn.say("premium_no_page", phone=phone, buttons=[people])
                return []
            if refused.code != "instalment_paid":
                raise
            turn.say("premium_paid_already", buttons=await menu_buttons(turn))
            return []
        link = {"title": turn.words("premium_open_page"), "url": payment["checkout_url"], "kind": "payment"}
        turn.say("premium_pay_here", amount=turn.money(payment["amount"]), custom={"link": link})
        return []

    @staticmethod
    def _card(turn: Turn, instalment: Json) -> Json:
        due = turn.words(
            "premium_was_due" if instalment["overdue"] else "premium_is_due",
            date=turn.day(instalment["due_date"]),
        )
        pay = turn.button("premium_pay", payload("pay_premium", choice=instalment["instalment_id"]))
        return {
            "title": turn.money(instalment["amount"]),
            "subtitle": f"{instalment['product']} · {instalment['policy_number']}",
            "lines": [due],
            "buttons": [pay],
        }
