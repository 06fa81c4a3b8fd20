"""The one form in which every request is filled: which question is open the draft in the backend knows.

The form has a single required slot, `answer`, filled only when the customer submits the summary. Each turn the
validation decides: is the message an answer (stored at once), or does it go elsewhere (the form is rejected
and the rules with `active_loop: request_form` take over, after which the question is asked again)?
"""

from __future__ import annotations

import re
from dataclasses import replace

from rasa_sdk.events import SlotSet

from bot.actions.answers import JUST_OPENED, cleared_slots, say_ended, spare, take_answer
from bot.actions.asking import as_asked, ask, place_of
from bot.actions.backend_client import Json, LoginRequired, NotFound
from bot.actions.care_action import CareAction, Events
from bot.actions.contact_code import leave_code, waits_for_code
from bot.actions.correction import correct_in_passing
from bot.actions.login_link import offer_login
from bot.actions.other_wish import is_wish_button, set_aside, take_other_wish
from bot.actions.reading import NOTHING, read_answer
from bot.actions.turn import Reply, Turn
from locales import lexicon
from locales.script import normalise

# Each has a rule with `active_loop: request_form` (tests/bot/actions/test_interruptions.py compares).
# At once, whatever was asked:
STRONG = {
    "medical_emergency",
    "stop",
    "talk_to_agent",
    "change_language",
    "correct_information",
    "ask_why_needed",
    "login",
    "logout",
    "resend_code",
    "register_account",
    "forgot_password",
    "forgot_username",
    "change_password",
}
# When the message is no answer to the open question:
SOFT = {
    "ask_benefit",
    "ask_capabilities",
    "ask_contact",
    "ask_events",
    "ask_health_articles",
    "ask_coverage_limit",
    "ask_if_human",
    "ask_medical_advice",
    "check_request_status",
    "complain",
    "faq",
    "find_provider",
    "give_feedback",
    "greet",
    "list_requests",
    "out_of_scope",
    "pay_premium",
    "view_ecard",
    "activate_ecard",
    "read_testimonials",
    "view_pension_fund",
    "thank",
    "goodbye",
    "view_policies",
}
# "Menu" is the name of no clinic: it interrupts also where anything is an answer.
NEVER_ANSWERS = {"ask_capabilities"}
# Who fills a form has logged in: "I can't remember" is about what was asked, unless it says what of the log-in.
NOT_REMEMBERED = {"forgot_password", "forgot_username"}
# Served also when the log-in ran out in the middle: none of them shows or changes anything of the draft. What is no
# clear wish is an answer, kept until it can be stored.
WITHOUT_LOGIN = {
    "stop",
    "talk_to_agent",
    "change_language",
    "ask_capabilities",
    "ask_contact",
    "ask_if_human",
    "ask_medical_advice",
    "complain",
    "forgot_password",
    "forgot_username",
    "register_account",
    "greet",
    "thank",
    "goodbye",
}
# Without a form there is nothing to say to them.
ABOUT_THE_FORM = {"stop", "correct_information", "ask_why_needed", "resend_code"}
# Served before the draft is looked at, and without one.
ACCESS = {"login", "logout"}
# Said after an answer that waits for the log-in, they do not take its place.
UNCLEAR = {"nlu_fallback", "out_of_scope"}
# "It was the third of November" corrects a day only where one was given.
CORRECTED = {"date", "amount"}
# "Let us go on": the open question is asked again, nothing is wrong.
GOING_ON = {"resume_draft"}
SURE = 0.6  # strong ones interrupt free text and readable answers only when this likely
LIKELY = 0.3
VERY_SURE = 0.85


def interrupts(reply: Reply, kind: str, readable: bool) -> bool:
    """Whether the reply goes elsewhere than to the open question.

    `readable`: it can be read as an answer. Free text can always be read as one, so there only a clear wish counts.
    """
    if reply.choice and reply.intent == "inform":
        return False
    if kind == "provider" and reply.position:
        return False
    if reply.text.startswith("/"):
        return reply.intent in STRONG | SOFT
    if reply.attachments:
        return False
    if kind == "provider" and reply.intent == "find_provider":
        return False  # looking for a place is what was asked for
    if reply.intent == "medical_emergency":
        return reply.confidence >= LIKELY
    if reply.intent in NOT_REMEMBERED:
        return reply.confidence >= SURE and _speaks_of_access(reply.text)
    if re.search(r"\d", reply.text) and not re.search(r"[^\W\d_]", reply.text):
        return False  # figures without a word are meant for the question
    question_mark = reply.text.rstrip().endswith("?")
    if kind == "text" and reply.intent == "correct_information" and reply.entity("date", "amount", "email"):
        return reply.confidence >= LIKELY
    if reply.intent in NEVER_ANSWERS and reply.confidence >= SURE:
        return True
    if kind == "text":
        needed = SURE if question_mark or reply.intent == "stop" else VERY_SURE
        return reply.intent in STRONG | (SOFT if question_mark else set()) and reply.confidence >= needed
    if readable:
        return reply.intent in STRONG | (SOFT if question_mark else set()) and reply.confidence >= SURE
    # What resembles nothing ("asdf") may be taken for something of no concern: it is an answer that could not be read.
    needed = SURE if reply.intent in UNCLEAR else LIKELY
    return reply.intent in STRONG | SOFT and reply.confidence >= needed


def leads_out(reply: Reply) -> bool:
    """Whether the reply is clearly a wish that needs no log-in, in a form whose draft cannot be read without one."""
    wished = reply.intent in WITHOUT_LOGIN and reply.confidence >= SURE
    return wished and interrupts(reply, "none", readable=False)


