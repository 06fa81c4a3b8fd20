"""Two wishes in one message, with the trained model and the running programs."""

from __future__ import annotations

import pytest

from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.conversations.test_profile import go_on
from tests.running import Running

pytestmark = pytest.mark.slow
BOTH = {
    "it": "cerco un cardiologo a Milano. E a che numero vi posso chiamare?",
    "id": "cari dokter jantung di Jakarta. Lalu nomor telepon layanan pelanggan berapa?",
    "sr-Cyrl": "тражим кардиолога у Београду. И на који број могу да вас позовем?",
}


@pytest.mark.parametrize("column", BOTH)
def test_two_questions_are_both_answered(running: Running, column: str) -> None:
    talk = Talk(running, column)
    answer = talk.say(BOTH[column])
    talk.expect(answer, "two_wishes_announced")
    talk.expect(answer, "provider_found_in", "provider_found", "provider_nearest")
    talk.expect(answer, "contact_open", "contact_closed")


def test_the_menu_pressed_in_a_form_is_served_after_it(running: Running) -> None:
    talk = Talk(running, "it")
    talk.expect(talk.say("vorrei aggiornare il cellulare che avete in archivio"), "login_needed")
    answer = go_on(talk, talk.log_in(talk.phrases["username"]))
    if talk.means(answer, "contact_data_ask_contact"):
        answer = talk.press(button_title(talk, "option_contact_phone"))
    talk.expect(answer, "contact_data_ask_new_phone")
    talk.expect(talk.say("menu"), "menu")
    answer = talk.press(button_title(talk, "menu_claim_reimbursement"))
    talk.expect(answer, "two_wishes_announced")
    talk.expect(answer, "contact_data_ask_new_phone")
    answer = talk.tell("stop")
    talk.expect(answer, "draft_kept")
    talk.expect(answer, "two_wishes_offered")
    talk.expect(talk.press(button_title(talk, "wish_claim_reimbursement")), "claim_start", "draft_exists")
