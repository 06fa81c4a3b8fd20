"""Paying a premium and looking at the pension fund, in the market that has them and in one that has not."""

import pytest

from bot.actions.pension import ActionViewPensionFund
from bot.actions.premium import ActionPayPremium
from locales import formats, texts
from tests.bot.actions.conftest import PACK

INSTALMENTS = "/conversations/c1/instalments"
CONTRACTS = "/conversations/c1/pension-contracts"
OVERDUE = {
    "instalment_id": "i1", "policy_number": "RS-1", "product": "Каско", "due_date": "2026-11-01", "overdue": True,
    "amount": {"amount": "10500.00", "currency": "RSD"},
}  # fmt: skip
CONTRACT = {
    "contract_number": "RS-9", "fund": "Фонд", "since": "2022-01-01", "units": "18.957771",
    "unit_value": "1071.234567", "value_date": "2026-11-01", "value": {"amount": "20308.22", "currency": "RSD"},
    "paid_in": {"amount": "20000.00", "currency": "RSD"},
    "contributions": [{"paid_on": "2026-10-01", "amount": {"amount": "10000.00", "currency": "RSD"}}],
}  # fmt: skip
SERBIAN = {"language": "sr", "script": "Cyrl", "market": "rs"}


def words(key, language="sr", **values):
    return texts.render(key, language, "Cyrl", **values)


@pytest.fixture(autouse=True)
def serbia(bench):
    journeys = {**PACK["journeys"], "premium": "offered", "pension_fund": "offered"}
    bench.backend.on("GET", "/markets/rs", {**PACK, "market": "rs", "journeys": journeys})
    bench.backend.on("GET", INSTALMENTS, [OVERDUE])
    bench.backend.on("GET", CONTRACTS, [CONTRACT])
    bench.backend.on(
        "POST",
        "/conversations/c1/payments",
        {"payment_id": "p1", "checkout_url": "http://pay/p1", "amount": OVERDUE["amount"], "expires_at": "x"},
        201,
    )


def test_what_is_open_is_shown_and_one_is_paid_by_a_link(bench):
    said = bench.run(ActionPayPremium, "šta imam da platim", "pay_premium", slots=SERBIAN)
    (card,) = said.cards
    assert card["title"] == formats.money("10500.00", "RSD", "sr")
    assert words("premium_was_due", date="1. новембар 2026.") in card["lines"]
    said = bench.run(ActionPayPremium, "/x", "pay_premium", {"choice": "i1"}, SERBIAN)
    assert bench.backend.sent("POST", "/conversations/c1/payments") == [{"instalment_id": "i1"}]
    assert said.messages[0]["custom"]["link"]["url"] == "http://pay/p1"


@pytest.mark.parametrize(
    ("status", "error", "key"),
    [(404, "not_found", "premium_not_found"), (409, "instalment_paid", "premium_paid_already")],
)
def test_an_instalment_that_cannot_be_paid_any_more(bench, status, error, key):
    bench.backend.on("POST", "/conversations/c1/payments", {"error": error, "detail": {}}, status)
    said = bench.run(ActionPayPremium, "/x", "pay_premium", {"choice": "i1"}, SERBIAN)
    assert words(key) in said.text


def test_where_no_payment_provider_is_set_up_the_turn_is_answered_and_not_sent_again(bench):
    unavailable = {"error": "payments_unavailable", "detail": {}}
    bench.backend.on("POST", "/conversations/c1/payments", unavailable, 503)
    said = bench.run(ActionPayPremium, "/x", "pay_premium", {"choice": "i1"}, SERBIAN)
    assert said.text == words("premium_no_page", phone=PACK["care"]["phones"][0])
    assert "/talk_to_agent" in said.buttons.values()


@pytest.mark.parametrize("body", [{"error": "internal_error"}, None])
def test_a_payment_page_that_fails_for_now_is_asked_for_again(bench, body):
    bench.backend.on("POST", "/conversations/c1/payments", body, 503)
    said = bench.run(ActionPayPremium, "/x", "pay_premium", {"choice": "i1"}, SERBIAN)
    assert said.messages[0]["custom"] == {"backend_unavailable": True}


def test_nothing_is_open(bench):
    bench.backend.on("GET", INSTALMENTS, [])
    assert words("premium_nothing_open") in bench.run(ActionPayPremium, "", "pay_premium", slots=SERBIAN).text


def test_a_member_sees_units_value_and_contributions(bench):
    contract, last = bench.run(ActionViewPensionFund, "", "view_pension_fund", slots=SERBIAN).cards
    assert contract["subtitle"] == "RS-9"
    assert any("20.308,22" in line for line in contract["lines"])
    assert words("pension_units", units="18,957771") in contract["lines"]
    assert words("pension_unit_value", value="1.071,234567", date="1. новембар 2026.") in contract["lines"]
    assert last["lines"] == [f"1. октобар 2026.: {formats.money('10000.00', 'RSD', 'sr')}"]


def test_whoever_is_no_member_is_told_so(bench):
    bench.backend.on("GET", CONTRACTS, [])
    said = bench.run(ActionViewPensionFund, "", "view_pension_fund", slots=SERBIAN)
    assert words("pension_no_member") in said.text and "/talk_to_agent" in said.buttons.values()


@pytest.mark.parametrize(
    ("action", "intent"), [(ActionPayPremium, "pay_premium"), (ActionViewPensionFund, "view_pension_fund")]
)
def test_a_market_without_it_says_so(bench, action, intent):
    said = bench.run(action, "", intent)
    wish = texts.render(f"wish_{intent}", "it")
    assert texts.render("not_offered_market", "it", wish=wish) in said.text
