"""The receipt of a payment as a PDF of one page, with its words as text: it can be searched, copied and read out."""

import io
import re
from dataclasses import dataclass
from datetime import date

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from backend.lettering import BAND, INK, ON_BAND, fitting_size, font_file, printable
from backend.money import Money
from locales import formats, texts

MARGIN, BAND_HEIGHT, ROW = 20 * mm, 28 * mm, 17 * mm
WIDTH, HEIGHT = A4


@dataclass(frozen=True)
class Receipt:
    """What is printed, in the store's form (Serbian in Cyrillic); it comes out in the payer's script."""

    insurer: str
    payer: str
    product: str
    policy_number: str
    due_date: date
    amount: Money
    paid_on: date
    reference: str
    language: str
    script: str

    def word(self, name: str) -> str:
        return texts.render(f"receipt_{name}", self.language, self.script)

    def shown(self, text: str) -> str:
        return texts.in_script(text, self.language, self.script)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Labels and values below the title."""
        values = {
            "payer": self.payer,
            "contract": f"{self.product} · {self.policy_number}",
            "instalment": formats.day(self.due_date, self.language),
            "amount": formats.money(self.amount.amount, self.amount.currency, self.language),
            "day": formats.day(self.paid_on, self.language),
        }
        rows = [(self.word(f"label_{name}"), self.shown(value)) for name, value in values.items()]
        # The provider's own sign, letter by letter.
        return [*rows, (self.word("label_reference"), self.reference)]

    @property
    def filename(self) -> str:
        """`receipt-T-1.pdf` in the payer's language, of letters that every mail program shows."""
        word = texts.in_script(texts.render("receipt_file", self.language), self.language, "Latn")
        return f"{word}-{re.sub(r'[^A-Za-z0-9]+', '-', self.reference).strip('-')}.pdf"


def draw_receipt(receipt: Receipt) -> bytes:
    """The PDF."""
    fonts = {bold: _font(bold) for bold in (False, True)}
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang=texts.tag(receipt.language, receipt.script))

    def write(x: float, y: float, text: str, size: int, ink: tuple[int, int, int], *, bold: bool) -> None:
        text = printable(text)
        size = fitting_size(
            lambda tried: pdfmetrics.stringWidth(text, fonts[bold], tried),
            size,
            smallest=8,
            most=WIDTH - x - MARGIN,
        )
        canvas.setFillColor(_color(ink))
        canvas.setFont(fonts[bold], size)
        canvas.drawString(x, y, text)

    insurer = receipt.shown(receipt.insurer)
    canvas.setTitle(printable(f"{receipt.word('title')} · {receipt.reference}"))
    canvas.setAuthor(printable(insurer))
    canvas.setFillColor(_color(BAND))
    canvas.rect(0, HEIGHT - BAND_HEIGHT, WIDTH, BAND_HEIGHT, stroke=0, fill=1)
    write(MARGIN, HEIGHT - BAND_HEIGHT / 2 - 6, insurer, 20, ON_BAND, bold=True)
    top = HEIGHT - BAND_HEIGHT - 20 * mm
    write(MARGIN, top, receipt.word("title"), 18, INK, bold=True)
    for number, (label, value) in enumerate(receipt.fields):
        y = top - 18 * mm - number * ROW
        write(MARGIN, y, label, 9, BAND, bold=False)
        write(MARGIN, y - 6 * mm, value, 13, INK, bold=False)
    canvas.save()
    return buffer.getvalue()


def _font(bold: bool) -> str:
    """The name under which reportlab knows the font."""
    path = font_file(bold=bold)
    if path.stem not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(path.stem, str(path)))
    return path.stem


def _color(rgb: tuple[int, int, int]) -> Color:
    return Color(*(part / 255 for part in rgb))
