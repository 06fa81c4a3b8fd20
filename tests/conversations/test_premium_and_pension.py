"""Paying an open instalment through the payment page, and the pension fund, in all spellings of Serbian."""

import re

import httpx
import pytest

from locales import texts
from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.customer import PATIENCE
from tests.running import Running

pytestmark = pytest.mark.slow
SAID = {
    "sr-Cyrl": {"pay": "шта још нисам платила за осигурање", "pension": "колико имам у пензијском фонду"},
    "sr-Latn": {"pay": "koje rate su mi dospele", "pension": "stanje u dobrovoljnom penzijskom"},
    "sr-ascii": {
        "pay": "hocu da platim premiju karticom",
        "pension": "koliko vrede moje jedinice u fondu za penziju",
    },
}


@pytest.mark.parametrize("column", SAID)
def test_an_instalment_is_paid_after_a_refused_card(running: Running, column: str) -> None:
    talk = Talk(running, column)
    talk.expect(talk.say(SAID[column]["pay"]), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "premium_open")
    talk.expect(talk.press(button_title(talk, "premium_pay")), "premium_pay_here")
    page = talk.heard[-1]["link"]["url"]

    httpx.post(page, data={"outcome": "failed"}, timeout=PATIENCE).raise_for_status()
    talk.expect(talk.listen(), "news_payment_failed")
    httpx.post(page, data={"outcome": "paid"}, timeout=PATIENCE).raise_for_status()
    talk.expect(talk.listen(), "news_payment_received")
    receipts = [mail for mail in talk.mails() if mail["key"] == "payment_received"]
    assert re.search(r"DEMO-[0-9A-F]{12}", receipts[0]["body"])
    # Pressed once more in a window left open: nothing is taken twice without a word.
    httpx.post(page, data={"outcome": "paid"}, timeout=PATIENCE).raise_for_status()
    talk.expect(talk.say(SAID[column]["pay"]), "premium_open", "premium_nothing_open")


@pytest.mark.parametrize("column", SAID)
def test_a_member_sees_the_pension_fund(running: Running, column: str) -> None:
    talk = Talk(running, column)
    talk.expect(talk.say(SAID[column]["pension"]), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "pension_contracts")


@pytest.mark.parametrize(
    ("column", "wish"), [("it", "vorrei pagare il premio della polizza"), ("id", "mau bayar premi")]
)
def test_where_premiums_are_not_paid_here_that_is_said(running: Running, column: str, wish: str) -> None:
    talk = Talk(running, column)
    said = talk.say(wish)
    name = texts.render("wish_pay_premium", talk.phrases["language"])
    assert texts.render("not_offered_market", talk.phrases["language"], wish=name) in said
