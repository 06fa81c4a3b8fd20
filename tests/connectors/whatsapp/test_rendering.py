"""Whatever a message holds, WhatsApp takes its pieces, and nothing of it is dropped."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.core.messages import Button, Card, InputWanted, Message, Picture, Place, WebLink
from connectors.whatsapp.choices import choices_of
from connectors.whatsapp.formatting import cut, escape, split
from connectors.whatsapp.rendering import merge, render
from simulators.graph_limits import read_message

OURS = "https://care.example.org"
LETTERS = st.characters(categories=["L", "N", "P", "Z"], exclude_characters="\u2028\u2029")
words = st.text(LETTERS, min_size=1, max_size=60).filter(lambda text: bool(text.strip()))
long_text = st.one_of(st.just(""), words, st.lists(words, min_size=1, max_size=200).map(". ".join))
tokens = st.uuids().map(str)
button = st.builds(Button, title=words, token=tokens)
link = st.builds(
    WebLink,
    title=words,
    url=st.sampled_from(
        ["https://example.org/a_b_c", "tel:800123456", "mailto:care@example.org", f"{OURS}/x.pdf"]
    ),
)
picture = st.builds(
    Picture, url=st.sampled_from([f"{OURS}/a.png", "https://other.example.org/a.png"]), alt=words
)
place = st.builds(
    Place, lat=st.floats(-90, 90), lon=st.floats(-180, 180), address=st.one_of(st.just(""), words)
)
card = st.builds(
    Card,
    title=words,
    subtitle=st.none() | words,
    lines=st.lists(words, max_size=4),
    link=st.none() | link,
    picture=st.none() | picture,
    place=st.none() | place,
    buttons=st.lists(button, max_size=2),
)
message = st.builds(
    Message,
    id=st.integers(1, 9999),
    at=st.just(datetime(2026, 11, 21, tzinfo=UTC)),
    author=st.just("bot"),
    language=st.sampled_from(["it", "id", "sr-Latn", "sr-Cyrl"]),
    text=long_text,
    buttons=st.lists(button, max_size=14, unique_by=lambda one: one.token),
    cards=st.lists(card, max_size=6),
    link=st.none() | link,
    input=st.none() | st.just(InputWanted(kind="location")),
)


def tokens_shown(shown: list[object]) -> list[str]:
    return [b.value for one in shown for row in one.buttons for b in row if b.value]  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(message)
def test_whatsapp_takes_every_piece(given: Message) -> None:
    parts = render(given, OURS)
    shown = [read_message(part.payload("1")) for part in parts]
    assert parts == render(given, OURS)
    offered = [choice.token for choice in choices_of(given)]
    seen = [token for token in tokens_shown(list(shown)) if not token.startswith("more:")]
    assert seen == (offered if len(offered) <= 10 else offered[:9])
    # Buttons belong to the last piece.
    assert not tokens_shown(list(shown[:-1]))
    for part in parts:
        assert len(part.plainly) <= 5000


@settings(max_examples=40, deadline=None)
@given(st.lists(message, min_size=1, max_size=4))
def test_joined_pieces_are_taken_too_and_say_the_same(given: list[Message]) -> None:
    parts = [((m.id, n), part) for m in given for n, part in enumerate(render(m, OURS))]
    joined = merge(parts)
    assert [key for keys, _ in joined for key in keys] == [key for key, _ in parts]
    for _, part in joined:
        read_message(part.payload("1"))
    letters = "".join("".join(part.text.split()) for _, part in parts)
    assert "".join("".join(part.text.split()) for _, part in joined) == letters


@settings(max_examples=40, deadline=None)
@given(st.lists(words, max_size=80).map(" ".join), st.integers(5, 300))
def test_divided_texts_lose_nothing(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_long_texts_are_divided_at_sentences() -> None:
    assert split("Uno due. Tre quattro. Cinque sei.", 25) == ["Uno due. Tre quattro.", "Cinque sei."]
    assert split("Uno due tre.\n\nQuattro cinque. Sei", 25) == ["Uno due tre.", "Quattro cinque. Sei"]


def test_what_others_wrote_is_no_markup() -> None:
    assert escape("m***@example.rs") == "m***@example.rs"
    assert escape("*non* _è_ ~grassetto~") == "∗non∗ ˍèˍ ∼grassetto∼"
    assert escape("2 * 3 * 4, snake_case_name") == "2 * 3 * 4, snake_case_name"
    assert escape("https://example.org/_a_?b=*c* ok") == "https://example.org/_a_?b=*c* ok"


def test_long_titles_go_on_in_the_description() -> None:
    title, rest = cut("Rimborso di spese mediche sostenute all'estero", 24)
    assert (title, rest) == ("Rimborso di spese…", "mediche sostenute all'estero")
