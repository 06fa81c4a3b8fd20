"""What becomes of a message on Telegram: nothing is dropped, nothing is too long, nothing is markup by accident."""

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import InlineKeyboardMarkup, ReplyKeyboardMarkup

from connectors.core.messages import Message
from connectors.telegram.client import CallRefused
from connectors.telegram.keyboards import PRESSED, mark_pressed, opens_in_browser, read_more
from connectors.telegram.rendering import FilePart, PlacePart, TextPart, render
from connectors.telegram.wording import LONGEST_TEXT, length, split
from tests.connectors.gateway_world import words

HOME = "https://care.example.org"


def message(**parts: Any) -> Message:
    known = {"id": 7, "at": datetime.now(UTC), "author": "bot", "language": "it", "text": ""}
    return Message.model_validate(known | parts)


def button(number: int, title: str = "Scegli") -> dict[str, str]:
    return {"title": title, "token": f"token-{number}"}


def card(number: int, **parts: Any) -> dict[str, Any]:
    return {"title": f"Clinica {number}", "lines": [f"Via Roma {number}"], **parts}


def titles(markup: InlineKeyboardMarkup | None) -> list[list[str]]:
    return [[button.text for button in row] for row in markup.inline_keyboard] if markup else []


def test_what_was_said_is_no_markup() -> None:
    (part,) = render(message(text="<b>2 < 3 & 4</b>"), HOME)
    assert isinstance(part, TextPart) and part.html == "&lt;b&gt;2 &lt; 3 &amp; 4&lt;/b&gt;"


