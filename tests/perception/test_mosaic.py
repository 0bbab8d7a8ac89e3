"""When a lattice of equal tiles is what a mosaic of rectangles shows."""

from __future__ import annotations

import numpy as np

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.grid import Gallery
from meeting_analyzer.perception.mosaic import contradicts, explains, too_fine, without_groups
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


def test_a_clear_tile_across_unclear_ones_contradicts_a_lattice_and_a_part_or_a_pair_does_not() -> None:
    image = np.full((200, 700, 3), 20, np.uint8)
    row = [Box(20, 40, 60, 110), Box(90, 40, 190, 110), Box(290, 40, 190, 110)]
    for box in row:
        box.of(image)[:] = 130
    edges = Edges(image)
    lattice = [Box(20 + 200 * i, 40, 190, 110) for i in range(3)]
    assert contradicts(lattice, row, edges)
    assert not contradicts(row, row, edges)
    assert not contradicts([Box(20, 40, 260, 110), row[2]], row, edges)
    halves = [Box(box.x + i * box.w // 2, box.y, box.w // 2, box.h) for box in row for i in range(2)]
    assert not contradicts(halves, row, edges)


def test_a_lattice_of_thirds_of_clearer_tiles_is_too_fine() -> None:
    wide = [Box(20 + 330 * column, 20 + 70 * row, 320, 60) for row in range(2) for column in range(2)]
    thirds = [Box(box.x + 107 * i, box.y, 105, box.h) for box in wide for i in range(3)]
    assert too_fine(Gallery(thirds, 0.9), Gallery(wide, 0.98))
    assert not too_fine(Gallery(thirds, 0.95), Gallery(wide, 0.98))
    assert not too_fine(Gallery(thirds[:6], 0.9), Gallery(wide, 0.98))


def test_a_rectangle_that_clear_tiles_of_a_lattice_fill_is_a_group_of_these() -> None:
    lattice = [Box(20 + 102 * column, 20 + 62 * row, 100, 60) for row in range(4) for column in range(5)]
    group, pair = Box(20, 20, 202, 122), Box(224, 20, 202, 60)
    clear = Gallery(lattice, 0.98, clear=[True] * len(lattice))
    assert without_groups([group, pair, lattice[0]], clear) == [pair, lattice[0]]
    # where not all are clear the lattice may go on over a spotlight
    for doubtful in (Gallery(lattice, 0.98, clear=[False, *clear.clear[1:]]), Gallery(lattice, 0.9, clear=clear.clear)):
        assert without_groups([group], doubtful) == [group]
    # a spotlight beside a few small tiles
    assert without_groups([Box(20, 20, 400, 280)], Gallery(lattice[:4], 0.98, clear=[True] * 4)) != []
