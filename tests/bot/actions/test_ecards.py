"""The health card in the chat: shown, activated, blocked after asking, whose it is when there are several."""

import pytest

from bot.actions.ecards import ActionActivateECard, ActionViewECard
from locales import texts
from tests.bot.actions.conftest import PACK

SLOTS = {"language": "id", "market": "id"}
PATH = "/conversations/c1/cards"


def card(membership_id="m1", state="active", **more):
    return {
        "membership_id": membership_id, "person_id": f"p{membership_id}", "full_name": f"Nama {membership_id}",
        "first_name": "Nama", "member_number": "1", "policy_number": "GI-1", "product": "Sehat",
        "valid_to": "2027-01-31", "state": state, **more,
    }  # fmt: skip


def words(key, **values):
    return texts.render(key, "id", **values)


@pytest.fixture(autouse=True)
def indonesia(bench):
    journeys = {**PACK["journeys"], "ecard": "offered"}
    bench.backend.on("GET", "/markets/id", {**PACK, "market": "id", "journeys": journeys})
    bench.backend.on("GET", PATH, [card()])
    bench.backend.on("GET", "/conversations/c1/members", [])
    bench.backend.on("POST", "/conversations/c1/card-links/m1", {"token": "t" * 20}, 201)
    bench.backend.on("POST", f"{PATH}/m1/activate", card())
    bench.backend.on("POST", f"{PATH}/m1/deactivate", card(state="deactivated"))


def test_an_active_card_is_a_picture_with_words_and_a_pdf(bench):
    (shown,) = bench.run(ActionViewECard, "lihat kartu", "view_ecard", slots=SLOTS).cards
    assert shown["picture"]["url"] == f"/secure/card/{'t' * 20}/card.png"
    assert "Nama m1" in shown["picture"]["alt"]
    assert shown["link"]["url"].endswith("card.pdf")


def test_a_card_that_is_not_active_is_offered_to_be_and_then_shown(bench):
    bench.backend.on("GET", PATH, [card(state="inactive")])
    said = bench.run(ActionViewECard, "lihat kartu", "view_ecard", slots=SLOTS)
    assert words("ecard_is_inactive", name="Nama m1") in said.text
    said = bench.run(ActionActivateECard, "/x", "activate_ecard", {"choice": "activate:m1"}, SLOTS)
    assert words("ecard_activated", name="Nama m1") in said.text and said.cards[0]["picture"]


@pytest.mark.parametrize("text", ["kartu saya hilang", "ecard dicuri orang"])
def test_a_lost_card_is_blocked_after_asking(bench, text):
    said = bench.run(ActionViewECard, text, "view_ecard", slots=SLOTS)
    assert words("ecard_block_confirm", name="Nama m1") in said.text
    assert not [call for call in bench.backend.calls if "deactivate" in call.url.path]
    said = bench.run(ActionViewECard, "/x", "view_ecard", {"choice": "block:m1"}, SLOTS)
    assert words("ecard_blocked", name="Nama m1") in said.text
    assert bench.backend.sent("POST", f"{PATH}/m1/deactivate") == [None]


def test_of_cards_that_are_not_active_none_is_lost(bench):
    bench.backend.on("GET", PATH, [card("m1", "inactive"), card("m2", "deactivated")])
    said = bench.run(ActionViewECard, "kartu saya hilang", "view_ecard", slots=SLOTS)
    assert words("ecard_none_active") in said.text and not said.cards
    bench.backend.on("GET", PATH, [card("m1"), card("m2", "deactivated")])
    said = bench.run(ActionViewECard, "kartu saya hilang", "view_ecard", slots=SLOTS)
    assert words("ecard_block_confirm", name="Nama m1") in said.text


def test_another_person_is_no_lost_card(bench):
    bench.backend.on("GET", "/markets/it", {**PACK, "journeys": {**PACK["journeys"], "ecard": "offered"}})
    said = bench.run(ActionViewECard, "mi mostri la tessera, sono una persona anziana", "view_ecard")
    assert texts.render("ecard_here", "it") in said.text


def test_of_several_one_is_chosen(bench):
    bench.backend.on("GET", PATH, [card("m1"), card("m2")])
    said = bench.run(ActionViewECard, "lihat kartu", "view_ecard", slots=SLOTS)
    assert [c["title"] for c in said.cards] == ["Nama m1", "Nama m2"]
    said = bench.run(ActionViewECard, "/x", "view_ecard", {"choice": "show:m1"}, SLOTS)
    assert said.cards[0]["picture"]


def test_nobody_insured_and_a_market_without_cards(bench):
    bench.backend.on("GET", PATH, [])
    assert words("ecard_none") in bench.run(ActionViewECard, "", "view_ecard", slots=SLOTS).text
    said = bench.run(ActionViewECard, "", "view_ecard")
    wish = texts.render("wish_view_ecard", "it")
    assert texts.render("not_offered_market", "it", wish=wish) in said.text
