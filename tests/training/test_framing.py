"""Eye positions are fractions of the crop, whatever was added around it, and the mirror image counts as much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from meeting_analyzer.perception.base import FaceDetector
from meeting_analyzer.types import Box, Face, Image
from training import framing
from training.data import DataError
from training.framing import Framing


class DotDetector(FaceDetector):
    """Takes the two brightest spots, one in each half, for eyes; sees nothing in a picture without any."""

    def detect(self, crops: Sequence[Image]) -> list[list[Face]]:
        return [self._face(crop[:, :, 0].astype(int)) for crop in crops]

    def _face(self, gray: np.ndarray) -> list[Face]:
        if gray.max() < 200:
            return []
        half = gray.shape[1] // 2
        points = []
        for offset, part in ((0, gray[:, :half]), (half, gray[:, half:])):
            rows, columns = np.nonzero(part == part.max())
            points.append((columns.mean() + offset + 0.5, rows.mean() + 0.5))
        return [Face(Box(0, 0, 10, 10), 0.9, tuple(points) + ((0.0, 0.0),) * 4)]


class EyesAndMouth(DotDetector):
    """The same, with a mouth as far below the eyes as these are apart and a box around it all."""

    def _face(self, gray: np.ndarray) -> list[Face]:
        return [self._whole(face) for face in super()._face(gray)]

    def _whole(self, face: Face) -> Face:
        left, right = (complex(*point) for point in face.keypoints[:2])
        mouth = (left + right) / 2 + (right - left) * 1j
        points = (*face.keypoints[:2], (0.0, 0.0), (mouth.real, mouth.imag), *face.keypoints[4:])
        return replace(face, box=Box(0, 0, *(2 * [round(2 * abs(right - left))])), keypoints=points)


def _with_eyes(left: tuple[int, int], right: tuple[int, int]) -> np.ndarray:
    image = np.full((48, 48), 20, np.uint8)
    for x, y in (left, right):
        image[y, x] = 255
    return image


def test_eyes_are_fractions_of_the_crop_and_missing_faces_are_nan() -> None:
    images = np.stack([_with_eyes((12, 18), (36, 20)), np.full((48, 48), 20, np.uint8)])
    points = framing.eyes(images, DotDetector())
    np.testing.assert_allclose(points[0], np.array([[12.5, 18.5], [36.5, 20.5]]) / 48, atol=0.004)
    assert np.isnan(points[1]).all()


def test_the_mean_is_even_handed_between_left_and_right() -> None:
    images = np.stack([_with_eyes((12, 18), (36, 20)), _with_eyes((14, 18), (34, 22))])
    measured = framing.measure(images, DotDetector(), "train")
    assert (measured.faces, measured.found, measured.split) == (4, 4, "train")
    assert measured.left_eye[0] + measured.right_eye[0] == pytest.approx(1, abs=0.004)
    assert measured.left_eye[1] == pytest.approx(measured.right_eye[1], abs=0.004)
    assert measured.left_eye[0] == pytest.approx((12.5 + 11.5 + 14.5 + 13.5) / 4 / 48, abs=0.004)


def test_no_face_at_all_is_named() -> None:
    with pytest.raises(DataError, match="No face is found in the split train"):
        framing.measure(np.zeros((3, 48, 48), np.uint8), DotDetector(), "train")


def test_a_face_is_framed_anew_where_its_eyes_were_found() -> None:
    images = np.stack([_with_eyes((12, 18), (36, 20)), np.full((48, 48), 20, np.uint8)])
    target = replace(framing.read_framing(), left_eye=(0.3, 0.4), right_eye=(0.7, 0.4))
    matrices = framing.product_framings(images, EyesAndMouth(), target)
    assert matrices.shape == (2, 2, 3)
    eyes = np.array([[12, 18], [36, 20]]) @ matrices[0, :, :2].T + matrices[0, :, 2]
    np.testing.assert_allclose((eyes + 0.5) / 48, [[0.3, 0.4], [0.7, 0.4]], atol=0.01)
    assert np.isnan(matrices[1]).all()


def test_the_committed_measurement_is_read_and_a_damaged_one_named(tmp_path: Path) -> None:
    measured = framing.read_framing()
    assert isinstance(measured, Framing)
    assert measured.found > 0.9 * measured.faces
    assert measured.left_eye[0] + measured.right_eye[0] == pytest.approx(1, abs=0.01)
    (tmp_path / "framing.json").write_text('{"left_eye": 3')
    with pytest.raises(DataError, match=r"run python -m training\.framing"):
        framing.read_framing(tmp_path / "framing.json")
