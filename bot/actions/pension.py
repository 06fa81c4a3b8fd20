"""The pension fund: contract, units and what they are worth, the last contributions."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal

from bot.actions.backend_client import Json
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import offer_near
from bot.actions.turn import Turn
from locales.formats import locale_of


class ActionViewPensionFund(CareAction):
    """Every contract of the person; whoever is no member is told so."""

    action_name = "action_view_pension_fund"

    async def answer(self, turn: Turn) -> Events:
        if (await turn.backend.get_market(turn.market))["journeys"]["pension_fund"] != "offered":
            return await offer_near(turn)
        contracts = await turn.backend.get_pension_contracts(turn.conversation_id)
        if not contracts:
            turn.say("pension_no_member", buttons=[turn.button("menu_talk_to_agent", "/talk_to_agent")])
            return []
        cards = [card for contract in contracts for card in self._cards(turn, contract)]
        turn.say("pension_contracts", count=len(contracts), cards=cards)
        return []

    @staticmethod
    def _cards(turn: Turn, contract: Json) -> list[Json]:
        units = _exact(contract["units"], turn.language)
        lines = [
            turn.words("pension_since", date=turn.day(contract["since"])),
            turn.words("pension_units", units=units),
        ]
        if contract["value"]:
            worth = _exact(contract["unit_value"], turn.language)
            lines.append(turn.words("pension_unit_value", value=worth, date=turn.day(contract["value_date"])))
            lines.append(turn.words("pension_value", value=turn.money(contract["value"])))
        lines.append(turn.words("pension_paid_in", amount=turn.money(contract["paid_in"])))
        contract_card = {"title": contract["fund"], "subtitle": contract["contract_number"], "lines": lines}
        paid = [f"{turn.day(c['paid_on'])}: {turn.money(c['amount'])}" for c in contract["contributions"]]
        if not paid:
            return [contract_card]
        return [contract_card, {"title": turn.words("pension_last_contributions"), "lines": paid}]


def _exact(value: str, language: str) -> str:
    """With all six decimals: members compare it with what the fund publishes."""
    return str(format_decimal(Decimal(value), "#,##0.000000", locale=locale_of(language)))