def _speaks_of_access(text: str) -> bool:
    """Whether a word for password, user name or log-in stands in the text, in whatever language."""
    said = normalise(text)
    return any(word in said for language in lexicon.languages() for word in lexicon.load(language)["access"])


def kept_answer(kept: Json | None, reply: Reply) -> Reply:
    """What is stored after the log-in of all that was said meanwhile: every file, and no chatter for an answer."""
    if kept is None:
        return reply
    before = Reply.from_slot(kept)
    if before.attachments and reply.attachments:
        return replace(reply, attachments=[*before.attachments, *reply.attachments])
    return before if before.attachments or reply.intent in UNCLEAR else reply


class ValidateRequestForm(CareAction):
    """Rasa's validation hook of `request_form`."""

    action_name = "validate_request_form"

    async def answer(self, turn: Turn) -> Events:
        if turn.slot("draft_step") == JUST_OPENED:
            return [SlotSet("draft_step", JUST_OPENED + 1)]
        if turn.metadata.get("notice"):
            return []  # a step of the log-in: its rule speaks
        reply = turn.reply
        if reply.intent == "medical_emergency" and interrupts(reply, "none", readable=False):
            return []
        if reply.intent in ACCESS and reply.confidence >= VERY_SURE:
            return []
        try:
            draft = await turn.backend.get_draft(turn.conversation_id, turn.slot("draft_id", "none"))
        except NotFound:
            await self._leave(turn)
            turn.say("draft_gone")
            return [*cleared_slots(), *self._wish_beside(turn)]
        if draft["status"] != "open":
            await self._leave(turn)
            say_ended(turn, draft)
            return [*cleared_slots(), *self._wish_beside(turn)]
        if await self._goes_elsewhere(turn, draft):
            return []
        other = await take_other_wish(turn, draft)
        if other is not None:
            return other
        if self._goes_on(reply, draft) or await correct_in_passing(turn, draft):
            return [
                SlotSet("draft_step", int(turn.slot("draft_step", 0)) + 1),
                SlotSet("asked_already", False),
            ]
        return await take_answer(turn, draft, reply)

    @staticmethod
    async def _leave(turn: Turn) -> None:
        """The draft was ended in another conversation: nothing is waited for in this one."""
        if waits_for_code(turn):
            await leave_code(turn)

    @staticmethod
    def _wish_beside(turn: Turn) -> Events:
        """What was wished in the turn in which the form is found ended: it is begun right after."""
        clear = turn.reply.intent in (STRONG | SOFT) - ABOUT_THE_FORM and turn.reply.confidence >= SURE
        return set_aside(turn) if clear or is_wish_button(turn.reply) else []

    @staticmethod
    def _goes_on(reply: Reply, draft: Json) -> bool:
        """Whether the question is only to be asked again. Free text may hold those words and be an answer."""
        if reply.intent not in GOING_ON or reply.choice or reply.attachments:
            return False
        return (draft["next"] or {}).get("kind") != "text" or reply.confidence >= VERY_SURE

    @staticmethod
    async def _goes_elsewhere(turn: Turn, draft: Json) -> bool:
        if draft["next"] is None:
            readable = turn.reply.intent in {"affirm", "deny"} or turn.reply.choice is not None
            return interrupts(turn.reply, "summary", readable)
        asked = await as_asked(turn, draft)
        readable = read_answer(asked, turn.reply) is not NOTHING
        corrects = turn.reply.intent == "correct_information" and asked.kind in CORRECTED
        if readable and corrects and all(answer["kind"] != asked.kind for answer in draft["answers"]):
            return False
        return interrupts(turn.reply, asked.kind, readable)

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """The log-in ran out in the middle: the answer is kept until it can be stored; a way out stays open."""
        if leads_out(turn.reply):
            return []
        if turn.reply.intent in ACCESS and interrupts(turn.reply, "none", readable=False):
            return []
        await offer_login(turn, error)
        if is_wish_button(turn.reply):
            # No answer, and none that waits for the log-in is replaced by it.
            step = int(turn.slot("draft_step", 0)) + 1
            return [*set_aside(turn), SlotSet("draft_step", step), SlotSet("asked_already", True)]
        kept, step = turn.slot("unsaved_answer"), int(turn.slot("draft_step", 0)) + 1
        asked = [SlotSet("draft_step", step), SlotSet("asked_already", True)]
        if kept and not kept["attachments"] and turn.reply.attachments:
            # The words wait for the log-in; the file for the question that asks for one.
            files = [*turn.slot("spare_documents", []), *spare(turn.reply.attachments)]
            return [SlotSet("spare_documents", files), *asked]
        return [SlotSet("unsaved_answer", kept_answer(kept, turn.reply).as_slot()), *asked]


class ActionAskRequestFormAnswer(CareAction):
    """Asks the open question; called by the form whenever its slot is still empty."""

    action_name = "action_ask_request_form_answer"

    async def answer(self, turn: Turn) -> Events:
        if turn.slot("asked_already", False):
            return [SlotSet("asked_already", False)]
        draft = await turn.backend.get_draft(turn.conversation_id, turn.slot("draft_id", "none"))
        place = place_of(draft)
        if waits_for_code(turn) and place != turn.slot("draft_question"):
            await leave_code(turn)
        await ask(turn, draft)
        if turn.slot("draft_question") == place:
            return []
        # Remembered, so that a reply is only ever taken as the answer to what was asked.
        return [SlotSet("draft_question", place), SlotSet("wrong_answers", 0)]

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """Nothing is asked of somebody who cannot be shown the draft, and a log-in under way is left alone."""
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        if login["state"] not in {"link_sent", "code_sent"}:
            await offer_login(turn, error)
        return []
