"""The background that tiles stand on."""

from __future__ import annotations

import numpy as np

from meeting_analyzer.perception.gutters import BACKGROUNDS, background_colours
from meeting_analyzer.types import Box


def test_gutters_beside_a_large_video_are_few_but_reach_everywhere() -> None:
    image = np.full((450, 800, 3), 20, np.uint8)
    # a wall with light on it has many colours, each more frequent than the gutters'
    wall = Box(6, 6, 788, 438)
    wall.of(image)[:] = np.linspace(60, 120, wall.w).astype(np.uint8)[None, :, None]
    found = background_colours(image)
    assert len(found) == BACKGROUNDS
    assert found[-1] == (20, 20, 20)
