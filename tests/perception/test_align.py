"""Faces in the emotion model's framing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.align import EYES_IN_HAAR_BOX, Framing, eyes_of, framed, transform
from meeting_analyzer.types import Box, Face

FRAMING = Framing((0.3, 0.4), (0.7, 0.4))
SIDE = 48


def face_at(x: float, y: float, eyes: float, degrees: float = 0.0, yaw: float = 1.0) -> Face:
    """A face whose eyes' middle is at (x, y), `eyes` apart when seen from the front, turned by `degrees`."""
    turn = np.exp(1j * np.radians(degrees))
    middle, across, down = complex(x, y), eyes * turn, 1.1 * eyes * 1j * turn
    points = [middle - across * yaw / 2, middle + across * yaw / 2, middle + down / 2, middle + down]
    points += [middle - across, middle + across]
    side = round(2.4 * eyes)
    box = Box(round(x - side / 2), round(y - 0.35 * side), side, side)
    return Face(box, 0.9, tuple((p.real, p.imag) for p in points))


def moved(face: Face, points: list[tuple[float, float]]) -> np.ndarray:
    matrix = transform(face, FRAMING, SIDE)
    assert matrix is not None
    return np.array(points) @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("degrees", [0, 20, -35, 90, 180])
@pytest.mark.parametrize("eyes", [10, 60, 300])
def test_eyes_land_where_the_framing_wants_them(degrees: float, eyes: float) -> None:
    face = face_at(500, 400, eyes, degrees)
    wanted = np.array([FRAMING.left_eye, FRAMING.right_eye]) * SIDE
    np.testing.assert_allclose(moved(face, list(face.keypoints[:2])), wanted, atol=1e-6)


@pytest.mark.parametrize("yaw", [0.6, 0.1, 0.0])
def test_a_turned_head_keeps_its_scale(yaw: float) -> None:
    front, turned = (transform(face_at(500, 400, 60, 10, y), FRAMING, SIDE) for y in (1.0, yaw))
    assert front is not None
    assert turned is not None
    scale = np.hypot(turned[0, 0], turned[1, 0]) / np.hypot(front[0, 0], front[1, 0])
    assert 0.9 < scale < 1.25
    angle = np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))
    assert angle == pytest.approx(-10, abs=1)


def test_without_keypoints_the_box_tells_where_the_eyes_are() -> None:
    face = Face(Box(100, 50, 200, 200), 0.8)
    eyes = [(100 + 200 * fx, 50 + 200 * fy) for fx, fy in EYES_IN_HAAR_BOX]
    np.testing.assert_allclose(moved(face, eyes), np.array([FRAMING.left_eye, FRAMING.right_eye]) * SIDE, atol=1e-6)


@pytest.mark.parametrize(
    "face",
    [
        Face(Box(0, 0, 7, 40), 0.9),
        Face(Box(0, 0, 40, 40), 0.9, ((5.0, 5.0),) * 6),
        Face(Box(0, 0, 40, 40), 0.9, ((float("nan"), 5.0),) * 6),
    ],
)
def test_a_face_without_extent_is_not_framed(face: Face) -> None:
    assert eyes_of(face) is None
    assert framed(np.zeros((50, 50, 3), np.uint8), face, FRAMING, SIDE) is None


@pytest.mark.parametrize("eyes", [12, 40, 333])
def test_the_crop_shows_the_eyes_at_the_pixel(eyes: float) -> None:
    image = np.zeros((1200, 1600, 3), np.uint8)
    face = face_at(801.5, 602.5, eyes, 15)
    radius = max(1, round(eyes * 0.08))
    for x, y in face.keypoints[:2]:
        cv2.circle(
            image, (round((x - 0.5) * 16), round((y - 0.5) * 16)), radius * 16, (255, 255, 255), -1, cv2.LINE_AA, 4
        )
    crop = framed(image, face, FRAMING, SIDE)
    assert crop is not None
    assert crop.shape == (SIDE, SIDE)
    for half, (fx, fy) in ((slice(0, 24), FRAMING.left_eye), (slice(24, 48), FRAMING.right_eye)):
        weights = np.zeros((SIDE, SIDE))
        weights[:, half] = crop[:, half]
        ys, xs = np.mgrid[0:SIDE, 0:SIDE] + 0.5
        centre = (weights * xs).sum() / weights.sum(), (weights * ys).sum() / weights.sum()
        assert centre == pytest.approx((fx * SIDE, fy * SIDE), abs=0.35)


def test_a_large_face_is_averaged_and_not_sampled() -> None:
    stripes = np.zeros((1000, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    crop = framed(stripes, face_at(500, 400, 200), FRAMING, SIDE)
    assert crop is not None
    assert np.abs(crop.astype(int) - 127).max() <= 3


@pytest.mark.parametrize("position", [(0, 0), (199, 149), (-400, -400), (100, 900)])
def test_beyond_the_frame_its_border_is_repeated(position: tuple[int, int]) -> None:
    image = np.full((150, 200, 3), 90, np.uint8)
    crop = framed(image, face_at(*position, 60), FRAMING, SIDE)
    assert crop is not None
    assert set(np.unique(crop)) == {90}
