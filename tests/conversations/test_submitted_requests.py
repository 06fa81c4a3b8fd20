"""What was submitted, looked at afterwards: the archive, a request's details, and taking it back after all not."""

import re

import httpx
import pyotp
import pytest

from tests.conversations.claiming import button_title
from tests.customer import PATIENCE

pytestmark = pytest.mark.slow


def test_the_archive_the_details_and_a_withdrawal_thought_better_of(talk):
    talk.expect(talk.tell("archive"), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "requests_list")

    talk.expect(talk.press(button_title(talk, "button_details")), "request_status")
    talk.expect(talk.press(button_title(talk, "button_withdraw")), "withdraw_confirm")
    talk.expect(talk.tell("no"), "withdraw_kept")

    answer = talk.press(button_title(talk, "button_add_documents"))
    talk.expect(answer, "add_documents_send", "add_documents_send_missing")


@pytest.fixture(scope="module")
def office(running):
    """One log-in for all ways of writing: a one-time password is taken once."""
    return Office(running.programs["backend"].url)


def test_what_a_claims_handler_decides_is_heard_in_the_chat(talk, office):
    talk.tell("archive")
    listed = talk.log_in(talk.phrases["username"])
    number, to = office.move_one_of(re.findall(r"\bR[A-Z]-[0-9A-Z]{4}-[0-9A-Z]{4}\b", listed))

    heard = talk.listen()
    talk.expect(heard, f"news_request_{to}")
    assert number in heard
    talk.expect(talk.press(button_title(talk, "news_open")), "request_status")


class Office:
    """A claims handler at the back office."""

    def __init__(self, backend_url: str) -> None:
        self.http = httpx.Client(base_url=f"{backend_url}/office", timeout=PATIENCE)
        # As `make run` prints it.
        code = pyotp.TOTP("CAREDEMOCAREDEMOCAREDEMOCAREDEMO").now()
        form = {"username": "admin", "password": "Care-Demo-2026", "code": code}
        assert self.http.post("/login", data=form).status_code == 302

    def move_one_of(self, numbers: list[str]) -> tuple[str, str]:
        """Move the first request that can be moved without naming an amount; tells which and where to."""
        for number in numbers:
            page = self.http.get(f"/requests/{number}").text
            hidden = dict(re.findall(r'name="(csrf|seen)" value="([^"]+)"', page))
            for to in ("in_review", "paid", "rejected"):
                form = {**hidden, "to": to, "reason": "Test"}
                if self.http.post(f"/requests/{number}", data=form).status_code == 303:
                    return number, to
        raise AssertionError(f"none of {numbers} can be moved")
