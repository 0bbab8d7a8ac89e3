from __future__ import annotations

import math

import numpy as np
import pytest

from meeting_analyzer.perception.pose import POINTS, REFERENCE, angles, head_pose, rotation


def turn(yaw: float, pitch: float, roll: float = 0.0) -> np.ndarray:
    a, b, c = (math.radians(x) for x in (yaw, pitch, roll))
    about_y = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


@pytest.mark.parametrize(
    ("yaw", "pitch", "roll"), [(0, 0, 0), (35, 0, 0), (-50, 10, 5), (12, -25, -30), (0, 30, 90), (80, 5, 0)]
)
def test_a_turned_shifted_and_scaled_reference_gives_its_angles_back(yaw: float, pitch: float, roll: float) -> None:
    points = REFERENCE @ turn(yaw, pitch, roll).T * 42.0 + (300, -20, 7)
    assert angles(rotation(points)) == pytest.approx((yaw, pitch), abs=1e-6)


def test_a_mesh_in_picture_axes() -> None:
    mesh = np.zeros((468, 3))
    mesh[POINTS] = (REFERENCE @ turn(20, 15).T * 50) * (1, -1, -1) + (100, 80, 0)
    assert head_pose(mesh) == pytest.approx((20, 15), abs=1e-6)
    # the nose of a head turned to the image's right and down lies right of and below the middle of its face
    nose = mesh[1, :2] - mesh[POINTS, :2].mean(axis=0)
    assert nose[0] > 0
    assert nose[1] > 0


def test_the_reference_is_symmetric() -> None:
    mirrored = {tuple(point) for point in np.round(REFERENCE * (-1, 1, 1), 9) + 0.0}
    assert mirrored == {tuple(point) for point in np.round(REFERENCE, 9) + 0.0}


def test_a_degenerate_mesh_gives_finite_angles() -> None:
    assert all(math.isfinite(angle) for angle in head_pose(np.zeros((468, 3))))
