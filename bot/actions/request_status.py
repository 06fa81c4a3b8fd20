"""How one request stands: its steps, its documents, and what can be done with it now."""

from __future__ import annotations

import re

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.backend_client import Json, NotFound
from bot.actions.bare_information import leads_elsewhere
from bot.actions.care_action import CareAction, Events
from bot.actions.reading import speaks_of_withdrawal
from bot.actions.turn import Reply, Turn, payload
from locales import catalogue

MOST_DOCUMENTS = 10
# What can be done with a request, as the backend names it, and the button that does it.
DOABLE = (
    ("add_documents", "button_add_documents", "add_documents", None),
    ("withdraw", "button_withdraw", "check_request_status", "withdraw"),
)
# Something meant as a number of a request that cannot be one; a year says when it was.
NUMBER_LIKE = re.compile(r"\b(?!(?:19|20)\d\d\b)(?=[\w-]*\d)[A-Za-z]{0,3}-?\w{4,}(?:-\w{2,})*\b")
OTHER_NUMBERS = (
    "policy_number",
    "member_number",
    "national_id",
    "iban",
    "bank_account",
    "phone",
    "date",
    "amount",
)


class ActionCheckRequestStatus(CareAction):
    """How one request stands, with its steps."""

    action_name = "action_check_request_status"

    async def answer(self, turn: Turn) -> Events:
        number = turn.reply.entity("request_number")
        if number is not None and (turn.reply.choice or "").startswith("withdraw"):
            return [FollowupAction("action_withdraw_request")]
        if number is None and speaks_of_withdrawal(turn.reply.text, turn.language):
            return [FollowupAction("action_withdraw_request")]
        mistyped = None if number else _number_meant(turn.reply)
        number = number or mistyped
        elsewhere = leads_elsewhere(turn.reply, "choice") if number is None else []
        if elsewhere:
            return elsewhere
        if number is None:
            requests = await turn.backend.get_requests(turn.conversation_id)
            if not requests:
                turn.say(
                    "requests_none", buttons=[turn.button("menu_claim_reimbursement", "/claim_reimbursement")]
                )
                return []
            if len(requests) > 1:
                turn.say(
                    "request_which",
                    asks=True,
                    buttons=[
                        {
                            "title": choice_title(turn, r),
                            "payload": payload("check_request_status", request_number=r["request_number"]),
                        }
                        for r in requests[:6]
                    ],
                )
                return [SlotSet("awaiting", "request_number")]
            number = requests[0]["request_number"]
        try:
            request = await turn.backend.get_request(turn.conversation_id, str(number))
        except NotFound:
            say_not_found(turn, str(number))
            return [SlotSet("awaiting", "request_number")] if mistyped else []
        self._say(turn, request)
        shown = request["request_number"] if "withdraw" in request["can"] else None
        return [SlotSet("awaiting", "request_shown" if shown else None), SlotSet("open_request", shown)]

    @staticmethod
    def _say(turn: Turn, request: Json) -> None:
        number = request["request_number"]
        turn.say(
            "request_status",
            number=number,
            status=turn.words(f"request_status_{request['status']}"),
            cards=[
                {
                    "title": request_title(turn, request),
                    "subtitle": number,
                    "lines": detail_lines(turn, request),
                }
            ],
            buttons=[
                turn.button(key, payload(intent, request_number=number, choice=choice))
                for name, key, intent, choice in DOABLE
                if name in request["can"]
            ],
        )


def _number_meant(reply: Reply) -> str | None:
    """What was written in place of a request's number and cannot be one."""
    if reply.text.startswith("/") or reply.entity(*OTHER_NUMBERS):
        return None
    meant = NUMBER_LIKE.search(reply.text)
    return meant.group() if meant else None


def detail_lines(turn: Turn, request: Json) -> list[str]:
    """The steps with their days and notes, what is decided or expected, what came and what is missing."""
    lines = []
    for step in request["timeline"]:
        added = step.get("event") == "documents_added"
        words = turn.words("request_step_documents" if added else "request_status_" + step["status"])
        note = f" ({step['note']})" if step.get("note") else ""
        lines.append(f"{turn.day(step['at'][:10])} – {words}{note}")
    if request.get("decided_amount"):
        lines.append(turn.words("request_decided_amount", amount=turn.money(request["decided_amount"])))
    if request.get("expected_by"):
        late = request["expected_by"] < turn.today.isoformat()
        key = "request_expected_late" if late else "request_expected_by"
        lines.append(turn.words(key, day=turn.day(request["expected_by"])))
    missing = request.get("missing_documents") or []
    if missing:
        names = turn.listing(catalogue.name("document_type", m, turn.language) for m in missing)
        lines.append(turn.words("request_missing_documents", names=names))
    documents = request.get("documents") or []
    if documents:
        lines.append(turn.words("request_documents", count=len(documents)))
    for document in documents[:MOST_DOCUMENTS]:
        kind = catalogue.name("document_type", document["document_type"], turn.language)
        lines.append(f"• {kind}: {document['filename']}")
    return lines


def say_not_found(turn: Turn, number: str) -> None:
    """There is no such request, or not for this person."""
    turn.say(
        "request_not_found", number=number, buttons=[turn.button("menu_list_requests", "/list_requests")]
    )


def choice_title(turn: Turn, request: Json) -> str:
    """The title with the day: two requests for the same thing must be told apart on a button."""
    return f"{request_title(turn, request)} · {turn.day(request['submitted_at'][:10])}"


def request_title(turn: Turn, request: Json) -> str:
    """`cardiology visit · Anna Rossi · 85,50 €`."""
    service = request.get("service")
    what = (
        catalogue.name("service", service, turn.language)
        if service
        else turn.words(f"kind_{request['kind']}")
    )
    parts = [what, request["person"]["full_name"], turn.money(request.get("amount"))]
    return " · ".join(part for part in parts if part)
