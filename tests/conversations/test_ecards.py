"""The health card in conversation: activated, shown, checked by a provider, blocked when it was lost."""

import io
import re

import PIL.Image
import pytest

from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.running import Running

pytestmark = pytest.mark.slow
SAID = {
    "id": {
        "show": "boleh lihat kartu asuransi digital saya",
        "on": "ecard saya belum bisa dipakai, tolong aktifkan",
    },
    "sr-Cyrl": {"show": "покажите ми моју е-картицу", "on": "хоћу да активирам електронску картицу"},
    "sr-ascii": {"show": "treba mi moja e-kartica za kliniku", "on": "aktivirajte mi ekarticu"},
}


@pytest.mark.parametrize("column", SAID)
def test_a_card_is_activated_shown_and_blocked(running: Running, column: str) -> None:
    talk = Talk(running, column)
    talk.expect(talk.say(SAID[column]["on"]), "login_needed")
    said = talk.log_in(talk.phrases["username"])
    if talk.means(said, "ecard_which"):
        said = talk.press(button_title(talk, "ecard_choose"))
    talk.expect(said, "ecard_activated", "ecard_active_already")
    picture = talk.heard[-1]["cards"][0]["picture"]
    assert picture["alt"]
    image = talk.http.get(re.sub(r"^https?://[^/]+", "", picture["url"]))
    assert PIL.Image.open(io.BytesIO(image.content)).width > 1000
    talk.expect(talk.press(button_title(talk, "ecard_lost")), "ecard_block_confirm")
    talk.expect(talk.press(button_title(talk, "ecard_block")), "ecard_blocked")
    assert talk.http.get(re.sub(r"^https?://[^/]+", "", picture["url"])).status_code == 404
    said = talk.say(SAID[column]["show"])
    talk.expect(said, "ecard_which", "ecard_is_deactivated")


def test_italy_has_no_card_and_says_so(running: Running) -> None:
    talk = Talk(running, "it")
    talk.expect(talk.say("vorrei vedere la mia tessera elettronica"), "not_offered_market")
