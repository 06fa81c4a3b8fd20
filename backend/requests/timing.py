"""When a decision is expected: the processing days of the market pack, counted from today."""

from datetime import date, timedelta

from backend.markets.service import today_in
from backend.requests.models import Request
from backend.requests.pack import load_journey


def expected_day(request: Request) -> date | None:
    """The day by which the request should be decided when its time begins today; None if no pack says so."""
    journey = load_journey(request.kind, request.market)
    if journey is None or journey.processing_days is None:
        return None
    return today_in(request.market) + timedelta(days=journey.processing_days)
