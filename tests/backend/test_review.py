"""Unsure and corrected turns: kept without personal data, listed, labelled, written to the training lines."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.review import service
from backend.review.models import ReviewTurn
from scripts import review
from scripts.review_lines import NotWritten, add_line, filled

LINES = """version: "3.1"
# A remark that stays.
nlu:
- intent: find_provider
  examples: |
    - dove trovo un [oculista]{"entity": "specialty", "value": "ophthalmology"} qui vicino
    - c'è un ambulatorio a [Milano](city)

- intent: claim_reimbursement
  examples: |
    - vorrei indietro i soldi della visita
"""
BODY = {
    "market": "it",
    "language": "it",
    "reason": "unsure",
    "text": "qualcuno che guardi gli occhi a [city]",
    "understood": [
        {"intent": "ask_benefit", "confidence": 0.3},
        {"intent": "find_provider", "confidence": 0.2},
    ],
}


@pytest.fixture
def stored(database: sessionmaker[Session]) -> Callable[[], Sequence[ReviewTurn]]:
    """What the table holds now."""

    def read() -> Sequence[ReviewTurn]:
        with database() as session:
            return session.scalars(select(ReviewTurn).order_by(ReviewTurn.key)).all()

    return read


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    (tmp_path / "it").mkdir()
    (tmp_path / "it" / "providers.yml").write_text(LINES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def on_this_database(
    actions: TestClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., int]]:
    """`make review` on the test's database, with the answers typed at its questions."""
    monkeypatch.setenv("BACKEND_DATABASE_URL", database_url)
    review.get_settings.cache_clear()

    def run(arguments: list[str], lines: Path, *typed: str) -> int:
        answers = iter(typed)
        return review.main(arguments, lambda question: next(answers), lines)

    yield run
    review.get_settings.cache_clear()


def test_a_turn_is_kept_once_and_what_was_meant_is_added(
    actions: TestClient, stored: Callable[[], Sequence[ReviewTurn]]
) -> None:
    assert actions.put("/review-turns/m1", json=BODY).status_code == 204
    meant = {"intent": "find_provider", "reason": "picked"}
    assert actions.put("/review-turns/m1/picked", json=meant).status_code == 204
    assert actions.put("/review-turns/m1", json=BODY).status_code == 204
    turns = stored()
    assert [(t.reason, t.picked) for t in turns] == [("picked", "find_provider")]
    assert "m1" not in turns[0].key
    assert actions.put("/review-turns/m2/picked", json=meant).status_code == 404


@pytest.mark.parametrize("text", ["chiamami al 333", "sono a@b.it", "vedi http://x", ""])
def test_what_may_be_personal_is_refused(actions: TestClient, text: str) -> None:
    assert actions.put("/review-turns/m1", json={**BODY, "text": text}).status_code == 422


def test_only_the_actions_may_tell(backend: TestClient) -> None:
    assert backend.put("/review-turns/m1", json=BODY).status_code == 403


def test_turns_are_forgotten_after_their_time(actions: TestClient, database: sessionmaker[Session]) -> None:
    actions.put("/review-turns/m1", json=BODY)
    with database.begin() as session:
        assert service.remove_outdated(session, utc_now() - timedelta(days=1)) == 0
        assert service.remove_outdated(session, utc_now() + timedelta(days=1)) == 1


def test_an_accepted_turn_is_written_and_not_shown_again(
    on_this_database: Callable[..., int], actions: TestClient, lines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    actions.put("/review-turns/m1", json=BODY)
    capsys.readouterr()
    assert on_this_database(["--list"], lines) == 0
    listed = capsys.readouterr().out
    assert "ask_benefit 0.30" in listed and BODY["text"] in listed
    key = listed.split()[0]
    assert on_this_database(["--accept", f"{key}=find_provider"], lines) == 0
    added = "    - qualcuno che guardi gli occhi a [Milano](city)\n"
    written = (lines / "it" / "providers.yml").read_text(encoding="utf-8")
    assert added in written and written.replace(added, "") == LINES
    assert written.index(added) < written.index("claim_reimbursement")
    on_this_database(["--list"], lines)
    assert "Nothing waits" in capsys.readouterr().out


def test_on_the_terminal_one_is_labelled_by_number_and_one_dropped(
    on_this_database: Callable[..., int],
    actions: TestClient,
    lines: Path,
    database: sessionmaker[Session],
    stored: Callable[[], Sequence[ReviewTurn]],
) -> None:
    actions.put("/review-turns/m1", json={**BODY, "text": "[name] vuole i suoi soldi"})
    actions.put("/review-turns/m2", json={**BODY, "text": "boh"})
    with database() as session:
        order = [t.text for t in service.waiting(session)]
    typed = {
        "boh": ["d"],
        "[name] vuole i suoi soldi": [
            "claim_reimbursement",
            "",
            "claim_reimbursement",
            "zia vuole i suoi soldi",
        ],
    }
    assert on_this_database([], lines, *(answer for text in order for answer in typed[text])) == 0
    assert "- zia vuole i suoi soldi\n" in (lines / "it" / "providers.yml").read_text(encoding="utf-8")
    turns = stored()
    assert {t.label for t in turns} == {None, "claim_reimbursement"}
    assert all(t.reviewed_at and t.text == "" for t in turns)


def test_a_line_that_is_there_already_or_unfinished_is_refused(lines: Path) -> None:
    for text, why in (
        ("vorrei indietro i soldi della visita!", "nearly the same"),
        ("un medico per [name]", "written out: name"),
        ("un [medico]{broken", "cannot be read|still"),
        ("dove trovo un dentista qui vicino", "skeleton"),
    ):
        with pytest.raises(NotWritten) as refused:
            add_line(text, "find_provider", "it", lines)
        assert re.search(why, str(refused.value))
    with pytest.raises(NotWritten, match="no lines"):
        add_line("ciao", "greet", "it", lines)
    assert (lines / "it" / "providers.yml").read_text(encoding="utf-8") == LINES


def test_what_is_filled_in_is_in_the_spelling_of_the_message(tmp_path: Path) -> None:
    (tmp_path / "sr").mkdir()
    both = (
        'version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    - у [Нишу](city)\n    - u [Kragujevcu](city)\n'
    )
    (tmp_path / "sr" / "a.yml").write_text(both, encoding="utf-8")
    assert filled("где је лекар у [city]", "sr", tmp_path) == "где је лекар у [Нишу](city)"
    assert filled("gde je lekar u [city]", "sr", tmp_path) == "gde je lekar u [Kragujevcu](city)"
