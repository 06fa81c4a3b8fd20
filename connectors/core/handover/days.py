"""Days as a market has them: from its midnight to its next one, 23, 24 or 25 hours long."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Day:
    """One calendar day of a time zone; `ends_at` is the first moment of the next."""

    date: date
    starts_at: datetime
    ends_at: datetime


def day_of(moment: datetime, timezone: str) -> date:
    """The calendar day on which `moment` (aware) falls there."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def days_between(first: date, last: date, timezone: str) -> list[Day]:
    """Every day from `first` to `last`, both included."""
    count = (last - first).days + 1
    return [_day(first + timedelta(days=number), timezone) for number in range(count)]


def _day(date: date, timezone: str) -> Day:
    return Day(date, _midnight(date, timezone), _midnight(date + timedelta(days=1), timezone))


def _midnight(date: date, timezone: str) -> datetime:
    # Where the clock jumps over midnight, zoneinfo gives the moment of the jump.
    return datetime.combine(date, time.min, ZoneInfo(timezone)).astimezone(UTC)
