"""evaluate runs an ONNX file and prints its figures; the model here is a made-up one that knows brightness only."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer.errors import ModelError
from training.data import Faces
from training.evaluate import main
from training.inference import EmotionSession

from .conftest import made_up, write_folders, write_mosaic

onnx = pytest.importorskip("onnx", reason="the made-up model needs the extra [export]")


def _by_brightness(path: Path, ferplus: bool = True, name: str = "faces", kind: int = onnx.TensorProto.UINT8) -> Path:
    """An ONNX file whose logits are -(mean - 25 c - 29.5)^2 / 100: right for every face of conftest.made_up."""
    make = onnx.helper
    centres = onnx.numpy_helper.from_array((25 * np.arange(7, dtype=np.float32) + 29.5)[None], "centres")
    eight = onnx.numpy_helper.from_array(np.zeros((7, 8), np.float32), "eight")
    axes = onnx.numpy_helper.from_array(np.array([2], np.int64), "axes")
    nodes = [
        make.make_node("Cast", [name], ["pixels"], to=onnx.TensorProto.FLOAT),
        make.make_node("Flatten", ["pixels"], ["flat"]),
        make.make_node("ReduceMean", ["flat", "one"], ["mean"]),
        make.make_node("Sub", ["mean", "centres"], ["away"]),
        make.make_node("Mul", ["away", "away"], ["squared"]),
        make.make_node("Mul", ["squared", "scale"], ["logits"]),
        make.make_node("Softmax", ["logits"], ["probabilities"]),
        make.make_node("MatMul", ["probabilities", "eight"], ["flat8"]),
        make.make_node("Softmax", ["flat8"], ["ferplus"]),
        make.make_node("Identity", ["probabilities"], ["apparent"]),
    ]
    initializers = [
        centres,
        eight,
        axes,
        onnx.numpy_helper.from_array(np.array([1], np.int64), "one"),
        onnx.numpy_helper.from_array(np.float32(-0.01), "scale"),
    ]
    outputs = [("probabilities", 7), ("ferplus", 8), ("apparent", 7)][: 3 if ferplus else 1]
    graph = make.make_graph(
        nodes,
        "brightness",
        [make.make_tensor_value_info(name, kind, ["N", 48, 48])],
        [make.make_tensor_value_info(out, onnx.TensorProto.FLOAT, ["N", n]) for out, n in outputs],
        initializers,
    )
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 18)], ir_version=9)
    make.set_model_props(model, {"uncertain_below": "0.5"})
    onnx.save(model, path)
    return path


def test_json_is_one_line_with_both_label_sets(
    mosaic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = _by_brightness(tmp_path / "model.onnx")
    assert main(["--data", str(mosaic), "--split", "public_test", "--model", str(model), "--json"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    figures = json.loads(printed)
    assert list(figures) == ["fer2013", "ferplus"]
    for values in figures.values():
        assert list(values) == ["accuracy", "macro_f1", "ece", "nll", "n"]
    assert figures["fer2013"]["accuracy"] == 1
    assert figures["fer2013"]["macro_f1"] == 1
    assert figures["fer2013"]["n"] == 35
    # the eight outputs are equal, so the likelihood is that of a guess, over the faces that have a majority
    assert figures["ferplus"]["nll"] == pytest.approx(np.log(8), rel=1e-5)
    assert 0 < figures["ferplus"]["n"] < 35


def test_text_names_every_class(mosaic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = _by_brightness(tmp_path / "model.onnx")
    assert main(["--data", str(mosaic), "--split", "public_test", "--model", str(model)]) == 0
    printed = capsys.readouterr().out
    assert "fer2013 (35 faces)" in printed
    assert "accuracy  100.00%" in printed
    for name in ("angry", "surprise", "contempt", "sadness"):
        assert name in printed


def test_text_says_what_the_product_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faces = made_up(10)
    # what faces 0 to 6 look like in FER+'s order, then a contested one, one that is no face, and a wrong one
    most = [4, 5, 6, 1, 3, 2, 0]
    votes = 10 * np.eye(10, dtype=np.int64)[[*most, 7, 9, 0]]
    write_mosaic(tmp_path, "public_test", Faces(faces.images, faces.labels, votes))
    model = _by_brightness(tmp_path / "model.onnx")
    assert main(["--data", str(tmp_path), "--split", "public_test", "--model", str(model)]) == 0
    printed = capsys.readouterr().out
    assert "apparent (8 faces)\n  accuracy  87.50%" in printed
    assert "labelled  100.00% of all faces" in printed
    assert "wrong     22.22% of the labelled" in printed
    # the FER2013 head is right in 7 of the 8 on which raters agree, but as sure where it is wrong; the other knows nothing
    assert "seven classes from the head fer2013, judged by raters: accuracy 87.50%" in printed
    assert "seven classes from the head ferplus, judged by raters: accuracy 12.50%" in printed


def test_without_votes_or_without_that_head_only_fer2013_is_scored(
    mosaic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folders(tmp_path / "folders", {"test": made_up(14)})
    both = _by_brightness(tmp_path / "both.onnx")
    assert main(["--data", str(tmp_path / "folders"), "--split", "test", "--model", str(both), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["fer2013"]
    alone = _by_brightness(tmp_path / "alone.onnx", ferplus=False)
    assert main(["--data", str(mosaic), "--split", "train", "--model", str(alone), "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["fer2013"]


def test_a_file_that_is_no_emotion_model_is_named(mosaic: Path, tmp_path: Path) -> None:
    (tmp_path / "noise.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"noise\.onnx cannot be loaded as an ONNX model"):
        EmotionSession(tmp_path / "noise.onnx")
    with pytest.raises(ModelError, match=r"There is no model file .*nowhere\.onnx"):
        EmotionSession(tmp_path / "nowhere.onnx")
    with pytest.raises(ModelError, match="its one input must be uint8 and called faces"):
        EmotionSession(_by_brightness(tmp_path / "x.onnx", name="image"))
    with pytest.raises(ModelError, match="its one input must be uint8 and called faces"):
        EmotionSession(_by_brightness(tmp_path / "x.onnx", kind=onnx.TensorProto.FLOAT))
