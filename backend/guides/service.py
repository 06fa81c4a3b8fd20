"""Guides are read from PDFs into passages; a question finds the best one, or none."""

import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.guides.models import Guide, Passage
from backend.guides.ranking import Ranking, split_page
from backend.markets.service import get_market

# Measured on the questions of tests/backend/guides: below, more wrong passages than right ones are found.
LEAST_SCORE = 0.45
LEAST_WORDS = 2


class NotReadable(ValueError):
    """The file is no PDF with a text layer; scans have to be read by a program for that first."""


@dataclass(frozen=True)
class FoundPassage:
    """A passage with its guide, and the share of the question that it covers."""

    title: str
    language: str
    page: int
    text: str
    score: float


def read_pdf(path: Path) -> list[str]:
    """The text of each page; raises NotReadable."""
    try:
        # PostgreSQL refuses the character that some programs put where they have no letter.
        pages = [page.extract_text().replace("\x00", "") for page in PdfReader(path).pages]
    except Exception as error:
        raise NotReadable(f"{path.name} cannot be read: {type(error).__name__}") from error
    if not any(text.strip() for text in pages):
        raise NotReadable(f"{path.name} has no text layer")
    return pages


def add_guide(session: Session, market: str, language: str, title: str, pages: list[str]) -> Guide:
    """Store a guide, in the place of the one with the same title. Raises NotFound for an unknown market."""
    get_market(market)
    old = session.scalar(select(Guide).where(Guide.market == market, Guide.title == title))
    if old is not None:
        session.delete(old)
        session.flush()
    guide = Guide(id=uuid.uuid4().hex, market=market, language=language, title=title, pages=len(pages))
    for page, text in enumerate(pages, start=1):
        for passage in split_page(text):
            guide.passages.append(Passage(number=len(guide.passages), page=page, text=passage))
    session.add(guide)
    session.flush()
    record(session, actor="backend", action="guide_added", subject=f"guide:{guide.id}")
    return guide


def find_passage(session: Session, market: str, question: str) -> FoundPassage | None:
    """The best passage of the market's guides, if it covers enough of the question."""
    best: FoundPassage | None = None
    guides = session.execute(
        select(Guide.id, Guide.title, Guide.language).where(Guide.market == market)
    ).all()
    for guide_id, title, language in guides:
        ranking, passages = _ranking(session, guide_id, language)
        if not passages:
            continue
        number, score, words = ranking.best(question)
        if score < LEAST_SCORE or words < LEAST_WORDS or (best is not None and score <= best.score):
            continue
        page, text = passages[number]
        best = FoundPassage(title, language, page, text, score)
    return best


def _ranking(session: Session, guide_id: str, language: str) -> tuple[Ranking, tuple[tuple[int, str], ...]]:
    # A guide's id is new whenever its content is: the cache never holds an old one for it.
    rows = session.execute(
        select(Passage.page, Passage.text).where(Passage.guide_id == guide_id).order_by(Passage.number)
    ).all()
    passages = tuple((page, text) for page, text in rows)
    return _made(guide_id, tuple(text for _, text in passages), language), passages


@lru_cache(maxsize=32)
def _made(guide_id: str, texts: tuple[str, ...], language: str) -> Ranking:
    return Ranking(texts, language)
