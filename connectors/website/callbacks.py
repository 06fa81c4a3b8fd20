"""Call-backs of the payment provider: passed on byte for byte, so that the backend checks what was signed."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from connectors.core.backend_client import BackendRefused, BackendUnavailable
from connectors.website.access import GatewayHere, LimitsHere, address_of

router = APIRouter(include_in_schema=False)
LARGEST_BODY = 16_384
A_MINUTE = 300


@router.post("/callbacks/payments")
async def take_payment_callback(
    request: Request,
    gateway: GatewayHere,
    limits: LimitsHere,
    signature: Annotated[str, Header(alias="X-Signature", max_length=200)] = "",
) -> Response:
    """204 when it is taken; 503 asks the provider to come again."""
    if limits.take(f"callback:{address_of(request)}", A_MINUTE) is not None:
        return Response(status_code=429)
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return Response(status_code=413)
    try:
        await gateway.backend.pass_payment_callback(body, signature)
    except BackendRefused as refused:
        return Response(status_code=refused.status)
    except BackendUnavailable:
        return Response(status_code=503)
    return Response(status_code=204)
