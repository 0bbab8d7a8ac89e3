"""Strips of tiles whose gutters compression has filled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.filmstrip import filmstrip
from meeting_analyzer.types import Box, Image


def compressed(image: Image) -> Image:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1), np.uint8)


def strip(upright: bool, lanes: int) -> tuple[Image, Box, list[Box]]:
    """Tiles with names, two pixels apart, beside a slide; the room beside it, and their places."""
    area = Box(640 - 110 * lanes - 8, 0, 110 * lanes + 8, 400) if upright else Box(0, 0, 640, 90)
    boxes = [
        Box(area.x + 4 + 110 * lane, 40 + 62 * i, 108, 60) if upright else Box(40 + 110 * i, 22, 108, 60)
        for i in range(5)
        for lane in range(lanes)
    ]
    image = np.full((400, 640, 3), 250, np.uint8)
    area.of(image)[:] = 16
    rng = np.random.default_rng(8)
    for box in boxes:
        tile = box.of(image)
        tile[:] = rng.integers(70, 200, 3)
        x = int(rng.integers(10, 60))
        tile[8:30, x : x + 24] = rng.integers(30, 220, 3)
        cv2.circle(tile, (54, 34), 14, (110, 150, 200), -1)
        cv2.putText(tile, "Ann Brown", (4, 56), 0, 0.35, (255, 255, 255), 1, cv2.LINE_AA)
    return compressed(image), area, boxes


@pytest.mark.parametrize(("upright", "lanes"), [(False, 1), (True, 1), (True, 2)])
def test_equal_steps_are_found_though_the_gutters_are_filled(upright: bool, lanes: int) -> None:
    image, area, boxes = strip(upright, lanes)
    found = filmstrip(image, area, Edges(image)).tiles
    assert len(found) == len(boxes)
    assert all(max(box.iou(tile) for tile in found) > 0.8 for box in boxes)


def test_noise_and_plain_surfaces_are_no_strip() -> None:
    rng = np.random.default_rng(9)
    for image in (np.full((90, 640, 3), 30, np.uint8), rng.integers(0, 255, (90, 640, 3), dtype=np.uint8)):
        assert filmstrip(image, Box(0, 0, 640, 90), Edges(image)).tiles == []
