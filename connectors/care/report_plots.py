"""The reports' plots as SVG (pygal): no script, nothing from elsewhere, readable on light and dark ground.

Each shows what a table of the same page says in numbers; the page names that table as its alternative.
"""

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pygal
from pygal.style import Style

from connectors.care.report_figures import By, Key, name_row, shares
from connectors.core.conversations import Voice
from connectors.core.handover.reporting import Figures, median
from locales.formats import number

# pygal leaves behind a finder for its map plugins that Python has not asked since 3.12; who asks each finder
# directly (pytest) trips over it.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

Plot = Literal["contacts", "times", "reasons", "rating"]
PLOTS: tuple[Plot, ...] = ("contacts", "times", "reasons", "rating")
# Of a plot served by itself: it may have styles and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
# Both hold 3:1 against white and against the dark ground, and differ in lightness too.
COLOURS = ("#12806a", "#c9772b")
LIGHT = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#3a4448",
    foreground_strong="#1c2326",
    foreground_subtle="#8b979c",
    guide_stroke_color="#a3adb0",
    major_guide_stroke_color="#a3adb0",
    guide_stroke_dasharray="1,5",
    major_guide_stroke_dasharray="1,5",
    colors=COLOURS,
    opacity="1",
    opacity_hover="1",
    transition="none",
    stroke_width="2",
    stroke_width_hover="2",
    stroke_opacity="1",
    stroke_opacity_hover="1",
    font_family="system-ui, sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    title_font_size=16,
    value_font_size=12,
    no_data_font_size=16,
)
DARK = """inline:
@media (prefers-color-scheme: dark) {
  .graph, .legends .legend text, .axis text, .axis text.major, .title, .series text, text.no_data { fill: #e3e9eb }
  .axis .line, .axis .major.line, .axis .guide.line, .axis .major.guide.line { stroke: #77858b }
}
"""
# More labels than this stand slanted, and of more than twice as many only some are written.
LEVEL_LABELS = 8
WIDTH, HEIGHT = 760, 340


def draw(plot: Plot, grouped: Sequence[tuple[Key, Figures]], total: Figures, by: By, voice: Voice) -> bytes:
    """The plot for the groups as ordered in the table."""
    labels = [name_row(by, key, voice, "MMMd") for key, _ in grouped]
    figures = [one for _, one in grouped]
    match plot:
        case "contacts":
            chart = _chart(pygal.StackedBar, plot, labels, voice, whole=True)
            chart.add(voice.say("desk_reports_by_bot"), [one.by_bot for one in figures])
            chart.add(voice.say("desk_reports_with_person"), [one.with_person for one in figures])
        case "times":
            chart = _chart(pygal.Line if by == "day" else pygal.Bar, plot, labels, voice)
            chart.add(voice.say("desk_reports_wait"), [_minutes(median(one.waits)) for one in figures])
            chart.add(
                voice.say("desk_reports_handling"), [_minutes(median(one.handlings)) for one in figures]
            )
        case "reasons":
            found = shares("reason", total.reasons, voice)[::-1]
            chart = _chart(pygal.HorizontalBar, plot, [share.name for share in found], voice, whole=True)
            chart.add(voice.say("desk_reports_number"), [share.number for share in found])
        case "rating":
            chart = _chart(pygal.Line if by == "day" else pygal.Bar, plot, labels, voice, range=(1, 5))
            chart.add(voice.say("desk_reports_rating"), [one.rating for one in figures])
    rendered: bytes = chart.render()
    return rendered


def _chart(
    kind: Callable[..., Any],
    plot: Plot,
    labels: list[str],
    voice: Voice,
    *,
    whole: bool = False,
    **options: Any,
) -> Any:
    """An empty chart with everything that the plots have in common."""
    slanted = kind is not pygal.HorizontalBar and len(labels) > LEVEL_LABELS
    chart = kind(
        title=voice.say(f"desk_reports_plot_{plot}"),
        style=LIGHT,
        css=["file://style.css", "file://graph.css", DARK],
        js=[],
        no_prefix=True,
        width=WIDTH,
        height=HEIGHT,
        x_labels=labels,
        x_label_rotation=40 if slanted else 0,
        x_labels_major=labels[:: math.ceil(len(labels) / 2 / LEVEL_LABELS) or 1] if slanted else [],
        show_minor_x_labels=not slanted,
        legend_at_bottom=True,
        margin_bottom=30,
        legend_at_bottom_columns=2,
        truncate_label=-1,
        truncate_legend=-1,
        include_x_axis="range" not in options,
        no_data_text=voice.say("desk_reports_nothing"),
        value_formatter=lambda value: "" if value is None else number(value, voice.language),
        **options,
    )
    if whole:
        # Half a contact is no mark of a scale.
        chart.order_min = 0
    chart.add_xml_filter(_without_scripts)
    return chart


def _without_scripts(root: Any) -> Any:
    """pygal writes its settings as a script for its tooltips, which are not used here."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] == "script":
                parent.remove(child)
    del root.attrib["id"]
    return root


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)
