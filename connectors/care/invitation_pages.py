"""The one-time link of an invitation: whoever has it chooses a password, and logs in with it next."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from connectors.care.backend_desk import DeskBackend, Invitation
from connectors.care.entry_pages import MAX_FIELD, door_page
from connectors.care.pace import PACED
from connectors.care.pages import UNTOUCHED, desk_voice
from connectors.care.refusal_pages import LOGIN, refusal
from connectors.core.backend_client import BackendRefused
from connectors.website.access import GatewayHere

router = APIRouter(prefix="/invitations")
# What the page promises; the backend decides.
SHORTEST_PASSWORD = 12
InvitationToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,100}$")]
Password = Annotated[str, Form(max_length=MAX_FIELD)]


@router.get("/{token}", dependencies=PACED)
async def show_invitation(token: InvitationToken, request: Request, gateway: GatewayHere) -> Response:
    """Reading consumes nothing: a preview of the link harms nobody."""
    try:
        invitation = await DeskBackend(gateway.backend).get_invitation(token)
    except BackendRefused:
        return refusal(request, "desk_entry_invite_gone", 404)
    return _page(request, invitation)


@router.post("/{token}", dependencies=PACED)
async def take_password(
    token: InvitationToken,
    request: Request,
    gateway: GatewayHere,
    password: Password = "",
    again: Password = "",
) -> Response:
    backend = DeskBackend(gateway.backend)
    try:
        invitation = await backend.get_invitation(token)
        if len(password) < SHORTEST_PASSWORD:
            return _page(request, invitation, "desk_entry_password_too_short")
        if password != again:
            return _page(request, invitation, "desk_entry_passwords_differ")
        await backend.accept_invitation(token, password)
    except BackendRefused as refused:
        if refused.error in {"password_too_short", "password_common"}:
            return _page(request, invitation, f"desk_entry_{refused.error}")
        return refusal(request, "desk_entry_invite_gone", 404)
    return RedirectResponse(f"{LOGIN}?told=chosen", 303, headers=UNTOUCHED)


def _page(request: Request, invitation: Invitation, error: str | None = None) -> Response:
    voice = desk_voice(request)
    values = {"least": SHORTEST_PASSWORD} if error == "desk_entry_password_too_short" else {}
    return door_page(
        request,
        "invitation.html",
        422 if error else 200,
        invitation=invitation,
        least=SHORTEST_PASSWORD,
        error=voice.say(error, **values) if error else None,
    )
