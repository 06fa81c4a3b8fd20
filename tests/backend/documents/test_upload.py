"""What is taken, what is refused and why. Over HTTP, with real files."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import PIL.Image
import pytest
from fastapi.testclient import TestClient

from backend.settings import Settings
from tests.backend.conftest import LogIn
from tests.backend.documents import bills
from tests.backend.documents.conftest import Upload

PDF = bills.make_pdf("Prova")


def stored_files(settings: Settings) -> list[Path]:
    return [path for path in settings.files_folder.rglob("*") if path.is_file()]


def test_a_pdf_is_taken_and_described(conversation: str, upload: Upload) -> None:
    answer = upload(conversation, PDF, "Fattura marzo.pdf")
    assert answer.status_code == 201, answer.text
    document = answer.json()
    assert (document["kind"], document["media_type"]) == ("pdf", "application/pdf")
    assert (document["filename"], document["pages"], document["size"]) == ("Fattura marzo.pdf", 1, len(PDF))
    assert document["created_at"].endswith("Z")


def test_a_bill_is_read_and_nothing_is_made_up(conversation: str, upload: Upload) -> None:
    document = upload(conversation, bills.make_pdf(bills.ITALIAN)).json()
    assert document["extracted"] == {
        "amount": {"amount": "262.00", "currency": "EUR"},
        "date": "2026-11-03",
        "issuer": "Poliambulatorio San Luca S.r.l.",
        "invoice_number": "2026/118",
        "tax_code": "00743110157",
        "lines_total": None,
        "services": ["mri"],
        "patient": "Anna Rossi",
        "national_ids": None,
    }
    empty = upload(conversation, PDF).json()["extracted"]
    assert set(empty.values()) == {None}


def test_the_name_and_the_declared_type_are_not_believed(conversation: str, upload: Upload) -> None:
    answer = upload(conversation, PDF, "photo.png", headers={"Content-Type": "image/png"})
    assert (answer.json()["kind"], answer.json()["filename"]) == ("pdf", "photo.png.pdf")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"Dear insurer, this is my bill.", "text"),
        ("Поштовани".encode(), "text"),
        (b"PK\x03\x04" + b"\x00" * 40, "zip"),
        (b"GIF89a" + b"\x00" * 40, "gif"),
        (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 40, "heic"),
        (b"\x00\x01\x02" * 30, "unknown"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "html"),
    ],
)
def test_another_type_is_refused_by_its_content(
    conversation: str, upload: Upload, settings: Settings, content: bytes, found: str
) -> None:
    answer = upload(conversation, content, "fattura.pdf")
    assert answer.status_code == 415
    assert answer.json() == {"error": "file_type_not_allowed", "detail": {"found": found}}
    assert stored_files(settings) == []


def test_an_empty_file_is_refused(conversation: str, upload: Upload) -> None:
    answer = upload(conversation, b"")
    assert (answer.status_code, answer.json()["error"]) == (422, "file_empty")


def test_a_file_of_12_megabytes_is_refused(conversation: str, upload: Upload, settings: Settings) -> None:
    answer = upload(conversation, PDF + bills.make_noise(12 << 20))
    assert answer.status_code == 413
    assert answer.json() == {"error": "file_too_large", "detail": {"max_bytes": 10485760}}
    assert stored_files(settings) == []


def test_a_stream_without_a_length_is_counted_too(conversation: str, upload: Upload) -> None:
    def pieces() -> Iterator[bytes]:
        yield PDF
        for _ in range(12):
            yield b"x" * (1 << 20)

    assert upload(conversation, pieces()).status_code == 413


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (bills.encrypted, "pdf_encrypted"),
        (lambda pdf: bills.encrypted(pdf, ""), "pdf_encrypted"),
        (bills.with_script, "pdf_active"),
        (bills.with_script_behind_a_note, "pdf_active"),
        (bills.with_attachment, "pdf_active"),
        (bills.with_xfa, "pdf_active"),
        (lambda pdf: bills.with_open_action(pdf, "/Launch"), "pdf_active"),
        (lambda pdf: bills.with_open_action(pdf, "/JavaScript"), "pdf_active"),
        (lambda pdf: bills.make_pdf("page", pages=51), "pdf_too_many_pages"),
        (lambda pdf: pdf[: len(pdf) // 3], "pdf_unreadable"),
        (lambda pdf: b"%PDF-1.7\n" + bills.make_noise(5000), "pdf_unreadable"),
    ],
)
def test_a_pdf_that_is_not_just_pages_is_refused_with_the_reason(
    conversation: str, upload: Upload, settings: Settings, make: Callable[[bytes], bytes], error: str
) -> None:
    answer = upload(conversation, make(PDF))
    assert (answer.status_code, answer.json()["error"]) == (422, error)
    assert stored_files(settings) == []


def test_a_pdf_that_opens_at_a_page_is_harmless(conversation: str, upload: Upload) -> None:
    assert upload(conversation, bills.with_open_action(PDF, "/GoTo")).status_code == 201


def test_fifty_pages_are_not_too_many(conversation: str, upload: Upload) -> None:
    assert upload(conversation, bills.make_pdf("page", pages=50)).json()["pages"] == 50


@pytest.mark.parametrize("content", [bills.make_photo()[:500], b"\xff\xd8\xff\xe0" + bills.make_noise(900)])
def test_a_damaged_photo_is_refused(conversation: str, upload: Upload, content: bytes) -> None:
    answer = upload(conversation, content, "foto.jpg")
    assert (answer.status_code, answer.json()["error"]) == (422, "image_unreadable")


def test_a_picture_of_a_billion_pixels_is_refused(conversation: str, upload: Upload) -> None:
    answer = upload(conversation, bills.png_bomb(), "scan.png")
    assert (answer.status_code, answer.json()["error"]) == (422, "image_too_large")


def test_a_photo_is_turned_upright_and_loses_where_it_was_taken(
    backend: TestClient, upload: Upload, log_in: LogIn, mario: str
) -> None:
    log_in("c1", "mario", "it", "it")
    photo = bills.make_photo(400, 300, exif=True)
    assert b"SpyCam" in photo
    document = upload("c1", photo, "foto.jpg").json()
    assert (document["kind"], document["media_type"], document["pages"]) == ("image", "image/jpeg", 1)
    content = backend.get(f"/conversations/c1/documents/{document['document_id']}/content").content
    assert len(content) == document["size"]
    assert b"SpyCam" not in content
    assert b"Exif" not in content
    with PIL.Image.open(io.BytesIO(content)) as image:
        assert image.size == (300, 400)
        assert not image.getexif()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_pictures_of_every_mode_are_taken(conversation: str, upload: Upload, mode: str) -> None:
    buffer = io.BytesIO()
    PIL.Image.new(mode, (60, 40)).save(buffer, "PNG")
    answer = upload(conversation, buffer.getvalue(), "scan.png")
    assert (answer.status_code, answer.json().get("kind")) == (201, "image")


def test_a_photo_for_print_in_four_colours_is_taken(conversation: str, upload: Upload) -> None:
    buffer = io.BytesIO()
    PIL.Image.new("CMYK", (60, 40)).save(buffer, "JPEG")
    assert upload(conversation, buffer.getvalue(), "foto.jpeg").status_code == 201


def test_what_hides_behind_a_picture_stays_behind(
    backend: TestClient, upload: Upload, log_in: LogIn, mario: str
) -> None:
    log_in("c1", "mario", "it", "it")
    document = upload("c1", bills.make_photo() + b"<script>alert(1)</script>", "foto.jpg").json()
    content = backend.get(f"/conversations/c1/documents/{document['document_id']}/content").content
    assert b"<script>" not in content


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\me\\bill.PDF", "bill.PDF"),
        ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("", "document.pdf"),
        ("рачун.pdf", "рачун.pdf"),
        ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "a_bSet-Cookie_ x.pdf"),
    ],
)
def test_a_file_name_is_cleaned(conversation: str, upload: Upload, given: str, kept: str) -> None:
    assert upload(conversation, PDF, given).json()["filename"] == kept


def test_only_the_gateway_hands_in_files(conversation: str, actions: TestClient) -> None:
    assert actions.post(f"/conversations/{conversation}/documents", content=PDF).status_code == 403


def test_the_conversation_must_exist(backend: TestClient, upload: Upload) -> None:
    answer = upload("unknown", PDF)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_nobody_fills_the_disk_without_a_log_in(
    conversation: str, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.documents.service.MOST_FILES_WITHOUT_LOGIN", 2)
    assert [upload(conversation, PDF).status_code for _ in range(3)] == [201, 201, 429]
