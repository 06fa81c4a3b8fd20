"""Files that a message links to and that are ours: a messenger sends them as files, because vendors cannot fetch them.

What is behind other addresses is nobody's business here.
"""

import re
from dataclasses import dataclass

from connectors.core.backend_client import BackendClient

_CARD = re.compile(r"/secure/card/(?P<token>[A-Za-z0-9_.-]{16,500})/card\.(?P<ending>png|pdf)")
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
    return path is not None and any(form.fullmatch(path) for form in (_CARD, _CALENDAR))


async def fetch_own_file(backend: BackendClient, url: str, public_url: str) -> OwnFile:
    """The file behind a link of ours; raises BackendRefused when it may not be had any more, BackendUnavailable."""
    path = _path(url, public_url) or ""
    if card := _CARD.fullmatch(path):
        form, media_type = _FORMS[card["ending"]]
        return OwnFile(f"card.{card['ending']}", media_type, await backend.fetch_card(card["token"], form))
    if calendar := _CALENDAR.fullmatch(path):
        return OwnFile("event.ics", "text/calendar", await backend.get_calendar(calendar["token"]))
    raise ValueError("no file of ours")


def _path(url: str, public_url: str) -> str | None:
    return url.removeprefix(public_url) if url.startswith(f"{public_url}/") else None
