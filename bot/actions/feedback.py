"""One question after a finished journey: 1 to 5, and a comment for whoever likes to say more."""

from __future__ import annotations

import re

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.backend_client import Json
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import TELLING
from bot.actions.turn import Turn, payload
from locales.lexicon import load
from locales.numbers import number_words
from locales.script import normalise

SCORES = ("1", "2", "3", "4", "5")
# From this score on nothing went wrong.
CONTENT = 4
# Said without a journey: the whole assistant is meant.
IN_GENERAL = "conversation"
LONGEST_COMMENT = 2000
_DIGIT = re.compile(r"(?<![\d.,/])([1-5])(?:\s?/\s?5)?(?![\d.,/])")


def ask_feedback(turn: Turn, journey: str) -> Events:
    """Ask once in a conversation, after the journey that ended first."""
    if turn.slot("feedback_journey"):
        return []
    turn.say("feedback_ask", buttons=_score_buttons(turn))
    return [SlotSet("feedback_journey", journey)]


class ActionGiveFeedback(CareAction):
    """Takes a score, a comment, or the comment that follows a score."""

    action_name = "action_give_feedback"

    async def answer(self, turn: Turn) -> Events:
        reply, journey = turn.reply, turn.slot("feedback_journey", IN_GENERAL)
        over = [SlotSet("awaiting", None)]
        if reply.intent != "give_feedback":
            # What was said after the score; only directly after it, and only what is no wish of its own.
            if previous_intent(turn) != "give_feedback" or reply.entity(*TELLING) or reply.attachments:
                return [*over, FollowupAction("action_inform")]
            if reply.intent == "deny" and len(reply.text.split()) <= 3:
                turn.say("feedback_done")
                return over
        asked = turn.slot("feedback_journey")
        if not asked and not reply.choice and reply.text.strip().isdigit():
            return [FollowupAction("action_not_understood")]
        score = reply.choice if reply.choice in SCORES else _score_in(reply.text, turn.language)
        comment = "" if reply.choice or reply.text.startswith("/") else reply.text[:LONGEST_COMMENT]
        if score is None and not comment:
            turn.say("feedback_ask", buttons=_score_buttons(turn))
            return [SlotSet("feedback_journey", journey)]
        body: Json = {"score": int(score) if score else None, "comment": comment or None}
        kept = await turn.backend.put_feedback(turn.conversation_id, journey, body)
        if kept["score"] is None:
            turn.say("feedback_thanks_score", buttons=_score_buttons(turn))
            return [SlotSet("feedback_journey", asked), *over]
        if kept["comment"] or turn.tracker.active_loop.get("name"):
            # In the middle of a form its question comes next, not ours.
            turn.say("feedback_done")
            return [SlotSet("feedback_journey", asked), *over]
        content = kept["score"] >= CONTENT
        unhappy = payload("talk_to_agent", choice="complaint")
        people = [] if content else [turn.button("menu_talk_to_agent", unhappy)]
        turn.say("feedback_more" if content else "feedback_what_was_wrong", buttons=people)
        return [SlotSet("feedback_journey", asked), SlotSet("awaiting", "feedback_comment")]


def previous_intent(turn: Turn) -> str:
    """The intent of the customer's message before this one."""
    said = [event for event in turn.tracker.events if event.get("event") == "user"]
    if len(said) < 2:
        return ""
    return str(((said[-2].get("parse_data") or {}).get("intent") or {}).get("name") or "")


def _score_buttons(turn: Turn) -> list[Json]:
    return [
        turn.button(f"feedback_score_{score}", payload("give_feedback", choice=score)) for score in SCORES
    ]


def _score_in(text: str, language: str) -> str | None:
    """The score somebody wrote, "4", "5/5" or in a word; nothing where several numbers stand."""
    words = number_words(language).words
    said = normalise(text)
    found = [match.group(1) for match in _DIGIT.finditer(said)]
    # "one" is an article in Italian and stands in many sentences: it counts only beside stars.
    starred = any(word in said for word in load(language)["stars"])
    found += [str(words[word]) for word in said.split() if starred and 1 <= words.get(word, 0) <= 5]
    distinct = set(found)
    return distinct.pop() if len(distinct) == 1 and (starred or len(said.split()) <= 4) else None
