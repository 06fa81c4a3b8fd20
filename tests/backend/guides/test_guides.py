"""Guides as PDFs: read into passages, asked thirty questions, replaced, and refused when they cannot be read."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session, sessionmaker

from backend.guides import __main__ as command
from backend.guides.service import add_guide, read_pdf
from backend.settings import Settings
from locales.script import normalise
from tests.backend.documents import bills

HERE = Path(__file__).parent
GUIDES = HERE.parents[3] / "shared" / "guides"
QUESTIONS: dict[str, Any] = yaml.safe_load((HERE / "questions.yml").read_text(encoding="utf-8"))
LINES_A_PAGE = 30
with_guides = pytest.mark.skipif(
    not GUIDES.exists(), reason="the insurer's guides are not beside the project"
)


def make_guide(path: Path, text: str) -> Path:
    """A PDF with some lines a page."""
    if not bills.FONTS:
        pytest.skip("no font with these letters is installed")
    pdfmetrics.registerFont(TTFont("DejaVuSans", str(bills.FONTS[0])))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    for start in range(0, len(lines), LINES_A_PAGE):
        canvas.setFont("DejaVuSans", 8)
        for number, line in enumerate(lines[start : start + LINES_A_PAGE]):
            canvas.drawString(30, 800 - 22 * number, line)
        canvas.showPage()
    canvas.save()
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def guides(database: sessionmaker[Session], tmp_path: Path) -> dict[str, list[str]]:
    """The insurer's three guides, added as PDFs; tells their pages by market."""
    pages = {}
    with database.begin() as session:
        for number, guide in QUESTIONS.items():
            if number == "elsewhere":
                continue
            (source,) = GUIDES.glob(f"{number}_*.txt")
            read = read_pdf(make_guide(tmp_path / f"{number}.pdf", source.read_text(encoding="utf-8")))
            add_guide(session, guide["market"], guide["language"], f"Guide {number}", read)
            pages[guide["market"]] = read
    return pages


def ask(backend: TestClient, market: str, question: str) -> dict[str, Any] | None:
    answer = backend.get(f"/markets/{market}/guide-passages", params={"q": question})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] | None = answer.json()["passage"]
    return found


@with_guides
def test_thirty_questions_find_their_page(backend: TestClient, guides: dict[str, list[str]]) -> None:
    wrong = []
    asked = 0
    for number, guide in QUESTIONS.items():
        if number == "elsewhere":
            continue
        pages = guides[guide["market"]]
        for question, words in guide["asked"]:
            asked += 1
            right = [page for page, text in enumerate(pages, 1) if plain(words) in plain(text)]
            assert right, f"{words!r} stands on no page of {number}"
            found = ask(backend, guide["market"], question)
            if found is None or found["page"] not in right:
                wrong.append((question, right, found and (found["page"], found["score"], found["text"][:80])))
    assert asked == 30
    assert wrong == []


@with_guides
def test_what_no_guide_says_is_not_answered(backend: TestClient, guides: dict[str, list[str]]) -> None:
    answered = [question for market, question in QUESTIONS["elsewhere"] if ask(backend, market, question)]
    assert answered == []


def plain(text: str) -> str:
    return re.sub(r"[\s*]+", " ", normalise(text))


def test_a_guide_takes_the_place_of_the_one_before(
    backend: TestClient, database: sessionmaker[Session]
) -> None:
    for year in ("2025", "2026"):
        with database.begin() as session:
            add_guide(session, "it", "it", "Guida", ["", f"La franchigia sul telescopio è di {year} euro."])
    found = ask(backend, "it", "qual è la franchigia sul telescopio?")
    assert found is not None
    assert (found["title"], found["page"]) == ("Guida", 2) and "2026" in found["text"]
    assert ask(backend, "rs", "qual è la franchigia sul telescopio?") is None


def test_a_letter_mistyped_and_another_script_find_it_too(
    backend: TestClient, database: sessionmaker[Session]
) -> None:
    with database.begin() as session:
        add_guide(session, "rs", "sr", "Vodič", ["Refundacija medicinskih troškova se podnosi onlajn."])
    for question in ("рефундација медицинских трошкова?", "refundaciia medicinskih troskva"):
        assert ask(backend, "rs", question) is not None, question


def test_one_command_adds_a_pdf(
    settings: Settings,
    backend: TestClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "get_settings", lambda: settings)
    guide = make_guide(tmp_path / "guida.pdf", "La teleassistenza odontoiatrica è attiva ogni giorno.")
    assert command.main(["add", "it", "it", str(guide), "--title", "Guida nuova"]) == 0
    found = ask(backend, "it", "teleassistenza odontoiatrica ogni giorno?")
    assert found is not None and found["title"] == "Guida nuova"
    capsys.readouterr()
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    for arguments in (["xx", "it", str(guide)], ["it", "en", str(guide)], ["it", "it", str(broken)]):
        assert command.main(["add", *arguments]) == 2
        assert capsys.readouterr().err.strip()


def test_a_scan_is_refused(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(bills.make_scan("words in a picture"))
    with pytest.raises(ValueError, match="no text layer"):
        read_pdf(scan)


def test_an_unknown_market_has_no_guides(backend: TestClient) -> None:
    assert backend.get("/markets/xx/guide-passages", params={"q": "x"}).status_code == 404


def test_the_demo_guides_hold_their_facts(
    backend: TestClient, database: sessionmaker[Session], fill_guides: Callable[[], None]
) -> None:
    fill_guides()
    for market, question, words in (
        ("it", "posso caricare più scontrini insieme?", "un documento alla volta"),
        ("rs", "da li supružnici imaju zajednički nalog?", "svako svoj nalog"),
        ("id", "kode OTP berlaku berapa menit?", "dua menit"),
    ):
        found = ask(backend, market, question)
        assert found is not None and words in found["text"], question


@pytest.fixture
def fill_guides(database: sessionmaker[Session]) -> Callable[[], None]:
    from backend.demo.fill import GUIDES_FOLDER, _add_own_guide

    def fill() -> None:
        with database.begin() as session:
            for path in GUIDES_FOLDER.glob("*.md"):
                _add_own_guide(session, path)

    return fill
