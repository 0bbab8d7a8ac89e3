"""What is a tile beside a single large one, told by its name."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from meeting_analyzer.perception.companions import with_companions, without_bars, without_empty
from meeting_analyzer.perception.screens import in_window
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box, Image

LARGE, SMALL = Box(51, 78, 1326, 746), Box(1428, 406, 160, 90)
GROUPS = [Box(600, 836, 160, 50), Box(790, 836, 160, 50)]


def picture(*videos: Box, named: tuple[Box, ...] = ()) -> Image:
    """Videos on a dark background, some with names."""
    image = np.full((900, 1600, 3), 24, np.uint8)
    rng = np.random.default_rng(2)
    for box in videos:
        coarse = rng.integers(60, 140, (4, 6, 3)).astype(np.uint8)
        box.of(image)[:] = cv2.resize(coarse, (box.w, box.h), interpolation=cv2.INTER_CUBIC)
    for box in named:
        cv2.putText(image, "Ann Brown", (box.x + 9, box.bottom - 9), 0, 0.45, (250, 250, 250), 1, cv2.LINE_AA)
    return image


def document(image: Image, box: Box) -> None:
    """Put a written page there."""
    box.of(image)[:] = 250
    for line in range(box.y + 24, box.bottom - 6, 22):
        cv2.putText(
            image, "what is written on it, line by line", (box.x + 12, line), 0, 0.5, (30, 30, 30), 1, cv2.LINE_AA
        )


def boxes(image: Image) -> list[Box]:
    return [tile.box for tile in find_tiles(image)]


def test_the_other_one_of_a_call_of_two_is_found() -> None:
    image = picture(LARGE, SMALL, named=(LARGE, SMALL))
    found = boxes(image)
    assert len(found) == 2
    assert min(box.iou(true) for box, true in zip(found, (LARGE, SMALL), strict=True)) > 0.95


def test_what_has_no_name_is_no_other_one() -> None:
    image = picture(LARGE, SMALL, named=(LARGE,))
    assert with_companions(image, [LARGE], [LARGE, SMALL]) == [LARGE]
    chat = picture(LARGE, named=(LARGE,))
    document(chat, SMALL)
    assert with_companions(chat, [LARGE], [LARGE, SMALL]) == [LARGE]


def test_beside_a_shared_document_only_the_participant_is_a_tile() -> None:
    image = picture(SMALL, named=(SMALL,))
    document(image, LARGE)
    assert boxes(image) == [SMALL]


def test_a_window_that_shows_a_document_and_a_participant_is_neither() -> None:
    image = picture(SMALL, named=(SMALL,))
    document(image, LARGE)
    window = Box(40, 60, 1556, 780)
    assert with_companions(image, [window], [LARGE, SMALL]) == [SMALL]


@pytest.mark.parametrize("named", [(), (GROUPS[0],)])
def test_nameless_groups_in_the_bar_below_are_buttons(named: tuple[Box, ...]) -> None:
    image = picture(LARGE, *GROUPS, named=(LARGE, *named))
    kept = [LARGE, *GROUPS] if named else [LARGE]
    assert without_bars(image, [LARGE, *GROUPS]) == kept


def test_nameless_tiles_elsewhere_or_larger_ones_stay() -> None:
    beside = Box(1428, 600, 100, 56)
    image = picture(LARGE, beside, SMALL, named=(LARGE,))
    assert without_bars(image, [LARGE, beside, SMALL]) == [LARGE, beside, SMALL]
    assert without_bars(image, []) == []


def test_where_nothing_is_there_is_no_tile() -> None:
    empty = Box(51, 830, 160, 60)
    image = picture(LARGE, named=(LARGE,))
    assert without_empty(image, [LARGE, empty]) == [LARGE]
    cv2.circle(image, (131, 860), 20, (200, 120, 40), -1)
    assert without_empty(image, [LARGE, empty]) == [LARGE, empty]


def test_a_window_is_not_the_only_tile_in_it() -> None:
    tile, window = Box(140, 90, 1320, 700), Box(100, 30, 1400, 820)
    image = picture(window, tile)
    assert in_window(image, [window, tile]) == [window], "as likely as what is in it"
    image = picture(window, tile, named=(tile,))
    assert in_window(image, [window, tile]) == [tile]
    image = picture(window, tile, named=(window, tile))
    assert in_window(image, [window, tile]) == [window]
    assert in_window(image, []) == []
