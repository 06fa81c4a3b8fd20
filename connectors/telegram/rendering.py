"""A Message as the calls that Telegram needs for it, numbered the same at every attempt.

Cards become text; a card's picture, a file of ours and a place on the map become messages of their own. Nothing
that was said is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from telegram import KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove

from connectors.core.conversations import Voice, read_voice
from connectors.core.messages import Button, Card, Message, Place, WebLink
from connectors.core.own_files import gone_key, is_own_file
from connectors.telegram.keyboards import Address, Choice, Keyboard, opens_in_browser
from connectors.telegram.wording import LONGEST_CAPTION, Block, join, length, split

# More places than this are links in the text: the chat would be nothing but maps.
MOST_PLACES = 3
# What stands above buttons that come without a word.
WORDLESS = "▾"
# Kept by phones until something takes its place.
NO_KEYBOARD = ReplyKeyboardRemove()


@dataclass(frozen=True)
class TextPart:
    """`below` takes the place of the phone's keyboard where there are no buttons."""

    html: str
    keyboard: Keyboard
    below: ReplyKeyboardMarkup | ReplyKeyboardRemove | None = None


@dataclass(frozen=True)
class FilePart:
    """A file of ours: a picture to be seen, or a document. `instead` stands for it, `gone` says that it is not to be had."""

    url: str
    is_picture: bool
    caption: str
    keyboard: Keyboard
    instead: str
    gone: str


@dataclass(frozen=True)
class PlacePart:
    place: Place
    title: str


Part = TextPart | FilePart | PlacePart


def render(message: Message, public_url: str) -> list[Part]:
    """The parts of a message, in the order in which they are sent."""
    return _Rendering(message, public_url).parts()


def as_bare_text(part: Part) -> TextPart:
    """What is sent where Telegram does not take a part as it is: every word, and the addresses among them."""
    if isinstance(part, PlacePart):
        words, keyboard = f"{part.title}\n{part.place.address}", None
    elif isinstance(part, FilePart):
        # A file that Telegram does not take is still to be had by its address.
        words, keyboard = f"{part.instead}\n{escape(part.url, quote=False)}", part.keyboard
    else:
        words, keyboard = part.html, part.keyboard
    if keyboard is None:
        return TextPart(escape(words, quote=False), Keyboard(0, 0))
    addresses = [f"{escape(address.title, quote=False)}: {address.url}" for address in keyboard.addresses]
    return TextPart("\n\n".join([words, *addresses]), replace(keyboard, addresses=()))


