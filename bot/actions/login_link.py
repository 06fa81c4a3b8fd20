"""Offering the secure page. No password is ever asked for or taken in the chat."""

from __future__ import annotations

from bot.actions.backend_client import LoginExpired, LoginRequired
from bot.actions.settings import get_settings
from bot.actions.turn import Turn


async def offer_login(turn: Turn, reason: LoginRequired | None = None, *, key: str | None = None) -> None:
    """Say why a log-in is needed, with a link to the one-time page (5 minutes, this conversation only)."""
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
