"""Demo pages: an insurer's website in each market with the widget on it. Not there in production."""

from itertools import groupby
from typing import Annotated, Any

from babel import Locale
from babel.dates import get_day_names
from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from connectors.core.backend_client import BackendRefused, BackendUnavailable, Market
from connectors.core.conversations import Voice
from connectors.errors import PageUnknown
from connectors.website.access import GatewayHere, voice_of_reader
from connectors.website.pages import render_page
from locales import texts

router = APIRouter(include_in_schema=False)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@router.get("/")
async def list_demos(request: Request, gateway: GatewayHere) -> Response:
    """Where to click."""
    voice = voice_of_reader(request)
    try:
        packs = [await gateway.backend.get_market(name) for name in await gateway.backend.list_markets()]
    except (BackendUnavailable, BackendRefused):
        return _unavailable(request, voice)
    countries = Locale.parse(voice.language).territories
    markets = [
        {
            "id": pack.market,
            "country": _shown(countries.get(pack.market.upper(), pack.market), voice),
            "insurer": _shown(pack.insurer_name, voice),
        }
        for pack in packs
    ]
    return render_page(request, "demo_list.html", voice, markets=markets)


@router.get("/phone")
async def show_phone(gateway: GatewayHere) -> Response:
    """Where one plays customers of the messengers; unknown where no simulators run."""
    if gateway.settings.simulators_url is None:
        raise PageUnknown()
    return RedirectResponse(f"{gateway.settings.simulators_url.rstrip('/')}/phone")


@router.get("/demo/{market}")
async def show_demo(
    market: Annotated[str, Path(pattern="^[a-z]{2,8}$")], request: Request, gateway: GatewayHere
) -> Response:
    """The insurer's page of a market, in its first language."""
    try:
        pack = await gateway.backend.get_market(market)
    except BackendRefused:
        raise PageUnknown() from None
    except BackendUnavailable:
        return _unavailable(request, voice_of_reader(request))
    voice = Voice(pack.languages[0])
    return render_page(
        request,
        "demo.html",
        voice,
        pack=pack,
        insurer=_shown(pack.insurer_name, voice),
        hours=list_hours(pack, voice),
        public_url=gateway.settings.public_url,
    )


def list_hours(pack: Market, voice: Voice) -> list[str]:
    """The desk's hours, runs of days as one: `lun–ven 08:00–17:00`."""
    names = get_day_names("abbreviated", locale=voice.language)
    lines = []
    for entry in pack.care.hours:
        numbers = sorted(WEEK.index(day) for day in entry.get("days", []) if day in WEEK)
        runs = []
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            days = [number for _, number in run]
            first, last = names[days[0]], names[days[-1]]
            runs.append(first if first == last else f"{first}–{last}")
        line = f"{', '.join(runs)} {entry.get('opens', '')}–{entry.get('closes', '')}"
        lines.append(_shown(line, voice))
    return lines


def _shown(data: Any, voice: Voice) -> str:
    return texts.in_script(str(data), voice.language, voice.script)


def _unavailable(request: Request, voice: Voice) -> Response:
    return render_page(request, "secure_plain.html", voice, 503, message=voice.say("secure_unavailable"))
