"""Two wishes in one message, with the trained model and the running programs."""

from __future__ import annotations

import pytest

from tests.conversations.speech import Talk
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
