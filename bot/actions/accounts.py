"""Log-in, log-out and codes. The secrets themselves never come here: the gateway keeps them."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.account_pages import tell_account_change
from bot.actions.answers import take_up_unsaved_answer
from bot.actions.backend_client import Json, NotFound, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.contact_code import said_about_code, say_code_sent, say_paused, tell_proven, waits_for_code
from bot.actions.conversation import menu_buttons
from bot.actions.login_link import offer_login
from bot.actions.turn import Turn, payload
from locales.lexicon import load
from locales.script import normalise

# What the button below a log-out asks for.
EVERYWHERE = "everywhere"


class ActionLogin(CareAction):
    """Offers the secure page, or says how the log-in stands and goes on with what was wished before."""

    action_name = "action_login"

    async def answer(self, turn: Turn) -> Events:
        notice, detail = turn.metadata.get("notice"), turn.metadata.get("detail") or {}
        if notice == "password_typed":
            await offer_login(turn, key="login_password_typed")
            return []
        if notice == "account_changed":
            return tell_account_change(turn, detail)
        if notice == "login_changed":
            return await self._tell_change(turn, detail)
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        if login["state"] == "logged_in":
            turn.say("login_already", name=login["first_name"])
        elif login["state"] == "code_sent":
            turn.say("login_code_sent", email=login["masked_email"], custom={"transition": "code_pending"})
        else:
            await offer_login(turn)
        return []

    async def _tell_change(self, turn: Turn, detail: Json) -> Events:
        result = detail.get("result")
        if result == "code_sent":
            turn.say(
                "login_code_sent",
                email=detail.get("masked_email") or "",
                custom={"transition": "code_pending"},
            )
        elif result == "logged_in":
            return await self._go_on(turn, detail)
        elif result == "contact_proven":
            return tell_proven(turn, str(detail.get("contact")))
        elif result == "code_wrong":
            turn.say("login_code_wrong", tries=int(detail.get("tries_left") or 0))
        elif result == "too_many_attempts" and waits_for_code(turn):
            say_paused(turn, detail)
        elif result == "too_many_attempts":
            turn.say(
                "login_too_many_attempts", minutes=max(1, -(-int(detail.get("retry_after") or 60) // 60))
            )
        else:
            turn.say("login_code_expired")
        return said_about_code(turn)

    async def _go_on(self, turn: Turn, detail: Json) -> Events:
        name, pending = detail.get("first_name") or "", turn.slot("pending")
        login: Json = {"custom": {"transition": "logged_in"}}
        # From now on the person's own market counts, whichever page or number they came through.
        market = SlotSet("market", (await turn.backend.get_me(turn.conversation_id))["market"])
        if turn.tracker.active_loop.get("name"):
            turn.say("login_done", name=name, **login)
            return [market, *await take_up_unsaved_answer(turn)]
        if pending:
            turn.say("login_done", name=name, **login)
            resumed = SlotSet("pending", {**pending, "resumed": True})
            return [market, resumed, FollowupAction(pending["action"])]
        turn.say("login_done_menu", name=name, buttons=await menu_buttons(turn), **login)
        return [market]


class ActionLogout(CareAction):
    """Ends the log-in; drafts stay with the person."""

    action_name = "action_logout"

    async def answer(self, turn: Turn) -> Events:
        left: Json = {"transition": "logged_out"}
        wanted, _, token = (turn.reply.choice or "").partition(":")
        if wanted == EVERYWHERE:
            # The button that was offered when this conversation was left.
            try:
                await turn.backend.end_logins(token)
                turn.say("logout_done_everywhere", custom=left)
            except NotFound:
                turn.say("logout_everywhere_late", custom=left)
            return []
        try:
            elsewhere = await turn.backend.get_other_logins(turn.conversation_id)
        except Refused:
            # Nobody is logged in here any more.
            elsewhere = {"others": 0, "token": ""}
        if _everywhere(turn) and elsewhere["token"]:
            await turn.backend.log_out_everywhere(turn.conversation_id)
            turn.say("logout_done_everywhere", custom=left)
        else:
            # At once: who asks for it may be at somebody else's computer.
            await turn.backend.log_out(turn.conversation_id)
            choice = payload("logout", choice=f"{EVERYWHERE}:{elsewhere['token']}")
            also = [turn.button("button_logout_everywhere", choice)] if elsewhere["others"] else []
            turn.say("logout_done", buttons=also, custom=left)
        forgotten = (
            "pending",
            "subject",
            "unsaved_answer",
            "draft_id",
            "draft_question",
            "spare_documents",
            "awaiting",
            "open_request",
        )
        market = SlotSet("market", turn.metadata.get("channel_market"))
        return [market, *(SlotSet(name, None) for name in forgotten)]


def _everywhere(turn: Turn) -> bool:
    said = f" {normalise(turn.reply.text)} "
    return any(f" {normalise(word)} " in said for word in load(turn.language)["everywhere"])


class ActionResendCode(CareAction):
    """A new code to the same address; the one before stops working."""

    action_name = "action_resend_code"

    async def answer(self, turn: Turn) -> Events:
        try:
            sent = await turn.backend.send_code_again(turn.conversation_id)
        except Refused as refused:
            if refused.code == "code_sent_recently":
                turn.say("login_code_sent_recently", seconds=int(refused.detail.get("retry_after") or 30))
            elif refused.code == "too_many_attempts":
                if waits_for_code(turn):
                    say_paused(turn, refused.detail)
                    return said_about_code(turn)
                wait = int(refused.detail.get("retry_after") or 60)
                turn.say("login_too_many_attempts", minutes=max(1, -(-wait // 60)))
            elif (login := (await turn.backend.get_conversation(turn.conversation_id))["login"])[
                "state"
            ] == "logged_in":
                if waits_for_code(turn):
                    return []  # the form asks for it again, and has a new one sent
                turn.say("login_already", name=login["first_name"])
            else:
                await offer_login(turn, key="login_no_code_open")
            return said_about_code(turn) if refused.code == "code_sent_recently" else []
        if sent["purpose"] in {"email", "phone"}:
            say_code_sent(turn, sent["purpose"], sent["masked_email"])
            return said_about_code(turn)
        if sent["purpose"] == "login":
            turn.say("login_code_sent", email=sent["masked_email"], custom={"transition": "code_pending"})
        else:
            turn.say("account_code_resent")
        return []
