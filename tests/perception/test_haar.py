"""OpenCV's cascade per tile."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from people import placed, sights

from meeting_analyzer.errors import ModelError
from meeting_analyzer.perception import haar
from meeting_analyzer.perception.haar import HaarDetector, score_of


@pytest.mark.parametrize("width", [160, 384, 1280])
def test_faces_are_found_in_tiles_of_every_size(width: int) -> None:
    tiles = [placed(sight, width, width * 9 // 16, 1.0) for sight in sights()]
    found = HaarDetector().detect([tile for tile, _ in tiles])
    hits = sum(any(f.box.iou(truth) > 0.35 for f in faces) for (_, truth), faces in zip(tiles, found, strict=True))
    assert hits >= 0.9 * len(tiles)
    assert sum(map(len, found)) <= len(tiles)
    assert all(0.5 <= face.score <= 1 and face.keypoints == () for faces in found for face in faces)


def test_scores_rise_with_the_weight_within_0_and_1() -> None:
    scores = [score_of(weight) for weight in (-1e9, -2.0, 1.5, 4.0, 1e9)]
    assert scores == sorted(scores)
    assert scores[2] == pytest.approx(0.5)
    assert 0 <= scores[0] < 1e-9
    assert 1 - 1e-9 < scores[-1] <= 1


def test_empty_and_tiny_crops_have_no_faces() -> None:
    assert HaarDetector().detect([np.zeros((0, 5, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)]) == [[], []]


def test_opencv_5_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    with pytest.raises(ModelError, match='pip install "opencv-python<5"'):
        HaarDetector()


def test_a_missing_cascade_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(haar, "CASCADE", "no_such_cascade.xml")
    with pytest.raises(ModelError, match=r"no_such_cascade\.xml is missing"):
        HaarDetector()
