"""The card's picture, its PDF, and the page on which a provider checks a card."""

import html

import pytest

from tests.connectors.gateway_world import World, words

GOOD, TOKEN = "g" * 20, "t" * 20


@pytest.mark.parametrize(
    ("ending", "content", "media_type"),
    [("png", b"a picture", "image/png"), ("pdf", b"a pdf", "application/pdf")],
)
async def test_a_card_is_passed_on_and_kept_nowhere(
    world: World, ending: str, content: bytes, media_type: str
) -> None:
    answer = await world.http.get(f"/secure/card/{TOKEN}/card.{ending}")
    assert (answer.content, answer.headers["content-type"]) == (content, media_type)
    assert answer.headers["cache-control"] == "no-store"
    old = await world.http.get(f"/secure/card/{'o' * 20}/card.{ending}")
    assert old.status_code == 404 and words("ecard_link_old") in html.unescape(old.text)


async def test_a_provider_sees_initials_and_nothing_else(world: World) -> None:
    page = html.unescape((await world.http.get(f"/card/{GOOD}", headers={"Accept-Language": "it"})).text)
    assert words("ecard_check_valid") in page
    assert words("ecard_check_of", initials="M. J.", insurer="Zora osiguranje") in page
    assert words("ecard_check_until", date="31 gennaio 2027") in page
    page = html.unescape((await world.http.get(f"/card/{'b' * 20}")).text)
    assert words("ecard_check_invalid") in page and "M. J." not in page


async def test_when_the_backend_is_away_nothing_is_claimed(world: World) -> None:
    world.backend.down = True
    answer = await world.http.get(f"/card/{GOOD}")
    assert answer.status_code == 503 and words("ecard_check_invalid") not in html.unescape(answer.text)


async def test_a_picture_in_an_answer_is_ours_or_not_shown(world: World) -> None:
    def card(url: str) -> dict[str, object]:
        return {"title": "Card", "picture": {"url": url, "alt": "what it shows"}}

    world.rasa.answer = lambda turn: {
        "language": "it",
        "script": "Latn",
        "messages": [
            {
                "text": "ecco",
                "custom": {
                    "cards": [
                        card("/secure/card/x/card.png"),
                        card("https://elsewhere.test/spy.png"),
                        card("//e.test/x"),
                    ]
                },
            }
        ],
    }
    chat = await world.open()
    (message,) = await chat.say("la mia tessera")
    ours, *foreign = message["cards"]
    assert ours["picture"]["url"] == f"{world.settings.public_url}/secure/card/x/card.png"
    assert [other["picture"] for other in foreign] == [None, None]
