"""When CARE's people are there: the pack's hours and public holidays at a moment, in the market's time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, get_args

from holidays import country_holidays
from pydantic import BaseModel, Field

from backend.markets.schema import Day, HolidayRules, MarketPack

WEEK: tuple[Day, ...] = get_args(Day)
# Nobody closes for longer; what lies beyond is not looked at.
HORIZON = timedelta(days=31)


class CareHours(BaseModel):
    """Whether somebody is there now, until when, or when next."""

    open: bool
    closes_at: datetime | None = Field(description="End of this span; null when closed, or never closed")
    opens_at: datetime | None = Field(description="Next opening; null when open, or none is in sight")
    holiday: str | None = Field(
        description="Today's public holiday if CARE is closed for it, in the market's own language",
        examples=["Natale"],
    )


def care_hours(pack: MarketPack, now: datetime) -> CareHours:
    """What holds at `now`. Moments are UTC; a span ends before its closing moment."""
    local_day = now.astimezone(pack.zone).date()
    holiday = holiday_on(pack.care.holidays, local_day)
    # From yesterday, so that a span that goes on over midnight is seen whole.
    days = (local_day + timedelta(days=ahead) for ahead in range(-1, HORIZON.days))
    for opens, closes in _joined(span for day in days for span in _spans(pack, day)):
        if closes <= now:
            continue
        if opens > now:
            return CareHours(open=False, closes_at=None, opens_at=opens, holiday=holiday)
        ends = closes if closes - now < HORIZON - timedelta(days=1) else None
        return CareHours(open=True, closes_at=ends, opens_at=None, holiday=holiday)
    return CareHours(open=False, closes_at=None, opens_at=None, holiday=holiday)


def care_hours_as_set(
    pack: MarketPack, now: datetime, as_set: Literal["pack", "always", "never"]
) -> CareHours:
    """What holds at `now`, or, to try things out at any time of day, always open or closed until the next opening."""
    if as_set == "always":
        return CareHours(open=True, closes_at=None, opens_at=None, holiday=None)
    hours = care_hours(pack, now)
    if as_set == "pack" or not hours.open:
        return hours
    following = care_hours(pack, hours.closes_at).opens_at if hours.closes_at else None
    return CareHours(open=False, closes_at=None, opens_at=following, holiday=None)


def holiday_on(rules: HolidayRules | None, day: date) -> str | None:
    """The name of the holiday for which CARE stays closed on the day."""
    if rules is None:
        return None
    public = _public_holidays(rules.country, rules.subdivision, day.year) if rules.closed_on_holidays else {}
    return rules.extra.get(day) or public.get(day)


@lru_cache
def _public_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    return dict(country_holidays(country, subdiv=subdivision, years=year, expand=False))


def _spans(pack: MarketPack, day: date) -> list[tuple[datetime, datetime]]:
    """When CARE is there on one day of the market's calendar, the earliest first."""
    if holiday_on(pack.care.holidays, day) is not None:
        return []
    spans = []
    for hours in pack.care.hours:
        if WEEK[day.weekday()] in hours.days:
            last_day = day + timedelta(days=1) if hours.closes == time.min else day
            spans.append((_moment(pack, day, hours.opens), _moment(pack, last_day, hours.closes)))
    return sorted(spans)


def _moment(pack: MarketPack, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=pack.zone).astimezone(UTC)


def _joined(spans: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """Spans that touch or overlap, as one."""
    current = next(spans, None)
    for opens, closes in spans:
        assert current is not None
        if opens <= current[1]:
            current = (current[0], max(current[1], closes))
        else:
            yield current
            current = (opens, closes)
    if current is not None:
        yield current
