"""How a question of a draft is put to the customer: wording, buttons, date picker, upload, suggestion, summary.

Keys of texts, for a journey `claim` and a question `expense_date`: `claim_ask_expense_date` (a market's own
wording, `..._rs`, comes first), `claim_why_...`, `claim_explain_...`, `claim_label_...`.
"""

from __future__ import annotations

import json
from typing import Any

from bot.actions.backend_client import Json
from bot.actions.contact_code import ask_code, proven_answer
from bot.actions.reading import KEPT, Asked
from bot.actions.turn import OF_STEP, Turn, payload
from locales import catalogue

MOST_BUTTONS = 8
NO_MORE = "no_more"
# Journeys that change what is known about the customer: confirmed, not sent to anybody.
CHANGES = {"contact_data", "bank_account"}
# The choices of the buttons that confirm a summary.
SUBMIT, APPLY = "submit", "apply"
SUMMARY: Json = {"question": "summary"}


def place_of(draft: Json) -> str:
    """Where the draft is: its open question and item, or the summary."""
    return place(draft["next"] or SUMMARY)


def place(question: Json) -> str:
    """A question and its item: `expense_date:1`."""
    return f"{question['question']}:{question.get('item')}"


def step_of(draft: Json) -> str:
    """Which draft and where in it: `d1/expense_date:1`."""
    return f"{draft['draft_id']}/{place_of(draft)}"


def of_step(draft: Json, buttons: list[Json]) -> list[Json]:
    """The buttons that answer the open question, so that none of them ever answers another one.

    A button stays on the screen: it can be pressed twice, and hours later. "Yes" is then said of what it stood under.
    """
    start, bound = "/inform", []
    for button in buttons:
        if button["payload"].startswith(start):
            choice = json.loads(button["payload"].removeprefix(start))["choice"]
            button = {**button, "payload": payload("inform", choice=f"{choice}{OF_STEP}{step_of(draft)}")}
        bound.append(button)
    return bound


def key_of(turn: Turn, draft: Json, part: str, question: str) -> str:
    """The text's key: the market's own wording if there is one."""
    key = f"{draft['kind']}_{part}_{question}"
    own = f"{key}_{draft['market']}"
    return own if turn.has_words(own) else key


def option_title(turn: Turn, option: Json) -> str:
    """What the customer sees of an option: data as it is, or words of the catalogue."""
    if option.get("label"):
        return str(option["label"])
    group, _, item = option["label_key"].partition(".")
    if turn.has_words(f"option_{group}_{item}"):
        return turn.words(f"option_{group}_{item}")
    return catalogue.name(group, item, turn.language)


async def as_asked(turn: Turn, draft: Json) -> Asked:
    """The draft's next question with what is needed to read a reply."""
    question = draft["next"]
    titles = {str(option["value"]): option_title(turn, option) for option in question["options"]}
    pack = await turn.backend.get_market(draft["market"])
    return Asked(question, turn.language, draft["market"], pack["currency"], turn.today, titles)


