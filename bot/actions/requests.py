"""Starting, leaving, taking up, correcting and submitting a request. How one stands: request_status.py."""

from __future__ import annotations

import json

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.answers import JUST_OPENED, SUBMITTING, cleared_slots, say_ended
from bot.actions.asking import (
    CHANGES,
    key_of,
    option_title,
    say_noted,
)
from bot.actions.backend_client import Json, LoginRequired, NotFound, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.contact_code import leave_code, said_contact, waits_for_code
from bot.actions.content import withdraw_consent
from bot.actions.conversation import WITHDRAW, WITHDRAWAL, menu_buttons
from bot.actions.feedback import ask_feedback
from bot.actions.login_link import offer_login
from bot.actions.members import members_meant
from bot.actions.reading import account_in, speaks_of_withdrawal
from bot.actions.review import keep_stopped
from bot.actions.turn import Turn, payload
from locales import catalogue
from locales.lexicon import load
from locales.script import normalise

KINDS = {
    "claim_reimbursement": "claim",
    "request_direct_care": "direct_care",
    "report_car_damage": "car_damage",
    "update_contact": "contact_data",
    "update_bank_account": "bank_account",
}
# Begins a choice of a new request beside an open one; what was said with the wish follows as JSON.
NEW = "new:"
MOST_DISCARDED = 3
# The question that a day named in the first sentence answers; the day of direct care has to be agreed first.
FIRST_DATES = {"claim": "treatment_date", "car_damage": "damage_date"}


def open_form(draft: Json) -> Events:
    """Goes on with the form on this draft."""
    return [
        SlotSet("draft_id", draft["draft_id"]),
        SlotSet("draft_question", None),
        SlotSet("answer", None),
        SlotSet("wrong_answers", 0),
        SlotSet("asked_already", False),
        SlotSet("draft_step", JUST_OPENED),
        SlotSet("awaiting", None),
        FollowupAction("request_form"),
    ]


def branch_of(service: str) -> str:
    """Which of the two branches of direct care a service belongs to."""
    hospital = catalogue.service(service)["benefit"] in catalogue.ids("hospital_benefit")
    return "hospital" if hospital else "outpatient"


def draft_title(turn: Turn, draft: Json) -> str:
    """`reimbursement · cardiology visit · Anna`, as far as it is filled in."""
    parts = [turn.words(f"kind_{draft['kind']}")]
    for answer in draft["answers"]:
        display = answer.get("display") or {}
        if answer["question"] in {"service", "person"} and (display.get("label") or display.get("label_key")):
            parts.append(option_title(turn, display))
    return " · ".join(parts)


