"""A file that an agent sent, for whoever has the link out of the conversation."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.core.own_files import SENT_TYPES
from connectors.website.access import GatewayHere, voice_of_reader
from connectors.website.secure_forms import UNTOUCHED, plain_page

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{16,500}$")]


@router.get("/secure/file/{token}/file.{ending}")
async def fetch_sent_file(
    token: Token, ending: Literal["png", "jpg", "pdf"], request: Request, gateway: GatewayHere
) -> Response:
    """The bytes as long as the link is good. What it is was examined when it was sent; it runs nothing here."""
    try:
        content = await gateway.backend.fetch_sent_file(token)
    except BackendRefused:
        return plain_page(request, voice_of_reader(request), "care_file_old", 404)
    except BackendUnavailable:
        return plain_page(request, voice_of_reader(request), "secure_unavailable", 503)
    headers = {
        **UNTOUCHED,
        "Content-Disposition": f'inline; filename="file.{ending}"',
        "Content-Security-Policy": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'",
        # The widget shows pictures on the insurer's own website.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(content, media_type=SENT_TYPES[ending], headers=headers)
