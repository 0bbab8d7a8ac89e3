"""Cameras that are off in the background's colour."""

from __future__ import annotations

from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from matching import match

from meeting_analyzer.perception import tiles
from meeting_analyzer.perception.gutters import background_colours
from meeting_analyzer.perception.hidden import draw_hidden
from meeting_analyzer.perception.tiles import find_tiles
from meeting_analyzer.types import Box, Image

DARK = (20, 20, 20)
PLACES = [Box(14 + 258 * (i % 3), 40 + 150 * (i // 3), 250, 142) for i in range(6)]


def off(image: Image, box: Box, name: str = "Ann Brown") -> None:
    """A disc with initials and, at the lower left, a name: nothing else is seen of the tile."""
    x, y = round(box.center[0]), round(box.center[1])
    cv2.circle(image, (x, y), box.h // 5, (150, 80, 140), -1, cv2.LINE_AA)
    cv2.putText(image, "AB", (x - 13, y + 6), 0, 0.6, (255, 255, 255), 2, cv2.LINE_AA)
    cv2.putText(image, name, (box.x + 9, box.bottom - 9), 0, 0.42, (250, 250, 250), 1, cv2.LINE_AA)


def call(seen: int, name: str = "Ann Brown") -> Image:
    """A call of six, of whom so many are seen."""
    image = np.full((400, 800, 3), DARK, np.uint8)
    rng = np.random.default_rng(3)
    for number, box in enumerate(PLACES):
        if number < seen:
            box.of(image)[:] = rng.integers(90, 180, (box.h, box.w, 3))
        else:
            off(image, box, name)
    return image


def test_tiles_are_found_by_their_discs_and_names_alone_and_beside_one_that_is_seen() -> None:
    for seen in (0, 1):
        found = [tile.box for tile in find_tiles(call(seen))]
        assert len(match(found, PLACES, 0.7)) == len(found) == 6


def test_what_no_hidden_tile_changes_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Touching tiles and documents, in the picture with the tiles drawn in."""
    names = "touching", "papers"
    searches = [Mock(wraps=getattr(tiles, name)) for name in names]
    for name, search in zip(names, searches, strict=True):
        monkeypatch.setattr(tiles, name, search)
    assert len(find_tiles(call(0))) == 6
    assert [search.call_count for search in searches] == [1, 1]


def test_discs_without_names_below_are_buttons() -> None:
    image = call(0, name="")
    assert draw_hidden(image, image, background_colours(image), [], []) is None


def test_a_disc_in_the_middle_of_a_tile_that_was_found_is_its_own() -> None:
    image = call(0)
    assert draw_hidden(image, image, background_colours(image), PLACES, []) is None
    drawn = draw_hidden(image, image, background_colours(image), PLACES[1:], [])
    assert drawn is not None
    assert [box.iou(PLACES[0]) > 0.9 for box in drawn[1]] == [True]
    assert (PLACES[0].of(drawn[0]) != PLACES[0].of(image)).mean() > 0.5
    assert np.array_equal(PLACES[5].of(drawn[0]), PLACES[5].of(image))
