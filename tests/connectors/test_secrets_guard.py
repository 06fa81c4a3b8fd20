"""Recognising codes and passwords: what must be caught, and what must never be taken for one."""

from datetime import date

import pytest

from connectors.core.secrets_guard import find_code, looks_like_password

TODAY = date(2026, 11, 20)

GIVEN_AWAY = [
    "password saya Rahasia123",
    "kata sandinya: budi1990",
    "moja lozinka je Sunce2020!",
    "šifra: 12345",
    "шифра је Сунце123",
    "лозинка: сунце",
    "la mia password è gatto123",
    "pin 1234",
    "PIN saya 2026",
    "parola d'ordine: girasole",
    "password:Sunce123",
    "Sunce123 mi je lozinka",
    "sandi saya untuk akun ini adalah Budi123!",
    "username marko83 lozinka Sunce123",
    "la parola d'ordine è Girasole7",
    "password 12345678",
    "lozinka mi je maca_123",
    "passwordnya BundaKu99",
    "password saya Budi123! kok salah?",
    "la password è “girasole”",
    "šifra mi je kuca55",
    "Moja lozinka je SunceMoje",
    "Kata sandi: R4hasia",
    "moja sifra je 'zora-2020!'",
    "pass:gatto99",
    "la mia parola d'ordine e' Girasole7",
    "ЛОЗИНКА: Сунце_2020",
    "password = BundaKu99",
    "Zora#2020 je moja lozinka",
]
ABOUT_PASSWORDS = [
    "lupa password",
    "saya lupa kata sandi saya",
    "zaboravio sam lozinku",
    "kako da promenim lozinku?",
    "la password non funziona",
    "ho dimenticato la password",
    "password saya salah",
    "lozinka je pogrešna",
    "лозинка је погрешна",
    "password 2 volte sbagliata",
    "boleh saya kasih password ke staf?",
    "smem li da kažem lozinku vašem osoblju?",
    "posso dire la password al vostro personale?",
    "saya ganti password tahun 2024",
    "šifra usluge je 12345",
    "šifra dijagnoze: M54.5",
    "username marko83 zaboravio sam lozinku",
    "password per mario.rossi@example.it non arriva",
    "lupa password akun GI-12345678-2",
    "la password deve avere 8 caratteri?",
    "in una parola, grazie",
    "pin?",
    "password: lupa",
    "lozinka: zaboravljena",
    "Apakah password harus pakai angka?",
    "la password è scaduta il 12/11/2026",
    "quanto dura la password?",
    "lozinka mi je istekla pre 3 dana",
    "mi serve una nuova password",
    "Kata sandi saya tidak bisa dipakai, sudah 3 kali dicoba",
    "Koja je šifra delatnosti 6512?",
    "mogu li da koristim istu lozinku na telefonu",
    "apakah PIN dan OTP itu sama?",
    "la password arriva alla mail mario@rossi.it?",
    "saya tidak bisa login, password selalu salah padahal sudah benar",
    "Nisam dobila lozinku za polisu RS-12345678-9",
]
FOR_THE_PAGE = [
    "Rahasia123",
    "gatto_nero",
    "sunce2020!",
    "siti1234",
    "marko83 Sunce2020!",
    "qwerty123",
    "P@ssword",
    "123qwerty",
    "Сунце2020",
]
ORDINARY = [
    "RS-12345678-9",
    "gi123456782",
    "RI-7KQ2-9FMA",
    "ri-7kq2-9fma",
    "RSSMRA80A01H501U",
    "IT60X0542811101000000123456",
    "mario@example.it",
    "B1234XYZ",
    "BG-123-AB",
    "20.11.2026",
    "12maret2024",
    "Rp500.000",
    "150.000rsd",
    "teman-teman",
    "dell'ospedale",
    "prijava",
    "hvala!!!!!",
    "081234567890",
    "obat2an",
    "24jam/hari",
    "racun.pdf",
    "IMG_1234.jpg",
    "www.example.org",
    "covid-19",
    "Aiuto!Sono",
    "masuk sekarang",
    "link nya tidak bisa dibuka",
    "ok",
    "1.500.000",
    "14:30-15:00",
    "500ribu",
    "link-nya",
    "kirimulang",
    "20novembre2026",
    "85,50euro",
    "Hvala, stiglo je!",
    "selesai",
    "Sono Mario",
    "marko.petrovic@example.rs",
    "+381641234567",
    "R1-7KQ2-9FMA",
    "terima kasih ya :)",
    "24/7",
    "J45.9",
    "ok👍",
]
CODES = [
    "123456",
    "kodenya 123 456",
    "123-456",
    "12.34.56",
    "1 2 3 4 5 6",
    "kod: 123456.",
    "il codice è 123456!",
    "код је 123 456",
    "１２３４５６",
    "ini 123456 ya",
]
NO_CODES = [
    "1234567",
    "12345",
    "Rp 150.000",
    "150.000 dinara",
    "150 000 rsd",
    "€ 123.456",
    "RS-12345678-9",
    "12 03 2026",
    "081234567890",
    "2026-12-01",
    "a123456",
    "123456abc",
    "123 456 789",
    "123456,50 euro",
    "#123456",
    "123.456,00 €",
]


