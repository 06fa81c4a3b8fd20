"""Identifiers: what passes its checksum is read however it is typed, what does not is refused."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.identifier_search import find_identifiers
from locales.identifiers import (
    generate_member_number,
    generate_policy_number,
    generate_request_number,
    read_bank_account,
    read_code,
    read_email,
    read_iban,
    read_member_number,
    read_national_id,
    read_phone,
    read_plate_number,
    read_policy_number,
    read_postal_code,
    read_request_number,
    read_serbian_account,
    serbian_account_as_iban,
)

MARKETS = st.sampled_from(["id", "rs", "it"])
IBAN = "IT60X0542811101000000123456"


@given(MARKETS, st.integers(), st.sampled_from(["", " ", "-"]), st.booleans())
def test_a_policy_number_is_read_with_or_without_dashes(
    market: str, seed: int, gap: str, lower: bool
) -> None:
    number = generate_policy_number(market, random.Random(seed))
    typed = number.replace("-", gap)
    assert read_policy_number(typed.lower() if lower else typed, market) == number


@given(st.integers(), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_a_member_number_is_noticed(seed: int, place: int, shift: int) -> None:
    digits = generate_member_number(random.Random(seed)).replace("-", "")
    wrong = digits[:place] + str((int(digits[place]) + shift) % 10) + digits[place + 1 :]
    assert read_member_number(digits) is not None
    assert read_member_number(wrong) is None


@given(MARKETS, st.integers())
def test_a_request_number_belongs_to_its_market(market: str, seed: int) -> None:
    number = generate_request_number(market, random.Random(seed))
    assert read_request_number(number.lower().replace("-", " ")) == number
    assert all(read_request_number(number, other) is None for other in {"id", "rs", "it"} - {market})


@given(MARKETS, st.integers(), st.integers(3, 11), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_character_in_a_request_number_is_noticed(
    market: str, seed: int, place: int, other: str
) -> None:
    number = generate_request_number(market, random.Random(seed))
    if number[place] not in {"-", other}:
        assert read_request_number(number[:place] + other + number[place + 1 :]) is None


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    number = next(
        number for seed in range(999) if "0" in (number := generate_request_number("it", random.Random(seed)))
    )
    assert read_request_number(number.replace("0", "O")) == number


def test_national_identifiers_are_checked() -> None:
    assert read_national_id("0101006500006", "rs") and not read_national_id("0101006500007", "rs")
    assert read_national_id("rccmnl83s18d969h", "it") == "RCCMNL83S18D969H"
    assert read_national_id("RCCMNL83S18D969X", "it") is None
    assert (
        read_national_id("3171011708450001", "id")
        and not read_national_id("3171019908450001", "id")
        and not read_national_id("9971011708450001", "id")
    )


def test_an_iban_with_a_wrong_digit_is_refused() -> None:
    assert read_iban("it60 x054 2811 1010 0000 0123 456") == IBAN
    assert read_iban("IT60 X054 2811 1010 0000 0123 457") is None


def test_a_serbian_account_is_read_in_its_short_form_and_becomes_an_iban() -> None:
    account = read_serbian_account("160-123-95")
    assert account == "160000000000012395"
    assert read_iban(serbian_account_as_iban(account)) == "RS35160000000000012395"
    assert read_serbian_account("160-123-96") is None


def test_an_indonesian_account_needs_a_bank_and_its_length() -> None:
    assert read_bank_account("BCA 1234567890", "id") == {"bank": "BCA", "number": "1234567890"}
    assert read_bank_account("1234567890 bank mandiri", "id") is None
    assert read_bank_account("1234567890", "id") is None


def test_addresses_and_phones_are_normalised() -> None:
    assert read_email(" Mario.Rossi@Example.IT ") == "Mario.Rossi@example.it"
    assert read_email("mario@rossi") is None
    assert read_phone("0812-3456-7890", "id") == "+6281234567890"
    assert read_phone("064 123 4567", "rs") == "+381641234567"
    assert read_phone("347 1234567", "it") == "+393471234567"
    assert read_phone("12345", "it") is None


def test_plates_codes_and_postal_codes_follow_their_market() -> None:
    assert read_plate_number("ab 123 cd", "it") == "AB123CD"
    assert read_plate_number("БГ-123-АБ", "rs") == "BG-123-AB"
    assert read_plate_number("b1234xyz", "id") == "B 1234 XYZ"
    assert read_code("123 456") == "123456" and read_code("12345") is None
    assert read_postal_code("20121", "it") and not read_postal_code("99999", "it")


@pytest.mark.parametrize(
    ("market", "text", "expected"),
    [
        ("it", f"il mio iban è {IBAN[:4]} {IBAN[4:8]} {IBAN[8:]} grazie mille", {"iban": IBAN}),
        ("it", "scrivetemi a mario.rossi@gmail.com.", {"email": "mario.rossi@gmail.com"}),
        ("it", "sto al 20121 di Milano", {"postal_code": "20121"}),
        ("it", "ho pagato 12.345,50 euro", {}),
        ("id", "transfer ke BCA 1234567890 ya", {"bank_account": {"bank": "BCA", "number": "1234567890"}}),
        ("id", "saya di 2 rs", {}),
        ("it", "che fine ha fatto la 2026-003315", {"request_number": "2026-003315"}),
        ("rs", "платио сам 2026-03-12", {}),
        ("rs", "мој јмбг је 0101006500006", {"national_id": "0101006500006"}),
        ("rs", "kod je 123 456", {"code": "123456"}),
        # Called by what they are, though none of ours.
        ("it", "polizza 0047718320 attiva o no", {"policy_number": "0047718320"}),
        ("it", "la mia polizza è la IT-12345678-9", {"policy_number": "IT-12345678-9"}),
        ("it", "contratto previdenza n. 55120, grazie", {"policy_number": "55120"}),
        ("id", "dikasih polis gh-0091827, di portal gimana", {"policy_number": "GH-0091827"}),
        ("id", "no pesertanya 0047182-03", {"member_number": "0047182-03"}),
        ("rs", "полиса број 7720-114507.", {"policy_number": "7720-114507"}),
        ("rs", "шта је са захтевом, предмет 118204/26", {"request_number": "118204/26"}),
        ("id", "klaim CLM-2025-00418 gimana", {"request_number": "CLM-2025-00418"}),
        # What is something else by its proof or its shape stays that.
        ("it", f"per la polizza uso {IBAN}", {"iban": IBAN}),
        ("it", "polizza: il mio nuovo numero è 3471234567", {"phone": "+393471234567"}),
        ("rs", "ide uz onaj predmet 118845", {"request_number": "118845"}),
        ("id", "polis kantor saya 0022098814", {"policy_number": "0022098814"}),
        ("it", "la polizza è la IT4471902", {"policy_number": "IT4471902"}),
        ("it", "la IT-5520917 è scaduta?", {"policy_number": "IT-5520917"}),
        ("it", "il contratto è il 80125573", {"policy_number": "80125573"}),
        ("it", "il numero di adesione 00048102", {"member_number": "00048102"}),
        ("id", "CLM-20260914-0031 gimana", {"request_number": "CLM-20260914-0031"}),
        ("it", "novità sulla R-88213?", {"request_number": "R-88213"}),
        ("id", "klaim obat 237500 kemarin", {"code": "237500"}),
        ("it", "abito in I-20121 Milano", {"postal_code": "20121"}),
        ("rs", "polisa za BG-1234-AB", {"plate_number": "BG-1234-AB"}),
        ("id", "nomor polis mobil B 1234 XYZ", {"plate_number": "B 1234 XYZ"}),
        ("id", "soal klaim hubungi 081234567890", {"phone": "+6281234567890"}),
        ("id", "nomor peserta 1234567897", {"member_number": "1234-5678-97"}),
        ("rs", "предмет 2026-003315", {"request_number": "2026-003315"}),
        ("it", "polizza del 12/03/2026", {}),
        ("it", "la polizza 2026", {}),
        ("id", "bayar polis 1250000 lewat bca", {}),
        ("id", "klaim 1.500.000 kemarin", {}),
    ],
)
def test_identifiers_are_found_in_a_sentence(market: str, text: str, expected: dict[str, object]) -> None:
    assert {found.entity: found.value for found in find_identifiers(text, market)} == expected


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("transfer ke BCA 1234567890 ya", "BCA 1234567890"),
        ("1234567890, bca, punya saya", "1234567890, bca"),
        ("rekening bca saya nomornya 1234567890", "1234567890"),
    ],
)
def test_the_bank_beside_a_number_belongs_to_the_account(text: str, account: str) -> None:
    (found,) = find_identifiers(text, "id")
    assert text[found.start : found.end] == account


@given(st.text(max_size=200), st.sampled_from(["id", "rs", "it", None]))
def test_no_text_makes_the_search_fail(text: str, market: str | None) -> None:
    for found in find_identifiers(text, market):
        assert 0 <= found.start < found.end <= len(text)


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    for reader in (
        read_national_id,
        read_iban,
        read_serbian_account,
        read_email,
        read_code,
    ):
        reader(text)
    for market in ("id", "rs", "it"):
        read_phone(text, market), read_plate_number(text, market), read_bank_account(text, market)


@given(MARKETS, st.integers(), st.integers(3, 11), st.sampled_from("0ABCDEFGHJKMNPQRSTVWXYZ"))
def test_a_request_number_is_found_whatever_its_characters_and_slips(
    market: str, seed: int, place: int, other: str
) -> None:
    number = generate_request_number(market, random.Random(seed))
    wrong = number if number[place] == "-" else number[:place] + other + number[place + 1 :]
    for typed in (number, wrong):
        assert [(find.entity, find.value) for find in find_identifiers(f"ok {typed}?", market)] == [
            ("request_number", typed)
        ]


@pytest.mark.parametrize("number", ["RS-KQRT-BCD{}", "RT-ABCD-EFG{}", "RI-ZZYX-WVT{}"])
def test_a_request_number_may_have_no_digit(number: str) -> None:
    assert [find.value for find in find_identifiers(number.format("H").lower(), None)] == [number.format("H")]
