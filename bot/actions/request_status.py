"""How requests stand: one with its steps, or all of them."""

from __future__ import annotations

import re

from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json, NotFound
from bot.actions.care_action import CareAction, Events
from bot.actions.requests import draft_title
from bot.actions.turn import Turn, payload
from locales import catalogue

MOST_CARDS = 5
# Something meant as a number of a request that cannot be one.
NUMBER_LIKE = re.compile(r"\b(?=[\w-]*\d)[A-Za-z]{0,3}-?\w{4,}(?:-\w{2,})*\b")


class ActionCheckRequestStatus(CareAction):
    """How one request stands, with its steps."""

    action_name = "action_check_request_status"

    async def answer(self, turn: Turn) -> Events:
        number = turn.reply.entity("request_number")
        if (
            number is None
            and (meant := NUMBER_LIKE.search(turn.reply.text))
            and not turn.reply.text.startswith("/")
        ):
            turn.say(
                "request_not_found",
                number=meant.group(),
                buttons=[turn.button("menu_list_requests", "/list_requests")],
            )
            return [SlotSet("awaiting", "request_number")]
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
                    buttons=[
                        {
                            "title": request_title(turn, r),
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
            turn.say(
                "request_not_found",
                number=number,
                buttons=[turn.button("menu_list_requests", "/list_requests")],
            )
            return []
        self._say(turn, request)
        return [SlotSet("awaiting", None)]

    @staticmethod
    def _say(turn: Turn, request: Json) -> None:
        lines = [
            f"{turn.day(step['at'][:10])} – {turn.words('request_status_' + step['status'])}"
            for step in request["timeline"]
        ]
        if request.get("decided_amount"):
            lines.append(turn.words("request_decided_amount", amount=turn.money(request["decided_amount"])))
        missing = request.get("missing_documents") or []
        if missing:
            names = turn.listing(catalogue.name("document_type", m, turn.language) for m in missing)
            lines.append(turn.words("request_missing_documents", names=names))
        if request.get("documents"):
            lines.append(turn.words("request_documents", count=len(request["documents"])))
        turn.say(
            "request_status",
            number=request["request_number"],
            status=turn.words(f"request_status_{request['status']}"),
            cards=[
                {"title": request_title(turn, request), "subtitle": request["request_number"], "lines": lines}
            ],
        )


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


class ActionListRequests(CareAction):
    """All requests of the person and those they may see, newest first."""

    action_name = "action_list_requests"

    async def answer(self, turn: Turn) -> Events:
        requests = await turn.backend.get_requests(turn.conversation_id)
        drafts = await turn.backend.get_drafts(turn.conversation_id)
        resume = [
            turn.button(
                "button_continue_draft",
                payload("resume_draft", choice=d["draft_id"]),
                title=draft_title(turn, d),
            )
            for d in drafts[:2]
        ]
        if not requests:
            turn.say(
                "requests_none",
                buttons=[*resume, turn.button("menu_claim_reimbursement", "/claim_reimbursement")],
            )
            return []
        choice = turn.reply.choice or ""
        offset = int(choice) if choice.isdigit() else 0
        shown = requests[offset : offset + MOST_CARDS]
        more = []
        if offset + MOST_CARDS < len(requests):
            more = [turn.button("button_more", payload("list_requests", choice=str(offset + MOST_CARDS)))]
        turn.say(
            "requests_list",
            count=len(requests),
            cards=[self._card(turn, r) for r in shown],
            buttons=[*more, *resume],
        )
        return []

    @staticmethod
    def _card(turn: Turn, request: Json) -> Json:
        status = turn.words(f"request_status_{request['status']}")
        button = turn.button(
            "button_details", payload("check_request_status", request_number=request["request_number"])
        )
        return {
            "title": request_title(turn, request),
            "subtitle": request["request_number"],
            "lines": [f"{turn.day(request['submitted_at'][:10])} – {status}"],
            "buttons": [button],
        }
