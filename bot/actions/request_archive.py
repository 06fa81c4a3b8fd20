"""All requests of a customer, or those meant: "last year's", "for my daughter", "only the paid ones"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode

from bot.actions.backend_client import Json
from bot.actions.care_action import CareAction, Events
from bot.actions.members import members_meant
from bot.actions.request_status import request_title
from bot.actions.requests import draft_title
from bot.actions.turn import Turn, payload
from locales import catalogue
from locales.lexicon import load
from locales.periods import find_period
from locales.script import normalise

MOST_CARDS = 5
OPEN = ("submitted", "in_review", "documents_needed")
# States that a customer calls by one word.
GROUPS = {"approved": ("approved", "partly_approved"), "open": OPEN}
STATUSES = (*OPEN, "approved", "partly_approved", "rejected", "paid", "withdrawn")


class ActionListRequests(CareAction):
    """The person's requests, newest first, some at a time; only those meant when the customer says which."""

    action_name = "action_list_requests"

    async def answer(self, turn: Turn) -> Events:
        choice = parse_qs(turn.reply.choice or "")
        offset = int(choice.pop("offset", ["0"])[0])
        asked: dict[str, Any] = choice if turn.reply.choice else await self._asked(turn)
        requests = await turn.backend.get_requests(turn.conversation_id, **asked)
        drafts = [] if asked else await turn.backend.get_drafts(turn.conversation_id)
        resume = [
            turn.button(
                "button_continue_draft",
                payload("resume_draft", choice=d["draft_id"]),
                title=draft_title(turn, d),
            )
            for d in drafts[:2]
        ]
        if not requests and asked:
            turn.say("requests_none_such", buttons=[turn.button("menu_list_requests", "/list_requests")])
            return []
        if not requests:
            claim = turn.button("menu_claim_reimbursement", "/claim_reimbursement")
            turn.say("requests_none", buttons=[*resume, claim])
            return []
        following = offset + MOST_CARDS
        more = [
            turn.button(
                "button_more",
                payload("list_requests", choice=urlencode({"offset": following, **asked}, doseq=True)),
            )
        ]
        turn.say(
            "requests_found" if asked else "requests_list",
            count=len(requests),
            cards=[request_card(turn, r) for r in requests[offset:following]],
            buttons=[*(more if following < len(requests) else []), *resume],
        )
        return []

    @staticmethod
    async def _asked(turn: Turn) -> dict[str, Any]:
        """The criteria of `GET requests` that the words name."""
        reply, asked = turn.reply, dict[str, Any]()
        text = "" if reply.text.startswith("/") else reply.text
        if period := find_period(text, turn.language, turn.today):
            asked |= _days("since", period.since) | _days("until", period.until)
        if statuses := statuses_said(text, turn.language):
            asked["status"] = statuses
        if reply.values("family_member"):
            meant = members_meant(await turn.backend.get_members(turn.conversation_id), reply)
            if len(meant) == 1:
                asked["person_id"] = meant[0]["person_id"]
        services = [s for s in reply.values("service") if s in catalogue.ids("service")]
        services += [
            s
            for s in catalogue.ids("service")
            if catalogue.service(s)["specialty"] in reply.values("specialty")
        ]
        benefit = reply.entity("benefit_type")
        if services:
            asked["service"] = sorted(set(services))
        elif benefit in catalogue.ids("benefit_type"):
            asked["benefit_type"] = benefit
        return asked


def statuses_said(text: str, language: str) -> list[str]:
    """The statuses that the text speaks of; of a denied one ("not paid") all the others."""
    said, lexicon = normalise(text), load(language)
    no = "|".join(re.escape(word) for word in lexicon.get("negations", [])) or r"\Z"
    for name, beginnings in lexicon.get("request_statuses", {}).items():
        words = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in beginnings)
        if found := re.search(rf"(?P<no>\b(?:{no})\s+(?:\w+\s+)?)?\b(?:{words})", said):
            group = GROUPS.get(name, (name,))
            return [s for s in STATUSES if (s in group) is not bool(found["no"])]
    return []


def _days(name: str, day: date | None) -> dict[str, str]:
    return {name: day.isoformat()} if day else {}


def request_card(turn: Turn, request: Json) -> Json:
    """One request as a card with a button for its details."""
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
