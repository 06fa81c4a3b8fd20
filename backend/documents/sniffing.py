"""What a file is, by its first bytes alone.

Three types are taken, and three signatures are all that needs to be right: a library of four hundred guesses
would be more to trust and no safer. The other names only make the refusal helpful ("this is a HEIC photo").
"""

from typing import Literal

Kind = Literal["jpeg", "png", "pdf"]
# Enough for every signature below.
HEAD_BYTES = 64

ACCEPTED: tuple[tuple[Kind, bytes], ...] = (
    ("jpeg", b"\xff\xd8\xff"),
    ("png", b"\x89PNG\r\n\x1a\n"),
    ("pdf", b"%PDF-"),
)
MEDIA_TYPES: dict[Kind, str] = {"jpeg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}

_REFUSED = (
    ("gif", b"GIF8"),
    ("zip", b"PK\x03\x04"),  # also .docx, .xlsx, .odt
    ("doc", b"\xd0\xcf\x11\xe0"),
    ("tiff", b"II*\x00"),
    ("tiff", b"MM\x00*"),
    ("bmp", b"BM"),
    ("rtf", b"{\\rtf"),
    ("html", b"<!DOCTYPE html"),
    ("xml", b"<?xml"),
    ("executable", b"MZ"),
    ("executable", b"\x7fELF"),
)


def sniff(head: bytes) -> Kind | None:
    """The accepted type, or None. White space and a byte order mark before a PDF are forgiven."""
    for kind, signature in ACCEPTED:
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip() if kind == "pdf" else head
        if start.startswith(signature):
            return kind
    return None


def name_other(head: bytes) -> str:
    """What a refused file seems to be; `unknown` rather than a guess."""
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif") else "video"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for name, signature in _REFUSED:
        if head.startswith(signature):
            return name
    if b"\x00" not in head and _is_text(head):
        return "text"
    return "unknown"


def _is_text(head: bytes) -> bool:
    # The last character may be cut in the middle.
    for cut in range(4):
        try:
            head[: len(head) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False
