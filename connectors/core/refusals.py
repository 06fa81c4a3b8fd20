"""Files that are not taken: why, in the customer's words; and names of files fit to be shown."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from connectors.core.conversations import Voice
from locales import texts

MEGABYTE = 1024 * 1024
# What phones and messengers make of a photo: its owner sees a picture like any other and needs to hear what to do.
PHOTO_FORMATS = {"heic", "webp"}


def refusal_text(voice: Voice, filename: str, error: str, detail: Mapping[str, Any]) -> str:
    """The backend's reason as a text; a reason without a text of its own gets the general one."""
    key = f"system_{error}"
    if detail.get("found") in PHOTO_FORMATS:
        key = "system_photo_format_unknown"
    if not texts.has(key, voice.language):
        key = "system_file_refused"
    megabytes = int(detail.get("max_bytes") or 0) // MEGABYTE or 10
    return voice.say(key, filename=filename, megabytes=megabytes)


def clean_filename(filename: str) -> str:
    """The last part of a path, without control characters, short enough to be shown."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", filename))[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    stem, dot, ending = visible.rpartition(".")
    return f"{stem[:100]}.{ending[:10]}" if dot else visible[:110] or "file"
