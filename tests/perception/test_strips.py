"""The last row of a gallery: fewer and wider tiles in the middle."""

from __future__ import annotations

import numpy as np

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.strips import last_row
from meeting_analyzer.types import Box, Image

ROWS = [Box(10 + 206 * column, 20 + 116 * row, 200, 110) for row in range(2) for column in range(3)]


def picture(last: list[Box]) -> Image:
    image = np.full((400, 640, 3), 20, np.uint8)
    for box in (*ROWS, *last):
        box.of(image)[:] = 130
    return image


def test_wider_tiles_in_the_middle_take_the_place_of_a_last_row_that_is_not_seen() -> None:
    wide = [Box(82, 252, 232, 110), Box(320, 252, 232, 110)]
    guessed = [Box(box.x, 250, box.w, box.h) for box in ROWS[:3]]
    found = last_row([*ROWS, *guessed], Edges(picture(wide)))
    assert len(found) == 2
    assert all(box.iou(tile) > 0.95 for box, tile in zip(wide, found, strict=True))


def test_a_last_row_whose_sides_are_seen_stays_and_so_does_one_of_which_some_are() -> None:
    last = [Box(box.x, 252, box.w, box.h) for box in ROWS[:3]]
    assert last_row([*ROWS, *last], Edges(picture(last))) == []
    # the tile in the middle alone would be in the middle, too
    assert last_row([*ROWS, *last], Edges(picture(last[1:2]))) == []


def test_tiles_in_the_middle_are_not_all_of_a_row_in_which_others_show_something() -> None:
    rows = [Box(10 + 126 * column, 20 + 76 * row, 120, 70) for row in range(2) for column in range(5)]
    wide = [Box(187, 172, 132, 70), Box(325, 172, 132, 70)]
    image = np.full((260, 640, 3), 20, np.uint8)
    for box in (*rows, *wide):
        box.of(image)[:] = 130
    tiles = [*rows, *(Box(box.x, 172, box.w, box.h) for box in rows[:5])]
    assert len(last_row(tiles, Edges(image))) == 2
    # a disc on a surface of the background's colour: a camera that is off, beside them
    Box(50, 190, 30, 30).of(image)[:] = 90
    assert last_row(tiles, Edges(image)) == []
