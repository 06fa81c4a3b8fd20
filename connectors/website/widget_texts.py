"""The widget's own words, as data: every text of the catalogue whose key starts with `widget_`."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from connectors.core.conversations import SCRIPTS, Voice, read_voice
from connectors.errors import tells
from connectors.website.access import FALLBACK
from locales import texts

router = APIRouter(prefix="/api/website", tags=["website channel"])
PREFIX = "widget_"


class NamedLanguage(BaseModel):
    """A language by its own name."""

    tag: str
    name: str


class WidgetTexts(BaseModel):
    """`texts` by key without its prefix; `{names}` in them are filled in by the widget."""

    language: str
    texts: dict[str, str]
    languages: list[NamedLanguage]


@router.get("/texts", responses=tells())
def read_widget_texts(
    response: Response,
    language: Annotated[str, Query(max_length=10)],
    script: Annotated[str, Query(pattern="^(Latn|Cyrl)$")] = "Latn",
) -> WidgetTexts:
    """All words the widget itself shows, in one language and script."""
    voice = read_voice(language, FALLBACK)
    voice = Voice(voice.language, script if voice.script == "Latn" else voice.script)
    response.headers["Cache-Control"] = "public, max-age=300"
    return WidgetTexts(language=voice.tag, texts=speak_all(voice), languages=name_languages())


def name_languages() -> list[NamedLanguage]:
    """What the language menu offers: every language, and every script where one has two."""
    voices = [
        Voice(language, script)
        for language in texts.languages()
        for script in (SCRIPTS if texts.tag(language) != language else SCRIPTS[:1])
    ]
    return [NamedLanguage(tag=voice.tag, name=voice.say("widget_language_name")) for voice in voices]


def speak_all(voice: Voice) -> dict[str, str]:
    """Every text of the widget with its placeholders left in place."""
    return {
        key.removeprefix(PREFIX): voice.say(key, **{name: f"{{{name}}}" for name in text.placeholders})
        for key, text in texts.load(voice.language).items()
        if key.startswith(PREFIX)
    }
