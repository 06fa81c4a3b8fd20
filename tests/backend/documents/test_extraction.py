"""What is read from a bill's text, and above all what is not."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.documents.extraction import extract
from tests.backend.documents import bills
from tests.backend.documents.conftest import Upload

TODAY = date(2026, 11, 20)


def read(text: str, language: str = "it", currency: str = "EUR") -> dict[str, object]:
    return extract(text, language=language, currency=currency, today=TODAY)


def test_an_italian_invoice() -> None:
    assert read(bills.ITALIAN) == {
        "amount": {"amount": "262.00", "currency": "EUR"},
        "date": "2026-11-03",
        "issuer": "Poliambulatorio San Luca S.r.l.",
        "invoice_number": "2026/118",
        "tax_code": "00743110157",
        "services": ["mri"],
        "patient": "Anna Rossi",
    }


def test_a_serbian_invoice_in_cyrillic() -> None:
    assert read(bills.SERBIAN, "sr", "RSD") == {
        "amount": {"amount": "8500.00", "currency": "RSD"},
        "date": "2026-11-05",
        "issuer": "Поликлиника Свети Сава",
        "invoice_number": "456/26",
        "tax_code": "101134702",
        "services": ["cardiology_visit"],
        "patient": "Милица Јовановић",
    }


def test_a_serbian_invoice_in_latin() -> None:
    assert read(bills.SERBIAN_LATIN, "sr", "RSD") == {
        "amount": {"amount": "12450.50", "currency": "RSD"},
        "date": "2026-11-07",
        "issuer": "Dom zdravlja Savski venac",
        "invoice_number": "FA-77/2026",
        "tax_code": "101134702",
    }


def test_an_indonesian_receipt() -> None:
    assert read(bills.INDONESIAN, "id", "IDR") == {
        "amount": {"amount": "525500.00", "currency": "IDR"},
        "date": "2026-11-04",
        "issuer": "RS Mitra Keluarga Kemayoran",
        "invoice_number": "KW/2026/00981",
        "lines_total": {"amount": "525500.00", "currency": "IDR"},
        "patient": "Siti Santoso",
    }


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Totale 100,00\nTotale 200,00", "amount"),
        ("Totale imponibile 100,00", "amount"),
        ("Totale 22%", "amount"),
        ("Totale 0,00", "amount"),
        ("100,00 €", "amount"),
        ("Data di nascita 12/04/1981", "date"),
        ("Data scadenza 30/10/2026", "date"),
        ("Data 31/02/2026", "date"),
        ("Data 03/11/2027", "date"),
        ("Data fattura 01/10/2026\nData fattura 02/10/2026", "date"),
        ("03/11/2026", "date"),
        ("Fattura n. uno", "invoice_number"),
        ("Broj računa: 160-0000000123456-44", "invoice_number"),
        ("Fattura n. 1\nFattura n. 2", "invoice_number"),
        ("P.IVA 00743110158", "tax_code"),
        ("Gentile cliente", "issuer"),
    ],
)
def test_what_is_ambiguous_or_something_else_is_not_read(text: str, field: str) -> None:
    assert field not in read(text)


def test_the_more_telling_label_decides() -> None:
    found = read("Totale 100,00\nIVA 22,00\nTotale da pagare 122,00")
    assert found["amount"] == {"amount": "122.00", "currency": "EUR"}


def test_a_label_alone_on_its_line_speaks_of_the_next() -> None:
    assert read("Totale da pagare\n€ 85,50")["amount"] == {"amount": "85.50", "currency": "EUR"}


def test_the_same_total_twice_is_one_total() -> None:
    assert read("Totale 85,50\npagina 2\nTotale 85,5 €")["amount"] == {"amount": "85.50", "currency": "EUR"}


@given(st.text(max_size=400))
def test_no_text_breaks_it(text: str) -> None:
    read(text)


@given(
    st.lists(
        st.sampled_from(["Totale", "85,50", "€", "Data", "03/11/2026", "n.", "Fattura", "\n", "1", ".", " "])
    )
)
def test_no_heap_of_pieces_of_a_bill_breaks_it(pieces: list[str]) -> None:
    read(" ".join(pieces))


@pytest.mark.parametrize("text", [bills.SERBIAN, bills.SERBIAN_LATIN, bills.INDONESIAN])
def test_bills_are_read_from_real_pdfs(upload: Upload, backend: object, text: str) -> None:
    market, language, currency = ("id", "id", "IDR") if text is bills.INDONESIAN else ("rs", "sr", "RSD")
    backend.put("/conversations/c9", json={"market": market, "channel": "website", "language": language})  # type: ignore[attr-defined]
    found = upload("c9", bills.make_pdf(text)).json()["extracted"]
    expected = extract(text, language=language, currency=currency, today=TODAY)
    assert {name: value for name, value in found.items() if value} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Visita cardiologica 120,00\nElettrocardiogramma 45,50 €\nTotale 165,50", "165.50"),
        ("1 Visita cardiologica € 120,00\nECG 45,50\nIVA 22% 36,41\nTotale fattura 201,91", "165.50"),
        # One item: the total itself may be it.
        ("Visita cardiologica 120,00\nTotale 120,00", None),
        # House numbers, quantities and telephone numbers are no items.
        ("Via Roma 12\nConfezioni 3\nTel. 02 5550.100\nVisita 120,00\nTotale 120,00", None),
        ("Visita 120,00\nECG 45,50\nGrazie", None),
    ],
)
def test_items_are_added_up_where_it_is_clear_what_is_one(text: str, expected: str | None) -> None:
    found = read(text).get("lines_total")
    assert found == ({"amount": expected, "currency": "EUR"} if expected else None)


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Pacijent: Đorđe Đurić, rođen 3.3.1980.", "sr", "djordje djuric"),
        ("Nama Pasien : Siti Santoso Tanggal lahir: 12-03-1990", "id", "Siti Santoso"),
        ("Fattura intestata a: ROSSI ANNA C.F. RSSNNA81D52F205B", "it", "ROSSI ANNA"),
        ("Paziente: 4711", "it", None),
    ],
)
def test_whose_bill_it_is(text: str, language: str, name: str | None) -> None:
    currency = {"sr": "RSD", "id": "IDR", "it": "EUR"}[language]
    assert read(text, language, currency).get("patient") == name


def test_national_ids_are_those_of_patients_and_right() -> None:
    text = """Studio medico dott. Bianchi, C.F. BNCMRA60A01F205Z
Paziente Anna Rossi, C.F. RSSNNA81D52F205B
Cod. fiscale RSSNNA81D52F205A"""
    assert read(text)["national_ids"] == ["RSSNNA81D52F205B"]
