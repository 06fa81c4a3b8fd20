"""GET /markets: what the programs in front need to know of a market. No log-in."""

from typing import Annotated

from fastapi import APIRouter, Path

from backend.accounts.routes import CurrentSettings
from backend.database import utc_now
from backend.errors import NotFound, faults
from backend.markets.opening import CareHours, care_hours_as_set
from backend.markets.schema import MarketPublic
from backend.markets.service import get_market, list_markets

router = APIRouter(prefix="/markets", tags=["markets"])
MarketCode = Annotated[str, Path(max_length=8, examples=["id"])]


@router.get("")
def read_markets() -> list[str]:
    """The codes of the markets."""
    return list_markets()


@router.get("/{market}", responses=faults(NotFound))
def read_market(market: MarketCode) -> MarketPublic:
    """The public part of a market pack."""
    return get_market(market).public()


@router.get("/{market}/care-hours", responses=faults(NotFound))
def read_care_hours(market: MarketCode, settings: CurrentSettings) -> CareHours:
    """Whether CARE's people are there at this moment, public holidays considered."""
    return care_hours_as_set(get_market(market), utc_now(), settings.care_hours)
