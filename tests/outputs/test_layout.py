from __future__ import annotations

from meeting_analyzer.outputs.layout import place
from meeting_analyzer.types import Box

PICTURE = Box(0, 0, 640, 360)
TILE = Box(100, 100, 200, 120)
FACE = Box(170, 140, 50, 50)


def test_the_natural_place_is_above_the_face() -> None:
    assert place([(80, 20)], FACE, TILE, PICTURE, [FACE], []) == (0, Box(155, 117, 80, 20))


def test_a_label_that_does_not_fit_above_goes_below() -> None:
    high = Box(170, 105, 50, 50)
    found = place([(80, 20)], high, TILE, PICTURE, [high], [])
    assert found == (0, Box(155, 158, 80, 20))


def test_a_shorter_label_in_the_tile_comes_before_a_long_one_outside() -> None:
    assert place([(260, 20), (90, 20)], FACE, TILE, PICTURE, [FACE], []) == (1, Box(150, 117, 90, 20))


def test_the_clients_own_label_is_spared_where_there_is_room() -> None:
    full = Box(100, 100, 200, 100)
    name = Box(100, 200, 120, 20)
    found = place([(60, 16)], full, TILE, PICTURE, [full], [name])
    assert found is not None
    assert not found[1].overlap(name)


def test_where_nothing_fits_nothing_is_placed() -> None:
    assert place([(80, 20)], FACE, TILE, PICTURE, [PICTURE], []) is None
    assert place([(700, 20)], FACE, TILE, PICTURE, [FACE], []) is None
