"""Policies, what is covered, and how much of it is left."""

from __future__ import annotations

from decimal import Decimal

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.backend_client import Json
from bot.actions.bare_information import CARE, leads_elsewhere
from bot.actions.care_action import CareAction, Events
from bot.actions.members import members_meant, names_somebody
from bot.actions.turn import Turn, payload
from locales import catalogue


class ActionShowPolicies(CareAction):
    """Every policy the person may see, with its members and the state of the premium."""

    action_name = "action_show_policies"

    async def answer(self, turn: Turn) -> Events:
        policies = await turn.backend.get_policies(turn.conversation_id)
        wanted, number = turn.reply.entity("policy_type"), turn.reply.entity("policy_number")
        of_type = [p for p in policies if wanted in (None, p["policy_type"])]
        shown = [p for p in policies if p["policy_number"] == number] or of_type or policies
        if not shown:
            turn.say("policies_none")
            return []
        health = any(policy["policy_type"] == "health" for policy in shown)
        buttons = [turn.button("menu_ask_coverage_limit", "/ask_coverage_limit")] if health else []
        key = "policies_list" if shown is not policies else "policies_none_of_type"
        if number and all(policy["policy_number"] != number for policy in shown):
            key = "policies_none_of_number"
        cards = [self._card(turn, policy) for policy in shown]
        turn.say(key, count=len(shown), number=number or "", cards=cards, buttons=buttons)
        return []

    @staticmethod
    def _card(turn: Turn, policy: Json) -> Json:
        lines = [
            turn.words(f"policy_status_{policy['status']}"),
            turn.words(
                "policy_period", start=turn.day(policy["valid_from"]), end=turn.day(policy["valid_to"])
            ),
        ]
        if policy["members"]:
            names = turn.listing(m["full_name"] for m in policy["members"])
            lines.append(turn.words("policy_members", names=names))
        premium = policy.get("premium")
        if premium and premium["status"] != "paid" and premium.get("amount"):
            lines.append(
                turn.words(
                    f"premium_{premium['status']}",
                    amount=turn.money(premium["amount"]),
                    date=turn.day(premium["due_date"]),
                )
            )
        elif premium and premium["status"] == "paid":
            lines.append(turn.words("premium_paid"))
        kind = catalogue.name("policy_type", policy["policy_type"], turn.language)
        return {"title": policy["product"], "subtitle": f"{kind} · {policy['policy_number']}", "lines": lines}


# What a bare word after cover or limits can be about: whose, or of what.
ABOUT_COVER = (*CARE, "family_member", "specialty", "policy_type", "choice")


class BenefitAction(CareAction):
    """What asking for cover and asking for what is left have in common: whose, and which benefit."""

    overview_key = ""

    async def answer(self, turn: Turn) -> Events:
        elsewhere = leads_elsewhere(turn.reply, *ABOUT_COVER)
        if elsewhere:
            return elsewhere
        if turn.reply.intent == "inform" and not self._says_of_what(turn):
            return [SlotSet("awaiting", None), FollowupAction("action_inform")]
        members = await turn.backend.get_members(turn.conversation_id)
        subject: Json = turn.slot("subject", {})
        chosen = [m for m in members if m["person_id"] == turn.reply.choice]
        meant = chosen or members_meant(members, turn.reply)
        if len(meant) > 1:
            asked = self._asked(turn, subject, meant=True)
            whose = [_person_button(turn, self.intent, m, asked) for m in meant]
            turn.say("whose_benefits", buttons=whose, asks=True)
            return [
                SlotSet("subject", {**asked, "person_id": subject.get("person_id")}),
                SlotSet("awaiting", self.awaiting),
            ]
        somebody = turn.reply.values("family_member") or names_somebody(turn.reply, turn.language)
        if somebody and not meant and not turn.reply.choice:
            turn.say("member_not_visible")
            return [SlotSet("awaiting", self.awaiting)]
        # The person talked about before counts for a bare "and for the dentist?" only; a whole question that
        # names nobody is about oneself.
        follows_up = turn.reply.intent == "inform"
        known = [m for m in members if follows_up and m["person_id"] == subject.get("person_id")]
        member = (meant or known or members)[0]
        asked = self._asked(turn, subject, meant=bool(meant))
        benefits = await turn.backend.get_benefits(
            turn.conversation_id,
            person_id=member["person_id"],
            **{k: asked.get(k) for k in ("benefit_type", "service")},
        )
        others = [m for m in members if m is not member]
        buttons = [_person_button(turn, self.intent, m, asked) for m in others[:6]]
        if not benefits:
            turn.say("benefits_none", name=member["full_name"], buttons=buttons)
        elif asked:
            self.say_one(turn, member, benefits, asked, buttons)
        else:
            self.say_all(turn, member, benefits, buttons)
        return [
            SlotSet("subject", {**asked, "person_id": member["person_id"]}),
            SlotSet("awaiting", self.awaiting),
        ]

    intent = ""
    awaiting = ""

    @staticmethod
    def _says_of_what(turn: Turn) -> bool:
        """Whether the few words name a person or a kind of care; "85" after limits says nothing about them."""
        return turn.reply.entity(*ABOUT_COVER) is not None or names_somebody(turn.reply, turn.language)

    @staticmethod
    def _asked(turn: Turn, subject: Json, *, meant: bool) -> Json:
        """The benefit or service asked for; a bare "and for my wife?" keeps the one talked about."""
        service, benefit = turn.reply.entity("service"), turn.reply.entity("benefit_type")
        if service in catalogue.ids("service"):
            return {"service": service}
        if benefit in catalogue.ids("benefit_type"):
            return {"benefit_type": benefit}
        visit = catalogue.visit_of(turn.reply.entity("specialty"))
        if visit:
            return {"service": visit}
        of_specialty = catalogue.benefit_of(turn.reply.entity("specialty"))
        if of_specialty:
            return {"benefit_type": of_specialty}
        if meant or turn.reply.choice or turn.reply.intent == "inform":
            return {k: v for k, v in subject.items() if k in {"service", "benefit_type"}}
        return {}

    def say_one(
        self, turn: Turn, member: Json, benefits: list[Json], asked: Json, buttons: list[Json]
    ) -> None:
        """One benefit or service, for every policy that has something to say of it."""
        group, item = next(iter(asked.items()))
        name = catalogue.name(group, item, turn.language)
        covered = [b for b in benefits if b["covered"] and b.get("service_covered") is not False]
        if not covered:
            turn.say("benefit_not_covered", what=name, name=member["full_name"], buttons=buttons)
            return
        key = "benefit_covered" if self.intent == "ask_benefit" else "benefit_left"
        turn.say(
            key,
            what=name,
            name=member["full_name"],
            cards=[benefit_card(turn, b) for b in covered],
            buttons=[*buttons, turn.button("menu_claim_reimbursement", "/claim_reimbursement")],
        )

    def say_all(self, turn: Turn, member: Json, benefits: list[Json], buttons: list[Json]) -> None:
        """The overview: a card a policy with a line a benefit, the missing ones in one line."""
        covered = [b for b in benefits if b["covered"]]
        has = {b["benefit_type"] for b in covered}
        missing = sorted({b["benefit_type"] for b in benefits} - has)
        turn.say(
            self.overview_key,
            name=member["full_name"],
            cards=overview_cards(turn, covered),
            buttons=[] if missing else buttons,
        )
        if missing:
            names = turn.listing(catalogue.name("benefit_type", b, turn.language) for b in missing)
            turn.say("benefits_missing", what=names, buttons=buttons)


