"""Log-in: the link, the code's result, going on with what was wished before."""

import pytest

from bot.actions.accounts import ActionLogin, ActionLogout, ActionResendCode
from bot.actions.policies import ActionShowPolicies
from locales import texts

CONVERSATION = "/conversations/c1"


def test_a_wish_that_needs_a_log_in_is_remembered_and_a_link_given(bench):
    bench.backend.on("GET", f"{CONVERSATION}/policies", {"error": "login_required", "detail": {}}, 401)
    said = bench.run(ActionShowPolicies, "le mie polizze", "view_policies")
    assert said.slots["pending"]["action"] == "action_show_policies"
    link = said.messages[0]["custom"]["link"]
    assert link["url"].endswith("/secure/" + "t" * 32)


def test_after_the_log_in_the_wish_goes_on_by_itself_with_its_own_words(bench):
    pending = {
        "action": "action_show_policies",
        "reply": {
            "text": "le mie polizze",
            "intent": "view_policies",
            "confidence": 0.9,
            "entities": [{"entity": "policy_type", "value": "motor"}],
            "attachments": [],
        },
    }
    bench.backend.on("GET", f"{CONVERSATION}/me", {"market": "it"})
    done = {"notice": "login_changed", "detail": {"result": "logged_in", "first_name": "Mario"}}
    said = bench.run(ActionLogin, "/login", "login", slots={"pending": pending}, metadata=done)
    assert "Mario" in said.text
    assert said.followups == ["action_show_policies"]
    policy = {
        "policy_number": "IT-00000001-8", "policy_type": "motor", "product": "Auto", "status": "active",
        "valid_from": "2026-01-01", "valid_to": "2026-12-31", "members": [{"full_name": "Mario Rossi"}], "premium": None,
    }  # fmt: skip
    health = {**policy, "policy_type": "health", "product": "Salute"}
    bench.backend.on("GET", f"{CONVERSATION}/policies", [health, policy])
    gone_on = bench.run(ActionShowPolicies, "/login", "login", slots=said.slots)
    assert [card["title"] for card in gone_on.cards] == ["Auto"]
    assert gone_on.slots["pending"] is None


@pytest.mark.parametrize(
    ("number", "shown", "key"),
    [
        ("IT-00000001-8", ["Auto"], "policies_list"),
        ("0047718320", ["Auto", "Salute"], "policies_none_of_number"),
    ],
)
def test_a_policy_named_by_its_number_is_shown_alone_or_said_to_be_unknown(bench, number, shown, key):
    policy = {
        "policy_number": "IT-00000001-8", "policy_type": "motor", "product": "Auto", "status": "active",
        "valid_from": "2026-01-01", "valid_to": "2026-12-31", "members": [], "premium": None,
    }  # fmt: skip
    health = {**policy, "policy_number": "IT-00000002-6", "policy_type": "health", "product": "Salute"}
    bench.backend.on("GET", f"{CONVERSATION}/policies", [policy, health])
    said = bench.run(ActionShowPolicies, f"polizza {number}", "view_policies", {"policy_number": number})
    assert [card["title"] for card in said.cards] == shown
    assert said.text == texts.render(key, "it", "Latn", count=len(shown), number=number)


def test_a_wrong_code_says_how_many_tries_are_left(bench):
    wrong = {"notice": "login_changed", "detail": {"result": "code_wrong", "tries_left": 2}}
    assert "2" in bench.run(ActionLogin, "/login", "login", metadata=wrong).text


def test_a_typed_password_gets_the_link_and_a_warning(bench):
    said = bench.run(ActionLogin, "/login", "login", metadata={"notice": "password_typed"})
    assert said.messages[0]["custom"]["link"]["kind"] == "login"


def test_a_code_asked_for_too_soon_says_when(bench):
    recently = {"error": "code_sent_recently", "detail": {"retry_after": 17}}
    bench.backend.on("POST", f"{CONVERSATION}/codes", recently, 429)
    assert "17" in bench.run(ActionResendCode, "di nuovo", "resend_code").text


def test_without_an_open_log_in_a_code_cannot_be_sent_and_a_link_is_given(bench):
    bench.backend.on("POST", f"{CONVERSATION}/codes", {"error": "no_login_open", "detail": {}}, 409)
    said = bench.run(ActionResendCode, "di nuovo", "resend_code")
    assert said.messages[0]["custom"]["link"]["kind"] == "login"


def test_logging_out_forgets_whom_and_what_was_talked_about(bench):
    bench.backend.on("DELETE", f"{CONVERSATION}/login", None, 204)
    said = bench.run(ActionLogout, "esci", "logout", slots={"subject": {"person_id": "p1"}, "draft_id": "d1"})
    assert said.slots["subject"] is None
    assert said.slots["draft_id"] is None


def test_after_the_log_in_the_persons_own_market_counts_and_after_the_log_out_the_channels_again(bench):
    bench.backend.on("GET", f"{CONVERSATION}/me", {"market": "rs"})
    bench.backend.on("DELETE", f"{CONVERSATION}/login", None, 204)
    done = {"notice": "login_changed", "detail": {"result": "logged_in", "first_name": "Милица"}}
    assert bench.run(ActionLogin, "/login", "login", metadata=done).slots["market"] == "rs"
    said = bench.run(ActionLogout, "esci", "logout", metadata={"channel_market": "it"})
    assert said.slots["market"] == "it"


def test_who_is_logged_in_elsewhere_is_logged_out_here_at_once_and_offered_the_rest(bench):
    bench.backend.on("GET", "/conversations/c1/logins", {"others": 2, "token": "t1"})
    bench.backend.on("DELETE", "/conversations/c1/login", None, 204)
    bench.backend.on("POST", "/logins/end", None, 204)
    said = bench.run(ActionLogout, "esci", "logout")
    assert texts.render("logout_done", "it") in said.text
    assert bench.backend.sent("DELETE", "/conversations/c1/login") == [None]
    (choice,) = said.buttons.values()
    assert choice == '/logout{"choice": "everywhere:t1"}'
    said = bench.run(ActionLogout, choice, "logout", {"choice": "everywhere:t1"})
    assert texts.render("logout_done_everywhere", "it") in said.text
    assert bench.backend.sent("POST", "/logins/end") == [{"token": "t1"}]
    bench.backend.on("POST", "/logins/end", {"error": "not_found", "detail": {}}, 404)
    said = bench.run(ActionLogout, choice, "logout", {"choice": "everywhere:t1"})
    assert texts.render("logout_everywhere_late", "it") in said.text


def test_everywhere_said_in_words_needs_no_button(bench):
    bench.backend.on("GET", "/conversations/c1/logins", {"others": 1, "token": "t1"})
    bench.backend.on("DELETE", "/conversations/c1/logins", None, 204)
    said = bench.run(ActionLogout, "mi faccia uscire da tutti i dispositivi", "logout")
    assert texts.render("logout_done_everywhere", "it") in said.text and not said.buttons
