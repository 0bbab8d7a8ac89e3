from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.crops import placed, reach, sample
from meeting_analyzer.types import Box


@pytest.mark.parametrize("mirrored", [False, True])
def test_what_points_along_the_angle_points_right_in_the_crop(mirrored: bool) -> None:
    matrix = placed((50.0, 40.0), 30.0, math.radians(20), 60, mirrored)
    centre = matrix[:, :2] @ (50, 40) + matrix[:, 2]
    np.testing.assert_allclose(centre, (30, 30))
    ahead = matrix[:, :2] @ (50 + 10 * math.cos(math.radians(20)), 40 + 10 * math.sin(math.radians(20))) + matrix[:, 2]
    np.testing.assert_allclose(ahead, (10 if mirrored else 50, 30))


@pytest.mark.parametrize("extent", [24.0, 200.0])
def test_a_spot_lands_where_the_matrix_says(extent: float) -> None:
    """A spot of the size of the sampling step, left of the middle, for small and for averaged pieces."""
    image = np.zeros((400, 400, 3), np.uint8)
    radius = round(extent / 16)
    cv2.circle(image, (200, 200), radius, (255, 255, 255), -1)
    matrix = placed((200.5 + extent / 4, 200.5), extent, 0.0, 48)
    crop = sample(image, matrix, 48)[..., 0].astype(float)
    ys, xs = np.mgrid[:48, :48]
    x, y = (crop * (xs + 0.5)).sum() / crop.sum(), (crop * (ys + 0.5)).sum() / crop.sum()
    assert (x, y) == pytest.approx((12, 24), abs=0.15)


def test_beyond_the_picture_its_border_is_repeated() -> None:
    image = np.full((20, 20, 3), 77, np.uint8)
    assert (sample(image, placed((0, 0), 300, 0.3, 48), 48) == 77).all()


def test_the_part_that_is_averaged_holds_the_crop() -> None:
    assert reach(placed((50, 50), 20, 0.0, 10), 10, 100, 100) == Box(34, 34, 32, 32)
    assert reach(placed((-500, -500), 20, 0.0, 10), 10, 100, 100).area == 1
