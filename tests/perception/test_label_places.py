"""Where a call's labels stand is learned from those that were read."""

from __future__ import annotations

from meeting_analyzer.perception.label_places import LEAST, REMEMBERED, LabelPlaces
from meeting_analyzer.types import Box


def at(column: int, aside: int = 12, low: int = 8, width: int = 80) -> tuple[Box, Box]:
    """A tile, and a label 16 pixels high in it."""
    tile = Box(300 * column, 40, 280, 160)
    return tile, Box(tile.x + aside, tile.bottom - low - 16, width, 16)


def learned(*labels: tuple[Box, Box]) -> LabelPlaces:
    places = LabelPlaces()
    for tile, label in labels:
        places.add(tile, label)
    return places


def test_a_few_labels_tell_nothing():
    places = learned(*(at(column) for column in range(LEAST - 1)))
    assert not places.known
    assert places.usual(at(9)[0]) is None
    places.add(*at(8))
    assert places.known


def test_a_part_of_a_name_stands_aside():
    places = learned(*(at(column, low=8 + column % 2) for column in range(8)))
    assert places.fits(*at(20, low=9))
    assert places.fits(*at(20, low=9, width=40))
    assert not places.fits(*at(20, aside=60))
    assert not places.fits(*at(20, low=40))
    tile = at(20)[0]
    line = places.usual(tile)
    assert line is not None
    assert line.x == tile.x + 12
    assert line.right == tile.right
    assert (line.y, line.bottom) == (tile.bottom - 25, tile.bottom - 8)  # as far up and down as the labels reach


def test_names_behind_a_microphone_are_a_second_place():
    places = learned(*(at(column) for column in range(6)), *(at(column, aside=30) for column in range(6, 9)))
    assert places.fits(*at(20, aside=30))
    assert not places.fits(*at(20, aside=21))
    line = places.usual(at(20)[0])
    assert line is not None
    assert line.x == at(20)[0].x + 12


def test_another_layout_is_learned_in_time():
    places = learned(*(at(column) for column in range(30)), *(at(column, aside=90) for column in range(REMEMBERED)))
    assert not places.fits(*at(1))
    assert places.fits(*at(1, aside=90))


def test_a_name_is_looked_for_where_it_was_seen_to_begin_or_where_most_do():
    places = learned(*(at(column, aside=30) for column in range(6)))
    assert places.band(*at(20, aside=31)).x == at(20)[0].x + 29
    assert places.band(*at(20, aside=90)).x == at(20)[0].x + 28
    assert places.band(*at(20, aside=12)).x == at(20)[0].x + 10
    tile = at(20)[0]
    band = places.band(tile, None)
    assert (band.x, band.y, band.right, band.bottom) == (tile.x + 28, tile.bottom - 26, tile.right - 2, tile.bottom - 6)
    assert LabelPlaces().band(*at(1)) is None
