"""Rasa goes on without an importer that it cannot load: here the texts are asked for where Rasa has them.

In the services' environment, which has no Rasa, these tests are passed over.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("rasa")

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.importers import utils as rasa_files
from rasa.shared.importers.importer import TrainingDataImporter

from locales import texts

ROOT = Path(__file__).resolve().parent.parent.parent
SPOKEN = {key for language in texts.languages() for key in texts.load(language) if key.startswith("utter_")}


@pytest.fixture(scope="module")
def domain() -> Domain:
    """The domain as `rasa train` makes it: through the importers that config.yml names."""
    importer = TrainingDataImporter.load_core_importer_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), []
    )
    return importer.get_domain()


def test_the_configuration_names_the_importer() -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    assert {"name": "bot.importer.CatalogueImporter"} in config["importers"]


def test_the_domain_has_every_spoken_text_in_each_language_and_only_for_it(domain: Domain) -> None:
    assert SPOKEN
    wrong = {}
    for key in SPOKEN:
        found = domain.responses.get(key, [])
        said_in = sorted(
            condition["value"]
            for variation in found
            for condition in variation.get("condition", [])
            if (condition["type"], condition["name"]) == ("slot", "language")
        )
        if said_in != texts.languages() or any(len(v.get("condition", [])) != 1 for v in found):
            wrong[key] = said_in
    assert wrong == {}


def test_the_wording_in_the_domain_is_that_of_the_catalogue(domain: Domain) -> None:
    for key in SPOKEN:
        for variation in domain.responses[key]:
            language = variation["condition"][0]["value"]
            assert variation["text"] == texts.get(key, language).forms["other"]
            buttons = [(b["title"], b["payload"]) for b in variation.get("buttons", [])]
            assert buttons == [(b.title, b.payload) for b in texts.get(key, language).buttons]


def test_domain_yml_itself_holds_no_text() -> None:
    assert "responses" not in yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def test_every_spoken_text_that_a_rule_names_is_in_the_catalogue() -> None:
    steps = [
        step["action"]
        for path in sorted((ROOT / "data" / "stories").glob("*.yml"))
        for kind in ("rules", "stories")
        for rule in yaml.safe_load(path.read_text(encoding="utf-8")).get(kind, [])
        for step in rule["steps"]
        if "action" in step
    ]
    assert {step for step in steps if step.startswith("utter_")} - SPOKEN == set()


def test_the_training_lines_are_read_once_however_many_parts_of_rasa_ask(tmp_path, monkeypatch) -> None:
    lines = tmp_path / "nlu.yml"
    lines.write_text('version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - ciao\n', encoding="utf-8")
    read = []
    reading = rasa_files.training_data_from_paths
    monkeypatch.setattr(
        rasa_files, "training_data_from_paths", lambda *args: read.append(args) or reading(*args)
    )
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(lines)]
    )
    importer.get_domain()  # looks for retrieval intents among the lines
    assert [example.get("text") for example in importer.get_nlu_data().intent_examples] == ["ciao"]
    assert len(read) == 1
