"""The classifier on a model that tells brightness: bright faces are "happy"."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from meeting_analyzer import models
from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception.emotion import EmotionClassifier
from meeting_analyzer.types import Box, Face

METADATA = {"uncertain_below": "0.6", "framing": json.dumps({"left_eye": [0.3, 0.4], "right_eye": [0.7, 0.4]})}


def brightness_model(folder: Path, metadata: dict[str, str], classes: int = 7, side: int = 48) -> None:
    """softmax(mean brightness * weights): the brighter, the more probable is class 3."""
    weights = np.zeros((1, classes), np.float32)
    weights[0, 3] = 6.0
    nodes = [
        helper.make_node("Cast", ["faces"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["f", "scale"], ["g"]),
        helper.make_node("ReduceMean", ["g", "axes"], ["h"], keepdims=0),
        helper.make_node("Reshape", ["h", "column"], ["i"]),
        helper.make_node("MatMul", ["i", "w"], ["j"]),
        helper.make_node("Softmax", ["j"], ["apparent"], axis=1),
    ]
    constants = {"scale": np.float32(1 / 255), "axes": np.array([1, 2]), "column": np.array([-1, 1]), "w": weights}
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", 48, side])],
        [helper.make_tensor_value_info("apparent", TensorProto.FLOAT, ["N", classes])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.save(model, str(folder / models.EMOTION))
    digest = hashlib.sha256((folder / models.EMOTION).read_bytes()).hexdigest()
    (folder / models.SUMS).write_text(f"{digest}  {models.EMOTION}\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(tmp_path))
    return tmp_path


def half_bright() -> np.ndarray:
    image = np.zeros((200, 400, 3), np.uint8)
    image[:, 200:] = 255
    return image


def test_faces_keep_their_order_and_get_probabilities_label_and_confidence(folder: Path) -> None:
    brightness_model(folder, METADATA)
    faces = [Face(Box(20, 50, 80, 80), 0.9), Face(Box(300, 50, 5, 5), 0.7), Face(Box(280, 50, 80, 80), 0.8)]
    classifier = EmotionClassifier(threads=1)
    dark, tiny, bright = classifier.classify(half_bright(), faces)
    assert classifier.uncertain_below == 0.6
    assert [dark.box, tiny, bright.box] == [faces[0].box, faces[1], faces[2].box]
    assert dark.emotion == pytest.approx((1 / 7,) * 7)
    assert (dark.label, dark.confidence) == ("uncertain", pytest.approx(1 / 7))
    assert bright.emotion is not None
    assert sum(bright.emotion) == pytest.approx(1)
    assert (bright.label, bright.confidence) == ("happy", pytest.approx(np.exp(6) / (np.exp(6) + 6)))
    assert tiny.emotion is tiny.label is tiny.confidence is None


@pytest.mark.parametrize("count", [0, 1, 49, 70])
def test_any_number_of_faces_is_one_call(folder: Path, count: int) -> None:
    brightness_model(folder, METADATA)
    faces = [Face(Box(280, 50, 60, 60), 0.8) for _ in range(count)]
    assert [face.label for face in EmotionClassifier(1).classify(half_bright(), faces)] == ["happy"] * count


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"uncertain_below": "0.5"},
        {**METADATA, "uncertain_below": "often"},
        {**METADATA, "framing": "[]"},
        {**METADATA, "framing": '{"left_eye": [1], "right_eye": [1, 2]}'},
    ],
)
def test_a_model_that_does_not_say_how_it_wants_faces_is_refused(folder: Path, metadata: dict[str, str]) -> None:
    brightness_model(folder, metadata)
    with pytest.raises(ModelError, match=r"emotion\.onnx is no emotion model of this product"):
        EmotionClassifier()


def test_faces_must_be_square(folder: Path) -> None:
    brightness_model(folder, METADATA, side=64)
    with pytest.raises(ModelError, match="64x48"):
        EmotionClassifier()


def test_seven_classes_or_none(folder: Path) -> None:
    brightness_model(folder, METADATA, classes=8)
    with pytest.raises(ModelError, match="7 classes"):
        EmotionClassifier().classify(half_bright(), [Face(Box(20, 50, 80, 80), 0.9)])


def test_a_missing_model_is_one_sentence(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"emotion\.onnx is missing: reinstall"):
        EmotionClassifier()
