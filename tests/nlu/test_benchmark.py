"""The benchmark draws its lines fairly, reads NLP.js as it means it, and says when ours falls behind."""

import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from benchmarks import nlu, nlu_lines, nlu_nlpjs, nlu_table


@dataclass(frozen=True)
class Line:
    text: str
    intent: str
    where: str


def test_a_share_is_drawn_evenly_and_always_alike() -> None:
    lines = [Line(str(n), intent, where) for intent in "ab" for where in ("id", "it") for n in range(50)]
    lines += [Line("rare 1", "rare", "it"), Line("rare 2", "rare", "it"), Line("rare 3", "rare", "it")]
    chosen = nlu_lines.sample(lines, 0.2)
    counts = Counter((line.intent, line.where) for line in chosen)
    assert counts == {("a", "id"): 10, ("a", "it"): 10, ("b", "id"): 10, ("b", "it"): 10, ("rare", "it"): 2}
    assert chosen == nlu_lines.sample(lines, 0.2)
    assert [int(line.text) for line in chosen[:10]] != list(range(10)), "the first written are not a sample"
    assert nlu_lines.sample(lines, 1) == lines


def test_lines_that_stand_in_the_training_lines_are_found_in_any_spelling() -> None:
    lines = [Line("Где је мој захтев?", "status", "sr-Cyrl")]
    asked = [Line("gde je moj zahtev", "status", "sr-ascii"), Line("gde je novac", "status", "sr-ascii")]
    assert nlu_lines.known_word_for_word(lines, asked) == {0}


def test_what_nlpjs_calls_none_is_a_fallback_and_no_meaning() -> None:
    found = [{"intent": "None", "score": 0.6}, {"intent": "login", "score": 0.4}]
    assert nlu_nlpjs.as_parsed({"intent": "None", "classifications": found}) == {
        "intent": {"name": "nlu_fallback"},
        "intent_ranking": [{"name": "login", "confidence": 0.4}],
        "entities": [],
    }


def test_without_node_nlpjs_is_left_out_with_a_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None if program == "node" else f"/bin/{program}")
    assert nlu_nlpjs.why_not(tmp_path) == "node not found on this machine"
    assert not list(tmp_path.iterdir())


def test_the_lock_file_of_nlpjs_names_hashes_and_no_addresses() -> None:
    locked = (nlu_nlpjs.HERE / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in locked and "resolved" not in locked and "://" not in locked


def result(accuracy: float, **changed: Any) -> dict[str, Any]:
    figures = {"intent_accuracy": accuracy, "top_2": 1.0, "wrong_and_confident": 0.0, "entity_f1": 0.9}
    return {
        "scores": dict.fromkeys(("all", *nlu_table.WHERE), figures),
        "scores_new": figures,
        "setting": "",
        "parse_p50_ms": 4.0,
        "parse_p95_ms": 9.0,
        "training_seconds": 100.0,
        "training_cpu_seconds": 150.0,
        "training_peak_mb": 900,
        "memory_loaded_mb": 500,
        "memory_after_mb": 600,
        "memory_peak_mb": 650,
        "model_mb": 70,
        **changed,
    }


def blocks(**results: dict[str, Any]) -> nlu_table.Blocks:
    return {"9 lines": {"word_for_word": 0, "results": results}}


@pytest.mark.parametrize(
    ("ours", "other", "said"),
    [
        (result(0.9), result(0.8), ""),
        (result(0.9), result(0.9), "other is not behind in sr-Cyrl"),
        (result(0.9, parse_p50_ms=15.0), result(0.8), "parsing takes 15.0 ms"),
        (result(0.9, training_seconds=360.0), result(0.8), "training takes 360 s"),
        (result(0.9, memory_peak_mb=1200), result(0.8), "loading and parsing take 1200 MB"),
        (result(0.9), {"unfinished": 40}, ""),
        ({"unfinished": 40}, result(0.8), "the training of ours was ended"),
    ],
)
def test_a_broken_promise_is_named(ours: dict[str, Any], other: dict[str, Any], said: str) -> None:
    found = "\n".join(nlu_table.broken_promises(blocks(ours=ours, other=other), {}))
    assert said in found
    assert bool(found) == bool(said)


def test_a_server_that_holds_too_much_is_named() -> None:
    server = {"parses": 500, "loaded_mb": 800, "after_mb": 1300}
    assert nlu_table.broken_promises(blocks(ours=result(0.9)), server) == ["bot.serve holds 1300 MB"]


def test_the_table_says_which_training_was_ended() -> None:
    shown = nlu_table.table(blocks(ours=result(0.9), other={"unfinished": 40}), {}, 10)
    training = next(line for line in shown.splitlines() if line.startswith("| training"))
    assert [cell.strip() for cell in training.split("|")[2:4]] == ["100 (150)", "> 2400"]
    assert "90.0%" in shown


def test_a_training_finds_nothing_trained_before(tmp_path: Path) -> None:
    """Rasa's cache would make the second training of the same lines a matter of seconds."""
    assert nlu.run([sys.executable, "-c", "import os; print(os.environ['RASA_CACHE_DIRECTORY'])"], tmp_path)
    assert (tmp_path / "log.txt").read_text().strip() == str(tmp_path / "cache")


def test_a_step_that_takes_too_long_is_ended_and_one_that_fails_ends_all(tmp_path: Path) -> None:
    assert not nlu.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, minutes=0.001)
    with pytest.raises(SystemExit, match="no such line"):
        nlu.run([sys.executable, "-c", "raise ValueError('no such line')"], tmp_path)


def test_the_best_setting_is_shown_with_the_others_beside_it() -> None:
    chosen = nlu.best([result(0.8, setting="told"), result(0.7, setting="guessed"), {"unfinished": 40}])
    assert (chosen["setting"], chosen["settings"]) == ("told", {"told": 0.8, "guessed": 0.7})
