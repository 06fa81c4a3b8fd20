"""Runs inspection.py as a child process and reads its verdict. The backend itself never parses a file."""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from backend.documents.faults import (
    FileRefused,
    ImageTooLarge,
    ImageUnreadable,
    PdfActive,
    PdfEncrypted,
    PdfTooManyPages,
    PdfUnreadable,
)
from backend.documents.sniffing import Kind

log = structlog.get_logger()

PROGRAM = Path(__file__).with_name("inspection.py")
# Wall clock; the child's own limit is CPU time.
TIMEOUT_SECONDS = 20
# A burst of uploads waits here instead of filling the memory.
_places = threading.BoundedSemaphore(3)

_FACTS: dict[str, type[FileRefused]] = {
    fact.code: fact
    for fact in (ImageTooLarge, ImageUnreadable, PdfActive, PdfEncrypted, PdfTooManyPages, PdfUnreadable)
}


@dataclass(frozen=True)
class Inspected:
    """What a file contains; `text` only of a PDF with a text layer."""

    pages: int
    text: str = ""


def inspect_file(kind: Kind, path: Path, target: Path) -> Inspected:
    """Inspect `path`; an image is written anew to `target`. Raises a FileRefused."""
    unreadable = PdfUnreadable if kind == "pdf" else ImageUnreadable
    with _places:
        try:
            done = subprocess.run(  # noqa: S603 – our own program, and paths we made
                [sys.executable, "-I", str(PROGRAM), kind, str(path), str(target)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            log.warning("inspection_timed_out", kind=kind)
            raise unreadable() from None
    if done.returncode != 0:
        # Killed by a limit, or died of the file.
        log.warning("inspection_died", kind=kind, returncode=done.returncode)
        raise unreadable()
    found = json.loads(done.stdout)
    if "refused" in found:
        raise _FACTS[found["refused"]](**found["detail"])
    return Inspected(pages=found["pages"], text=found.get("text", ""))