async def ask(turn: Turn, draft: Json, *, suggesting: bool = True) -> None:
    """Ask the next question, or show the summary when nothing is left to ask. A suggestion comes first."""
    question = draft["next"]
    if question is None:
        say_summary(turn, draft)
        return
    if question["kind"] == "code":
        proven = proven_answer(draft)
        other = turn.button("button_other_address", edit_payload(draft, proven)) if proven else None
        await ask_code(turn, draft, other)
        return
    buttons: list[Json] = []
    custom: Json = {}
    suggestion = question.get("suggestion") if suggesting else None
    values: Json = {"number": question["item"] or 1}
    kind = question["kind"]
    if kind == "date":
        custom["input"] = {"kind": "date", **_bounds(question)}
    elif kind == "phone":
        custom["input"] = {"kind": "phone"}
    elif kind == "provider":
        custom["input"] = {"kind": "location"}
    elif kind in {"document", "documents"}:
        pack = await turn.backend.get_market(draft["market"])
        custom["input"] = {
            "kind": "file",
            "media_types": pack["files"]["media_types"],
            "max_bytes": pack["files"]["max_bytes"],
            "multiple": kind == "documents",
        }
        kept = turn.slot("spare_documents", [])[:MOST_BUTTONS]
        buttons += [
            turn.button(
                "button_use_kept", payload("inform", choice=KEPT + d["document_id"]), name=d["filename"]
            )
            for d in kept
        ]
        values["megabytes"] = pack["files"]["max_bytes"] // (1024 * 1024)
        missing = (question.get("rules") or {}).get("missing") or []
        values["missing"] = turn.listing(catalogue.name("document_type", m, turn.language) for m in missing)
    elif kind in {"yes_no", "consent"}:
        buttons += [choice_button(turn, "button_yes", "yes"), choice_button(turn, "button_no", "no")]
        values["centre"] = answered(draft, "centre")
    options = question["options"]
    if kind == "choice" and not options:
        # Nothing is left to choose: an earlier answer, or the customer's policies, leave no way on.
        change = choice_button(turn, "button_change", "change")
        people = turn.button("menu_talk_to_agent", "/talk_to_agent")
        turn.say("nothing_to_choose", buttons=of_step(draft, [change, people]))
        return
    if options and len(options) <= MOST_BUTTONS:
        buttons += option_buttons(turn, options)
    if question["optional"]:
        buttons.append(choice_button(turn, "button_skip", "skip"))
    if further_item(draft):
        buttons.append(choice_button(turn, "button_no_more", NO_MORE))
    if suggestion:
        # The sentence has a full stop of its own.
        shown = _suggested(turn, kind, suggestion["value"], options).removesuffix(".")
        source = "document" if suggestion["source"] == "document" else "profile"
        turn.say(
            f"suggestion_from_{source}",
            label=turn.words(key_of(turn, draft, "label", question["question"])),
            value=shown,
            buttons=of_step(
                draft,
                [
                    choice_button(turn, "button_correct", "suggested"),
                    *_without(buttons, suggestion["value"]),
                ],
            ),
            custom=custom,
        )
        return
    asked = key_of(turn, draft, "ask", question["question"])
    turn.say(asked, buttons=of_step(draft, buttons), custom=custom, **values)


def _without(buttons: list[Json], value: Any) -> list[Json]:
    """The other options: the suggested one has its own button."""
    known = value.get("known") if isinstance(value, dict) else value
    return [button for button in buttons if button["payload"] != payload("inform", choice=str(known))]


def answered(draft: Json, question: str) -> str:
    """How an earlier answer is shown, or nothing."""
    found = next((a for a in draft["answers"] if a["question"] == question), None)
    return str((found.get("display") or {}).get("label") or "") if found else ""


def _bounds(question: Json) -> Json:
    rules = question.get("rules") or {}
    return {edge: rules[edge] for edge in ("min", "max") if rules.get(edge)}


def _suggested(turn: Turn, kind: str, value: Any, options: list[Json]) -> str:
    if kind == "date":
        return turn.day(value)
    if kind == "amount":
        return turn.money(value)
    for option in options:
        if option["value"] == value:
            return option_title(turn, option)
    return str(value)


def choice_button(turn: Turn, key: str, choice: str) -> Json:
    """A button that answers the open question."""
    return turn.button(key, payload("inform", choice=choice))


def option_buttons(turn: Turn, options: list[Json]) -> list[Json]:
    """A button an option; relations help to tell people of one name apart."""
    buttons = []
    for option in options[:MOST_BUTTONS]:
        title = option_title(turn, option)
        relation = (option.get("detail") or {}).get("relation")
        if relation:
            title = turn.words("button_person", name=title, relation=turn.words(f"relation_{relation}"))
        value = option["value"]
        name = value.get("known") if isinstance(value, dict) else value
        buttons.append({"title": title, "payload": payload("inform", choice=str(name))})
    return buttons