class ActionShowBenefits(BenefitAction):
    """Is it paid for at all, and on which terms."""

    action_name = "action_show_benefits"
    overview_key = "benefits_overview"
    intent = "ask_benefit"
    awaiting = "benefits"


class ActionShowLimits(BenefitAction):
    """What is left of it."""

    action_name = "action_show_limits"
    overview_key = "limits_overview"
    intent = "ask_coverage_limit"
    awaiting = "limits"


def _person_button(turn: Turn, intent: str, member: Json, asked: Json) -> Json:
    relation = turn.words(f"relation_{member['relation']}")
    title = turn.words("button_person", name=member["first_name"], relation=relation)
    return {"title": title, "payload": payload(intent, choice=member["person_id"], **asked)}


def overview_cards(turn: Turn, benefits: list[Json]) -> list[Json]:
    """A card a policy; `dental care: 750 € / 1.000 €` is left of limit."""
    cards: dict[str, Json] = {}
    for benefit in benefits:
        card = cards.setdefault(
            benefit["policy_number"],
            {
                "title": benefit["product"],
                "subtitle": benefit["policy_number"],
                "lines": [],
            },
        )
        name = catalogue.name("benefit_type", benefit["benefit_type"], turn.language)
        if benefit["limit"] is None:
            card["lines"].append(f"{name}: {turn.words('benefit_no_limit')}")
        else:
            card["lines"].append(f"{name}: {turn.money(benefit['left'])} / {turn.money(benefit['limit'])}")
    return list(cards.values())


def benefit_card(turn: Turn, benefit: Json) -> Json:
    """Limit, used, left, co-payment and period of one benefit of one policy."""
    lines = []
    if benefit["limit"] is None:
        lines.append(turn.words("benefit_no_limit"))
    else:
        lines.append(
            turn.words(
                "benefit_left_of", left=turn.money(benefit["left"]), limit=turn.money(benefit["limit"])
            )
        )
        lines.append(turn.words("benefit_used", used=turn.money(benefit["used"])))
    if benefit.get("visits_limit") is not None:
        lines.append(turn.words("benefit_visits", left=benefit["visits_left"], limit=benefit["visits_limit"]))
    if benefit.get("co_payment_percent"):
        lines.append(turn.words("benefit_co_payment", percent=benefit["co_payment_percent"]))
    if benefit.get("co_payment") and Decimal(benefit["co_payment"]["amount"]):
        lines.append(turn.words("benefit_co_payment_amount", amount=turn.money(benefit["co_payment"])))
    period = {"start": turn.day(benefit["period_start"]), "end": turn.day(benefit["period_end"])}
    lines.append(turn.words("policy_period", **period))
    if benefit.get("waiting_until") and benefit["waiting_until"] > turn.today.isoformat():
        lines.append(turn.words("benefit_waiting", date=turn.day(benefit["waiting_until"])))
    return {
        "title": catalogue.name("benefit_type", benefit["benefit_type"], turn.language),
        "subtitle": f"{benefit['product']} · {benefit['policy_number']}",
        "lines": lines,
    }
