"""Where the straight edges of a picture are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.types import Box

PICTURE = np.full((200, 300, 3), 30, np.uint8)
PICTURE[40:150, 60:240] = 200


@pytest.mark.parametrize("off", [-2, -1, 0, 1, 2])
def test_a_side_is_put_at_the_middle_of_its_edge_though_that_is_a_little_out_of_reach(off: int) -> None:
    boxes = np.array([(60 + off, 40 + off, 240 + off, 150 + off)], np.int32)
    shares, places = Edges(PICTURE).sides(boxes, reach=1)
    assert shares.min() > 0.9
    assert places.tolist() == [[60, 40, 240, 150]]


def test_shares_are_those_of_the_sides() -> None:
    boxes = np.array([(61, 38, 240, 150), (100, 60, 200, 120), (0, 0, 300, 200)], np.int32)
    edges = Edges(PICTURE)
    for reach in (0, 3):
        assert np.array_equal(edges.shares(boxes, reach), edges.sides(boxes, reach)[0])
    assert edges.shares(boxes[1:2]).max() == 0
    assert edges.shares(boxes[:0]).shape == (0, 4)


def test_a_box_around_a_row_of_buttons_is_bare_and_a_tile_is_not() -> None:
    image = np.full((120, 400, 3), 20, np.uint8)
    for x in (60, 110, 160):
        cv2.circle(image, (x, 60), 20, (180, 90, 40), -1)
    Box(220, 26, 120, 68).of(image)[:] = np.random.default_rng(1).integers(60, 200, (68, 120, 3))
    edges = Edges(image)
    assert edges.bare(Box(40, 26, 140, 68))
    assert not edges.bare(Box(220, 26, 120, 68))
