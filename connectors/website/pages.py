"""Rendering of server-side pages: templates get a voice to speak with and never a text of their own."""

from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.core.conversations import Voice

FOLDER = Path(__file__).parent / "templates"
_environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates = Jinja2Templates(env=_environment)


def render_page(request: Request, template: str, voice: Voice, status: int = 200, **values: Any) -> Response:
    """A page in a voice: `say(key)` in the template is a text of the catalogue."""
    context = {"say": voice.say, "lang": voice.tag, **values}
    return _templates.TemplateResponse(request, template, context, status_code=status)