def shown_answer(turn: Turn, answer: Json) -> str:
    """An answer as the summary writes it."""
    kind, value, display = answer["kind"], answer["value"], answer.get("display") or {}
    if value is None:
        return turn.words("answer_skipped")
    if kind == "date":
        return turn.day(value)
    if kind == "amount":
        return turn.money(value)
    if kind in {"yes_no", "consent"}:
        return turn.words("button_yes" if value else "button_no")
    if display.get("label") or display.get("label_key"):
        return option_title(turn, display)
    if display.get("documents"):
        return turn.listing(_shown_document(turn, document) for document in display["documents"])
    return str(value)


def _shown_document(turn: Turn, document: Json) -> str:
    """`referral (scan.pdf)`, or the file's name alone."""
    if not document.get("document_type"):
        return str(document["filename"])
    kind = catalogue.name("document_type", document["document_type"], turn.language)
    return f"{kind} ({document['filename']})"


def label_of(turn: Turn, draft: Json, answer: Json) -> str:
    """The name of an answer's question, with the number of the bill where there are several."""
    label = turn.words(key_of(turn, draft, "label", answer["question"]))
    several = any((a["item"] or 1) > 1 for a in draft["answers"])
    return f"{label} ({answer['item']})" if several and answer["item"] is not None else label


def say_summary(turn: Turn, draft: Json) -> None:
    """Everything entered, to be submitted, changed or left."""
    lines = [
        f"{label_of(turn, draft, answer)}: {shown_answer(turn, answer)}"
        for answer in draft["answers"]
        if answer["kind"] != "yes_no"
    ]
    for warning in draft.get("warnings") or []:
        turn.say(f"{draft['kind']}_warning_{warning}")
    kept = turn.slot("spare_documents", [])
    # Only where something was asked once a bill.
    bills = [a for a in draft["answers"] if a["kind"] == "document" and a["item"] is not None]
    again = [choice_button(turn, "button_another_bill", "another_bill")] if bills else []
    if kept and draft["kind"] not in CHANGES:
        key = "files_not_used" if bills else "files_not_used_here"
        turn.say(key, names=turn.listing(d["filename"] for d in kept))
    turn.say(
        f"{draft['kind']}_summary",
        cards=[{"title": turn.words(f"{draft['kind']}_summary_title"), "lines": lines}],
        buttons=of_step(
            draft,
            [
                choice_button(turn, "button_apply", APPLY)
                if draft["kind"] in CHANGES
                else choice_button(turn, "button_submit", SUBMIT),
                choice_button(turn, "button_change", "change"),
                *again,
                turn.button("button_stop", "/stop"),
            ],
        ),
    )


def further_item(draft: Json) -> Json | None:
    """The "yes, one more" that led to the open question, where nothing of the new bill, day or part is answered yet."""
    question = draft["next"]
    item = question.get("item")
    if item is None or any(answer["item"] == item for answer in draft["answers"]):
        return None
    said = [
        a for a in draft["answers"] if a["kind"] == "yes_no" and a["item"] == item - 1 and a["value"] is True
    ]
    return said[-1] if said else None


def say_noted(turn: Turn, draft: Json, answers: list[Json]) -> None:
    """What was taken from a sentence before it was asked for is said at once, so that a misunderstanding shows."""
    lines = [f"{label_of(turn, draft, answer)}: {shown_answer(turn, answer)}" for answer in answers]
    turn.say("draft_noted", cards=[{"title": turn.words(f"kind_{draft['kind']}"), "lines": lines}])


def say_which_to_change(turn: Turn, draft: Json, answers: list[Json]) -> None:
    """Buttons of the answers that can be corrected."""
    buttons = [
        {
            "title": f"{label_of(turn, draft, answer)}: {shown_answer(turn, answer)}"[:80],
            "payload": edit_payload(draft, answer),
        }
        for answer in answers
        if answer["editable"] and answer["kind"] not in {"yes_no"}
    ]
    turn.say("correct_which", buttons=buttons)


def edit_payload(draft: Json, answer: Json) -> str:
    """Opens the answer of this very draft again."""
    return payload("correct_information", choice=f"{edit_choice(answer)}{OF_STEP}{draft['draft_id']}")


def edit_choice(answer: Json) -> str:
    """`edit:expense_date:1`; the item is empty where there is none."""
    return f"edit:{answer['question']}:{'' if answer['item'] is None else answer['item']}"
