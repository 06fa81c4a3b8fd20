"""Taking a reply as the answer to a draft's open question, storing it, and saying what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from bot.actions.asking import (
    APPLY,
    CHANGES,
    NO_MORE,
    SUBMIT,
    SUMMARY,
    answered,
    as_asked,
    ask,
    further_item,
    key_of,
    of_step,
    option_buttons,
    place,
    place_of,
    say_which_to_change,
    step_of,
)
from bot.actions.backend_client import Json, NotFound, Refused
from bot.actions.contact_code import take_other_address
from bot.actions.providers import offer_providers
from bot.actions.reading import NOTHING, PROVIDER, SEARCH, Unclear, read_answer
from bot.actions.turn import OF_STEP, Reply, Turn, payload

type Events = list[Any]

DAY_IN_DIGITS = re.compile(r"\b\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:\d{4}|\d{2})\b")

EXPLAIN_AFTER, OFFER_HELP_AFTER = 2, 3
# Rasa validates a form also when it activates it; the sentence that opened the form is no answer to its question.
JUST_OPENED = 0
# Asked instead of the summary; nothing said to it submits anything.
WHICH_TO_CHANGE: Json = {"question": "which_to_change"}
SUBMITTING = {SUBMIT, APPLY}


async def take_answer(turn: Turn, draft: Json, reply: Reply) -> Events:
    """Store what the reply says to the open question, or say why it cannot be taken; the question stays then."""
    asked = turn.slot("draft_question")
    elsewhere = reply.step not in {None, step_of(draft)}
    submits = draft["next"] is None and reply.choice in SUBMITTING and not elsewhere
    if asked and asked != place_of(draft) and not submits:
        # The customer answered another question than the one that is open: this very turn was cut off after its
        # answer was stored and is worked again, or the draft went on elsewhere, or it was asked which answer to
        # change, and "yes" is none of them. The open one is asked.
        return _progress(turn, None, wrong=0)
    if elsewhere:
        # Pressed a second time, or an older button: what it stood under is not what is asked now.
        turn.say("button_of_other_question")
        return _progress(turn, None, wrong=0)
    if draft["next"] is None:
        return await _take_summary_reply(turn, draft, reply)
    question = draft["next"]
    if reply.attachments and question["kind"] == "yes_no" and _ends_a_bill(draft):
        # A file at "another bill?" says yes and is the bill; at any other question it answers nothing.
        await turn.backend.answer_question(
            turn.conversation_id,
            draft["draft_id"],
            question["question"],
            True,
            item=question["item"],
            source="customer",
        )
        draft = await turn.backend.get_draft(turn.conversation_id, draft["draft_id"])
        question = draft["next"] or SUMMARY
    if _wants_no_more(draft, reply):
        return await _end_list(turn, draft)
    if reply.attachments and question.get("kind") not in {"document", "documents"}:
        return _keep_for_later(turn, reply)
    if question["kind"] == "code" and await take_other_address(turn, draft, reply):
        return _progress(turn, question, wrong=0)
    value = read_answer(await as_asked(turn, draft), reply)
    if isinstance(value, Unclear):
        turn.say("answer_which_one", buttons=of_step(draft, option_buttons(turn, value.options)))
        return _progress(turn, question, wrong=0, asked_already=True)
    if value is SEARCH:
        service = next((a["value"] for a in draft["answers"] if a["question"] == "service"), None)
        chosen = f"{OF_STEP}{step_of(draft)}"
        await offer_providers(turn, reply, draft["market"], service, lambda id_: f"{PROVIDER}{id_}{chosen}")
        return _progress(turn, question, wrong=0, asked_already=True)
    if question["kind"] == "choice" and not question["options"] and reply.choice == "change":
        say_which_to_change(turn, draft, draft["answers"])
        return _progress(turn, question, wrong=0, asked_already=True)
    if (question.get("rules") or {}).get("later") and (reply.intent == "deny" or reply.choice == "no"):
        return _leave_for_later(turn, draft)
    refused = question["suggestion"] and reply.intent == "deny"
    if value is NOTHING and question["kind"] == "choice" and refused:
        # Not what the file says: the question itself, with everything there is to choose from.
        await ask(turn, draft, suggesting=False)
        return _progress(turn, question, wrong=0, asked_already=True)
    if value is NOTHING:
        if _names_nobody_shown(question, reply):
            turn.say("member_not_visible")
            return _progress(turn, question, wrong=0)
        return _say_wrong(turn, draft, _fact_of_unread(question, reply))
    try:
        return await _store(turn, draft, value, reply)
    except Refused as refused:
        if isinstance(refused, NotFound) or refused.code.startswith("login"):
            raise
        return _say_wrong(turn, draft, refused.code, refused.detail)


async def _store(turn: Turn, draft: Json, value: Any, reply: Reply) -> Events:
    question = draft["next"]
    suggestion = question.get("suggestion")
    source = suggestion["source"] if suggestion and suggestion["value"] == value else "customer"
    stored = await turn.backend.answer_question(
        turn.conversation_id,
        draft["draft_id"],
        question["question"],
        value,
        item=question["item"],
        source=source,
    )
    if stored.get("dropped"):
        labels = [turn.words(key_of(turn, draft, "label", q)) for q in dict.fromkeys(stored["dropped"])]
        turn.say("answers_dropped", labels=turn.listing(labels))
    if reply.attachments:
        _say_what_was_read(turn, reply.attachments[0])
    rest = reply.attachments[1:] if question["kind"] == "document" else []
    if rest:
        turn.say("one_document_at_a_time", count=len(rest))
    used = value if isinstance(value, list) else [value]
    kept = [document for document in turn.slot("spare_documents", []) if document["document_id"] not in used]
    return [*_progress(turn, question, wrong=0), SlotSet("spare_documents", [*kept, *spare(rest)])]


def spare(documents: list[Json]) -> list[Json]:
    """Files kept until a question asks for one: what a button needs of them."""
    return [
        {"document_id": document["document_id"], "filename": document["filename"]} for document in documents
    ]


def _say_what_was_read(turn: Turn, document: Json) -> None:
    """Names what the file's text says; each value is still asked for, with the value offered."""
    read = document.get("extracted") or {}
    shown = [
        turn.words(f"reading_{field}", value=_reading(turn, field, read[field]))
        for field in ("amount", "date", "issuer", "invoice_number")
        if read.get(field)
    ]
    if shown:
        turn.say(
            "document_read",
            name=document["filename"],
            cards=[{"title": document["filename"], "lines": shown}],
        )
    else:
        turn.say("document_received", name=document["filename"])


