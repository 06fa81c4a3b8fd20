"""Which button of the list that was just shown a few words press."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("rasa")

from rasa.shared.core.events import BotUttered, UserUttered

from bot.listed import payload_named

DRAFT, NEW = '/resume_draft{"choice": "d1"}', '/claim_reimbursement{"choice": "new:{}"}'
OPEN = {
    "it": ("Continua: Rimborso · risonanza magnetica", "Iniziarne una nuova"),
    "id": ("Lanjutkan: Klaim · MRI", "Mulai yang baru"),
    "sr": ("Настави: Рефундација · рендген", "Започни нови"),
}


def pressed(text: str, language: str, buttons: list[tuple[str, str]], loop: str | None = None) -> str | None:
    shown = [{"title": title, "payload": payload} for title, payload in buttons]
    said = BotUttered("", {"buttons": shown})
    tracker: Any = SimpleNamespace(events=[UserUttered("x"), said], active_loop_name=loop)
    payload: str | None = payload_named(tracker, text, language)
    return payload


def of_drafts(text: str, language: str, loop: str | None = None) -> str | None:
    return pressed(text, language, list(zip(OPEN[language], (DRAFT, NEW), strict=True)), loop)


@pytest.mark.parametrize(
    ("language", "text", "payload"),
    [
        ("it", "ne inizio una nuova", NEW),
        ("it", "continuo quella", DRAFT),
        ("it", "la risonanza", DRAFT),
        ("id", "yang baru aja", NEW),
        ("id", "lanjut", DRAFT),
        ("sr", "нови", NEW),
        ("sr", "nov zahtev", NEW),
        ("sr", "nastavljam taj", DRAFT),
        ("sr", "drugi", NEW),
    ],
)
def test_a_word_of_its_button_goes_on_with_a_draft_or_begins_a_new_one(
    language: str, text: str, payload: str
) -> None:
    assert of_drafts(text, language) == payload


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "yang lama"),
        ("it", "una qualunque"),
        ("it", "non so"),
        # Words of both, and a whole wish.
        ("it", "una nuova, non la risonanza"),
        ("it", "vorrei un rimborso per una nuova visita"),
    ],
)
def test_other_words_are_read_as_they_are(language: str, text: str) -> None:
    assert of_drafts(text, language) is None


def test_in_a_form_words_are_for_its_question() -> None:
    assert of_drafts("нови", "sr", loop="request_form") is None


def test_only_drafts_are_called_by_a_word_never_what_confirms_or_throws_away() -> None:
    kept = [("Continua", DRAFT), ("Elimina la bozza", '/stop{"choice": "discard:d1"}')]
    assert pressed("elimina", "it", kept) is None
    assert pressed("la seconda", "it", kept) == kept[1][1]
    assert pressed("risonanza", "it", [("Risonanza", "/inform"), ("Visita", "/inform")]) is None
