"""The linter of training lines says what is wrong with made-up ones, and nothing of good ones."""

import pytest

pytest.importorskip("numpy")

from scripts import lint_data
from scripts.lint_data import Line

IDS = {"service": ["mri"], "language": ["it"]}


def line(said: str, intent: str = "greet", marked: str = "") -> Line:
    return Line("it/x.yml", intent, said, marked or said)


def test_lines_that_are_nearly_the_same_are_named_with_both_intents() -> None:
    lines = [line("vorrei il rimborso della visita"), line("vorrei il rimborso della visita!", "thank")]
    assert "stands in greet as well" in next(lint_data.near_duplicates(lines))
    nearly = [line("vorrei il rimborso della visita"), line("vorrei il rimborso delle visite")]
    assert "~" in next(lint_data.near_duplicates(nearly))
    assert not list(lint_data.near_duplicates([line("sì"), line("si"), line("no grazie")]))


def test_lines_of_one_skeleton_are_named() -> None:
    one, other = line("quanto costa la visita dal dentista"), line("quanto costa la visita dal cardiologo")
    assert "skeleton" in next(lint_data.skeletons([one, other]))
    assert not list(lint_data.skeletons([one, line("dal dentista quanto mi viene a costare")]))


def test_a_word_in_most_lines_of_an_intent_is_named() -> None:
    lines = [line(f"tessera {word}") for word in ("nuova", "persa", "blu")] + [line("il cartoncino")]
    assert "'tesse…'" in next(lint_data.keyword_shares(lines, frozenset()))
    assert not list(lint_data.keyword_shares(lines, frozenset({"tessera"})))


def test_a_missing_spelling_of_serbian_is_named() -> None:
    lines = [line("здраво"), line("zdravo"), line("ćao")]
    assert not list(lint_data.spellings(lines))
    assert [found.split()[-1] for found in lint_data.spellings([line("здраво"), line("zdravo")])] == ["Latin"]


@pytest.mark.parametrize(
    ("marked", "wrong"),
    [
        ('la [risonanza]{"entity": "service", "value": "mri"}', None),
        ("a [Milano](city)", None),
        ('la [risonanza ]{"entity": "service", "value": "mri"}', "holds more than the words"),
        ('la [tac]{"entity": "service", "value": "ct"}', "no service 'ct'"),
        ("a [Milano](town)", "no entity 'town'"),
        ("la [tac](", "cannot be read"),
    ],
)
def test_annotations_are_checked(marked: str, wrong: str | None) -> None:
    found = list(lint_data.spans([line("…", marked=marked)], IDS))
    assert (wrong is None and not found) or (wrong is not None and wrong in found[0])
