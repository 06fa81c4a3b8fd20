"""Reads the words of a photographed or scanned bill with the tesseract program, where it is installed.

Without tesseract, or without the language, nothing is read: a photo is as good a document as before, only its
fields are typed by the customer. Only pictures that inspection.py has encoded anew come here.
"""

import os
import threading
from functools import lru_cache
from pathlib import Path

import pytesseract
import structlog

from locales.lexicon import facts

log = structlog.get_logger()

TIMEOUT_SECONDS = 15
# Percent. A word read with less is left out: a wrong suggestion costs more than a missing one.
LEAST_CONFIDENCE = 60
# "A single column of text of variable sizes": keeps label and figure of a table on one line.
LAYOUT = "--psm 4"
# One photo needs a second or two of one core; a burst of them waits here.
_places = threading.BoundedSemaphore(1)
# It would start a thread for each core of a machine that has other work.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")


def read_picture(path: Path, language: str) -> str:
    """The lines that can be read for sure, or nothing."""
    wanted = [name for name in facts(language).get("recognition", []) if name in _installed()]
    if not wanted:
        return ""
    try:
        with _places:
            words = pytesseract.image_to_data(
                str(path),
                lang="+".join(wanted),
                config=LAYOUT,
                timeout=TIMEOUT_SECONDS,
                output_type=pytesseract.Output.DICT,
            )
    except (pytesseract.TesseractError, RuntimeError, OSError, ValueError) as error:
        # RuntimeError is its timeout. The words of the error can be those of the paper.
        log.warning("picture_not_read", error_type=type(error).__name__)
        return ""
    return _lines(words)


@lru_cache
def _installed() -> frozenset[str]:
    try:
        found = frozenset(pytesseract.get_languages(config=""))
    except (pytesseract.TesseractError, OSError):
        found = frozenset()
    log.info("picture_languages", installed=sorted(found))
    return found


def _lines(words: dict[str, list[object]]) -> str:
    lines: dict[tuple[object, ...], list[str]] = {}
    places = zip(words["block_num"], words["par_num"], words["line_num"], strict=True)
    for place, word, confidence in zip(places, words["text"], words["conf"], strict=True):
        if str(word).strip() and float(str(confidence)) >= LEAST_CONFIDENCE:
            lines.setdefault(place, []).append(str(word))
    return "\n".join(" ".join(line) for line in lines.values())
