"""The reports' rows: which figures there are, how each is called and written, for the page and for the CSV alike."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from connectors.core.conversations import Voice
from connectors.core.handover.reporting import Figures, Place, median, nine_of_ten
from locales import texts
from locales.formats import locale_of

Kind = Literal["count", "share", "seconds", "mean"]
By = Literal["day", "language", "channel", "market"]
BY: tuple[By, ...] = ("day", "language", "channel", "market")
NOTHING = "–"


@dataclass(frozen=True)
class Column:
    """One figure; `key` is also the end of its text's key, desk_reports_…."""

    key: str
    kind: Kind
    value: Callable[[Figures], float | None]


COLUMNS = (
    Column("contacts", "count", lambda figures: figures.contacts),
    Column("by_bot", "count", lambda figures: figures.by_bot),
    Column("by_bot_share", "share", lambda figures: figures.by_bot_share),
    Column("with_person", "count", lambda figures: figures.with_person),
    Column("requested", "count", lambda figures: len(figures.live)),
    Column("taken", "count", lambda figures: figures.taken),
    Column("left", "count", lambda figures: figures.left),
    Column("waiting", "count", lambda figures: figures.waiting),
    Column("messages", "count", lambda figures: figures.messages),
    Column("wait", "seconds", lambda figures: median(figures.waits)),
    Column("wait_most", "seconds", lambda figures: nine_of_ten(figures.waits)),
    Column("answer", "seconds", lambda figures: median(figures.answers)),
    Column("handling", "seconds", lambda figures: median(figures.handlings)),
    Column("rated", "count", lambda figures: len(figures.ratings)),
    Column("rating", "mean", lambda figures: figures.rating),
)


@dataclass(frozen=True)
class Share:
    """One reason or outcome."""

    name: str
    number: int
    share: str


# What a row is about: a day, or the id of a language, channel or market.
type Key = date | str


def key_of(by: By) -> Callable[[Place], Key]:
    """What of a place the rows are grouped by."""

    def key(place: Place) -> Key:
        found: Key = getattr(place, by)
        return found

    return key


def write(column: Column, figures: Figures, voice: Voice) -> str:
    """A figure as people read it."""
    value = column.value(figures)
    if value is None:
        return NOTHING
    locale = locale_of(voice.language)
    match column.kind:
        case "seconds":
            return duration(value, voice)
        case "share":
            return str(format_percent(value, locale=locale))
        case "mean":
            return str(format_decimal(round(Decimal(value), 2), "0.0#", locale=locale))
        case "count":
            return str(format_decimal(int(value), locale=locale))


def duration(seconds: float, voice: Voice) -> str:
    """`45 s`, `3 min 20 s`, `2 h 5 min`: the two largest units."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    parts = [(hours, "hour"), (minutes, "minute"), (whole % 60, "second")]
    first = next((number for number, (amount, _) in enumerate(parts) if amount), 2)
    locale = locale_of(voice.language)
    written = [
        format_unit(amount, f"duration-{unit}", length="short", locale=locale)
        for amount, unit in parts[first : first + 2]
        if amount or unit == parts[first][1]
    ]
    return texts.in_script(" ".join(written), voice.language, voice.script)


def name_row(by: By, key: Key, voice: Voice, days: str = "yMMMEd") -> str:
    """A row's heading: the day (`days`: its CLDR skeleton), or the name of a language, channel or market."""
    if isinstance(key, str):
        return name(by, key, voice)
    written = format_skeleton(days, key, locale=locale_of(voice.language))
    return texts.in_script(written, voice.language, voice.script)


def name(kind: str, value: str, voice: Voice) -> str:
    """The words for a reason, outcome, language, channel or market; what has none is called by its id."""
    locale = locale_of(voice.language)
    if kind == "market":
        # Markets are called by their country's code.
        found = locale.territories.get(value.upper())
    elif kind == "language":
        found = locale.languages.get(value)
    else:
        # Of outcomes some are chosen by agents, and some noted by the gateway itself.
        keys = (f"desk_{kind}_{value}", f"desk_reports_{kind}_{value}")
        found = next(
            (texts.get(key, voice.language).forms["other"] for key in keys if texts.has(key, voice.language)),
            None,
        )
    if found is None:
        return voice.say("desk_reports_unknown", name=value)
    return texts.in_script(found, voice.language, voice.script)


def shares(kind: str, counted: Counter[str], voice: Voice) -> list[Share]:
    """Reasons or outcomes, the most frequent first, ties by id so that the order never changes by itself."""
    total = counted.total()
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    locale = locale_of(voice.language)
    return [
        Share(
            name(kind, key, voice),
            number,
            str(format_percent(number / total, locale=locale)),
        )
        for key, number in ordered
    ]