def test_long_texts_are_parted_between_sentences_and_the_buttons_stand_below_the_last() -> None:
    sentence = "Questa frase ha una sua fine. "
    parts = render(message(text=sentence * 400, buttons=[button(1)]), HOME)
    assert len(parts) == 3
    for part in parts:
        assert isinstance(part, TextPart)
        assert length(part.html) <= LONGEST_TEXT and part.html.endswith("fine.")
    assert [bool(part.keyboard.markup()) for part in parts if isinstance(part, TextPart)] == [
        False,
        False,
        True,
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab .\n!🎲<&ш", max_size=400), st.integers(5, 60))
def test_splitting_loses_nothing_but_blanks(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(0 < length(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_cards_are_text_with_their_link_and_numbered_where_their_buttons_need_it() -> None:
    link = {"title": "Mappa", "url": "https://www.openstreetmap.org/?mlat=1&mlon=2"}
    (part,) = render(
        message(text="Quale?", cards=[card(n, link=link, buttons=[button(n)]) for n in (1, 2)]), HOME
    )
    assert isinstance(part, TextPart)
    assert "<b>1. Clinica 1</b>\nVia Roma 1\n<a href=" in part.html and "mlat=1&amp;mlon=2" in part.html
    assert titles(part.keyboard.markup()) == [["1. Scegli", "2. Scegli"]]


def test_many_buttons_come_in_pages_that_go_round() -> None:
    (part,) = render(
        message(text="Quale?", buttons=[button(n, f"Una voce piuttosto lunga {n}") for n in range(20)]), HOME
    )
    assert isinstance(part, TextPart)
    seen: list[str] = []
    page = 0
    for _ in range(3):
        markup = part.keyboard.markup(page)
        assert markup is not None
        *rows, turner = titles(markup)
        assert all(len(row) == 1 for row in rows) and len(rows) <= 7
        seen += [row[0] for row in rows]
        more = read_more(str(markup.inline_keyboard[-1][0].callback_data))
        assert more is not None and (more.message, more.part) == (7, 0)
        page = more.page
    assert page == 0 and len(set(seen)) == 20 and turner == [words("button_more") + " (3/3)"]


def test_what_telegram_sends_back_fits() -> None:
    (part,) = render(message(id=999_999_999, text="?", buttons=[button(n) for n in range(90)]), HOME)
    assert isinstance(part, TextPart)
    for page in range(13):
        markup = part.keyboard.markup(page)
        assert markup is not None
        for row in markup.inline_keyboard:
            assert all(1 <= len(str(b.callback_data).encode()) <= 64 for b in row)


def test_a_pressed_button_is_marked_and_can_not_be_pressed_again() -> None:
    link = {"title": "Apri", "url": f"{HOME}/secure/x", "kind": "login"}
    (part,) = render(message(text="?", link=link, buttons=[button(1, "Sì"), button(2, "No")]), HOME)
    assert isinstance(part, TextPart)
    marked = mark_pressed(part.keyboard.markup(), "token-2")
    assert marked is not None and titles(marked) == [["Apri"], ["✓ No"]]
    assert marked.inline_keyboard[1][0].callback_data == PRESSED


def test_the_other_items_of_a_list_can_be_pressed_still() -> None:
    cards = [card(n, buttons=[button(n, "Apri")]) for n in range(1, 4)]
    (part,) = render(message(text="Richieste:", cards=cards), HOME)
    assert isinstance(part, TextPart)
    marked = mark_pressed(part.keyboard.markup(), "token-2")
    assert marked is not None
    assert [(b.text, b.callback_data) for row in marked.inline_keyboard for b in row] == [
        ("1. Apri", "token-1"),
        ("✓ 2. Apri", PRESSED),
        ("3. Apri", "token-3"),
    ]


def test_no_link_and_no_word_of_a_message_is_logged_with_a_refusal() -> None:
    refused = CallRefused("Inline keyboard button url 'https://care.example.org/secure/s3cret' is invalid")
    assert "s3cret" not in str(refused) and "invalid" in refused.reason


@pytest.mark.parametrize(
    ("url", "is_button"),
    [
        ("https://care.example.org/secure/abc", True),
        ("http://127.0.0.1:8000/secure/abc", True),
        ("http://localhost:8000/secure/abc", False),
        ("tel:+39800123456", False),
        ("mailto:care@example.org", False),
    ],
)
def test_an_address_that_telegram_takes_for_no_button_stands_in_the_text(url: str, is_button: bool) -> None:
    assert opens_in_browser(url) == is_button
    (part,) = render(message(text="Ecco.", link={"title": "Apri", "url": url}), HOME)
    assert isinstance(part, TextPart)
    bare = url.removeprefix("tel:").removeprefix("mailto:")
    assert (titles(part.keyboard.markup()) == [["Apri"]]) == is_button
    assert (f"Apri: {bare}" in part.html) != is_button


def test_a_health_card_is_a_picture_with_its_buttons_and_a_document() -> None:
    place = f"{HOME}/secure/card/{'t' * 20}/card"
    shown = card(
        1,
        picture={"url": f"{place}.png", "alt": "La tessera"},
        link={"title": "PDF", "url": f"{place}.pdf"},
        buttons=[button(1, "Persa")],
    )
    text, picture, document = render(message(text="Ecco la tessera.", cards=[shown]), HOME)
    assert isinstance(text, TextPart) and text.html == "Ecco la tessera."
    assert isinstance(picture, FilePart) and picture.is_picture and "Clinica 1" in unescape(picture.caption)
    assert titles(picture.keyboard.markup()) == [["Persa"]]
    assert isinstance(document, FilePart) and not document.is_picture and document.url.endswith(".pdf")


def test_a_calendar_file_is_a_document_and_no_dead_link() -> None:
    link = {"title": "Calendario", "url": f"{HOME}/calendar/{'k' * 43}.ics"}
    text, document = render(message(text="Eventi:", cards=[card(1, link=link)]), HOME)
    assert isinstance(text, TextPart) and "href" not in text.html
    assert isinstance(document, FilePart)


@pytest.mark.parametrize(("count", "maps"), [(1, 1), (3, 3), (4, 0)])
def test_a_few_places_are_shown_on_the_map(count: int, maps: int) -> None:
    place = {"lat": 45.1, "lon": 7.7, "address": "Via Roma 1"}
    parts = render(message(text="Ecco:", cards=[card(n, place=place) for n in range(count)]), HOME)
    assert sum(isinstance(part, PlacePart) for part in parts) == maps


def test_a_number_or_a_place_that_is_asked_for_can_be_handed_over() -> None:
    for kind, field in (("phone", "request_contact"), ("location", "request_location")):
        (part,) = render(message(text="?", input={"kind": kind}), HOME)
        assert isinstance(part, TextPart) and isinstance(part.below, ReplyKeyboardMarkup)
        assert getattr(part.below.keyboard[0][0], field) is True
    (part,) = render(message(text="?", input={"kind": "phone"}, buttons=[button(1)]), HOME)
    assert isinstance(part, TextPart) and part.below is None


def test_the_parts_are_numbered_the_same_at_every_attempt() -> None:
    said = message(text="x " * 5000, cards=[card(n, buttons=[button(n)]) for n in range(9)])
    assert render(said, HOME) == render(said, HOME)
