"""Makes the files that tests hand in: bills as PDFs in three languages, photos, and files that must not pass."""

import io
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter
import PIL.ImageFont
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

# Wherever a font with Cyrillic letters may be on a developer's machine.
FONTS = (
    *sorted(Path("/usr/share/fonts").glob("truetype/dejavu/DejaVuSans.ttf")),
    *sorted(Path(".venvs").glob("*/lib/python*/site-packages/matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf")),
)

ITALIAN = """Poliambulatorio San Luca S.r.l.
Via Roma 12, 20121 Milano  P.IVA 00743110157
Fattura n. 2026/118                 Data fattura: 03/11/2026
Paziente: Anna Rossi, nata il 12/04/1981
Risonanza magnetica ginocchio            260,00 €
Imponibile 260,00 €
Marca da bollo 2,00 €
Totale da pagare                         262,00 €
Scadenza pagamento 30/11/2026"""

SERBIAN = """Поликлиника Свети Сава
Београд, ПИБ: 101134702
Рачун бр. 456/26
Датум издавања: 05.11.2026.
Купац: Милица Јовановић
Преглед кардиолога  8.500,00
Основица 8.500,00
Укупно за уплату: 8.500,00 РСД
Текући рачун: 160-0000000123456-44"""

SERBIAN_LATIN = """Dom zdravlja Savski venac
PIB 101134702
Broj računa: FA-77/2026
Datum računa 07.11.2026.
Ukupno 12.450,50 RSD"""

INDONESIAN = """RS Mitra Keluarga Kemayoran
Jl. Landas Pacu Timur, Jakarta
No. Kuitansi: KW/2026/00981
Tanggal: 4 November 2026
Nama pasien: Siti Santoso  Tanggal lahir: 12-03-1990
Konsultasi dokter   Rp 350.000
Obat                Rp 175.500
Total Tagihan: Rp 525.500"""


def make_pdf(text: str, *, pages: int = 1) -> bytes:
    """A PDF with a text layer. Skips the test where Cyrillic is wanted and no font has it."""
    font = "Helvetica"
    if not text.isascii():
        if not FONTS:
            pytest.skip("no font with these letters is installed")
        font = "DejaVuSans"
        pdfmetrics.registerFont(TTFont(font, str(FONTS[0])))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for _ in range(pages):
        canvas.setFont(font, 10)
        for number, line in enumerate(text.splitlines()):
            canvas.drawString(50, 780 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def rewrite(pdf: bytes, change: Callable[[PdfWriter], object]) -> bytes:
    """The PDF after `change(writer)`."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def encrypted(pdf: bytes, password: str = "secret") -> bytes:
    return rewrite(pdf, lambda writer: writer.encrypt(password, "owner", algorithm="RC4-128"))


def with_script(pdf: bytes) -> bytes:
    """A script in the catalogue's names: viewers run it on opening."""

    def change(writer: PdfWriter) -> None:
        script = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
        entry = ArrayObject([TextStringObject("start"), writer._add_object(script)])
        tree = DictionaryObject({NameObject("/Names"): entry})
        writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): tree})

    return rewrite(pdf, change)


def with_attachment(pdf: bytes) -> bytes:
    return rewrite(pdf, lambda writer: writer.add_attachment("payload.exe", b"MZ"))


def with_open_action(pdf: bytes, kind: str) -> bytes:
    """A PDF that does something when it is opened: `/Launch`, `/JavaScript`, or the harmless `/GoTo`."""

    def change(writer: PdfWriter) -> None:
        action = DictionaryObject({NameObject("/S"): NameObject(kind)})
        if kind == "/GoTo":
            page = writer.pages[0].indirect_reference
            action[NameObject("/D")] = ArrayObject([page, NameObject("/Fit")])
        else:
            action[NameObject("/F")] = TextStringObject("calc.exe")
        writer.root_object[NameObject("/OpenAction")] = action

    return rewrite(pdf, change)


def with_xfa(pdf: bytes) -> bytes:
    def change(writer: PdfWriter) -> None:
        form = DictionaryObject({NameObject("/XFA"): TextStringObject("<xdp/>")})
        writer.root_object[NameObject("/AcroForm")] = form

    return rewrite(pdf, change)


def with_script_behind_a_note(pdf: bytes) -> bytes:
    """A script that no catalogue mentions: it hangs on an annotation of a page."""

    def change(writer: PdfWriter) -> None:
        note = FreeText(text="click", rect=(50, 550, 200, 650))
        note[NameObject("/A")] = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x()")}
        )
        writer.add_annotation(0, note)

    return rewrite(pdf, change)


def make_photo(width: int = 400, height: int = 300, *, exif: bool = False, format: str = "JPEG") -> bytes:
    """A photo of a wall; with `exif` it lies on its side and knows where it was taken."""
    image = PIL.Image.new("RGB", (width, height), "white")
    image.paste((200, 30, 30), (0, 0, width // 2, height // 2))
    data = PIL.Image.Exif()
    if exif:
        data[0x0112] = 6
        data[0x010F] = "SpyCam"
        data.get_ifd(0x8825)[2] = (45.0, 27.0, 51.0)
    buffer = io.BytesIO()
    image.save(buffer, format, **({"exif": data} if exif else {}))
    return buffer.getvalue()


def make_noise(size: int) -> bytes:
    """Bytes that no compression makes small."""
    return random.Random(1).randbytes(size)


def png_bomb(side: int = 30_000) -> bytes:
    """A PNG of few bytes that says it has 900 million pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + checksum

    size = side.to_bytes(4, "big")
    header = chunk(b"IHDR", size + size + b"\x08\x02\x00\x00\x00")
    rows = chunk(b"IDAT", zlib.compress(b"\x00" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


def make_printed_photo(text: str) -> bytes:
    """A phone's photo of a printed bill: grey paper, a little askew, a little out of focus."""
    if not FONTS:
        pytest.skip("no font with these letters is installed")
    width, height = 1700, 2400
    photo = PIL.Image.new("RGB", (width, height), (236, 234, 228))
    draw, font = PIL.ImageDraw.Draw(photo), PIL.ImageFont.truetype(str(FONTS[0]), 36)
    for number, line in enumerate(text.splitlines()):
        draw.text((140, 200 + 70 * number), line, fill=(45, 45, 50), font=font)
    photo = photo.rotate(1.2, fillcolor=(110, 100, 95), resample=PIL.Image.Resampling.BICUBIC)
    buffer = io.BytesIO()
    photo.filter(PIL.ImageFilter.GaussianBlur(0.8)).save(buffer, "JPEG", quality=75)
    return buffer.getvalue()


def make_scan(text: str) -> bytes:
    """A PDF that holds nothing but a picture of the paper."""
    buffer = io.BytesIO()
    PIL.Image.open(io.BytesIO(make_printed_photo(text))).save(buffer, "PDF")
    return buffer.getvalue()
