"""The supervisors' view of the team: who waits, who answers, who is there. Draws itself anew every few seconds."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from connectors.care.access import StaffMember, require
from connectors.care.pages import desk_voice, render
from connectors.care.report_figures import duration, name
from connectors.core.gateway import Gateway
from connectors.core.handover.days import day_of, days_between
from connectors.core.handover.team import Team, look_at_team
from connectors.database import utc_now
from connectors.website.access import GatewayHere

router = APIRouter()
Watcher = Annotated[StaffMember, require("see_team")]
# What the page asks by itself must not keep a log-in alive.
QuietWatcher = Annotated[StaffMember, require("see_team", quiet=True)]


@router.get("/team")
async def show_team(request: Request, watcher: Watcher, gateway: GatewayHere) -> Response:
    """The page."""
    return await _render(request, watcher, gateway, "team.html")


@router.get("/team/now")
async def show_team_now(request: Request, watcher: QuietWatcher, gateway: GatewayHere) -> Response:
    """The part of the page that changes."""
    return await _render(request, watcher, gateway, "_team.html")


async def _render(request: Request, watcher: StaffMember, gateway: Gateway, template: str) -> Response:
    now = utc_now()
    today = await _today_since(gateway, watcher, now)
    team: Team = await gateway.database.read(
        lambda session: look_at_team(session, watcher.markets, now, today, gateway.settings.page_gone)
    )
    voice = desk_voice(request)
    return render(
        request,
        template,
        team=team,
        called=lambda kind, value: name(kind, value, voice),
        ago=lambda moment: duration((now - moment).total_seconds(), voice),
        oldest=min((queue.longest for queue in team.queues), default=now),
    )


async def _today_since(gateway: Gateway, watcher: StaffMember, now: datetime) -> datetime:
    """Midnight in the first of the member's markets; the last 24 hours where it has none."""
    market = min(watcher.markets, default=None)
    timezone = (await gateway.backend.get_market(market)).timezone if market else "UTC"
    today = day_of(now, timezone)
    return days_between(today, today, timezone)[0].starts_at
