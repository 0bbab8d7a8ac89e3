"""A network filled from an exported file answers as the file does, with a batch's statistics too; misfits are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meeting_analyzer.errors import ModelError
from training import run as runs
from training import train
from training.inference import EmotionSession

from .conftest import made_up

pytest.importorskip("tensorflow", reason="training needs the extra [train]")
onnx = pytest.importorskip("onnx", reason="training from a file needs the extra [train]")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

MODELS = Path(__file__).parents[2] / "models"


def _model(**architecture: Any) -> Any:
    from training.network import Architecture, build

    return build(Architecture(**architecture))


def test_the_network_of_a_file_answers_alike_in_training_and_in_use() -> None:
    from training.warm_start import fill

    faces, model = made_up(128).images, _model(dropout=0.0)
    fill(model, MODELS / "emotion_float32.onnx", faces)
    in_use = model(faces.astype(np.float32), training=False)
    in_training = model(faces.astype(np.float32), training=True)
    for head in ("fer2013", "ferplus"):
        # the batch is what the statistics were measured on
        np.testing.assert_allclose(in_training[head], in_use[head], atol=2e-2)
    for layer in model.layers:
        if "conv" in layer.name and not layer.use_bias:
            np.testing.assert_allclose(np.square(layer.kernel).sum(axis=(0, 1, 2)), 1, rtol=1e-5)


def test_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    from training.warm_start import fill

    faces = made_up(8).images
    with pytest.raises(ModelError, match=r"emotion\.onnx is of another architecture or in whole numbers"):
        fill(_model(), MODELS / "emotion.onnx", faces)
    with pytest.raises(ModelError, match=r"lacks weights of the shape \(3, 3, 32, 40\)"):
        fill(_model(widths=(32, 40, 160)), MODELS / "emotion_float32.onnx", faces)
    with pytest.raises(ModelError, match="its weights give other answers here"):
        fill(_model(blocks=(1, 2, 3)), MODELS / "emotion_float32.onnx", faces)
    bare = onnx.load(MODELS / "emotion_float32.onnx")
    del bare.metadata_props[:]
    onnx.save(bare, tmp_path / "bare.onnx")
    with pytest.raises(ModelError, match=r"bare\.onnx cannot be started from"):
        fill(_model(), tmp_path / "bare.onnx", faces)
    with pytest.raises(ModelError, match=r"There is no model file .*nowhere\.onnx"):
        fill(_model(), tmp_path / "nowhere.onnx", faces)


def test_a_run_starts_from_an_exported_file(mosaic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shipped = MODELS / "emotion_float32.onnx"
    command = ["--data", str(mosaic), "--batch", "64", "--epochs", "1", "--learning-rate", "1e-6"]
    more = ["--precision", "float32", "--start", str(shipped)]
    assert train.main([*command, *more, "--run", str(tmp_path / "run")]) == 0
    assert json.loads((tmp_path / "run" / "config.json").read_text())["start"] is not None
    from training.checkpoint import load_average, logits
    from training.data import load

    faces = load(mosaic, "public_test").images
    heads = logits(load_average(tmp_path / "run")[0], faces)
    said = EmotionSession(shipped).run(faces)["ferplus"]
    assert (heads["ferplus"].argmax(axis=1) == said.argmax(axis=1)).mean() > 0.5

    capsys.readouterr()
    wrong = [*command, "--precision", "float32", "--start", str(MODELS / "emotion.onnx"), "--run", str(tmp_path / "no")]
    assert train.main(wrong) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "in whole numbers" in error
    assert runs.newest_checkpoint(tmp_path / "no") is None
