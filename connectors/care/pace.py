"""How fast one address may send the door's forms. The backend slows guessing at one name; this slows trying many."""

from fastapi import Depends, Request

from connectors.website.access import GatewayHere, LimitsHere, address_of


class TooManyForms(Exception):
    """One address sends forms of the door too fast."""


async def check_pace(request: Request, gateway: GatewayHere, limits: LimitsHere) -> None:
    """Raises TooManyForms."""
    if limits.take(f"care:{address_of(request)}", gateway.settings.care_logins_per_minute) is not None:
        raise TooManyForms


PACED = [Depends(check_pace)]