class ActionStartRequest(CareAction):
    """Opens a draft, with what the customer has already said, unless one is open that may be meant."""

    action_name = "action_start_request"

    async def answer(self, turn: Turn) -> Events:
        if turn.reply.entity("request_number"):
            return [FollowupAction("action_check_request_status")]
        if speaks_of_withdrawal(turn.reply.text, turn.language):
            return [FollowupAction("action_withdraw_request")]
        kind = KINDS[turn.reply.intent]
        if (await turn.backend.get_market(turn.market))["journeys"][kind] != "offered":
            return [FollowupAction("action_offer_near")]
        drafts = [d for d in await turn.backend.get_drafts(turn.conversation_id) if d["kind"] == kind]
        choice = turn.reply.choice or ""
        if drafts and not choice.startswith(NEW):
            said = await self._said_already(turn, kind)
            buttons = [
                turn.button(
                    "button_continue_draft",
                    payload("resume_draft", choice=d["draft_id"]),
                    title=draft_title(turn, d),
                )
                for d in drafts[:3]
            ]
            new = turn.button("button_new_request", payload(turn.reply.intent, choice=NEW + json.dumps(said)))
            turn.say("draft_exists", count=len(drafts), buttons=[*buttons, new], asks=True)
            return []
        answers = await self._said_already(turn, kind)
        if choice.startswith(NEW):
            answers = json.loads(choice.removeprefix(NEW))
        try:
            draft = await turn.backend.create_draft(turn.conversation_id, kind, answers, turn.message_id)
        except Refused as refused:
            if refused.code == "too_many_drafts":
                return await self._say_too_many(turn)
            if refused.code != "not_eligible":
                raise
            turn.say(f"{kind}_not_eligible", buttons=await menu_buttons(turn))
            return []
        turn.say(f"{kind}_start")
        if "service" in [entry["question"] for entry in draft.get("rejected") or []]:
            wanted = catalogue.name("service", answers["service"], turn.language)
            turn.say(f"{kind}_service_not_covered", service=wanted)
        for entry in draft.get("rejected") or []:
            if kind in CHANGES and turn.has_words(f"wrong_{entry['error']}"):
                turn.say(f"wrong_{entry['error']}")
        noted = [a for a in draft["answers"] if a["source"] == "customer"]
        if noted:
            say_noted(turn, draft, noted)
        return open_form(draft)

    @staticmethod
    async def _say_too_many(turn: Turn) -> Events:
        """Room is made by throwing one away, which nobody but the customer does; the oldest are offered first."""
        oldest = (await turn.backend.get_drafts(turn.conversation_id))[::-1][:MOST_DISCARDED]
        titles = [(draft_title(turn, d), payload("stop", choice=f"discard:{d['draft_id']}")) for d in oldest]
        buttons = [turn.button("button_discard_one", discard, title=title) for title, discard in titles]
        turn.say("drafts_too_many", buttons=buttons)
        return []

    @staticmethod
    async def _said_already(turn: Turn, kind: str) -> Json:
        """Answers that the first sentence already holds; the backend drops those that do not hold."""
        if kind == "contact_data":
            return said_contact(turn.reply, load(turn.language)["contacts"], normalise(turn.reply.text))
        if kind == "bank_account":
            account = account_in(turn.reply, turn.market)
            return {"account": account} if account else {}
        said: Json = {}
        days = turn.reply.values("date")
        if len(days) == 1 and kind in FIRST_DATES:
            said[FIRST_DATES[kind]] = days[0]
        services = turn.reply.services()
        if len(services) == 1:
            said["service"] = services[0]
            if kind == "direct_care":
                said["branch"] = branch_of(services[0])
        if turn.reply.values("family_member"):
            members = await turn.backend.get_members(turn.conversation_id)
            meant = members_meant(members, turn.reply)
            if len(meant) == 1:
                said["person"] = meant[0]["person_id"]
        return said


class ActionResumeDraft(CareAction):
    """Goes on with a draft, also one begun elsewhere or yesterday."""

    action_name = "action_resume_draft"

    async def answer(self, turn: Turn) -> Events:
        drafts = await turn.backend.get_drafts(turn.conversation_id)
        wanted = turn.reply.choice
        if turn.reply.step or wanted in SUBMITTING:
            # A button of the form itself. Since it was shown the draft may have changed: the open question, or the
            # summary, is shown once more.
            wanted = (turn.reply.step or "").partition("/")[0]
        chosen = [d for d in drafts if d["draft_id"] == wanted]
        if wanted and not chosen:
            return await self._say_what_became_of(turn, wanted)
        if not drafts:
            turn.say("draft_none", buttons=[turn.button("menu_claim_reimbursement", "/claim_reimbursement")])
            return []
        if len(drafts) > 1 and not chosen:
            turn.say(
                "draft_which",
                asks=True,
                buttons=[
                    {"title": draft_title(turn, d), "payload": payload("resume_draft", choice=d["draft_id"])}
                    for d in drafts[:6]
                ],
            )
            return []
        draft = (chosen or drafts)[0]
        turn.say("draft_resumed", title=draft_title(turn, draft), answered=draft["progress"]["answered"])
        return open_form(draft)

    @staticmethod
    async def _say_what_became_of(turn: Turn, draft_id: str) -> Events:
        """A button of a draft that is open no longer goes on with no other one."""
        buttons = await menu_buttons(turn)
        try:
            say_ended(turn, await turn.backend.get_draft(turn.conversation_id, draft_id), buttons)
        except NotFound:
            turn.say("draft_gone", buttons=buttons)
        return []


