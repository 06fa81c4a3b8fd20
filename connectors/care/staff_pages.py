"""The staff directory, for administrators: who may come in, as what, with which skills. The backend decides and audits."""

from collections.abc import Sequence
from typing import Annotated, Any

from babel import Locale
from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from connectors.care.access import DeskHere, NotFound, StaffMember, require
from connectors.care.backend_desk import Invited, Member
from connectors.care.pages import UNTOUCHED, desk_voice, render
from connectors.care.permissions import ROLES
from connectors.core.backend_client import BackendRefused
from connectors.core.gateway import Gateway
from connectors.website.access import GatewayHere
from locales import texts

router = APIRouter(prefix="/staff")
Administrator = Annotated[StaffMember, require("manage_staff")]
StaffId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Text = Annotated[str, Form(max_length=100)]
Several = Annotated[Sequence[Annotated[str, Form(max_length=8)]], Form(max_length=20)]
MOST_CONVERSATIONS = 50
# What the backend refuses, as the page says it; anything else is a field that does not hold.
REFUSALS = {
    "own_account": "desk_entry_staff_not_self",
    "last_administrator": "desk_entry_staff_last",
    "username_taken": "desk_entry_staff_username_taken",
}
NEW: dict[str, Any] = {
    "username": "",
    "name": "",
    "role": "agent",
    "languages": [],
    "markets": [],
    "limit": 4,
}


@router.get("")
async def list_staff(
    request: Request, agent: Administrator, backend: DeskHere, gateway: GatewayHere, told: str | None = None
) -> Response:
    """Everybody, whoever is disabled last."""
    members = sorted(await backend.list_members(), key=lambda one: (one.disabled, one.name.casefold()))
    return render(request, "staff_list.html", members=members, saved=told == "saved", **_names(request))


@router.get("/new")
async def show_new(request: Request, agent: Administrator, gateway: GatewayHere) -> Response:
    return await _form(request, gateway, None, NEW)


@router.post("")
async def add(
    request: Request,
    agent: Administrator,
    backend: DeskHere,
    gateway: GatewayHere,
    username: Text = "",
    name: Text = "",
    role: Text = "",
    limit: Text = "",
    languages: Several = (),
    markets: Several = (),
) -> Response:
    """Somebody new; the answer shows the link with which they choose a password, once."""
    given = _given(name, role, limit, languages, markets) | {"username": username.strip()}
    if not _holds(given) or not given["username"]:
        return await _form(request, gateway, None, given, "desk_entry_staff_invalid")
    try:
        invited = await backend.add_member(given | {"limit": int(limit)})
    except BackendRefused as refused:
        return await _form(request, gateway, None, given, _why(refused))
    return _link(request, gateway, invited)


@router.get("/{staff_id}")
async def show_member(
    staff_id: StaffId, request: Request, agent: Administrator, backend: DeskHere, gateway: GatewayHere
) -> Response:
    member = await _find(backend, staff_id)
    return await _form(request, gateway, member, member.model_dump())


@router.post("/{staff_id}")
async def change(
    staff_id: StaffId,
    request: Request,
    agent: Administrator,
    backend: DeskHere,
    gateway: GatewayHere,
    name: Text = "",
    role: Text = "",
    limit: Text = "",
    languages: Several = (),
    markets: Several = (),
) -> Response:
    """Another role ends the log-in of whoever it is of."""
    member = await _find(backend, staff_id)
    given = _given(name, role, limit, languages, markets)
    if not _holds(given):
        return await _form(request, gateway, member, given, "desk_entry_staff_invalid")
    try:
        await backend.change_member(staff_id, given | {"limit": int(limit)})
    except BackendRefused as refused:
        return await _form(request, gateway, member, given, _why(refused))
    return _back("saved")


@router.post("/{staff_id}/disabled")
async def disable(
    staff_id: StaffId,
    request: Request,
    agent: Administrator,
    backend: DeskHere,
    gateway: GatewayHere,
    disabled: Text = "1",
) -> Response:
    """Shut somebody out within seconds, or let them in again (`disabled=0`)."""
    member = await _find(backend, staff_id)
    try:
        await backend.change_member(staff_id, {"disabled": disabled != "0"})
    except BackendRefused as refused:
        return await _form(request, gateway, member, member.model_dump(), _why(refused))
    return _back("saved")


@router.post("/{staff_id}/invitation")
async def invite_again(
    staff_id: StaffId, request: Request, agent: Administrator, backend: DeskHere, gateway: GatewayHere
) -> Response:
    """Password and one-time password begin anew."""
    member = await _find(backend, staff_id)
    try:
        invited = await backend.invite_again(staff_id)
    except BackendRefused as refused:
        return await _form(request, gateway, member, member.model_dump(), _why(refused))
    return _link(request, gateway, invited)


async def _find(backend: DeskHere, staff_id: str) -> Member:
    for member in await backend.list_members():
        if member.staff_id == staff_id:
            return member
    raise NotFound


def _given(
    name: str, role: str, limit: str, languages: Sequence[str], markets: Sequence[str]
) -> dict[str, Any]:
    return {
        "name": name.strip(),
        "role": role,
        "limit": limit.strip(),
        "languages": list(languages),
        "markets": list(markets),
    }


def _holds(given: dict[str, Any]) -> bool:
    """What the page itself can say; whoever speaks with customers needs a market and a language to do it in."""
    limit = str(given["limit"])
    if not given["name"] or given["role"] not in ROLES:
        return False
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= MOST_CONVERSATIONS):
        return False
    return given["role"] == "administrator" or bool(given["languages"] and given["markets"])


def _why(refused: BackendRefused) -> str:
    if refused.status in {401, 403, 404}:
        raise refused
    return REFUSALS.get(refused.error, "desk_entry_staff_invalid")


async def _form(
    request: Request, gateway: Gateway, member: Member | None, given: dict[str, Any], error: str | None = None
) -> Response:
    markets = {
        market: (await gateway.backend.get_market(market)).insurer_name
        for market in await gateway.backend.list_markets()
    }
    return render(
        request,
        "staff_member.html",
        422 if error else 200,
        who=member,
        given=given,
        roles=ROLES,
        markets=markets,
        most=MOST_CONVERSATIONS,
        error_key=error,
        **_names(request),
    )


def _names(request: Request) -> dict[str, Any]:
    """The languages customers are spoken to in, named in the desk's."""
    locale = Locale.parse(desk_voice(request).tag, sep="-")
    return {"tongues": {code: str(locale.languages[code]) for code in texts.languages()}}


def _link(request: Request, gateway: Gateway, invited: Invited) -> Response:
    link = f"{gateway.settings.public_url}/care/invitations/{invited.invitation_url_token}"
    return render(request, "staff_link.html", link=link, who=invited.member)


def _back(told: str) -> Response:
    return RedirectResponse(f"/care/staff?told={told}", 303, headers=UNTOUCHED)
