"""The reports: what customers asked for, who answered, how long it took and how they liked it.

One page, its plots, and the same as a file. Supervisors and administrators see the markets they have.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from connectors.care.access import StaffMember, require
from connectors.care.pages import desk_voice, render
from connectors.care.report_csv import write_csv
from connectors.care.report_figures import BY, COLUMNS, By, Key, key_of, name, name_row, shares, write
from connectors.care.report_plots import POLICY, Plot, draw
from connectors.core.conversations import Voice
from connectors.core.gateway import Gateway
from connectors.core.handover.days import day_of, days_between
from connectors.core.handover.reporting import Contacts, Figures, Place, group, list_requests, read_contacts
from connectors.core.handover.reporting import Request as Wish
from connectors.database import utc_now
from connectors.website.access import GatewayHere
from locales import texts

router = APIRouter()
Reader = Annotated[StaffMember, require("see_reports")]
CHANNELS = ("website", "telegram", "whatsapp")
SHOWN_DAYS = 14
LONGEST_DAYS = 92
# Time zones reach a little beyond the first and last day that there are.
EARLIEST, LATEST = date(2000, 1, 1), date(9000, 1, 1)


@dataclass(frozen=True)
class Selection:
    """What somebody wants to see; markets with their time zones, only those the member has."""

    first: date
    last: date
    zones: dict[str, str]
    market: str | None
    language: str | None
    channel: str | None
    by: By
    # The dates given were none, or the period turns back or is too long: the usual ones are shown instead.
    dates_wrong: bool

    def covers(self, place: Place) -> bool:
        """Whether the language and channel are among those wanted."""
        return self.language in (None, place.language) and self.channel in (None, place.channel)

    @property
    def query(self) -> str:
        """As in the page's address."""
        chosen = {"market": self.market, "language": self.language, "channel": self.channel}
        return urlencode(
            {
                "first": self.first.isoformat(),
                "last": self.last.isoformat(),
                "by": self.by,
                **{name: value for name, value in chosen.items() if value},
            }
        )


@dataclass(frozen=True)
class Counted:
    """What was counted of a selection."""

    contacts: list[Contacts]
    requests: list[Wish]

    def by(self, by: By) -> list[tuple[Key, Figures]]:
        """The groups in order."""
        return sorted(group(self.contacts, self.requests, key_of(by)).items(), key=lambda item: str(item[0]))

    def by_place(self) -> list[tuple[Place, Figures]]:
        """The smallest groups there are, in order."""
        found = group(self.contacts, self.requests, lambda place: place)
        return sorted(
            found.items(), key=lambda item: (item[0].day, item[0].market, item[0].language, item[0].channel)
        )

    @property
    def total(self) -> Figures:
        return group(self.contacts, self.requests, lambda place: None).get(None, Figures())


async def read_selection(
    reader: Reader,
    gateway: GatewayHere,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    market: Annotated[str, Query(max_length=8)] = "",
    language: Annotated[str, Query(max_length=2)] = "",
    channel: Annotated[str, Query(max_length=20)] = "",
    by: Annotated[str, Query(max_length=10)] = "day",
) -> Selection:
    """The wish as the address has it. A market that is not the member's is as one that does not exist: nothing."""
    zones = {
        one: (await gateway.backend.get_market(one)).timezone
        for one in await _markets_of(reader, gateway)
        if market in ("", one)
    }
    period, dates_wrong = _read_period(first, last, zones)
    return Selection(
        *period,
        zones=zones,
        market=market or None,
        language=language or None,
        channel=channel or None,
        by=next((known for known in BY if known == by), "day"),
        dates_wrong=dates_wrong,
    )


async def _markets_of(reader: StaffMember, gateway: Gateway) -> list[str]:
    """The markets the reader has; whoever keeps the directory and was given none sees those of the house."""
    if not reader.markets and reader.may("manage_staff"):
        return sorted(await gateway.backend.list_markets())
    return sorted(reader.markets)


def _read_period(first: str, last: str, zones: dict[str, str]) -> tuple[tuple[date, date], bool]:
    """First and last day; the usual ones, and True, where those given cannot be."""
    now = utc_now()
    # Where several markets are shown the day has begun as soon as it has in one of them.
    today = max((day_of(now, zone) for zone in zones.values()), default=now.date())
    usual = today - timedelta(days=SHOWN_DAYS - 1), today
    try:
        end = date.fromisoformat(last) if last else today
        start = date.fromisoformat(first) if first else end - timedelta(days=SHOWN_DAYS - 1)
        wrong = not EARLIEST <= start <= end <= LATEST or (end - start).days >= LONGEST_DAYS
    except (ValueError, OverflowError):
        return usual, True
    return (usual, True) if wrong else ((start, end), False)


Selected = Annotated[Selection, Depends(read_selection)]


@router.get("/reports")
async def show_reports(
    request: Request, reader: Reader, gateway: GatewayHere, selection: Selected
) -> Response:
    """The page: what to show, figures, reasons, outcomes, and the plots beside their tables."""
    counted = await _count(gateway, selection)
    voice = desk_voice(request)
    total = counted.total
    return render(
        request,
        "reports.html",
        status=422 if selection.dates_wrong else 200,
        selection=selection,
        longest_days=LONGEST_DAYS,
        choices=_choices(await _markets_of(reader, gateway), voice),
        columns=COLUMNS,
        rows=[
            (name_row(selection.by, key, voice), [write(column, figures, voice) for column in COLUMNS])
            for key, figures in counted.by(selection.by)
        ],
        totals=[write(column, total, voice) for column in COLUMNS],
        reasons=shares("reason", total.reasons, voice),
        outcomes=shares("outcome", total.outcomes, voice),
        ways=BY,
    )


@router.get("/reports/{plot}.svg")
async def show_plot(
    plot: Plot, request: Request, reader: Reader, gateway: GatewayHere, selection: Selected
) -> Response:
    """One plot; an image without scripts."""
    counted = await _count(gateway, selection)
    voice = desk_voice(request)
    drawn = await anyio.to_thread.run_sync(
        draw, plot, counted.by(selection.by), counted.total, selection.by, voice
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.get("/reports.csv")
async def download_csv(
    request: Request, reader: Reader, gateway: GatewayHere, selection: Selected
) -> Response:
    """The figures of the smallest groups, for spreadsheets."""
    counted = await _count(gateway, selection)
    filename = f"care-{selection.first}-{selection.last}.csv"
    return Response(
        write_csv(counted.by_place(), desk_voice(request)),
        media_type="text/csv; charset=utf-8",
        headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{filename}"'},
    )


async def _count(gateway: Gateway, selection: Selection) -> Counted:
    whole_since = utc_now() - timedelta(days=gateway.settings.transcript_days)

    def count(session: Session) -> Counted:
        contacts, requests = [], []
        for market, zone in selection.zones.items():
            days = days_between(selection.first, selection.last, zone)
            contacts += read_contacts(session, market, days, whole_since)
            requests += list_requests(session, market, days, zone)
        return Counted(
            [one for one in contacts if selection.covers(one.place)],
            [one for one in requests if selection.covers(one.place)],
        )

    return await gateway.database.read(count)


def _choices(markets: list[str], voice: Voice) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen, as (value, words)."""
    found = {"market": markets, "language": texts.languages(), "channel": list(CHANNELS)}
    return {kind: [(value, name(kind, value, voice)) for value in values] for kind, values in found.items()}