def _reading(turn: Turn, field: str, value: Any) -> str:
    if field == "amount":
        return turn.money(value)
    return turn.day(value) if field == "date" else str(value)


async def _take_summary_reply(turn: Turn, draft: Json, reply: Reply) -> Events:
    if reply.choice == "another_bill" or (reply.attachments and _last_no(draft)):
        return await _add_bill(turn, draft, reply)
    if reply.attachments:
        return _keep_for_later(turn, reply)
    if reply.choice in SUBMITTING or reply.intent == "affirm":
        return [SlotSet("answer", "complete"), SlotSet("wrong_answers", 0)]
    if reply.choice == "change" or reply.intent == "deny":
        say_which_to_change(turn, draft, draft["answers"])
        return _progress(turn, WHICH_TO_CHANGE, wrong=0, asked_already=True)
    turn.say("summary_unclear")
    return _progress(turn, SUMMARY, wrong=0)


def _last_no(draft: Json) -> Json | None:
    """The answer that ended the list of bills; parts of a car and days have lists too, and no file belongs there."""
    bills = {a["item"] for a in draft["answers"] if a["kind"] == "document" and a["item"] is not None}
    ended = [
        a for a in draft["answers"] if a["kind"] == "yes_no" and a["item"] in bills and a["value"] is False
    ]
    return ended[-1] if ended else None


async def _add_bill(turn: Turn, draft: Json, reply: Reply) -> Events:
    """Opens the list of bills again; a file sent for it is the next bill."""
    ended = _last_no(draft)
    if ended is None:
        return _keep_for_later(turn, reply) if reply.attachments else _progress(turn, SUMMARY, wrong=0)
    again = await turn.backend.answer_question(
        turn.conversation_id,
        draft["draft_id"],
        ended["question"],
        True,
        item=ended["item"],
        source="customer",
    )
    if reply.attachments and again["next"] and again["next"]["kind"] == "document":
        return await _store(turn, again, reply.attachments[0]["document_id"], reply)
    return _progress(turn, again["next"] or SUMMARY, wrong=0)


def _ends_a_bill(draft: Json) -> bool:
    """Whether the open question ends an item of a list of documents: "another bill?", not "another part?"."""
    item = draft["next"]["item"]
    return item is not None and any(a["kind"] == "document" and a["item"] == item for a in draft["answers"])


def _wants_no_more(draft: Json, reply: Reply) -> bool:
    """Whether "no" is said to the first question of a further bill, day or part: there is none after all."""
    if reply.choice == NO_MORE:
        return further_item(draft) is not None
    asks_yes_or_no = draft["next"]["kind"] in {"yes_no", "consent"}
    denied = reply.intent == "deny" and not reply.choice and not asks_yes_or_no
    return denied and further_item(draft) is not None


async def _end_list(turn: Turn, draft: Json) -> Events:
    more = further_item(draft)
    assert more is not None
    after = await turn.backend.answer_question(
        turn.conversation_id, draft["draft_id"], more["question"], False, item=more["item"], source="customer"
    )
    return _progress(turn, after["next"] or SUMMARY, wrong=0)


