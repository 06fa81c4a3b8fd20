"""Corrects an answer given before: at once where the message says which and to what, else by asking which."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.asking import as_asked, edit_choice, key_of, label_of, say_noted, say_which_to_change
from bot.actions.backend_client import Json, NotFound, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import menu_buttons
from bot.actions.members import members_meant
from bot.actions.reading import NOTHING, Asked, Unclear, read_answer
from bot.actions.turn import Turn
from locales import catalogue
from locales.lexicon import load
from locales.script import normalise

# Entities that can only belong to one kind of question.
KINDS = (("date", "date"), ("amount", "amount"), ("email", "email"), ("phone", "phone"))
# Kinds whose value is read out of a sentence as long as the sentence names the field.
READABLE = {"date", "amount", "year", "email", "phone", "bank_account", "plate_number"}
# Questions that no day answers; nor does a sum, but of an account's figures some may look like one.
NO_DAY = {"choice", "yes_no", "document", "documents", "bank_account"}
NO_SUM = NO_DAY - {"bank_account"}
# Of a label's word so many letters have to be said: "importo", "importi".
STEM = 5
SHORTEST_WORD = 4


class ActionCorrectAnswer(CareAction):
    """Corrects an earlier answer: at once when the message says which and to what, else by asking which."""

    action_name = "action_correct_answer"

    async def answer(self, turn: Turn) -> Events:
        draft_id = turn.slot("draft_id")
        if not draft_id:
            turn.say("correct_nothing_open", buttons=await menu_buttons(turn))
            return []
        draft = await turn.backend.get_draft(turn.conversation_id, draft_id)
        editable = _editable(draft)
        if not editable:
            if not await _noted_ahead(turn, draft):
                turn.say("correct_nothing_yet")
            return []
        here = turn.reply.step in {None, draft_id}
        chosen = [a for a in editable if here and edit_choice(a) == turn.reply.choice]
        if chosen:
            await turn.backend.reopen_question(
                turn.conversation_id, draft_id, chosen[0]["question"], chosen[0]["item"]
            )
            return [SlotSet("asked_already", False)]
        named = _named(turn, draft, editable)
        for find in (self._person, self._service, self._value):
            found = await find(turn, draft, named or editable)
            if found and await _corrected(turn, draft, *found):
                return [SlotSet("asked_already", False)]
            if found:
                break
        if await _noted_ahead(turn, draft):
            return [SlotSet("asked_already", False)]
        same_kind = [a for a in editable if a["kind"] in {kind for _, kind in _values(turn)}]
        say_which_to_change(turn, draft, named or same_kind or editable)
        return [SlotSet("asked_already", True)]

    @staticmethod
    async def _person(turn: Turn, draft: Json, answers: list[Json]) -> tuple[Json, Any] | None:
        """ "It was for Sofia, not Luca": the one named who is not the one it is for now."""
        members = await turn.backend.get_members(turn.conversation_id)
        ids = {member["person_id"] for member in members}
        about = [a for a in answers if isinstance(a["value"], str) and a["value"] in ids]
        about = [a for a in about if a["question"] == "person"] or about
        if len(about) != 1:
            return None
        meant = [m for m in members_meant(members, turn.reply) if m["person_id"] != about[0]["value"]]
        return (about[0], meant[0]["person_id"]) if len(meant) == 1 else None

    @staticmethod
    async def _service(turn: Turn, draft: Json, answers: list[Json]) -> tuple[Json, Any] | None:
        known = catalogue.ids("service")
        about = [a for a in answers if isinstance(a["value"], str) and a["value"] in known]
        said = [s for s in turn.reply.services() if about and s != about[0]["value"]]
        return (about[0], said[0]) if len(about) == 1 and len(said) == 1 else None

    @staticmethod
    async def _value(turn: Turn, draft: Json, answers: list[Json]) -> tuple[Json, Any] | None:
        """A value that belongs to one kind of question, or one that the field named is read for."""
        for kind, value in _values(turn):
            same = [a for a in answers if a["kind"] == kind]
            if len(same) == 1:
                return same[0], value
            if same:
                return None
        if len(answers) != 1 or answers[0]["kind"] not in READABLE:
            return None
        value = read_answer(await _asked_again(turn, draft, answers[0]), turn.reply)
        unread = value is NOTHING or isinstance(value, Unclear)
        return None if unread or value == answers[0]["value"] else (answers[0], value)


async def correct_in_passing(turn: Turn, draft: Json) -> bool:
    """Whether a day or a sum was said that corrects one given before: "it was the day before, sorry".

    Taken only where it is read as no answer to the open question and belongs to one answer given before.
    """
    asked = (draft["next"] or {}).get("kind")
    kinds = {kind for kind, questions in (("date", NO_DAY), ("amount", NO_SUM)) if asked in questions}
    said = [(kind, value) for kind, value in _values(turn) if kind in kinds]
    if not said or turn.reply.choice or turn.reply.attachments:
        return False
    if read_answer(await as_asked(turn, draft), turn.reply) is not NOTHING:
        return False
    for kind, value in said:
        same = [answer for answer in _editable(draft) if answer["kind"] == kind]
        if len(same) == 1 and same[0]["value"] != value:
            await _corrected(turn, draft, same[0], value)
            return True
    return False


def _editable(draft: Json) -> list[Json]:
    return [a for a in draft["answers"] if a["editable"] and a["kind"] != "yes_no"]


def _values(turn: Turn) -> list[tuple[str, Any]]:
    """Values found in the message with the kind of question they answer; the last said is the new one."""
    return [(kind, turn.reply.values(entity)[-1]) for entity, kind in KINDS if turn.reply.values(entity)]


def _named(turn: Turn, draft: Json, answers: list[Json]) -> list[Json]:
    """The answers that the message names best by their labels; nothing where it names none."""
    said = {word[:STEM] for word in _words(turn.reply.text)}
    common = {normalise(word) for word in load(turn.language)["stop_words"]}
    scores = []
    for answer in answers:
        label = {word[:STEM] for word in _words(label_of(turn, draft, answer)) if word not in common}
        scores.append((len(label & said), answer))
    best = max((score for score, _ in scores), default=0)
    return [answer for score, answer in scores if best and score == best]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", normalise(text)) if len(word) >= SHORTEST_WORD]


async def _asked_again(turn: Turn, draft: Json, answer: Json) -> Asked:
    """The answer's question as it would be asked, as far as a free value needs it."""
    question = {**answer, "options": [], "suggestion": None, "optional": False, "rules": {}}
    return await as_asked(turn, {**draft, "next": question})


