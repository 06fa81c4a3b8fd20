"""Rendering of the desk's pages: every template gets a voice, the member, the proof for forms, and `may`."""

from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.care.access import StaffMember
from connectors.care.cookies import LANGUAGE_COOKIE
from connectors.care.csrf import csrf_of, csrf_secret
from connectors.care.permissions import may
from connectors.core.conversations import Voice, read_voice
from connectors.website.access import voice_of_reader
from locales import texts

FOLDER = Path(__file__).parent / "templates"
# In which the desk can be read; each names itself.
LANGUAGES = {"it": "Italiano", "id": "Bahasa Indonesia", "sr-Latn": "Srpski", "sr-Cyrl": "Српски"}
UNTOUCHED = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates = Jinja2Templates(env=environment)


def desk_voice(request: Request) -> Voice:
    """The language of the desk: what was chosen, else what the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return read_voice(chosen, voice_of_reader(request)) if chosen in LANGUAGES else voice_of_reader(request)


def written(voice: Voice, text: str) -> str:
    """Names and data as a reader of the desk's script writes them: Serbian ones are kept in Cyrillic."""
    return texts.in_script(text, voice.language, voice.script)


def render(
    request: Request,
    template: str,
    status: int = 200,
    *,
    csrf: str | None = None,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    """A page or a fragment. In every template:

    `say(key, **values)` a text in the desk's language, `lang`, `member` (StaffMember or None), `may(action, whose?)`,
    `csrf`, `languages`, `here` (the path to come back to), `written(text)` for names and data that may be Cyrillic.
    """
    member: StaffMember | None = getattr(request.state, "member", None)
    voice = desk_voice(request)
    secret = csrf_secret(request)
    context = {
        "say": voice.say,
        "voice": voice,
        "lang": voice.tag,
        "member": member,
        "may": lambda action, whose=None: member is not None and may(member.role, action, whose),
        "csrf": csrf or (csrf_of(secret) if secret else ""),
        "languages": LANGUAGES,
        "written": lambda text: written(voice, text),
        "here": request.url.path,
        **values,
    }
    return _templates.TemplateResponse(
        request, template, context, status_code=status, headers={**UNTOUCHED, **(headers or {})}
    )
