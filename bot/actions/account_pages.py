"""Opening an account, forgotten password or user name, changing the password: all of it on a secure page.

The chat offers the page and goes on when it is done. No identity data, no code and no password is asked for here.
"""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json, LoginRequired, NotFound
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import menu_buttons, offer_near
from bot.actions.settings import get_settings
from bot.actions.turn import Turn

# The task of the backend behind each wish.
TASKS = {
    "register_account": "register",
    "forgot_password": "password",
    "forgot_username": "username",
    "change_password": "change_password",
}


class ActionAccountPage(CareAction):
    """Offers the secure page that belongs to the wish."""

    action_name = "action_account_page"

    async def answer(self, turn: Turn) -> Events:
        task = TASKS[turn.reply.intent]
        if task == "register":
            login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
            if login["state"] == "logged_in":
                turn.say("account_already", name=login["first_name"], buttons=await menu_buttons(turn))
                return []
        try:
            link = await turn.backend.create_account_link(
                turn.conversation_id, task, turn.language, turn.script
            )
        except NotFound:
            return await offer_near(turn)
        url = f"{get_settings().public_url.rstrip('/')}/secure/account/{link['token']}"
        title = turn.words("account_open_page")
        turn.say(f"account_offer_{task}", custom={"link": {"title": title, "url": url, "kind": "account"}})
        return []

    async def on_login_required(self, turn: Turn, error: LoginRequired) -> Events:
        """Who wants to change a password and is not logged in may have forgotten it: both ways are offered."""
        events = await super().on_login_required(turn, error)
        turn.say("account_or_forgotten", buttons=[turn.button("wish_forgot_password", "/forgot_password")])
        return events


def tell_account_change(turn: Turn, detail: Json) -> Events:
    """What was done on the page, and the log-in where that is what comes next."""
    task = str(detail.get("result"))
    buttons = [] if task == "change_password" else [turn.button("account_button_login", "/login")]
    turn.say(f"account_changed_{task}", buttons=buttons)
    return [SlotSet("misunderstood", 0)]
