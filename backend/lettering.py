"""The letters and colours of everything printed (cards, receipts), so that all of it looks alike."""

from collections.abc import Callable
from pathlib import Path

import reportlab

from locales import texts

INK, PAPER, BAND, ON_BAND = (22, 41, 43), (255, 255, 255), (15, 110, 110), (255, 255, 255)
# The system's where there is one; what comes with reportlab lacks one letter of Serbian.
_SYSTEM_FONTS = Path("/usr/share/fonts/truetype/dejavu")
_OWN_FONTS = Path(reportlab.__file__).parent / "fonts"


def font_file(*, bold: bool) -> Path:
    """The TrueType font to write with."""
    names = ("DejaVuSans-Bold.ttf", "VeraBd.ttf") if bold else ("DejaVuSans.ttf", "Vera.ttf")
    system, own = _SYSTEM_FONTS / names[0], _OWN_FONTS / names[1]
    return system if system.exists() else own


def printable(text: str) -> str:
    """Without the system's font: in Latin letters, and Đ as it is written where there is none."""
    if (_SYSTEM_FONTS / "DejaVuSans.ttf").exists():
        return text
    return texts.in_script(text, "sr", "Latn").replace("Đ", "Dj")


def fitting_size(measure: Callable[[int], float], size: int, *, smallest: int, most: float) -> int:
    """The largest size up to `size`, in steps of two, in which a line is no wider than `most`."""
    while size > smallest and measure(size) > most:
        size -= 2
    return size