@pytest.mark.parametrize("text", GIVEN_AWAY)
@pytest.mark.parametrize("login_open", [True, False])
def test_a_named_password_is_recognised_at_any_time(text: str, login_open: bool) -> None:
    assert looks_like_password(text, TODAY, login_open=login_open)


@pytest.mark.parametrize("text", ABOUT_PASSWORDS)
@pytest.mark.parametrize("login_open", [True, False])
def test_talking_about_passwords_gives_nothing_away(text: str, login_open: bool) -> None:
    assert not looks_like_password(text, TODAY, login_open=login_open)


@pytest.mark.parametrize("text", FOR_THE_PAGE)
def test_a_lone_mixed_token_is_a_password_only_while_a_log_in_is_open(text: str) -> None:
    assert looks_like_password(text, TODAY, login_open=True)
    assert not looks_like_password(text, TODAY, login_open=False)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_answers_are_no_passwords_even_while_a_log_in_is_open(text: str) -> None:
    assert not looks_like_password(text, TODAY, login_open=True)


@pytest.mark.parametrize("text", CODES)
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert find_code(text) == "123456"


@pytest.mark.parametrize("text", NO_CODES)
def test_other_numbers_are_no_codes(text: str) -> None:
    assert find_code(text) is None


def test_two_candidates_are_no_code() -> None:
    assert find_code("123456 atau 654321") is None


@pytest.mark.parametrize("text", ["Care-Demo-2026", "Gatto!99roma", "Kucing#2024abc", "СунцеМоје22!"])
def test_what_is_made_as_a_password_is_one_while_nobody_is_logged_in(text: str) -> None:
    assert looks_like_password(text, TODAY, login_open=False, anonymous=True)
    assert not looks_like_password(text, TODAY, login_open=False)


@pytest.mark.parametrize(
    "text",
    [
        "RT-7KQ2-9FMA",
        "RT-7KQ2-9FM",
        "IT-36551362-1",
        "mario.rossi@example.org",
        "IT60X0542811101000000123456",
        "RSSMRA79E14F205X",
        "+393471234567",
        "https://example.org/Guida-2026",
        "BuonGiorno",
        "NS-1234-AB",
        "12/03/2026",
        "20121",
        '/claim_reimbursement{"amount":"1"}',
        "<b>Ciao1</b>",
        "😀👍🏽❤️",
        "a" * 300,
    ],
)
def test_what_anonymous_customers_ask_with_is_no_password(text: str) -> None:
    assert not looks_like_password(text, TODAY, login_open=False, anonymous=True)


def test_a_short_word_for_password_is_one() -> None:
    assert looks_like_password("la psw mia: Gatto!99roma", TODAY, login_open=False)
