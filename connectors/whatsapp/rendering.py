"""From a Message to what WhatsApp shows: texts, buttons and lists, pictures, documents, places.

Nothing of a message is dropped: what WhatsApp cannot show stands in the text. The pieces of a message and their
order are the same each time it is rendered. Buttons belong to the last piece.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from connectors.core.conversations import Voice, read_voice
from connectors.core.messages import Card, Message, WebLink
from connectors.core.own_files import is_own_file
from connectors.whatsapp.choices import choices_of, cut_off, fit_buttons, list_rows, reply_buttons
from connectors.whatsapp.formatting import bold, cut, escape, split

LONGEST_TEXT = 4096
LONGEST_BODY = 1024
LONGEST_BUTTON = 20
# Up to so many places of one message are shown on a map each; more would bury the answer.
MOST_PLACES = 3
Json = dict[str, Any]


@dataclass(frozen=True)
class Upload:
    """A file at our own address, to be put up with WhatsApp."""

    url: str
    filename: str


@dataclass(frozen=True)
class Part:
    """One call of the vendor. `plainly` is what is sent in its place if WhatsApp does not take it."""

    kind: str
    text: str = ""
    content: Json = field(default_factory=dict)
    file: Upload | None = None
    plainly: str = ""

    @property
    def longest(self) -> int:
        """How long the text of this piece may be."""
        if self.kind == "text":
            return LONGEST_TEXT
        return LONGEST_TEXT if self.content.get("type") == "list" else LONGEST_BODY

    @property
    def takes_text(self) -> bool:
        """Whether the texts before it may be joined to its own."""
        return self.kind in {"text", "interactive"}

    def payload(self, media_id: str | None = None) -> Json:
        """As the API wants it, without whom it goes to."""
        if self.kind == "text":
            return {"type": "text", "text": {"body": self.text, "preview_url": False}}
        if self.kind == "interactive":
            return {"type": "interactive", "interactive": {**self.content, "body": {"text": self.text}}}
        if self.kind in {"image", "document"}:
            named = {"caption": self.text} if self.text else {}
            if self.kind == "document" and self.file is not None:
                named["filename"] = self.file.filename
            return {"type": self.kind, self.kind: {"id": media_id, **named}}
        return {"type": self.kind, self.kind: self.content}


def render(message: Message, own_url: str) -> list[Part]:
    """The pieces of a message. `own_url` begins the addresses of files that are ours to send."""
    voice = read_voice(message.language, Voice(message.language))
    places = [card for card in message.cards if card.place is not None]
    on_map = places if len(places) <= MOST_PLACES else []
    files, blocks = [], [escape(message.text)]
    for card in message.cards:
        shown = _files_of(card, own_url)
        files += shown
        if not shown:
            blocks.append(_block(card, with_link=card not in on_map))
    places_shown = [_place(card) for card in on_map]
    last = _last(message, voice)
    if last.kind == "text" and message.link is not None:
        blocks.append(_line(message.link))
    if last.content.get("type") == "list":
        blocks += [f"• {escape(choice.in_full)}" for choice in cut_off(choices_of(message))]
    texts = _texts("\n\n".join(block for block in blocks if block), last)
    attached = files + places_shown
    return attached + texts if last.kind == "interactive" else texts + attached


def merge(parts: list[tuple[Any, Part]]) -> list[tuple[list[Any], Part]]:
    """Join texts that follow each other, and a text to the buttons after it, as far as it fits."""
    merged: list[tuple[list[Any], Part]] = []
    for key, part in parts:
        if merged and part.takes_text and merged[-1][1].kind == "text":
            keys, before = merged[-1]
            text = f"{before.text}\n\n{part.text}"
            if len(text) <= part.longest:
                plainly = f"{before.text}\n\n{part.plainly}" if part.plainly else ""
                merged[-1] = [*keys, key], replace(part, text=text, plainly=plainly)
                continue
        merged.append(([key], part))
    return merged


def _last(message: Message, voice: Voice) -> Part:
    """What ends the message: buttons, a list, a link, a question for the location, or nothing but text."""
    choices = choices_of(message)
    if choices:
        if fit_buttons(choices):
            content: Json = {"type": "button", "action": reply_buttons(choices)}
        else:
            content = {"type": "list", "action": list_rows(message.id, choices, voice)}
        link = [_line(message.link)] if message.link is not None else []
        told = [f"• {escape(choice.in_full)}" for choice in choices]
        # The link stands above the buttons: a message has one or the other.
        return Part(
            "interactive", voice.say("whatsapp_pick"), content | {"above": link}, plainly="\n".join(told)
        )
    if message.link is not None and urlsplit(message.link.url).scheme in {"http", "https"}:
        title = cut(message.link.title, LONGEST_BUTTON)[0]
        action = {"name": "cta_url", "parameters": {"display_text": title, "url": message.link.url}}
        content = {"type": "cta_url", "action": action}
        return Part("interactive", escape(message.link.title), content, plainly=_line(message.link))
    if message.input is not None and message.input.kind == "location":
        content = {"type": "location_request_message", "action": {"name": "send_location"}}
        return Part("interactive", voice.say("whatsapp_pick"), content, plainly=" ")
    return Part("text")


def _texts(text: str, last: Part) -> list[Part]:
    """The text in pieces, the end of it in the last one; `last.text` is what stands there if there is no text."""
    content = dict(last.content)
    above = content.pop("above", [])
    text = "\n\n".join(part for part in (text, *above) if part)
    last = replace(last, content=content)
    if last.kind == "text":
        return [Part("text", piece) for piece in split(text, LONGEST_TEXT)]
    if not text:
        return [replace(last, plainly=_joined(last.text, last.plainly))]
    if len(text) <= last.longest:
        return [replace(last, text=text, plainly=_joined(text, last.plainly))]
    *head, tail = split(text, last.longest)
    before = merge([(None, Part("text", piece)) for piece in head])
    return [*(part for _, part in before), replace(last, text=tail, plainly=_joined(tail, last.plainly))]


def _joined(text: str, more: str) -> str:
    return f"{text}\n\n{more}".strip()[:LONGEST_TEXT]


def _block(card: Card, with_link: bool) -> str:
    lines = [bold(card.title), escape(card.subtitle or ""), *(escape(line) for line in card.lines)]
    if card.link is not None and with_link:
        lines.append(_line(card.link))
    if card.picture is not None:
        lines += [escape(card.picture.alt), card.picture.url]
    return "\n".join(line for line in lines if line)


def _line(link: WebLink) -> str:
    """`tel:` and `mailto:` are shown as people write them; WhatsApp makes them tappable."""
    shown = link.url.removeprefix("tel:").removeprefix("mailto:")
    title = escape(link.title.strip())
    return title if shown in title else f"{title}: {shown}"


def _files_of(card: Card, own_url: str) -> list[Part]:
    """A picture of ours with the card's words below it, and the document that goes with it; or a document alone."""
    title = card.title.removesuffix(".pdf")
    name = "".join(letter for letter in title if letter.isalnum() or letter in " -_").strip() or "card"
    if card.picture is None:
        if card.link is None or not (
            _is_document(card.link, own_url) and is_own_file(card.link.url, own_url)
        ):
            return []
        words = _block(card, with_link=False)
        if len(words) > LONGEST_BODY:
            return []
        document = Upload(card.link.url, f"{name}.pdf")
        return [Part("document", words, file=document, plainly=f"{words}\n{_line(card.link)}")]
    if not card.picture.url.startswith(f"{own_url}/"):
        return []
    words = _block(card.model_copy(update={"picture": None}), with_link=False)
    caption = words if len(words) <= LONGEST_BODY else bold(cut(card.title, LONGEST_BODY - 2)[0])
    # Too large for WhatsApp it is still to be had by its address.
    plainly = words if card.link is not None else f"{words}\n{card.picture.url}"
    picture = Upload(card.picture.url, f"{name}.{card.picture.url.rpartition('.')[2]}")
    parts = [Part("image", caption, file=picture, plainly=plainly)]
    if len(words) > LONGEST_BODY:
        parts = [Part("text", piece) for piece in split(words, LONGEST_TEXT)] + parts
    if card.link is not None and _is_document(card.link, own_url):
        document = Upload(card.link.url, f"{name}.pdf")
        parts.append(Part("document", escape(card.link.title), file=document, plainly=_line(card.link)))
    return parts


def _is_document(link: WebLink, own_url: str) -> bool:
    return link.url.startswith(f"{own_url}/") and link.url.endswith(".pdf")


def _place(card: Card) -> Part:
    place = card.place
    assert place is not None
    content: Json = {"latitude": place.lat, "longitude": place.lon, "name": cut(card.title, 200)[0]}
    if place.address:
        content["address"] = cut(place.address, 300)[0]
    plainly = _line(card.link) if card.link is not None else bold(card.title)
    return Part("location", content=content, plainly=plainly)
