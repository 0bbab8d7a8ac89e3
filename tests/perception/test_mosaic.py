"""When a lattice of equal tiles is what a mosaic of rectangles shows."""

from __future__ import annotations

from meeting_analyzer.perception.mosaic import explains
from meeting_analyzer.types import Box

LATTICE = [Box(20 + 110 * column, 20 + 70 * row, 100, 60) for row in range(4) for column in range(5)]


def test_tiles_whose_sides_are_not_seen_are_explained() -> None:
    assert explains(LATTICE, LATTICE[2:])


def test_a_few_buttons_beside_a_lattice_are_explained_and_a_large_tile_is_not() -> None:
    buttons = [Box(200 + 50 * i, 330, 38, 38) for i in range(3)]
    assert explains(LATTICE, LATTICE[:18] + buttons, sure=True)
    assert not explains(LATTICE, LATTICE[:18] + buttons)
    assert not explains(LATTICE, [*LATTICE, Box(600, 20, 400, 270)], sure=True)


def test_a_rectangle_that_several_tiles_fill_explains_none_of_them() -> None:
    row = LATTICE[5:10]
    window = Box(row[0].x, row[0].y, row[-1].right - row[0].x, row[0].h)
    rest = [box for box in LATTICE if box not in row]
    assert not explains([*rest, window], LATTICE)
    # two that lie in one are parts of it
    halves = [Box(row[0].x, row[0].y, 50, 60), Box(row[0].x + 50, row[0].y, 50, 60)]
    assert explains(LATTICE, [*LATTICE[:5], *halves, *LATTICE[6:]])
