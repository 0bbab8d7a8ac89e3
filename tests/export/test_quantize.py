"""The emotion model in whole numbers: the same contract, the same answers, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from meeting_analyzer.models import EMOTION
from training.data import Faces, load
from training.inference import PROBABILITIES, EmotionSession
from training.labels import FER2013, FERPLUS_OF_FER2013

pytest.importorskip("onnx", reason="the export needs the extra [export]")

import onnx

from export import quantize

MODELS = Path(__file__).parents[2] / "models"
FLOAT = MODELS / quantize.FLOAT


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kaggle's folders with blobs that are labelled as the model in floating point sees them."""
    folder = tmp_path_factory.mktemp("data")
    small = np.random.default_rng(0).integers(0, 256, (120, 6, 6)).astype(np.uint8)
    faces = np.stack([cv2.resize(each, (48, 48), interpolation=cv2.INTER_CUBIC) for each in small])
    seen = EmotionSession(FLOAT).run(faces)[PROBABILITIES].argmax(axis=1)
    for part in ("train", "test"):
        for name in FER2013:
            (folder / part / name).mkdir(parents=True)
    for index, (face, label) in enumerate(zip(faces, seen, strict=True)):
        place = folder / ("train" if index < 80 else "test") / FER2013[label]
        cv2.imwrite(str(place / f"{index}.png"), face)
    return folder


@pytest.fixture(autouse=True)
def blobs_are_hard(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is between two classes falls to one or the other; faces are clearer than blobs."""
    monkeypatch.setattr(quantize, "LOST", 0.1)


def test_whole_numbers_give_the_same_answers_from_a_smaller_file(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "emotion.onnx"
    done = quantize.export(FLOAT, data, "test", out)
    assert done.sizes == (FLOAT.stat().st_size, out.stat().st_size)
    assert done.sizes[1] < 0.4 * done.sizes[0]
    before, after = done.accuracies["fer2013"]
    assert before == 1.0
    assert after >= 0.9
    assert done.agreement == pytest.approx(after)
    old, new = EmotionSession(FLOAT).metadata(), EmotionSession(out).metadata()
    assert new == old | {"numbers": "int8"}, "there are no votes here to set the threshold by"


def test_with_votes_the_threshold_is_set_by_what_the_whole_numbers_say(data: Path) -> None:
    faces = load(data, "test")
    proto = onnx.load(MODELS / EMOTION)
    said = EmotionSession(MODELS / EMOTION).run(faces.images)["apparent"]
    surest = np.argsort(-said.max(axis=1))
    # raters who agree with the surest half of what it says, and with nothing of the rest
    votes = np.zeros((len(faces), 10), np.int64)
    votes[np.arange(len(faces)), np.array(FERPLUS_OF_FER2013)[said.argmax(axis=1)]] = 10
    votes[surest[len(faces) // 2 :]] = np.eye(10, dtype=np.int64)[7] * 10
    quantize._set_threshold(proto, Faces(faces.images, faces.labels, votes))
    below = next(float(entry.value) for entry in proto.metadata_props if entry.key == "uncertain_below")
    labelled = (said.max(axis=1) >= below).sum()
    assert labelled == len(faces) // 2 / 0.9 // 1


def test_the_same_faces_give_the_same_file(data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        quantize.export(FLOAT, data, "test", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_that_loses_too_much_is_not_written(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(quantize, "LOST", -0.5)
    out = tmp_path / "emotion.onnx"
    out.write_bytes(b"the one before")
    assert quantize.main(["--data", str(data), "--split", "test", "--model", str(FLOAT), "--out", str(out)]) == 1
    assert "falls from 100.00%" in capsys.readouterr().err
    assert out.read_bytes() == b"the one before"


def test_a_missing_model_is_one_sentence(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quantize.main(["--data", str(data), "--model", str(tmp_path / "none.onnx")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_shipped_file_is_made_from_the_one_beside_it() -> None:
    whole, plain = EmotionSession(MODELS / EMOTION), EmotionSession(FLOAT)
    threshold = {"uncertain_below": whole.metadata()["uncertain_below"]}
    assert whole.metadata() == plain.metadata() | {"numbers": "int8"} | threshold
    assert abs(float(threshold["uncertain_below"]) - float(plain.metadata()["uncertain_below"])) < 0.05
    small = np.random.default_rng(3).integers(0, 256, (200, 6, 6)).astype(np.uint8)
    faces = np.stack([cv2.resize(each, (48, 48), interpolation=cv2.INTER_CUBIC) for each in small])
    a, b = whole.run(faces)[PROBABILITIES], plain.run(faces)[PROBABILITIES]
    assert np.abs(a - b).mean() < 0.02
    best, second = np.sort(b, axis=1)[:, -1], np.sort(b, axis=1)[:, -2]
    clear = best - second > 0.1
    assert (a.argmax(axis=1) == b.argmax(axis=1))[clear].mean() > 0.97
