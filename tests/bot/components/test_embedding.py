"""An operator's sentence-embedding model: a small one is made here, in the formats real ones come in."""

import json

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
from onnx import TensorProto, helper, numpy_helper
from rasa.shared.exceptions import InvalidConfigException
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from bot.components.embedding import SentenceEmbedding
from scripts.nlu_pipeline import TrainedPipeline

NAME = "bot.components.embedding.SentenceEmbedding"
WORDS = {"[UNK]": 0, "rimborso": 1, "dentista": 2, "query": 3, "refund": 4, "klaim": 5}
VECTORS = np.array(
    [[0, 0, 0], [3, 0, 0], [0, 4, 0], [0, 0, 5], [3, 0, 0], [3, 0, 0]],
    dtype=np.float32,
)


def write_model(folder, *, ready: bool) -> None:
    """`ready`: the model gives a vector a sentence, not only one a word piece."""
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    ids, mask = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["lines", "pieces"])
        for name in ("input_ids", "attention_mask")
    )
    nodes = [helper.make_node("Gather", ["vectors", "input_ids"], ["last_hidden_state"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["lines", "pieces", 3])]
    if ready:
        nodes.append(helper.make_node("ReduceMax", ["last_hidden_state"], ["sentence"], axes=[1], keepdims=0))
        outputs.append(helper.make_tensor_value_info("sentence", TensorProto.FLOAT, ["lines", 3]))
    graph = helper.make_graph(
        nodes, "small", [ids, mask], outputs, [numpy_helper.from_array(VECTORS, "vectors")]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))


def embedder(folder, **config) -> SentenceEmbedding:
    whole = {**SentenceEmbedding.get_default_config(), "folder": str(folder), **config}
    return SentenceEmbedding(whole, "embedding")


def test_sentences_become_the_mean_of_their_pieces_without_the_padding(tmp_path) -> None:
    write_model(tmp_path, ready=False)
    vectors = embedder(tmp_path).embed(["rimborso dentista", "rimborso"])
    assert np.allclose(vectors, [[0.6, 0.8, 0], [1, 0, 0]])


def test_a_ready_sentence_vector_a_prefix_and_the_first_piece_are_used_where_wanted(tmp_path) -> None:
    write_model(tmp_path, ready=False)
    assert np.allclose(embedder(tmp_path, pooling="first").embed(["dentista rimborso"]), [[0, 1, 0]])
    prefixed = embedder(tmp_path, prefix="query ", pooling="first")
    assert np.allclose(prefixed.embed(["rimborso"]), [[0, 0, 1]])
    write_model(tmp_path, ready=True)
    assert np.allclose(embedder(tmp_path).embed(["rimborso dentista"]), [[0.6, 0.8, 0]])


def test_a_missing_model_or_an_unknown_pooling_is_said_at_the_start(tmp_path) -> None:
    with pytest.raises(InvalidConfigException, match=r"model\.onnx"):
        embedder(tmp_path)
    write_model(tmp_path, ready=False)
    with pytest.raises(InvalidConfigException, match="pooling"):
        embedder(tmp_path, pooling="max")


def test_another_model_retrains(tmp_path) -> None:
    write_model(tmp_path, ready=False)
    config = {"folder": str(tmp_path)}
    before = SentenceEmbedding.fingerprint_addon(config)
    write_model(tmp_path, ready=True)
    assert SentenceEmbedding.fingerprint_addon(config) != before


def test_a_word_no_training_line_has_is_understood_by_its_vector(lines, tmp_path, root) -> None:
    """ "refund" lies where "rimborso" lies; without the model it is an unknown word."""
    from scripts.nlu_pipeline import pipeline_of

    write_model(tmp_path, ready=False)
    pipeline = pipeline_of(root / "config.yml")
    quick = {**pipeline[-1], "networks": 1, "hidden": 64, "epochs": 40, "feature_dropout": 0.2}
    some = [line for line in lines if line.get("intent") in {"claim_reimbursement", "thank", "greet"}]
    some = [line for line in some if "refund" not in line.get("text").lower()]
    asked = "zxq refund"

    def share(*more: dict) -> float:
        trained = TrainedPipeline([*pipeline[:-1], *more, quick], some)
        ranking = trained.parse([asked])[0]["intent_ranking"]
        return next(entry["confidence"] for entry in ranking if entry["name"] == "claim_reimbursement")

    assert share({"name": NAME, "folder": str(tmp_path)}) > share() + 0.1


def test_the_tokenizer_file_is_read_as_others_write_it(tmp_path) -> None:
    write_model(tmp_path, ready=False)
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    content["truncation"] = {"direction": "Right", "max_length": 1, "strategy": "LongestFirst", "stride": 0}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    assert np.allclose(embedder(tmp_path).embed(["rimborso dentista"]), [[0.6, 0.8, 0]])
