"""Rectangles among the regions that the cuts gave."""

from __future__ import annotations

import numpy as np

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.rectangles import unstacked
from meeting_analyzer.types import Box, Image

COLUMN = [Box(600, 40 + 100 * i, 160, 92) for i in range(3)]
BESIDE = Box(430, 40, 160, 92)


def picture(boxes: list[Box]) -> Image:
    """Surfaces with noise too fine for edges on a dark background, 480 rows of 800 pixels."""
    image = np.full((480, 800, 3), (40, 36, 34), np.uint8)
    rng = np.random.default_rng(5)
    for i, box in enumerate(boxes):
        low = 90 + 30 * i
        box.of(image)[:] = rng.integers(low, low + 6, (box.h, box.w, 3))
    return image


def test_a_rectangle_of_tiles_above_each_other_is_these_tiles() -> None:
    edges = Edges(picture([BESIDE, *COLUMN]))
    stack = Box(600, 40, 160, 292)
    assert unstacked([stack, BESIDE], edges) == [*COLUMN, BESIDE]
    assert unstacked([Box(600, 140, 160, 192), BESIDE], edges) == [*COLUMN[1:], BESIDE]


def test_an_upright_tile_is_no_stack() -> None:
    upright = Box(600, 40, 160, 292)
    edges = Edges(picture([BESIDE, upright]))
    assert unstacked([upright, BESIDE], edges) == [upright, BESIDE]
    # nor is one that is wider than the others
    edges = Edges(picture([BESIDE, *COLUMN]))
    assert unstacked([Box(430, 40, 330, 292), BESIDE], edges) == [Box(430, 40, 330, 292), BESIDE]
