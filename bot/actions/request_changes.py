"""What a customer does with a submitted request: adds documents to it, or takes it back."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.answers import spare
from bot.actions.backend_client import Json, NotFound, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.reading import speaks_of_withdrawal
from bot.actions.request_archive import OPEN
from bot.actions.request_status import choice_title, request_title, say_not_found
from bot.actions.turn import Turn, payload
from locales import catalogue

MOST_BUTTONS = 6
TYPE = "type:"
YES, NO = "withdraw:yes", "withdraw:no"


def button_add(turn: Turn, number: str) -> Json:
    """Starts adding documents to a request."""
    return turn.button("button_add_documents", payload("add_documents", request_number=number))


class ActionAddDocuments(CareAction):
    """Adds files to an open request: which request, which files and what they are is asked where it is open."""

    action_name = "action_add_documents"

    async def answer(self, turn: Turn) -> Events:
        files = [*turn.slot("spare_documents", []), *spare(turn.reply.attachments)]
        # What came with this message stays at hand whatever is still to be asked.
        kept = SlotSet("spare_documents", files)
        number = turn.reply.entity("request_number")
        if number is None and turn.slot("awaiting") == "request_documents":
            number = turn.slot("open_request")
        if number is None:
            open_ones = await turn.backend.get_requests(turn.conversation_id, status=list(OPEN))
            if not open_ones:
                turn.say("add_documents_none", buttons=[turn.button("menu_list_requests", "/list_requests")])
                return [kept]
            if len(open_ones) > 1:
                buttons = [
                    {
                        "title": choice_title(turn, r),
                        "payload": payload("add_documents", request_number=r["request_number"]),
                    }
                    for r in open_ones[:MOST_BUTTONS]
                ]
                turn.say("add_documents_which", buttons=buttons, asks=True)
                return [kept]
            number = open_ones[0]["request_number"]
        try:
            request = await turn.backend.get_request(turn.conversation_id, str(number))
        except NotFound:
            say_not_found(turn, str(number))
            return [kept]
        number = request["request_number"]
        if "add_documents" not in request["can"]:
            turn.say(
                "request_closed", number=number, status=turn.words(f"request_status_{request['status']}")
            )
            return [kept, SlotSet("awaiting", None)]
        waiting = [kept, SlotSet("awaiting", "request_documents"), SlotSet("open_request", number)]
        missing = request["missing_documents"]
        if not files:
            pack = await turn.backend.get_market(turn.market)
            wanted = {"kind": "file", "multiple": True, **pack["files"]}
            names = turn.listing(catalogue.name("document_type", m, turn.language) for m in missing)
            key = "add_documents_send_missing" if missing else "add_documents_send"
            turn.say(key, number=number, names=names, custom={"input": wanted}, asks=True)
            return waiting
        kind = self._kind(turn, missing)
        if kind is None:
            buttons = [
                {
                    "title": catalogue.name("document_type", each, turn.language),
                    "payload": payload("add_documents", request_number=number, choice=TYPE + each),
                }
                for each in (missing or catalogue.ids("document_type"))
            ]
            names = turn.listing(f["filename"] for f in files)
            turn.say("add_documents_kind", names=names, buttons=buttons, asks=True)
            return waiting
        left = await self._add(turn, number, files, kind)
        return [SlotSet("spare_documents", left), SlotSet("awaiting", None), SlotSet("open_request", None)]

    @staticmethod
    def _kind(turn: Turn, missing: list[str]) -> str | None:
        choice = turn.reply.choice or ""
        said = choice.removeprefix(TYPE) if choice.startswith(TYPE) else turn.reply.entity("document_type")
        if said in catalogue.ids("document_type"):
            return str(said)
        return missing[0] if len(missing) == 1 else None

    @staticmethod
    async def _add(turn: Turn, number: str, files: list[Json], kind: str) -> list[Json]:
        """Hand the files in; one that cannot be taken is named and does not keep back the others."""
        while files:
            documents = [{"document_id": f["document_id"], "document_type": kind} for f in files]
            key = f"{turn.message_id}-{len(files)}"
            try:
                request = await turn.backend.add_documents(turn.conversation_id, number, documents, key)
            except Refused as refused:
                bad = [f for f in files if f["document_id"] == refused.detail.get("document_id")]
                if refused.code == "request_closed":
                    status = turn.words(f"request_status_{refused.detail['status']}")
                    turn.say("request_closed", number=number, status=status)
                    return files
                if not bad:
                    raise
                known = refused.code == "document_already_used"
                turn.say("add_documents_known" if known else "add_documents_gone", name=bad[0]["filename"])
                files = [f for f in files if f not in bad]
                continue
            missing = turn.listing(
                catalogue.name("document_type", m, turn.language) for m in request["missing_documents"]
            )
            details = turn.button("button_details", payload("check_request_status", request_number=number))
            names = turn.listing(f["filename"] for f in files)
            if missing:
                turn.say(
                    "add_documents_done_missing",
                    number=number,
                    names=names,
                    missing=missing,
                    buttons=[button_add(turn, number), details],
                )
            else:
                turn.say("add_documents_done", number=number, names=names, buttons=[details])
            return []
        return []


class ActionWithdrawRequest(CareAction):
    """Takes a request back, after the customer has confirmed it in the turn right after the question."""

    action_name = "action_withdraw_request"

    async def answer(self, turn: Turn) -> Events:
        done = [SlotSet("awaiting", None), SlotSet("open_request", None)]
        choice, number = turn.reply.choice or "", turn.reply.entity("request_number")
        if number is None:
            # Said in words: it counts only while the question, or the request, is what was talked about last.
            number = turn.slot("open_request")
            just_shown = just_ran(turn, {"action_withdraw_request", "action_check_request_status"})
            if number is None or not just_shown:
                if speaks_of_withdrawal(turn.reply.text, turn.language):
                    return await self._begin(turn)
                # Something else was talked about meanwhile: a stop ends whatever goes on now.
                ends = turn.reply.intent == "stop"
                return [*done, FollowupAction("action_stop_request" if ends else "action_show_menu")]
            if turn.slot("awaiting") == "request_withdrawal":
                choice = YES if turn.reply.intent == "affirm" else NO
        if choice == NO:
            turn.say("withdraw_kept", number=number)
            return done
        return await self._go_on(turn, str(number), choice)

    @staticmethod
    async def _begin(turn: Turn) -> Events:
        """Said out of nothing: which of the requests that can be taken back is meant."""
        open_ones = await turn.backend.get_requests(turn.conversation_id, status=list(OPEN))
        services = turn.reply.services()
        meant = [request for request in open_ones if request["service"] in services] or open_ones
        if not meant:
            turn.say("withdraw_none", buttons=[turn.button("menu_list_requests", "/list_requests")])
            return []
        buttons = [
            {
                "title": choice_title(turn, request),
                "payload": payload(
                    "check_request_status", request_number=request["request_number"], choice="withdraw"
                ),
            }
            for request in meant[:MOST_BUTTONS]
        ]
        turn.say("withdraw_which", buttons=buttons)
        return []

    @staticmethod
    async def _go_on(turn: Turn, number: str, choice: str) -> Events:
        """Asks whether it is meant, or does what was confirmed."""
        done = [SlotSet("awaiting", None), SlotSet("open_request", None)]
        try:
            if choice == YES:
                await turn.backend.withdraw_request(turn.conversation_id, number, turn.message_id)
                turn.say(
                    "withdraw_done", number=number, buttons=[turn.button("button_menu", "/ask_capabilities")]
                )
                return done
            request = await turn.backend.get_request(turn.conversation_id, number)
        except NotFound:
            say_not_found(turn, number)
            return done
        except Refused as refused:
            if refused.code != "request_closed":
                raise
            status = turn.words(f"request_status_{refused.detail['status']}")
            turn.say("request_closed", number=number, status=status)
            return done
        if "withdraw" not in request["can"]:
            status = turn.words(f"request_status_{request['status']}")
            turn.say("request_closed", number=number, status=status)
            return done
        number = request["request_number"]
        buttons = [
            turn.button(key, payload("check_request_status", request_number=number, choice=value))
            for key, value in (("button_withdraw_yes", YES), ("button_withdraw_no", NO))
        ]
        title = request_title(turn, request)
        turn.say("withdraw_confirm", number=number, title=title, buttons=buttons, asks=True)
        return [SlotSet("awaiting", "request_withdrawal"), SlotSet("open_request", number)]


def just_ran(turn: Turn, actions: set[str]) -> bool:
    """Whether one of the actions answered the customer's message before this one."""
    seen_users = 0
    for event in reversed(list[dict[str, Any]](turn.tracker.events)):
        if event.get("event") == "user":
            seen_users += 1
            if seen_users == 2:
                return False
        elif seen_users == 1 and event.get("event") == "action" and event.get("name") in actions:
            return True
    return False
