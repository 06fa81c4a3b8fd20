"""The components speak Rasa's interfaces: they are trained on a few lines and asked through the same steps as in
Rasa's graph. In the services' environment, which has no Rasa, these tests are passed over.
"""

from pathlib import Path

import pytest

pytest.importorskip("rasa")

from rasa.shared.nlu.training_data.loading import load_data

from scripts.nlu_pipeline import ROOT, TrainedPipeline, pipeline_of

FEW = {"ask_benefit", "claim_reimbursement", "find_provider", "greet", "thank", "inform", "out_of_scope"}
PIPELINE = pipeline_of(ROOT / "config.yml")


def few_lines() -> list:
    """Some intents of all languages, and two answers of the FAQ."""
    messages = [
        message
        for path in sorted((ROOT / "data" / "nlu").glob("*/*.yml"))
        for message in load_data(str(path)).intent_examples
    ]
    answers = {"faq/code_validity", "faq/get_the_app"}
    return [
        message
        for message in messages
        if message.get("intent") in FEW or message.get_full_intent() in answers
    ]


@pytest.fixture(scope="session")
def lines() -> list:
    return few_lines()


@pytest.fixture(scope="session")
def trained(lines: list) -> TrainedPipeline:
    quick = [dict(entry) for entry in PIPELINE]
    quick[-1] = {**quick[-1], "networks": 1, "hidden": 64, "epochs": 12}
    return TrainedPipeline(quick, lines)


@pytest.fixture
def understood(trained: TrainedPipeline):
    """What a text is understood as, optionally with the metadata of a turn."""

    def parse(text: str, **metadata: str) -> dict:
        return trained.parse([text], metadata or None)[0]

    return parse


@pytest.fixture
def root() -> Path:
    return ROOT
