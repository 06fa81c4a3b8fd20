"""A health card's picture for its owner's conversation, and the page a provider checks it on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.website.access import GatewayHere, LimitsHere, address_of, voice_of_reader
from connectors.website.pages import render_page
from connectors.website.secure_forms import UNTOUCHED, plain_page
from locales import formats, texts

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{16,500}$")]
TYPES = {"png": ("picture", "image/png"), "pdf": ("pdf", "application/pdf")}
CHECKS_A_MINUTE = 60


@router.get("/secure/card/{token}/card.{ending}")
async def fetch_card(
    token: Token, ending: Literal["png", "pdf"], request: Request, gateway: GatewayHere
) -> Response:
    """The picture or the PDF, as long as its owner is logged in in that conversation."""
    form, media_type = TYPES[ending]
    try:
        content = await gateway.backend.fetch_card(token, form)
    except BackendRefused:
        return plain_page(request, voice_of_reader(request), "ecard_link_old", 404)
    except BackendUnavailable:
        return plain_page(request, voice_of_reader(request), "secure_unavailable", 503)
    headers = {**UNTOUCHED, "Content-Disposition": f'inline; filename="card.{ending}"'}
    # The widget shows it on the insurer's own website.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return Response(content, media_type=media_type, headers=headers)


@router.get("/card/{code}")
async def check_card(code: Token, request: Request, gateway: GatewayHere, limits: LimitsHere) -> Response:
    """Valid or not, the initials and until when: nothing else of the insured."""
    voice = voice_of_reader(request)
    if limits.take(f"card:{address_of(request)}", CHECKS_A_MINUTE) is not None:
        return plain_page(request, voice, "secure_too_many_requests", 429)
    try:
        check = await gateway.backend.check_card(code)
    except (BackendUnavailable, BackendRefused):
        return plain_page(request, voice, "secure_unavailable", 503)

    def shown(text: str | None) -> str:
        return texts.in_script(text or "", voice.language, voice.script)

    response = render_page(
        request,
        "card_check.html",
        voice,
        valid=check.valid,
        initials=shown(check.initials),
        insurer=shown(check.insurer),
        valid_to=shown(formats.day(check.valid_to, voice.language)) if check.valid_to else "",
    )
    response.headers.update(UNTOUCHED)
    return response