async def _noted_ahead(turn: Turn, draft: Json) -> bool:
    """ "No wait, for my wife", said before that was asked: noted, and said to be, so that it is not asked again."""
    answered = {answer["question"] for answer in draft["answers"]}
    said: dict[str, Any] = {}
    if turn.reply.values("family_member"):
        meant = members_meant(await turn.backend.get_members(turn.conversation_id), turn.reply)
        if len(meant) == 1:
            said["person"] = meant[0]["person_id"]
    if len(turn.reply.services()) == 1:
        said["service"] = turn.reply.services()[0]
    noted: list[Json] = []
    for question, value in said.items():
        if question in answered:
            continue
        try:
            draft = await turn.backend.answer_question(
                turn.conversation_id, draft["draft_id"], question, value, item=None, source="customer"
            )
        except Refused as refused:
            if refused.code.startswith("login"):
                raise
            continue  # not a question of this request, or no answer to it: asked when its turn comes
        noted += [answer for answer in draft["answers"] if answer["question"] == question]
    if noted:
        say_noted(turn, draft, noted)
    return bool(noted)


async def _corrected(turn: Turn, draft: Json, answer: Json, value: object) -> bool:
    try:
        stored = await turn.backend.answer_question(
            turn.conversation_id,
            draft["draft_id"],
            answer["question"],
            value,
            item=answer["item"],
            source="customer",
        )
    except Refused as refused:
        if isinstance(refused, NotFound) or refused.code.startswith("login"):
            raise
        turn.say(
            f"wrong_{refused.code}" if turn.has_words(f"wrong_{refused.code}") else "wrong_value_invalid",
            value="",
            max_length=1000,
        )
        return False
    turn.say("correct_done", label=turn.words(key_of(turn, draft, "label", answer["question"])))
    if stored.get("dropped"):
        labels = [turn.words(key_of(turn, draft, "label", q)) for q in dict.fromkeys(stored["dropped"])]
        turn.say("answers_dropped", labels=turn.listing(labels))
    return True