def _keep_for_later(turn: Turn, reply: Reply) -> Events:
    kept = [*turn.slot("spare_documents", []), *spare(reply.attachments)]
    turn.say("file_kept_for_later", names=turn.listing(d["filename"] for d in reply.attachments))
    return [SlotSet("spare_documents", kept), *_progress(turn, None, wrong=None)]


def _leave_for_later(turn: Turn, draft: Json) -> Events:
    """Something has to be done elsewhere first: the draft waits for the customer to come back."""
    turn.say(
        f"{draft['kind']}_later_{draft['next']['question']}",
        centre=answered(draft, "centre"),
        buttons=[
            turn.button("button_resume", payload("resume_draft", choice=draft["draft_id"])),
            turn.button("button_menu", "/ask_capabilities"),
        ],
    )
    return leave_form()


def _names_nobody_shown(question: Json, reply: Reply) -> bool:
    """A relative was named who is none of the people to choose from: said so, and neither more nor less."""
    people = any((option.get("detail") or {}).get("relation") for option in question["options"])
    return people and bool(reply.values("family_member"))


def _fact_of_unread(question: Json, reply: Reply) -> str:
    """What is wrong with a reply in which no answer was found."""
    if question["kind"] == "consent" and (reply.intent == "deny" or reply.choice == "no"):
        return "consent_needed"
    if question["kind"] == "date" and DAY_IN_DIGITS.search(reply.text):
        return "date_impossible"
    return f"unread_{question['kind']}"


def _say_wrong(turn: Turn, draft: Json, fact: str, detail: Json | None = None) -> Events:
    """Says the fact; from the second time with an explanation and example, the third time with an offer of help."""
    question = draft["next"]
    same = turn.slot("draft_question") == place(question)
    wrong = int(turn.slot("wrong_answers", 0)) + 1 if same else 1
    values = {k: v for k, v in (detail or {}).items() if isinstance(v, str | int)}
    own = f"{draft['kind']}_wrong_{fact}"
    key = own if turn.has_words(own) else f"wrong_{fact}"
    turn.say(key if turn.has_words(key) else "wrong_value_invalid", max_length=values.get("max_length", 1000))
    if wrong >= EXPLAIN_AFTER:
        turn.say(key_of(turn, draft, "explain", question["question"]))
    if wrong >= OFFER_HELP_AFTER:
        turn.say(
            "form_help_offer",
            buttons=[
                turn.button("menu_talk_to_agent", payload("talk_to_agent", choice="form")),
                turn.button("button_stop", "/stop"),
            ],
        )
    return _progress(turn, question, wrong=wrong)


def _progress(turn: Turn, question: Json | None, *, wrong: int | None, asked_already: bool = False) -> Events:
    """Slots that tell the form its turn was used, even when nothing else changed."""
    events: Events = [
        SlotSet("draft_step", int(turn.slot("draft_step", JUST_OPENED)) + 1),
        SlotSet("asked_already", asked_already),
    ]
    if wrong is not None:
        events.append(SlotSet("wrong_answers", wrong))
    if question is not None:
        events.append(SlotSet("draft_question", place(question)))
    return events


def say_ended(turn: Turn, draft: Json, buttons: list[Json] | None = None) -> None:
    """What became of a draft that is open no longer: sent, done, or thrown away."""
    shown = buttons or []
    if draft["status"] != "submitted":
        turn.say("draft_gone", buttons=shown)
    elif draft["kind"] in CHANGES:
        turn.say("change_already_done", buttons=shown)
    else:
        turn.say("draft_already_submitted", number=draft.get("request_number") or "", buttons=shown)


async def take_up_unsaved_answer(turn: Turn) -> Events:
    """After a log-in in the middle of a form: the answer that could not be stored is stored now."""
    draft_id, saved = turn.slot("draft_id"), turn.slot("unsaved_answer")
    try:
        draft = await turn.backend.get_draft(turn.conversation_id, draft_id or "none")
        events = await take_answer(turn, draft, Reply.from_slot(saved)) if saved else []
    except NotFound:
        turn.say("draft_gone")
        return leave_form()
    return [*events, SlotSet("unsaved_answer", None)]


def cleared_slots() -> Events:
    """What a form leaves behind: nothing. An empty `requested_slot` also tells a running form to end."""
    cleared = ("draft_id", "draft_question", "wrong_answers", "answer", "unsaved_answer", "asked_already")
    return [SlotSet("requested_slot", None), *(SlotSet(name, None) for name in cleared)]


def leave_form() -> Events:
    """Ends the form from an action outside it, without submitting; the draft stays where it is."""
    return [ActiveLoop(None), *cleared_slots(), FollowupAction("action_listen")]
