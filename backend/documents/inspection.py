"""Opens one untrusted file. A program of its own, with hard limits; imports nothing of the backend.

    python -I inspection.py pdf IN OUT             → {"pages": 2, "text": "…"} or {"refused": "pdf_active", …};
                                                     of a scan without text OUT is the picture on its first page
    python -I inspection.py jpeg IN OUT            → {"pages": 1} and OUT, encoded anew without any metadata

A process of its own because a parser that hangs, eats the memory or dies must not take the backend with it.
Whatever is not expected ends as "unreadable".
"""

import contextlib
import json
import resource
import sys
import warnings
from collections.abc import Iterator
from typing import Any

CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
LARGEST_OUTPUT_BYTES = 64 << 20
MOST_PAGES = 50
MOST_OBJECTS = 50_000
TEXT_PAGES = 5
TEXT_CHARACTERS = 20_000
MOST_PIXELS = 60_000_000
# Enough to read the small print of an A4 page (400 dpi); a larger photo is made smaller.
LONGEST_SIDE = 4700


class Refused(Exception):
    """The file is not taken, and why."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def limit_this_process() -> None:
    """From here on: little time, little memory, no children, no large or many files."""
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT_BYTES),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def inspect_pdf(path: str, target: str) -> dict[str, Any]:
    """Pages and text of a PDF that contains nothing but pages."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(path, strict=False)
        if reader.is_encrypted:
            raise Refused("pdf_encrypted")
        _refuse_active(reader)
        pages = len(reader.pages)
        if pages == 0:
            raise Refused("pdf_unreadable")
        if pages > MOST_PAGES:
            raise Refused("pdf_too_many_pages", pages=pages, max_pages=MOST_PAGES)
        text = _text(reader)
        if not text.strip():
            # Reading a scan is a courtesy as well.
            with contextlib.suppress(Exception):
                _save_scan(reader, target)
        return {"pages": pages, "text": text}
    except (Refused, MemoryError):
        raise
    except Exception as error:
        # A parser of a format this loose raises everything there is.
        raise Refused("pdf_unreadable") from error


def _text(reader: Any) -> str:
    """The text layer of the first pages; a page that cannot be read has none."""
    parts: list[str] = []
    for number in range(min(len(reader.pages), TEXT_PAGES)):
        # Reading text is a courtesy: a scan has none either.
        with contextlib.suppress(Exception):
            parts.append(reader.pages[number].extract_text(extraction_mode="layout"))
    return "\n".join(parts)[:TEXT_CHARACTERS]


def _save_scan(reader: Any, target: str) -> None:
    """The largest picture of the first page, as a PNG without anything else."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pictures = [found.image for found in reader.pages[0].images if found.image is not None]
    if pictures:
        largest = _plain(max(pictures, key=lambda picture: picture.width * picture.height))
        largest.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        largest.save(target, "PNG")


# Keys that only appear where something runs, unpacks or is attached.
ACTIVE_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA", "/RichMediaContent", "/AF", "/Launch"}
ACTIVE_ACTIONS = {
    "/JavaScript",
    "/Launch",
    "/ImportData",
    "/SubmitForm",
    "/GoToE",
    "/Rendition",
    "/RichMediaExecute",
    "/Movie",
    "/Sound",
}
ACTIVE_TYPES = {"/EmbeddedFile", "/RichMedia", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/3D"}


def _refuse_active(reader: Any) -> None:
    """Look at every object of the file, also at those that no page mentions."""
    for entry in _dictionaries(reader):
        for key in entry:
            if key in ACTIVE_KEYS and not _is_nothing(entry.raw_get(key)):
                raise Refused("pdf_active", found=str(key)[1:])
        if _name(entry, "/S") in ACTIVE_ACTIONS and entry.raw_get("/S") is not None and "/P" not in entry:
            raise Refused("pdf_active", found=_name(entry, "/S")[1:])
        for key in ("/Type", "/Subtype"):
            if _name(entry, key) in ACTIVE_TYPES:
                raise Refused("pdf_active", found=_name(entry, key)[1:])


def _is_nothing(value: Any) -> bool:
    from pypdf.generic import NullObject

    return isinstance(value, NullObject) or (isinstance(value, (list, dict)) and not value)


def _name(entry: Any, key: str) -> str:
    value = entry.raw_get(key) if key in entry else ""
    return str(value) if isinstance(value, str) else ""


def _dictionaries(reader: Any) -> Iterator[Any]:
    """Every dictionary in the file, nested ones included; bounded."""
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    places = {(number, generation) for generation, table in reader.xref.items() for number in table}
    places |= {(number, 0) for number in reader.xref_objStm}
    if len(places) > MOST_OBJECTS:
        raise Refused("pdf_unreadable")
    waiting: list[Any] = [reader.trailer]
    seen = 0
    for number, generation in sorted(places):
        if number:
            found = reader.get_object(IndirectObject(number, generation, reader))
            if found is not None:
                waiting.append(found)
        while waiting:
            seen += 1
            if seen > MOST_OBJECTS * 20:
                raise Refused("pdf_unreadable")
            item = waiting.pop()
            if isinstance(item, DictionaryObject):
                yield item
                waiting.extend(item.raw_get(key) for key in item)
            elif isinstance(item, ArrayObject):
                # list.__iter__: the array's own would resolve references, which are visited anyway.
                waiting.extend(list.__iter__(item))


def reencode_image(kind: str, path: str, target: str) -> dict[str, Any]:
    """Decode, turn upright, encode anew: what was hidden in or behind the picture stays behind."""
    from PIL import Image, ImageFile, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(path, formats=(kind.upper(),)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused("image_too_large", pixels=image.width * image.height, max_pixels=MOST_PIXELS)
            # A large JPEG is decoded at a half or a quarter at once.
            image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            image.load()
            upright = ImageOps.exif_transpose(image)
        plain = _plain(upright)
        plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        if kind == "jpeg":
            plain.save(target, "JPEG", quality=85)
        else:
            plain.save(target, "PNG")
        return {"pages": 1}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("image_too_large", max_pixels=MOST_PIXELS) from error
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError) as error:
        raise Refused("image_unreadable") from error


def _plain(image: Any) -> Any:
    """Pixels only, in a mode that both formats know; transparency becomes white paper."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    elif image.mode.startswith("I") or image.mode == "F":
        # 16 bits a pixel: scaled by hand, Pillow's conversion would clip to white.
        image = image.convert("I").point(lambda value: value / 257).convert("L")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def main(arguments: list[str]) -> int:
    """Write one JSON object to standard output."""
    limit_this_process()
    kind, path, *rest = arguments
    try:
        found = inspect_pdf(path, rest[0]) if kind == "pdf" else reencode_image(kind, path, rest[0])
    except Refused as refused:
        found = {"refused": refused.code, "detail": refused.detail}
    except Exception:
        found = {"refused": "pdf_unreadable" if kind == "pdf" else "image_unreadable", "detail": {}}
    sys.stdout.buffer.write(json.dumps(found).encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
