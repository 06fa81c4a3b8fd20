"""The reports as a file for spreadsheets: one line for each day, market, language and channel.

Spreadsheets of these countries divide fields by `;` and write decimals with a comma, and read UTF-8 only behind a
byte order mark: so does this. Times are whole seconds. Middles cannot be added up: `by` of the page is for that.
"""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import format_decimal

from connectors.care.report_figures import COLUMNS, Column, name
from connectors.core.conversations import Voice
from connectors.core.handover.reporting import Figures, Place
from locales.formats import locale_of

BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_csv(grouped: Iterable[tuple[Place, Figures]], voice: Voice) -> bytes:
    """The file; headings and names in the reader's language, days as ISO."""
    lines = list(grouped)
    reasons = sorted({reason for _, figures in lines for reason in figures.reasons})
    outcomes = sorted({outcome for _, figures in lines for outcome in figures.outcomes})
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    heads = [voice.say(f"desk_reports_by_{by}") for by in ("day", "market", "language", "channel")]
    heads += [_head(column, voice) for column in COLUMNS]
    heads += [f"{voice.say('desk_team_reason')}: {name('reason', reason, voice)}" for reason in reasons]
    heads += [
        f"{voice.say('desk_reports_outcome')}: {name('outcome', outcome, voice)}" for outcome in outcomes
    ]
    writer.writerow([harmless(head) for head in heads])
    for place, figures in lines:
        cells = [
            place.day.isoformat(),
            *(name(kind, getattr(place, kind), voice) for kind in ("market", "language", "channel")),
        ]
        cells += [_cell(column, figures, voice) for column in COLUMNS]
        cells += [str(figures.reasons[reason]) for reason in reasons]
        cells += [str(figures.outcomes[outcome]) for outcome in outcomes]
        writer.writerow([harmless(cell) for cell in cells])
    return (BYTE_ORDER_MARK + file.getvalue()).encode()


def harmless(cell: str) -> str:
    """`cell` so that no spreadsheet computes it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _head(column: Column, voice: Voice) -> str:
    head = voice.say(f"desk_reports_{column.key}")
    return f"{head} ({voice.say('desk_reports_seconds')})" if column.kind == "seconds" else head


def _cell(column: Column, figures: Figures, voice: Voice) -> str:
    value = column.value(figures)
    if value is None:
        return ""
    if column.kind in ("count", "seconds"):
        return str(round(value))
    shown = value * 100 if column.kind == "share" else value
    return str(format_decimal(round(Decimal(shown), 2), "0.##", locale=locale_of(voice.language)))
