"""Offering the secure page. No password is ever asked for or taken in the chat."""

from __future__ import annotations

from bot.actions.backend_client import LoginExpired, LoginRequired
from bot.actions.settings import get_settings
from bot.actions.turn import Turn


async def offer_login(turn: Turn, reason: LoginRequired | None = None, *, key: str | None = None) -> None:
    """Say why a log-in is needed, with a link to the one-time page (5 minutes, this conversation only).

    A new link ends the log-in under way: whoever has a code in the mail is only reminded of it.
    """
    if reason is not None:
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        if login["state"] == "code_sent":
            custom = {"transition": "code_pending"}
            turn.say("login_code_sent", email=login.get("masked_email") or "", custom=custom)
            return
    link = await turn.backend.create_login_link(turn.conversation_id, turn.language, turn.script)
    if key is None:
        key = (
            "login_expired"
            if isinstance(reason, LoginExpired)
            else "login_needed"
            if reason
            else "login_offer"
        )
    url = f"{get_settings().public_url.rstrip('/')}/secure/{link['token']}"
    turn.say(
        key,
        custom={
            "link": {"title": turn.words("login_open_page"), "url": url, "kind": "login"},
            "transition": "login_pending",
        },
    )
