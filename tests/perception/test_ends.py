"""The ends of strips, told by names."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.edges import Edges
from meeting_analyzer.perception.ends import lengthened
from meeting_analyzer.types import Box, Image

STRIP = [Box(40 + 200 * i, 30, 192, 108) for i in range(5)]


def picture(named: tuple[int, ...]) -> Image:
    """Three videos in a row of five places, and names in some of these."""
    image = np.full((400, 1080, 3), 20, np.uint8)
    rng = np.random.default_rng(4)
    for box in STRIP[1:4]:
        box.of(image)[:] = rng.integers(60, 90, (box.h, box.w, 3))
    for i in named:
        cv2.putText(image, "Ann Brown", (STRIP[i].x + 9, STRIP[i].bottom - 9), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    return image


def test_a_name_where_the_tiles_have_theirs_is_a_tile() -> None:
    image = picture((0, 1, 2, 3))
    assert lengthened(image, STRIP[1:4], Edges(image)) == [*STRIP[1:4], STRIP[0]]


def test_without_names_or_in_another_place_there_is_none() -> None:
    image = picture((1, 2, 3))
    cv2.putText(image, "4:46 PM", (STRIP[4].x + 60, STRIP[4].bottom - 40), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    assert lengthened(image, STRIP[1:4], Edges(image)) == STRIP[1:4]


def test_a_hole_in_which_something_is_is_a_tile() -> None:
    image = picture((1, 2, 3))
    assert lengthened(image, [STRIP[1], STRIP[3]], Edges(image)) == [STRIP[1], STRIP[3]]  # no step is known
    wide = [*STRIP[1:3], STRIP[4]]
    assert lengthened(image, wide, Edges(image)) == [*wide, STRIP[3]]
    assert lengthened(image, [STRIP[0], *STRIP[2:4]], Edges(image)) == [STRIP[0], *STRIP[2:4], STRIP[1]]


def test_a_gallery_of_rows_is_no_strip() -> None:
    image = picture((0, 1, 2, 3))
    rows = [*STRIP[1:3], Box(240, 150, 192, 108), Box(440, 150, 192, 108)]
    assert lengthened(image, rows, Edges(image)) == rows


def gallery(last: tuple[int, ...], toolbar: bool = False) -> tuple[Image, list[Box], list[Box]]:
    """A gallery of two rows of three videos, and below these places on half steps with names only; the tiles that are seen, and those."""
    image = np.full((720, 1280, 3), 20, np.uint8)
    rng = np.random.default_rng(4)
    seen = [Box(40 + 400 * i, 20 + 220 * row, 392, 212) for row in range(2) for i in range(3)]
    named = [Box(40 + 200 * half, 460, 392, 212) for half in last]
    for box in seen:
        box.of(image)[:] = rng.integers(60, 90, (box.h, box.w, 3))
    for box in [*seen, *named]:
        cv2.putText(image, "Ann Brown", (box.x + 9, box.bottom - 9), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    return image, seen, named


@pytest.mark.parametrize("last", [(2,), (1, 3), (0,)])
def test_names_below_the_rows_of_a_gallery_are_of_tiles(last: tuple[int, ...]) -> None:
    image, seen, named = gallery(last)
    assert lengthened(image, seen, Edges(image)) == [*seen, *named]


def test_a_name_below_a_gallery_where_no_row_would_begin_is_of_a_toolbar() -> None:
    image, seen, _ = gallery((1,))
    assert lengthened(image, seen, Edges(image)) == seen


def test_a_name_in_a_hole_of_a_gallery_is_of_a_tile() -> None:
    image, seen, _ = gallery(())
    seen[4].of(image)[: -seen[4].h // 6] = 20
    others = [*seen[:4], seen[5]]
    assert lengthened(image, others, Edges(image)) == [*others, seen[4]]


def two_and(below: tuple[Box, ...], written: bool = False) -> tuple[Image, list[Box]]:
    """Two videos side by side, what is nearly as dark as the background below them, with names."""
    image = np.full((400, 620, 3), 20, np.uint8)
    tiles = [Box(20, 20, 288, 162), Box(312, 20, 288, 162)]
    rng = np.random.default_rng(8)
    for box in (*tiles, *below):
        low, high = (60, 90) if box in tiles else (19, 26)
        box.of(image)[:] = rng.integers(low, high, (box.h, box.w, 3))
        cv2.putText(image, "Ann Brown", (box.x + 9, box.bottom - 9), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
        for line in range(4) if written and box in below else ():
            at = (box.x + 9, box.y + 20 + 24 * line)
            cv2.putText(image, "text of a document, on and on", at, 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    return image, tiles


def test_a_dark_video_in_the_last_row_is_found_by_its_name() -> None:
    dark = Box(166, 186, 288, 162)
    image, tiles = two_and((dark,))
    assert lengthened(image, tiles, Edges(image)) == [*tiles, dark]
    both = Box(20, 186, 288, 162), Box(312, 186, 288, 162)
    image, tiles = two_and(both)
    assert lengthened(image, tiles, Edges(image)) == [*tiles, *both]


def test_a_last_row_is_centred_and_no_document() -> None:
    image, tiles = two_and((Box(40, 186, 288, 162),))
    assert lengthened(image, tiles, Edges(image)) == tiles
    image, tiles = two_and((Box(166, 186, 288, 162),), written=True)
    assert lengthened(image, tiles, Edges(image)) == tiles
