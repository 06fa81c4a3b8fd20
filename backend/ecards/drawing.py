"""Draws a card as a picture and as a PDF. Only what is on a printed card, and a code the provider can check."""

import io
from dataclasses import dataclass
from datetime import date

import segno
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from backend.lettering import BAND, INK, ON_BAND, PAPER, fitting_size, font_file, printable
from locales import formats, texts

# ISO/IEC 7810 ID-1, as bank cards, at 300 dpi.
WIDTH, HEIGHT = 1012, 638
WIDTH_MM, HEIGHT_MM = 85.6, 53.98


@dataclass(frozen=True)
class CardFace:
    """What is printed. Words are in the reader's script already, `check_url` goes into the QR code."""

    insurer: str
    full_name: str
    product: str
    member_number: str
    policy_number: str
    valid_to: date
    check_url: str
    language: str
    script: str

    def label(self, name: str) -> str:
        return texts.render(f"ecard_label_{name}", self.language, self.script)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Labels and values below the name."""
        return [
            (self.label("member_number"), self.member_number),
            (self.label("policy_number"), self.policy_number),
            (self.label("valid_to"), formats.day(self.valid_to, self.language)),
        ]


def draw_picture(face: CardFace) -> bytes:
    """The card as PNG."""
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, WIDTH, 120), fill=BAND)
    _write(draw, (48, 34), face.insurer, 40, ON_BAND, bold=True, most=WIDTH - 96)
    _write(draw, (48, 158), face.full_name, 46, INK, bold=True, most=600)
    _write(draw, (48, 224), face.product, 30, INK, most=600)
    for number, (label, value) in enumerate(face.fields):
        _write(draw, (48, 300 + number * 104), label, 24, BAND, most=600)
        _write(draw, (48, 330 + number * 104), value, 34, INK, most=600)
    code = _qr(face.check_url, 320)
    card.paste(code, (WIDTH - code.width - 40, HEIGHT - code.height - 40))
    buffer = io.BytesIO()
    card.save(buffer, "PNG")
    return buffer.getvalue()


def draw_pdf(face: CardFace) -> bytes:
    """The card in its real size on a page of that size, to be printed."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm))
    canvas.setTitle(f"{face.insurer} · {face.full_name}")
    canvas.drawImage(ImageReader(io.BytesIO(draw_picture(face))), 0, 0, WIDTH_MM * mm, HEIGHT_MM * mm)
    canvas.save()
    return buffer.getvalue()


def _qr(text: str, size: int) -> Image.Image:
    buffer = io.BytesIO()
    segno.make(text, error="m").save(buffer, kind="png", scale=8, border=2)
    return Image.open(buffer).convert("RGB").resize((size, size), Image.Resampling.NEAREST)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    *,
    most: int,
    bold: bool = False,
) -> None:
    """One line, made smaller until it fits."""
    text = printable(text)
    size = fitting_size(lambda tried: _font(tried, bold).getlength(text), size, smallest=14, most=most)
    draw.text(place, text, fill=ink, font=_font(size, bold))


def _font(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold=bold)), size)
