"""GET /markets: what the programs in front need to know of a market. No log-in."""

from typing import Annotated

from fastapi import APIRouter, Path

from backend.errors import NotFound, faults
from backend.markets.schema import MarketPublic
from backend.markets.service import get_market, list_markets

router = APIRouter(prefix="/markets", tags=["markets"])


@router.get("")
def read_markets() -> list[str]:
    """The codes of the markets."""
    return list_markets()


@router.get("/{market}", responses=faults(NotFound))
def read_market(market: Annotated[str, Path(max_length=8, examples=["id"])]) -> MarketPublic:
    """The public part of a market pack."""
    return get_market(market).public()
