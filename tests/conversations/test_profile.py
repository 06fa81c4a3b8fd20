"""New contacts and a new bank account in conversation: proven by a code, corrected, stopped, confirmed once."""

from __future__ import annotations

import random
import re
import uuid

import pytest

from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.running import Running

pytestmark = pytest.mark.slow
# What is said on the way, a column a way of writing; the rest is in phrases.yml.
SAID = {
    "it": {
        "contact": "vorrei aggiornare il cellulare che avete in archivio",
        "phone": "340 11{}",
        "both": "ho cambiato mail e cellulare: la nuova mail è {} e il numero {}",
        "account": "ho aperto un conto nuovo, l'iban per i rimborsi è {}",
    },
    "id": {
        "contact": "saya mau ganti nomor hp yang terdaftar",
        "phone": "0812 340{}",
        "both": "tolong ganti email saya jadi {} dan nomor hp jadi {}",
        "account": "rekening saya ganti, sekarang {}",
    },
    "sr-Cyrl": {
        "contact": "желим да променим број мобилног који имате код себе",
        "phone": "064 33{}",
        "both": "мој нови мејл је {} а телефон {}, промените их",
        "account": "променила сам банку, нови рачун је {}",
    },
    "sr-ascii": {
        "contact": "zelim da promenim broj mobilnog koji imate kod sebe",
        "phone": "064 33{}",
        "both": "novi mejl je {} a telefon {}",
        "account": "promenila sam banku, novi racun je {}",
    },
}


def go_on(talk: Talk, answer: str) -> str:
    """Past a draft that was left behind earlier: a new one."""
    while talk.means(answer, "draft_exists"):
        answer = talk.press(button_title(talk, "button_new_request"))
    return answer


def code_for(talk: Talk, address: str) -> str:
    mails = talk.mails()
    body = next(m["body"] for m in mails if m["to"] == address and m["key"] == "contact_code")
    return re.findall(r"\b\d{6}\b", body)[0]


def newest_number(talk: Talk) -> str:
    """Where the last code by text message went."""
    mails = talk.mails()
    return str(next(m["to"] for m in mails if m["key"] == "contact_code" and m["to"][0] == "+"))


def stored_by_us(talk: Talk) -> str:
    """The whole transcript as the website shows it."""
    path = f"/api/website/conversations/{talk.conversation_id}/messages"
    return str(talk.http.get(path, headers=talk.headers).json())


@pytest.mark.parametrize("column", SAID)
def test_a_number_an_address_and_an_account_are_changed(running: Running, column: str) -> None:
    talk, said = Talk(running, column), SAID[column]
    talk.expect(talk.say(said["contact"]), "login_needed")
    answer = go_on(talk, talk.log_in(talk.phrases["username"]))
    if talk.means(answer, "contact_data_ask_contact"):
        answer = talk.press(button_title(talk, "option_contact_phone"))
    talk.expect(answer, "contact_data_ask_new_phone")
    talk.expect(talk.say("123"), "wrong_unread_phone", "wrong_phone_invalid")
    talk.expect(talk.tell("why"), "contact_data_why_new_phone")
    answer = talk.say(said["phone"].format(random.randrange(10000, 99999)))
    talk.expect(answer, "contact_code_sent_phone")
    number = newest_number(talk)
    code = code_for(talk, number)
    wrong = "111111" if code != "111111" else "222222"
    talk.expect(talk.say(wrong), "login_code_wrong")
    answer = talk.tell("digression")
    talk.expect(answer, "contact_code_open_phone")
    talk.expect(talk.tell("stop"), "draft_kept")
    # What was sent went with the form: six digits are no code now, and the form goes on with another one.
    assert not talk.means(talk.say(code), "contact_proven_phone")
    talk.expect(talk.press(button_title(talk, "button_resume")), "contact_code_sent_phone")
    code = code_for(talk, number)
    answer = talk.say(code)
    talk.expect(answer, "contact_proven_phone")
    talk.expect(answer, "contact_data_summary")
    talk.expect(talk.tell("yes"), "contact_data_submitted")
    talk.expect(talk.press(button_title(talk, "button_apply")), "change_already_done")
    assert code not in stored_by_us(talk) and wrong not in stored_by_us(talk)

    address = f"nova.{uuid.uuid4().hex[:8]}@example.org"
    phone = said["phone"].format(random.randrange(10000, 99999))
    answer = go_on(talk, talk.say(said["both"].format(address, phone)))
    talk.expect(answer, "contact_code_sent_email")
    answer = talk.say(code_for(talk, address))
    talk.expect(answer, "contact_code_sent_phone")
    second = newest_number(talk)
    assert second != number and second[-5:] == phone[-5:]
    answer = talk.say(code_for(talk, second))
    talk.expect(answer, "contact_data_summary")
    assert address in answer and second in answer
    talk.expect(talk.tell("yes"), "contact_data_submitted")

    answer = go_on(talk, talk.say(said["account"].format(talk.phrases["account"])))
    talk.expect(answer, "bank_account_start")
    if talk.means(answer, "bank_account_ask_holder"):
        answer = talk.tell("member")
    talk.expect(answer, "bank_account_summary")
    assert "••••" in answer and talk.phrases["account"] not in answer
    talk.expect(talk.tell("yes"), "bank_account_submitted")
    told = [m for m in talk.mails() if m["key"] == "bank_account_changed"]
    assert told[0]["to"] == address
