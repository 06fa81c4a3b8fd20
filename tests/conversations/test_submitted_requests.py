"""What was submitted, looked at afterwards: the archive, a request's details, and taking it back after all not."""

import pytest

from tests.conversations.claiming import button_title

pytestmark = pytest.mark.slow


def test_the_archive_the_details_and_a_withdrawal_thought_better_of(talk):
    talk.expect(talk.tell("archive"), "login_needed")
    talk.expect(talk.log_in(talk.phrases["username"]), "requests_list")

    talk.expect(talk.press(button_title(talk, "button_details")), "request_status")
    talk.expect(talk.press(button_title(talk, "button_withdraw")), "withdraw_confirm")
    talk.expect(talk.tell("no"), "withdraw_kept")

    answer = talk.press(button_title(talk, "button_add_documents"))
    talk.expect(answer, "add_documents_send", "add_documents_send_missing")
