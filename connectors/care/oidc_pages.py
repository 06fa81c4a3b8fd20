"""To the house's own log-in and back. The way back belongs to the browser that left: its cookie holds the state."""

import secrets
from dataclasses import asdict
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError

from connectors.care.access import NotFound
from connectors.care.backend_desk import DeskBackend
from connectors.care.cookies import OIDC_COOKIE, cookie, drop_cookie, set_cookie
from connectors.care.entry_pages import let_in, show_login_page
from connectors.care.oidc import Journey, OidcFailed, OidcProvider, OidcUnavailable
from connectors.care.pace import PACED
from connectors.care.pages import UNTOUCHED
from connectors.care.refusal_pages import come_again
from connectors.care.ways_back import safe_way
from connectors.core.backend_client import BackendRefused
from connectors.website.access import GatewayHere

log = structlog.get_logger()
router = APIRouter(prefix="/oidc")
# A person may have to log in there first.
JOURNEY_SECONDS = 600
Given = Annotated[str | None, Query(max_length=4000)]


class Away(BaseModel):
    state: str
    nonce: str
    verifier: str
    next: str


def _provider(request: Request) -> OidcProvider:
    found: OidcProvider | None = request.app.state.care_oidc
    if found is None:
        raise NotFound
    return found


@router.get("/start", dependencies=PACED)
async def leave(request: Request, next: Given = None) -> Response:
    """Send the browser to the provider."""
    provider, journey = _provider(request), Journey.begin()
    try:
        url = await provider.authorization_url(journey)
    except OidcUnavailable as error:
        return _failed(request, error.reason)
    response = RedirectResponse(url, 303, headers=UNTOUCHED)
    away = Away(**asdict(journey), next=safe_way(next))
    # Lax: the way back comes from another site.
    set_cookie(response, OIDC_COOKIE, away.model_dump_json(), seconds=JOURNEY_SECONDS, same_site="lax")
    return response


@router.get("/callback", dependencies=PACED)
async def come_back(
    request: Request,
    gateway: GatewayHere,
    code: Given = None,
    state: Given = None,
    iss: Given = None,
    error: Given = None,
) -> Response:
    """The provider has sent the browser back, with a code or with its no."""
    provider = _provider(request)
    try:
        away = Away.model_validate_json(cookie(request, OIDC_COOKIE))
    except ValidationError:
        return _failed(request, "no_journey")
    if state is None or not secrets.compare_digest(state.encode(), away.state.encode()):
        return _failed(request, "state_wrong")
    if error is not None or not code:
        return _failed(request, "refused_there")
    journey = Journey(away.state, away.nonce, away.verifier)
    try:
        known = await provider.identify(code, iss, journey)
        login = await DeskBackend(gateway.backend).log_in_by_oidc(known.issuer, known.subject, known.username)
    except (OidcFailed, OidcUnavailable) as failed:
        return _failed(request, failed.reason)
    except BackendRefused as refused:
        return _failed(request, refused.error, key="desk_entry_oidc_unknown")
    # The log-in's cookie does not come along on a way that began elsewhere: a page of ours goes on.
    response = let_in(login, come_again(request, safe_way(away.next)))
    drop_cookie(response, OIDC_COOKIE)
    return response


def _failed(request: Request, reason: str, *, key: str = "desk_entry_oidc_failed") -> Response:
    log.warning("care_oidc_login_failed", reason=reason)
    name = request.app.state.gateway.settings.care_oidc_name
    page = show_login_page(request, "/care", key, 401, name=name)
    drop_cookie(page, OIDC_COOKIE)
    return page
