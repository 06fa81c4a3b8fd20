"""The desk as routes and static files under /care, to be mounted on the gateway's app.

A feature adds its router to `routers()`. Each of its routes names its permission (`require`); the proof of forms is
checked here for all.
"""

from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI

from connectors.care import (
    conversation_actions,
    conversation_page,
    customer_actions,
    entry_pages,
    invitation_pages,
    oidc_pages,
    queue_page,
    reach,
    reports,
    staff_pages,
    stream,
    team_page,
)
from connectors.care.access import Sessions
from connectors.care.consents import CONSENT, Consents
from connectors.care.csrf import check_csrf
from connectors.care.field_proposals import forget_undecided
from connectors.care.oidc import OidcProvider
from connectors.care.refusal_pages import install_refusal_pages, lost
from connectors.core.gateway import Gateway
from connectors.settings import Settings
from connectors.website.app import FreshFiles

STATIC = Path(__file__).parent / "static"


def routers(settings: Settings) -> list[APIRouter]:
    """The desk's features, one a line."""
    return [
        entry_pages.router,
        invitation_pages.router,
        oidc_pages.router,
        staff_pages.router,
        reports.router,
        team_page.router,
        queue_page.router,
        conversation_page.router,
        conversation_actions.router,
        customer_actions.router,
        reach.router,
        stream.router,
    ]


def install_care(app: FastAPI, settings: Settings) -> None:
    """Add the desk, unless the settings say that there is none."""
    gateway: Gateway = app.state.gateway
    # Also what was proposed before the desk was switched off.
    gateway.short_lived.append(forget_undecided)
    if not settings.care_desk:
        return
    app.state.care_sessions = Sessions()
    app.state.care_oidc = OidcProvider(settings) if settings.care_oidc_issuer else None
    gateway.router.care_payloads[CONSENT] = Consents(gateway).answer
    app.mount("/care/static", FreshFiles(directory=STATIC), name="care-static")
    for router in [*routers(settings), lost]:
        app.include_router(
            router, prefix="/care", dependencies=[Depends(check_csrf)], include_in_schema=False
        )
    install_refusal_pages(app)
