"""Every form survives: a question in the middle, why, stop, another browser, a correction, the backend away at the
confirmation, and the same confirmation twice. (Claims: test_patterns and test_crashes.)
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk
from tests.conversations.test_crashes import hear_the_assistant, stack
from tests.conversations.walking import SUMMARY, Walk, begin, resume
from tests.running import Running

__all__ = ["stack"]
CHANGES = {"contact_data", "bank_account"}
pytestmark = pytest.mark.slow
# kind, column → what is said to its questions; `middle`: where it is interrupted; `corrected`: what is put right.
FORMS = {
    ("direct_care", "it"): {
        "wish": "il medico mi ha prescritto una risonanza magnetica: la potete pagare voi direttamente alla clinica?",
        "town": "vorrei farla a Torino",
        "mistake": "ho sbagliato a scrivere una cosa, la voglio correggere",
        "middle": "medical_documents",
        "corrected": "centre",
    },
    ("direct_care", "sr-Cyrl"): {
        "wish": "треба ми одобрење за магнетну резонанцу у вашој партнерској клиници",
        "town": "нешто у Београду",
        "mistake": "погрешно сам написала, хоћу да исправим један податак",
        "middle": "medical_documents",
        "corrected": "centre",
    },
    ("car_damage", "sr-Latn"): {
        "wish": "neko mi je udario kola na parkingu",
        "plate_number": "ns1234ab",
        "damage_place": "Bulevar oslobođenja 12, Novi Sad",
        "what_happened": "Vratila sam se iz prodavnice i zatekla ulubljena vrata.",
        "mistake": "pogrešila sam, hoću da ispravim jedan podatak",
        "middle": "damage_place",
        "corrected": "plate_number",
    },
    ("contact_data", "it"): {
        "wish": "vorrei aggiornare il cellulare che avete in archivio",
        "phone": "340 11{}",
        "mistake": "ho sbagliato a scrivere una cosa, la voglio correggere",
        "middle": "new_phone",
        "corrected": "new_phone",
    },
    ("contact_data", "id"): {
        "wish": "saya mau ganti nomor hp yang terdaftar",
        "phone": "0812 340{}",
        "mistake": "eh tadi saya salah tulis, mau saya perbaiki",
        "middle": "new_phone",
        "corrected": "new_phone",
    },
    ("contact_data", "sr-ascii"): {
        "wish": "zelim da promenim broj mobilnog koji imate kod sebe",
        "phone": "064 33{}",
        "mistake": "pogresila sam, hocu da ispravim jedan podatak",
        "middle": "new_phone",
        "corrected": "new_phone",
    },
    ("bank_account", "id"): {
        "wish": "saya mau mengganti rekening untuk pembayaran klaim",
        "mistake": "eh tadi saya salah tulis, mau saya perbaiki",
        "middle": "account",
        "corrected": "account",
    },
}


@pytest.mark.parametrize(("kind", "column"), FORMS, ids=map("-".join, FORMS))
def test_a_form_survives_all_that_happens_to_customers(
    stack: Running, tmp_path: Path, kind: str, column: str
) -> None:
    said = FORMS[kind, column]
    first, other = Talk(stack, column), Talk(stack, column)
    middle = said["middle"]

    # A question in the middle, why, stop.
    here = Walk(first, kind, said, tmp_path)
    here.until(begin(first, said["wish"], kind), middle)
    digression = first.tell("digression")
    first.expect(digression, "contact_open", "contact_closed")
    assert here.question(digression) == middle, digression
    why = first.tell("why")
    first.expect(why, f"{kind}_why_{middle}")
    assert here.question(why) == middle, why
    first.expect(first.tell("stop"), "draft_kept")

    # In another browser, after logging in there, and something was wrong.
    there = Walk(other, kind, said, tmp_path)
    answer = resume(other, kind)
    assert there.question(answer) == middle, answer
    there.until(answer, SUMMARY)
    other.expect(other.say(said["mistake"]), "correct_which")
    answer = other.press(button_title(other, f"{kind}_label_{said['corrected']}"))
    assert there.question(answer) == said["corrected"], answer
    there.until(answer, SUMMARY)

    # Confirmed while the backend is away, and again, here and where it was begun.
    stack.kill("backend")
    other.post({"text": other.phrases["yes"]})
    other.expect(other.listen(), "system_slow")
    stack.start("backend")
    other.expect(hear_the_assistant(other), f"{kind}_submitted")
    button = "button_apply" if kind in CHANGES else "button_submit"
    done = "change_already_done" if kind in CHANGES else "draft_already_submitted"
    other.expect(other.press(button_title(other, button)), done)
    first.expect(first.press(button_title(first, "button_resume")), done)
