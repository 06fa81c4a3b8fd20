"""Trains the pipeline of a `config.yml` on some lines and reads others with it, component by component.

The same components through the same interfaces as in Rasa's graph, without its archives: what cross-validation
needs. Runs in Rasa's environment. Scores are computed elsewhere.
"""

from __future__ import annotations

import copy
import logging
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).parents[1]
_FEATURES = {
    DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER,
    DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER,
}


def pipeline_of(path: Path) -> list[dict[str, Any]]:
    """The `pipeline:` of a configuration file."""
    pipeline: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
    return pipeline


class TrainedPipeline:
    """Components trained on the given lines, ready to parse."""

    def __init__(self, pipeline: Iterable[dict[str, Any]], examples: Iterable[Message]) -> None:
        logging.getLogger("rasa").setLevel(logging.ERROR)
        self._folder = tempfile.TemporaryDirectory()
        storage = LocalModelStorage(Path(self._folder.name))
        context = ExecutionContext(GraphSchema({}), "evaluation")
        data = TrainingData([copy.deepcopy(example) for example in examples])
        self._components: list[Any] = []
        for number, entry in enumerate(pipeline):
            config = dict(entry)
            name = config.pop("name")
            registered = DefaultV1Recipe._from_registry(name)
            config = {**registered.clazz.get_default_config(), **config}
            resource = Resource(f"{number}")
            component = registered.clazz.create(config, storage, resource, context)
            if registered.is_trainable:
                component.train(data)
                component = registered.clazz.load(config, storage, resource, context)
            if registered.types & _FEATURES:
                component.process_training_data(data)
            self._components.append(component)

    def parse(self, texts: Iterable[str], metadata: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What each text is understood as, in the form of Rasa's `parse_data`."""
        messages = [Message({TEXT: text, "metadata": metadata}) for text in texts]
        for component in self._components:
            messages = component.process(messages)
        return [message.as_dict(only_output_properties=True) for message in messages]