class ActionStopRequest(CareAction):
    """Leaves the form; what was entered stays. A second tap throws it away."""

    action_name = "action_stop_request"

    async def answer(self, turn: Turn) -> Events:
        choice = turn.reply.choice or ""
        if choice.startswith("discard:"):
            return await self._discard(turn, choice.removeprefix("discard:"))
        draft_id = turn.slot("draft_id")
        if not draft_id and turn.just_offered(WITHDRAWAL):
            await withdraw_consent(turn)
            return []
        if not draft_id and speaks_of_withdrawal(turn.reply.text, turn.language):
            return [FollowupAction("action_withdraw_request")]
        if not draft_id:
            turn.say("nothing_to_stop", buttons=await menu_buttons(turn))
            return [SlotSet("awaiting", None), SlotSet("pending", None)]
        if waits_for_code(turn):
            await leave_code(turn)
        await keep_stopped(turn, set(KINDS))
        turn.say(
            "draft_kept",
            buttons=[
                turn.button("button_resume", payload("resume_draft", choice=draft_id)),
                turn.button("button_discard", payload("stop", choice=f"discard:{draft_id}")),
            ],
        )
        return cleared_slots()

    @staticmethod
    async def _discard(turn: Turn, draft_id: str) -> Events:
        if waits_for_code(turn):
            await leave_code(turn)
        open_one = turn.slot("draft_id")
        try:
            await turn.backend.discard_draft(turn.conversation_id, draft_id)
        except NotFound:
            pass  # already gone: what the customer wants is so
        except Refused as refused:
            if refused.code != "draft_closed":
                raise
            # Sent before the button was pressed: it is no draft any more.
            say_ended(turn, await turn.backend.get_draft(turn.conversation_id, draft_id))
            return cleared_slots()
        waits = open_one and open_one != draft_id
        resume = turn.button("button_resume", payload("resume_draft", choice=open_one))
        turn.say("draft_discarded", buttons=[resume] if waits else await menu_buttons(turn))
        return cleared_slots()

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """What was just offered is another thing after the log-in: a consent to be taken back is named."""
        if turn.slot("draft_id") or not turn.just_offered(WITHDRAWAL):
            return await super().on_login_required(turn, error)
        await offer_login(turn, error)
        entities = [{"entity": "choice", "value": WITHDRAW}]
        reply = turn.reply.as_slot() | {"intent": "ask_health_articles", "entities": entities}
        return [SlotSet("pending", {"action": "action_show_articles", "reply": reply})]


class ActionSubmitRequest(CareAction):
    """Submits the confirmed draft; however often, it is one request."""

    action_name = "action_submit_request"

    async def answer(self, turn: Turn) -> Events:
        draft_id = turn.slot("draft_id")
        if not draft_id or turn.slot("answer") != "complete":
            return cleared_slots()
        try:
            request = await turn.backend.submit_draft(turn.conversation_id, draft_id)
        except NotFound:
            turn.say("draft_gone")
            return cleared_slots()
        except Refused as refused:
            if refused.code == "draft_closed":
                # Thrown away elsewhere since the summary was shown.
                say_ended(turn, await turn.backend.get_draft(turn.conversation_id, draft_id))
                return cleared_slots()
            if refused.code != "draft_incomplete":
                raise
            turn.say("draft_incomplete")
            return [SlotSet("answer", None), FollowupAction("request_form")]
        if request["kind"] in CHANGES:
            # Said again after a turn that was cut off, it is not known any more what was changed to.
            key = f"{request['kind']}_submitted" if request["changed_to"] else "change_already_done"
            turn.say(
                key,
                changed_to=request["changed_to"],
                buttons=[turn.button("button_menu", "/ask_capabilities")],
            )
            return [*cleared_slots(), *ask_feedback(turn, request["kind"])]
        turn.say(
            f"{request['kind']}_submitted",
            number=request["request_number"],
            buttons=[
                turn.button(
                    "button_status", payload("check_request_status", request_number=request["request_number"])
                ),
                turn.button("button_menu", "/ask_capabilities"),
            ],
        )
        return [*cleared_slots(), *ask_feedback(turn, request["kind"])]

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """The log-in ran out at the last step: the draft is taken up again afterwards."""
        await offer_login(turn, error)
        draft_id = turn.slot("draft_id")
        reply = turn.reply.as_slot() | {
            "intent": "resume_draft",
            "entities": [{"entity": "choice", "value": draft_id}],
        }
        return [*cleared_slots(), SlotSet("pending", {"action": "action_resume_draft", "reply": reply})]


class ActionWhyNeeded(CareAction):
    """Why the open question is asked."""

    action_name = "action_why_needed"

    async def answer(self, turn: Turn) -> Events:
        draft_id = turn.slot("draft_id")
        if not draft_id:
            turn.say("why_in_general")
            return []
        draft = await turn.backend.get_draft(turn.conversation_id, draft_id)
        if draft["next"] is None:
            turn.say("why_summary")
        else:
            turn.say(key_of(turn, draft, "why", draft["next"]["question"]))
        return []
