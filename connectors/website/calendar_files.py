"""Calendar files of events, behind unguessable links."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.website.access import GatewayHere, LimitsHere, address_of

router = APIRouter(include_in_schema=False)
A_MINUTE = 60


@router.get("/calendar/{token}.ics")
async def show_calendar(
    token: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$")],
    request: Request,
    gateway: GatewayHere,
    limits: LimitsHere,
) -> Response:
    """The file, as calendars on phones and computers open it."""
    if limits.take(f"calendar:{address_of(request)}", A_MINUTE) is not None:
        return Response(status_code=429)
    try:
        content = await gateway.backend.get_calendar(token)
    except BackendRefused:
        return Response(status_code=404)
    except BackendUnavailable:
        return Response(status_code=503)
    headers = {
        "Content-Disposition": 'attachment; filename="event.ics"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="text/calendar", headers=headers)
