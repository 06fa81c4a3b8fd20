"""The catalogue of texts: everything a customer reads, one language a folder, under `data/responses/`.

A text is found by its key and filled with named values. Serbian is written in Cyrillic; whatever is shown
to anybody but a reader of Serbian Cyrillic is transliterated, which loses nothing in this direction.
What must not live here: any text.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

import yaml

from locales.formats import locale_of
from locales.script import to_latin

RESPONSES_FOLDER = Path(__file__).resolve().parent.parent / "data" / "responses"
PLURAL_FORMS = ("zero", "one", "two", "few", "many", "other")


class TextMissing(KeyError):
    """A key that a language's folder does not have; names the folder to edit."""


class TextBroken(ValueError):
    """A file of texts that is not of the form this module describes."""


@dataclass(frozen=True)
class Button:
    """A button below a text: what it says and the payload it sends, e.g. `/login`."""

    title: str
    payload: str


@dataclass(frozen=True)
class Text:
    """One text: its wording, or one wording for each plural form of the value named by `plural`."""

    forms: Mapping[str, str]
    plural: Optional[str] = None
    buttons: Tuple[Button, ...] = ()
    file: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of the values that the wording needs."""
        return frozenset(
            name
            for wording in self.forms.values()
            for _, name, _, _ in string.Formatter().parse(wording)
            if name
        )


def languages(folder: Path = RESPONSES_FOLDER) -> List[str]:
    """The languages that have a folder of texts."""
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


@lru_cache(maxsize=None)
def load(language: str, folder: Path = RESPONSES_FOLDER) -> Mapping[str, Text]:
    """All texts of a language by key; raises TextBroken for a malformed or doubled entry."""
    found: Dict[str, Text] = {}
    for path in sorted((folder / language).glob("*.yml")):
        name = f"{language}/{path.name}"
        entries = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("texts", {})
        for key, entry in entries.items():
            if key in found:
                raise TextBroken(f"{name}: {key} is also in {found[key].file}")
            found[key] = _read_entry(key, entry, name)
    return found


def _read_entry(key: str, entry: Any, file: str) -> Text:
    if isinstance(entry, str):
        return Text({"other": entry}, file=file)
    if not isinstance(entry, dict):
        raise TextBroken(f"{file}: {key} is neither a text nor a mapping")
    buttons = tuple(Button(button["title"], button["payload"]) for button in entry.get("buttons", ()))
    plural = entry.get("plural")
    forms: Dict[str, str] = {form: entry[form] for form in PLURAL_FORMS if form in entry}
    if not plural:
        forms = {"other": entry.get("text") or ""}
    if not forms.get("other"):
        raise TextBroken(f"{file}: {key} has no text")
    return Text(forms, plural, buttons, file)


def has(key: str, language: str) -> bool:
    """Whether the language has the text."""
    return key in load(language)


def get(key: str, language: str) -> Text:
    """The text; raises TextMissing."""
    try:
        return load(language)[key]
    except KeyError:
        raise TextMissing(f"data/responses/{language}/ has no text {key!r}") from None


def render(key: str, language: str, script: str = "Latn", **values: Any) -> str:
    """The wording of `key` with its values filled in, in the reader's script.

    A plural text picks its form by the number in the value that its `plural` names (CLDR rules).
    """
    text = get(key, language)
    wording = text.forms["other"]
    if text.plural:
        form = locale_of(language).plural_form(abs(values[text.plural]))
        wording = text.forms.get(form, wording)
    return in_script(wording.format(**values), language, script)


def buttons(key: str, language: str, script: str = "Latn") -> List[Button]:
    """The buttons that belong to the text, in the reader's script."""
    return [Button(in_script(b.title, language, script), b.payload) for b in get(key, language).buttons]


def in_script(wording: str, language: str, script: str) -> str:
    """`wording` as this reader sees it: Cyrillic stays only for Serbian in Cyrillic."""
    return wording if language == "sr" and script == "Cyrl" else to_latin(wording)


def tag(language: str, script: str = "Latn") -> str:
    """The BCP 47 tag: `sr-Cyrl`, `sr-Latn`, `id`, `it`."""
    return f"sr-{script}" if language == "sr" else language
