"""The desk's colours in both schemes reach WCAG AA: 4.5 to 1 for text, 3 to 1 for the edges of controls and focus."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[3] / "connectors" / "care" / "static" / "desk.css"
PLACES = ("page", "raised", "sunken")
TEXT = [
    *((ink, place) for ink in ("text", "quiet") for place in PLACES),
    *(("accent", place) for place in ("page", "raised", "accent-page")),
    ("text", "accent-page"),
    ("text", "note-page"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("error", "error-page"),
    ("error", "raised"),
    ("warn", "warn-page"),
    ("good", "good-page"),
]
EDGES = [(ink, place) for ink in ("control", "focus") for place in ("page", "raised")]


def schemes() -> dict[str, dict[str, str]]:
    found = re.findall(r":root \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)\b", block)) for block in found)
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(scheme: str) -> None:
    tokens = schemes()[scheme]
    weak = {
        f"{ink} on {place}": round(contrast(tokens[ink], tokens[place]), 2)
        for pairs, least in ((TEXT, 4.5), (EDGES, 3.0))
        for ink, place in pairs
        if contrast(tokens[ink], tokens[place]) < least
    }
    assert weak == {}
    assert round(contrast("#000", "#fff")) == 21
