"""A sentence-embedding model of the operator's own as one more source of features; off unless configured.

Any model exported to ONNX with its `tokenizer.json` does (the multilingual ones of sentence-transformers, E5, LaBSE …).
Nothing is fetched: the folder lies on the machine. In `config.yml`, before the intent classifier:

    - name: bot.components.embedding.SentenceEmbedding
      folder: /srv/models/multilingual-e5-small   # model.onnx and tokenizer.json
      prefix: "query: "                           # where the model was trained with one
      pooling: mean                               # or "first"; not used where the model gives a sentence vector

The vectors are ordinary dense Rasa features (1 × n, length one) and part of what `CalibratedIntentClassifier` sees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer

from bot.components.fingerprints import fingerprint

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
LINES_AT_ONCE = 64
POOLINGS = ("mean", "first")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(DenseFeaturizer, GraphComponent):  # type: ignore[misc]
    """Adds one dense sentence feature to each message; raises InvalidConfigException without a usable model."""

    @classmethod
    def required_components(cls) -> list[type]:
        return []

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "folder": None,
            "prefix": "",
            "pooling": "mean",
            "longest": 128,  # word pieces
            "alias": "sentence_embedding",
        }

    @staticmethod
    def required_packages() -> list[str]:
        return ["onnxruntime", "tokenizers"]

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        folder = Path(str(config["folder"] or ""))
        missing = [part for part in (MODEL, TOKENIZER) if not (folder / part).is_file()]
        if not config["folder"] or missing:
            raise InvalidConfigException(
                f"SentenceEmbedding needs a folder with {MODEL} and {TOKENIZER}; '{config['folder']}' has none."
            )
        if config["pooling"] not in POOLINGS:
            raise InvalidConfigException(f"SentenceEmbedding: pooling is one of {', '.join(POOLINGS)}.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a short message; other turns want the second core
        self._session = onnxruntime.InferenceSession(
            str(folder / MODEL), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.enable_truncation(int(config["longest"]))
        self._tokenizer.enable_padding()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        return cls(config, execution_context.node_name or "sentence_embedding")

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing beyond what loading the model shows."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        import bot.components.embedding as here

        folder = Path(str(config.get("folder") or ""))
        return fingerprint([here], [path for path in (folder / MODEL, folder / TOKENIZER) if path.is_file()])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        lines = [example for example in training_data.training_examples if example.get(TEXT)]
        for start in range(0, len(lines), LINES_AT_ONCE):
            self._add_features(lines[start : start + LINES_AT_ONCE])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        self._add_features([message for message in messages if message.get(TEXT)])
        return messages

    def _add_features(self, messages: list[Message]) -> None:
        if not messages:
            return
        vectors = self.embed([message.get(TEXT) for message in messages])
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(
                Features(vector[np.newaxis, :], FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"])
            )

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of length one, float32, one row a text."""
        pieces = self._tokenizer.encode_batch([self._config["prefix"] + text for text in texts])
        mask = np.array([piece.attention_mask for piece in pieces], dtype=np.int64)
        given = {
            "input_ids": np.array([piece.ids for piece in pieces], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([piece.type_ids for piece in pieces], dtype=np.int64),
        }
        outputs = self._session.run(None, {name: given[name] for name in given if name in self._inputs})
        # Exports name a ready sentence vector, if there is one, beside the vectors of the pieces.
        ready = [output for output in outputs if output.ndim == 2]
        vectors = ready[0] if ready else self._pool(outputs[0], mask)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(lengths, 1e-9), dtype=np.float32)

    def _pool(self, of_pieces: np.ndarray, mask: np.ndarray) -> np.ndarray:
        if self._config["pooling"] == "first":
            return np.asarray(of_pieces[:, 0])
        kept = mask[:, :, np.newaxis]
        return np.asarray((of_pieces * kept).sum(axis=1) / np.maximum(kept.sum(axis=1), 1))
