"""What is read from photos and scans where tesseract is installed, and that nothing breaks where it is not."""

import shutil
from collections.abc import Callable

import pytest

from backend.documents import recognition
from tests.backend.documents import bills
from tests.backend.documents.conftest import Upload

with_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@pytest.fixture(autouse=True)
def look_again() -> None:
    recognition._installed.cache_clear()


@with_tesseract
@pytest.mark.parametrize("make", [bills.make_printed_photo, bills.make_scan])
def test_a_photo_and_a_scan_are_read_like_a_pdf(
    conversation: str, upload: Upload, make: Callable[[str], bytes]
) -> None:
    read = upload(conversation, make(bills.ITALIAN)).json()["extracted"]
    assert read["amount"] == {"amount": "262.00", "currency": "EUR"}
    assert read["date"] == "2026-11-03"
    assert read["invoice_number"] == "2026/118"
    assert read["patient"] == "Anna Rossi"


@with_tesseract
@pytest.mark.parametrize(
    ("market", "bill", "expected"),
    [
        ("rs", bills.SERBIAN, ("8500.00", "2026-11-05", "456/26")),
        ("rs", bills.SERBIAN_LATIN, ("12450.50", "2026-11-07", "FA-77/2026")),
        ("id", bills.INDONESIAN, ("525500.00", "2026-11-04", "KW/2026/00981")),
    ],
)
def test_bills_of_the_other_markets(
    upload: Upload, open_market: Callable[[str], str], market: str, bill: str, expected: tuple[str, str, str]
) -> None:
    read = upload(open_market(market), bills.make_printed_photo(bill)).json()["extracted"]
    assert (read["amount"]["amount"], read["date"], read["invoice_number"]) == expected


def test_without_tesseract_a_photo_is_taken_unread(
    conversation: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition.pytesseract.pytesseract, "tesseract_cmd", "no-such-program")
    answer = upload(conversation, bills.make_printed_photo(bills.ITALIAN))
    assert answer.status_code == 201
    assert set(answer.json()["extracted"].values()) == {None}


def test_a_photo_that_takes_too_long_to_read_is_taken_unread(
    conversation: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "TIMEOUT_SECONDS", 0.01)
    answer = upload(conversation, bills.make_printed_photo(bills.ITALIAN))
    assert answer.status_code == 201
    assert set(answer.json()["extracted"].values()) == {None}
