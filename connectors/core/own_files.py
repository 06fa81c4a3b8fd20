"""Files that a message links to and that are ours: a messenger sends them as files, because vendors cannot fetch them.

What is behind other addresses is nobody's business here.
"""

import re
from dataclasses import dataclass

from connectors.core.backend_client import BackendClient

_CARD = re.compile(r"/secure/card/(?P<token>[A-Za-z0-9_.-]{16,500})/card\.(?P<ending>png|pdf)")
# A file that an agent sent: its address ends in what it is.
_SENT = re.compile(r"/secure/file/(?P<token>[A-Za-z0-9_.-]{16,500})/file\.(?P<ending>png|jpg|pdf)")
SENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "pdf": "application/pdf"}
_CALENDAR = re.compile(r"/calendar/(?P<token>[A-Za-z0-9_-]{16,64})\.ics")
_FORMS = {"png": ("picture", "image/png"), "pdf": ("pdf", "application/pdf")}


@dataclass(frozen=True)
class OwnFile:
    filename: str
    media_type: str
    content: bytes


def is_own_file(url: str, public_url: str) -> bool:
    """Whether `fetch_own_file` can fetch it."""
    path = _path(url, public_url)
    return path is not None and any(form.fullmatch(path) for form in (_CARD, _SENT, _CALENDAR))


def sent_file_url(public_url: str, token: str, media_type: str) -> str:
    """Where a file that an agent sent can be fetched."""
    ending = next(ending for ending, known in SENT_TYPES.items() if known == media_type)
    return f"{public_url}/secure/file/{token}/file.{ending}"


def gone_key(url: str, public_url: str) -> str:
    """The text that says that the file behind a link of ours may not be had any more."""
    return "care_file_old" if _SENT.fullmatch(_path(url, public_url) or "") else "ecard_link_old"


async def fetch_own_file(backend: BackendClient, url: str, public_url: str) -> OwnFile:
    """The file behind a link of ours; raises BackendRefused when it may not be had any more, BackendUnavailable."""
    path = _path(url, public_url) or ""
    if card := _CARD.fullmatch(path):
        form, media_type = _FORMS[card["ending"]]
        return OwnFile(f"card.{card['ending']}", media_type, await backend.fetch_card(card["token"], form))
    if sent := _SENT.fullmatch(path):
        content = await backend.fetch_sent_file(sent["token"])
        return OwnFile(f"file.{sent['ending']}", SENT_TYPES[sent["ending"]], content)
    if calendar := _CALENDAR.fullmatch(path):
        return OwnFile("event.ics", "text/calendar", await backend.get_calendar(calendar["token"]))
    raise ValueError("no file of ours")


def _path(url: str, public_url: str) -> str | None:
    return url.removeprefix(public_url) if url.startswith(f"{public_url}/") else None