class _Rendering:
    def __init__(self, message: Message, public_url: str) -> None:
        self.message = message
        self.public_url = public_url
        self.voice = read_voice(message.language, Voice("it"))
        with_buttons = [card for card in message.cards if card.buttons]
        # Equal titles on the buttons of several cards: the number says whose button it is.
        self.numbered = len(message.cards) > 1 and bool(with_buttons)
        self.numbers = {id(card): number for number, card in enumerate(message.cards, 1)}

    def parts(self) -> list[Part]:
        pictured = [card for card in self.message.cards if card.picture]
        parts: list[Part] = [*self._text_parts([c for c in self.message.cards if not c.picture])]
        for card in pictured:
            parts += self._picture_parts(card)
        parts += [self._document(card) for card in self.message.cards if self._has_own_file(card)]
        parts += self._places()
        return [self._numbered_part(part, number) for number, part in enumerate(parts)]

    def _numbered_part(self, part: Part, number: int) -> Part:
        if isinstance(part, PlacePart):
            return part
        return replace(part, keyboard=replace(part.keyboard, part=number))

    def _text_parts(self, cards: Sequence[Card]) -> list[TextPart]:
        blocks = [Block.of(piece) for piece in split(self.message.text)]
        for card in cards:
            blocks += self._card_blocks(card)
        link = self.message.link
        if link is not None and not opens_in_browser(link.url):
            blocks += [_address_in_words(link)]
        buttons = [Choice(button.title, button.token) for button in self.message.buttons]
        buttons += [choice for card in cards for choice in self._choices(card)]
        addresses = (Address(link.title, link.url),) if link and opens_in_browser(link.url) else ()
        if not blocks and (buttons or addresses):
            blocks = [Block.of(link.title if link else WORDLESS)]
        texts = join(blocks)
        last = len(texts) - 1
        none = Keyboard(self.message.id, 0)
        return [
            TextPart(
                text.html,
                self._keyboard(buttons, addresses) if number == last else none,
                self._below(buttons, addresses) if number == last else None,
            )
            for number, text in enumerate(texts)
        ]

    def _keyboard(self, choices: Sequence[Choice], addresses: tuple[Address, ...] = ()) -> Keyboard:
        return Keyboard(self.message.id, 0, addresses, tuple(choices), self.voice.say("button_more"))

    def _below(
        self, choices: Sequence[Choice], addresses: tuple[Address, ...]
    ) -> ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
        if choices or addresses:
            return None
        wanted = self.message.input.kind if self.message.input else None
        if wanted == "phone":
            return _one_button(KeyboardButton(self.voice.say("telegram_share_phone"), request_contact=True))
        if wanted == "location":
            return _one_button(
                KeyboardButton(self.voice.say("telegram_share_location"), request_location=True)
            )
        return NO_KEYBOARD

    def _card_blocks(self, card: Card) -> list[Block]:
        """One block, or several where a card is longer than a message."""
        number = f"{self.numbers[id(card)]}. " if self.numbered else ""
        title = f"{number}{card.title}"
        lines = [Block(title, f"<b>{escape(title, quote=False)}</b>")]
        lines += [Block.of(line) for line in ([card.subtitle] if card.subtitle else []) + card.lines]
        if card.link is not None and not self._has_own_file(card):
            lines.append(_link_in_text(card.link))
        block = Block("\n".join(line.plain for line in lines), "\n".join(line.html for line in lines))
        pieces = split(block.plain)
        return [block] if len(pieces) == 1 else [Block.of(piece) for piece in pieces]

    def _choices(self, card: Card) -> list[Choice]:
        return [Choice(self._title(card, button), button.token) for button in card.buttons]

    def _title(self, card: Card, button: Button) -> str:
        return f"{self.numbers[id(card)]}. {button.title}" if self.numbered else button.title

    def _picture_parts(self, card: Card) -> list[Part]:
        assert card.picture is not None
        keyboard = self._keyboard(self._choices(card))
        words = self._card_blocks(card)
        alt = escape(card.picture.alt, quote=False)
        if len(words) == 1 and length(words[0].plain) <= LONGEST_CAPTION:
            return [self._file(card.picture.url, True, words[0].html, keyboard, words[0].html)]
        bare = Keyboard(self.message.id, 0)
        texts: list[Part] = [TextPart(block.html, bare) for block in words]
        return [*texts, self._file(card.picture.url, True, "", keyboard, alt)]

    def _file(self, url: str, is_picture: bool, caption: str, keyboard: Keyboard, instead: str) -> FilePart:
        gone = escape(self.voice.say(gone_key(url, self.public_url)), quote=False)
        return FilePart(url, is_picture, caption, keyboard, instead, gone)

    def _has_own_file(self, card: Card) -> bool:
        return card.link is not None and is_own_file(card.link.url, self.public_url)

    def _document(self, card: Card) -> FilePart:
        assert card.link is not None
        words = escape(f"{card.title} – {card.link.title}", quote=False)
        return self._file(card.link.url, False, words, Keyboard(self.message.id, 0), words)

    def _places(self) -> list[PlacePart]:
        """Places that are told, not those that are offered to be chosen from."""
        placed = [(card.place, card.title) for card in self.message.cards if card.place and not card.buttons]
        if not 1 <= len(placed) <= MOST_PLACES:
            return []
        return [PlacePart(place, title) for place, title in placed]


def _link_in_text(link: WebLink) -> Block:
    if not opens_in_browser(link.url):
        return _address_in_words(link)
    return Block(link.title, f'<a href="{escape(link.url)}">{escape(link.title, quote=False)}</a>')


def _address_in_words(link: WebLink) -> Block:
    """A telephone number, a mail address, or a page that only a developer's own computer can open."""
    address = link.url.removeprefix("tel:").removeprefix("mailto:")
    return Block.of(f"{link.title}: {address}")


def _one_button(button: KeyboardButton) -> ReplyKeyboardMarkup:
    return ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
