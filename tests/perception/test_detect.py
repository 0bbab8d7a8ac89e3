"""Which detector is used, and what takes over."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from people import sights

from meeting_analyzer import models
from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception import detect
from meeting_analyzer.perception.detect import DETECTORS, make_detector
from meeting_analyzer.perception.haar import HaarDetector


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the models that may be damaged."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in (models.FACE_SHORT_RANGE, models.FACE_FULL_RANGE, models.SUMS):
        shutil.copy(models.models_dir() / name, folder / name)
    monkeypatch.setenv("MEETING_ANALYZER_MODELS", str(folder))
    return folder


def refuse(reason: str) -> Any:
    """A way to make a detector that cannot be had."""

    def make(_: object) -> NoReturn:
        raise ModelError(reason)

    return make


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DETECTORS, "package", refuse("The mediapipe package is not installed: pip install it."))


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def remove(path: Path) -> None:
    path.unlink()


def make_unloadable(path: Path) -> None:
    """The checksum is right, the file is no model."""
    import hashlib

    path.write_bytes(b"nonsense")
    sums = path.parent / models.SUMS
    lines = [line for line in sums.read_text().splitlines() if path.name not in line]
    sums.write_text("\n".join([*lines, f"{hashlib.sha256(b'nonsense').hexdigest()}  {path.name}"]))


@pytest.mark.parametrize(
    ("harm", "word"), [(damage, "damaged"), (remove, "missing"), (make_unloadable, "cannot be loaded")]
)
def test_haar_takes_over_says_so_once_and_finds_faces(shipped: Path, no_package: None, harm: Any, word: str) -> None:
    harm(shipped / models.FACE_SHORT_RANGE)
    told: list[str] = []
    detector = make_detector("mediapipe", "onnx", "auto", 1, 0.5, told.append)
    assert isinstance(detector, HaarDetector)
    people = sights()
    found = detector.detect([sight.image for sight in people])
    assert sum(map(bool, found)) >= 0.9 * len(people)
    (sentence,) = told
    assert word in sentence
    assert "Haar" in sentence
    assert 'pip install "meeting-analyzer[mediapipe]"' in sentence
    assert "\n" not in sentence


def test_an_installed_package_takes_over_before_haar(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = HaarDetector()
    monkeypatch.setitem(DETECTORS, "package", lambda wish: stand_in)
    damage(shipped / models.FACE_FULL_RANGE)
    told: list[str] = []
    assert make_detector("mediapipe", "onnx", "full", 1, 0.5, told.append) is stand_in
    assert len(told) == 1
    assert "mediapipe package finds the faces instead" in told[0]


@pytest.mark.parametrize("engine", ["onnx", "package"])
def test_haar_asked_for_is_no_trouble(engine: Any) -> None:
    told: list[str] = []
    assert make_detector("haar", engine, "auto", 1, 0.5, told.append).name.startswith("haar")
    assert told == []


def test_mediapipe_by_onnx_is_what_one_gets() -> None:
    told: list[str] = []
    assert make_detector("mediapipe", "onnx", "short", 1, 0.5, told.append).name == "mediapipe (onnx, short range)"
    assert told == []


def test_who_asks_for_the_package_is_told_that_it_is_missing(no_package: None) -> None:
    with pytest.raises(ModelError, match="not installed"):
        make_detector("mediapipe", "package", "auto", 1, 0.5, lambda _: None)


def test_with_nothing_left_every_reason_is_named(
    shipped: Path, no_package: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(shipped / models.FACE_SHORT_RANGE)
    monkeypatch.setitem(DETECTORS, "haar", refuse("OpenCV has no cascades."))
    with pytest.raises(ModelError, match=r"missing.*not installed.*no cascades"):
        make_detector("mediapipe", "onnx", "auto", 1, 0.5, lambda _: None)


def test_a_failure_while_detecting_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = make_detector("mediapipe", "onnx", "short", 1, 0.5, lambda _: None)
    with pytest.raises((TypeError, AttributeError)):
        detector.detect([None])  # type: ignore[list-item]
    assert detector.detect([np.zeros((20, 20, 3), np.uint8)]) == [[]]


def test_the_table_and_the_order_name_the_same_detectors() -> None:
    assert {name for names in detect.ORDER.values() for name in names} == set(DETECTORS)
