from __future__ import annotations

from meeting_analyzer.perception.steps import in_step
from meeting_analyzer.types import Box

STRIP = [Box(569, 28 + 71 * i, 115, 65) for i in range(7)]


def test_a_tile_of_a_strip_that_is_found_some_pixels_off_is_put_right_by_the_others() -> None:
    speaker = Box(10, 118, 553, 311)
    for turn in (False, True):
        tiles = [speaker, *STRIP[:3], Box(568, STRIP[3].y + 1, 116, 66), *STRIP[4:6], Box(568, STRIP[6].y - 5, 117, 70)]
        right = [speaker, *STRIP[:3], tiles[4], *STRIP[4:]]
        if turn:
            tiles, right = ([Box(b.y, b.x, b.h, b.w) for b in boxes] for boxes in (tiles, right))
        assert in_step(tiles) == right


def test_a_place_without_a_tile_is_a_step_too() -> None:
    tiles = [*STRIP[:3], *STRIP[4:6], STRIP[6]._replace(y=STRIP[6].y + 4)]
    assert in_step(tiles) == [*STRIP[:3], *STRIP[4:]]


def test_what_is_far_off_is_something_else() -> None:
    for tiles in (
        [*STRIP[:6], STRIP[6]._replace(y=STRIP[6].y + 9)],
        [*STRIP[:6], STRIP[6]._replace(h=STRIP[6].h + 12)],
        [*STRIP[:2], STRIP[2]._replace(y=STRIP[2].y + 5)],
        [STRIP[0]] * 5,
    ):
        assert in_step(tiles) == tiles
