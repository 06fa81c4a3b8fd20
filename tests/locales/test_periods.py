"""Stretches of days in everyday words."""

from datetime import date

import pytest

from locales.periods import find_period

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("language", "text", "since", "until"),
    [
        ("it", "quelle dell'anno scorso", "2025-01-01", "2025-12-31"),
        ("it", "le richieste di marzo", "2026-03-01", "2026-03-31"),
        ("it", "da marzo in poi", "2026-03-01", None),
        ("it", "quelle di dicembre", "2025-12-01", "2025-12-31"),
        ("it", "quelle di dicembre 2024", "2024-12-01", "2024-12-31"),
        ("it", "gli ultimi tre mesi", "2026-08-21", "2026-11-21"),
        ("it", "tutte del 2025", "2025-01-01", "2025-12-31"),
        ("it", "dal 3 marzo", "2026-03-03", None),
        ("sr", "захтеви од прошле године", "2025-01-01", None),
        ("sr", "moji zahtevi iz prošle godine", "2025-01-01", "2025-12-31"),
        ("sr", "zahtevi iz maja", "2026-05-01", "2026-05-31"),
        ("sr", "poslednja 3 meseca", "2026-08-21", "2026-11-21"),
        ("sr", "prosli mesec", "2026-10-01", "2026-10-31"),
        ("id", "klaim tahun lalu", "2025-01-01", "2025-12-31"),
        ("id", "klaim sejak Maret", "2026-03-01", None),
        ("id", "3 bulan terakhir", "2026-08-21", "2026-11-21"),
        ("id", "bulan ini", "2026-11-01", "2026-11-30"),
        ("id", "antara 1 maret 2026 dan 5 april 2026", "2026-03-01", "2026-04-05"),
    ],
)
def test_a_stretch_is_read(language: str, text: str, since: str, until: str | None) -> None:
    period = find_period(text, language, TODAY)
    assert period is not None
    assert (str(period.since), period.until and str(period.until)) == (since, until)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("it", "le mie richieste"),
        ("it", "IT-2024/17"),
        ("sr", "moji zahtevi"),
        ("id", "klaim saya"),
        ("fr", "l'année dernière"),
    ],
)
def test_nothing_is_read_where_there_is_nothing(language: str, text: str) -> None:
    assert find_period(text, language, TODAY) is None
