"""A run becomes an ONNX file that agrees with Keras, or nothing is written; the shipped file keeps its contract."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from meeting_analyzer.models import EMOTION
from training import run as runs
from training.calibrate import Calibration
from training.calibration import Scaling
from training.data import IMAGE_SUFFIXES
from training.framing import Framing, read_framing
from training.inference import EmotionSession
from training.labels import FER2013, FERPLUS, apparent_probabilities

pytestmark = pytest.mark.filterwarnings("ignore")  # those of TensorFlow and tf2onnx

SHIPPED = Path(__file__).parents[2] / "models" / EMOTION
SCALINGS = {"fer2013": Scaling(0.8, (0.1, 0, 0, 0, -0.2, 0, 0)), "ferplus": Scaling(1.3, (0, 0, 0.4, 0, 0, 0, 0, -0.3))}
CALIBRATION = Calibration(1, "test", SCALINGS, "ferplus", 0.456, 0.5, 0.1, 0.1, {"fer2013": (0.05, 0.01)})
FRAMING = Framing((0.3, 0.4), (0.7, 0.4), (0.1, 0.1), (0.1, 0.1), 10, 9, "train")


def _faces(count: int) -> np.ndarray:
    """Random blobs at every brightness, from black to white."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (count, 6, 6)).astype(np.uint8)
    faces = np.stack([cv2.resize(each, (48, 48), interpolation=cv2.INTER_CUBIC) for each in small])
    faces[0], faces[1] = 0, 255
    return faces


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Kaggle's folders with two faces a class."""
    assert ".png" in IMAGE_SUFFIXES
    for index, face in enumerate(_faces(14)):
        folder = tmp_path / "data" / "test" / FER2013[index % 7]
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / f"{index}.png"), face)
    return tmp_path / "data"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A calibrated run of a tiny network whose weights were never trained."""
    pytest.importorskip("tensorflow", reason="the export needs the extra [export]")
    import keras

    from training.network import Architecture, build

    keras.utils.set_random_seed(1)
    keras.mixed_precision.set_global_policy("float32")
    architecture = Architecture(stem=4, widths=(4, 8), blocks=(1, 2), attention_from=8)
    model = build(architecture)
    for weight in model.weights:  # moving averages and shifts that are not 0 and 1, so that their folding is seen
        if weight.name in ("moving_mean", "moving_variance", "beta", "gamma"):
            weight.assign(np.random.default_rng(2).uniform(0.5, 1.5, weight.shape))
    folder = tmp_path / "tiny"
    folder.mkdir()
    runs.write_settings(folder, runs.Settings(architecture=asdict(architecture)))
    runs.save_checkpoint(folder, runs.State(epoch=1), model, model)
    (folder / "calibration.json").write_text(json.dumps(asdict(CALIBRATION)))
    (folder / "framing.json").write_text(json.dumps(asdict(FRAMING)))
    return folder


def test_the_exported_file_keeps_the_contract(run: Path, data: Path, tmp_path: Path) -> None:
    from export import emotion

    out = tmp_path / "out" / "emotion.onnx"
    result = emotion.export(run, data, "test", out, run / "framing.json")
    assert result.difference <= emotion.TOLERANCE
    assert result.faces == 14
    assert result.size == out.stat().st_size
    assert result.milliseconds > 0
    assert [path.name for path in out.parent.iterdir()] == ["emotion.onnx"]
    _check_contract(out)
    written = EmotionSession(out).metadata()
    assert float(written["uncertain_below"]) == pytest.approx(0.456)
    assert json.loads(written["ferplus_scaling"]) == [1.3, [0, 0, 0.4, 0, 0, 0, 0, -0.3]]
    outputs = EmotionSession(out).run(_faces(9))
    np.testing.assert_allclose(outputs["apparent"], apparent_probabilities(outputs["ferplus"]), atol=1e-6)

    # calibrated on faces without votes
    (run / "calibration.json").write_text(json.dumps(asdict(replace(CALIBRATION, head="fer2013"))))
    emotion.export(run, data, "test", tmp_path / "voteless.onnx", run / "framing.json")
    outputs = EmotionSession(tmp_path / "voteless.onnx").run(_faces(9))
    np.testing.assert_array_equal(outputs["apparent"], outputs["probabilities"])
    (run / "calibration.json").write_text(json.dumps(asdict(CALIBRATION)))
    assert json.loads(written["framing"]) == {"left_eye": [0.3, 0.4], "right_eye": [0.7, 0.4]}
    assert written["training_run"] == "tiny, epoch 1"

    with pytest.MonkeyPatch.context() as patch:  # a file that differs too much is not written over a good one
        patch.setattr(emotion, "difference", lambda *_: 2e-4)
        before = out.read_bytes()
        with pytest.raises(emotion.ModelError, match=r"differs from Keras by 0\.0002 on test"):
            emotion.export(run, data, "test", out, run / "framing.json")
        assert out.read_bytes() == before
        patch.setattr(emotion, "difference", lambda *_: float("nan"))
        with pytest.raises(emotion.ModelError, match="differs from Keras by nan"):
            emotion.export(run, data, "test", out, run / "framing.json")


def test_a_run_that_was_not_calibrated_or_came_further_is_named(
    run: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from export import emotion

    def said() -> str:
        out = tmp_path / "emotion.onnx"
        assert emotion.main(["--run", str(run), "--data", str(data), "--split", "test", "--out", str(out)]) == 1
        assert not out.exists()
        printed = capsys.readouterr()
        assert printed.err.count("\n") == 1
        return printed.err

    (run / "calibration.json").write_text(json.dumps(asdict(replace(CALIBRATION, epoch=7))))
    assert "was calibrated at epoch 7 but has come to 1" in said()
    runs.write_settings(run, runs.Settings(architecture={"stem": 4, "widths": [4, 12], "blocks": [1, 2]}))
    assert "damaged or of another architecture" in said()
    (run / "calibration.json").unlink()
    assert "run python -m training.calibrate first" in said()


def test_the_shipped_file_keeps_the_contract() -> None:
    _check_contract(SHIPPED)
    written = EmotionSession(SHIPPED).metadata()
    framing = read_framing()
    assert json.loads(written["framing"]) == {
        "left_eye": list(framing.left_eye),
        "right_eye": list(framing.right_eye),
    }
    assert framing.left_eye[0] < 0.5 < framing.right_eye[0]
    assert 0.3 < float(written["uncertain_below"]) < 1


def _check_contract(path: Path) -> None:
    """Input, outputs, opset, size and metadata, as the runtime relies on them."""
    onnx: Any = pytest.importorskip("onnx", reason="reading the graph needs the extra [export]")
    assert path.stat().st_size <= 5_000_000
    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 18)]
    assert "BatchNormalization" not in {node.op_type for node in proto.graph.node}

    session = EmotionSession(path)
    (faces,) = session.session.get_inputs()
    assert (faces.name, faces.type, faces.shape) == ("faces", "tensor(uint8)", ["N", 48, 48])
    outputs = {each.name: (each.type, each.shape) for each in session.session.get_outputs()}
    assert outputs == {
        "probabilities": ("tensor(float)", ["N", 7]),
        "ferplus": ("tensor(float)", ["N", 8]),
        "apparent": ("tensor(float)", ["N", 7]),
    }
    images = _faces(9)
    together = session.run(images)
    for name, rows in together.items():
        assert np.isfinite(rows).all(), "also for a black and a white image"
        np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
        alone = np.concatenate([session.run(image[None])[name] for image in images])
        np.testing.assert_allclose(alone, rows, atol=1e-5)

    written = session.metadata()
    assert written["labels"] == "angry,disgust,fear,happy,sad,surprise,neutral"
    assert written["ferplus_labels"] == ",".join(FERPLUS)
    assert written["license"] == "Apache-2.0"
    assert written["version"]
    assert written["training_run"]
    assert written["apparent"] == "ferplus"
    for head, classes in (("fer2013", 7), ("ferplus", 8)):
        temperature, bias = json.loads(written[f"{head}_scaling"])
        assert temperature > 0
        assert len(bias) == classes
