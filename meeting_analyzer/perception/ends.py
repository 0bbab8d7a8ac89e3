"""Places in line with a strip's tiles, and in a gallery's last row, that have a name where the others have theirs: a dark video on a
dark background, or one with a white wall on a light one, has no sides that could be seen, but its name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..types import Box, Image
from .base import TileBox
from .edges import Edges
from .grid import corners
from .kind import is_written
from .labels import Label, find_label
from .rectangles import LEAST_SHARES, apart, rows_of, same_column, strip_of
from .screens import sample

SAME_PLACE = 0.04
"""How far a name may be from where the others are, as a share of the tile's height, beyond two pixels."""
SAME_LETTERS = 0.4
"""Relative difference up to which letters are as high as others: some reach below the line."""
UNWRITTEN = 0.6
"""Upper share of a tile in which its name is not."""
PLAIN = 3
"""Standard deviation in levels up to which a place is empty."""
STEP = 2
"""Of so many of its lines one is looked at for that."""
LEAST_NAMED = 2
"""How many names say where a tile has its own."""


def lengthened(image: Image, tiles: list[Box], edges: Edges) -> list[Box]:
    """The tiles of a BGR picture (H, W, 3), with those at the ends and in the holes of a strip, and of a gallery's last row, of which
    only the name is seen."""
    strip = strip_of(tiles)
    places = [(place, between) for place, between in _places(image, strip) if _may_be(image, place, tiles)]
    rows = [row for row in _last_rows(image, tiles) if all(_may_be(image, place, tiles) for place in row)]
    if not places and not rows:
        return tiles
    names = _Names.of(image, sample(strip or tiles))
    if names is None:
        return tiles
    found = [place for place, between in places if between or (not _is_chat(image, place, edges) and names.at(place))]
    if found:
        return tiles + found
    return tiles + next(
        (row for row in rows if all(not is_text(image, place) and names.at(place) for place in row)), []
    )


class _Names:
    """Where the names of tiles of one size are: how far from the left and the lower side, and how high, in pixels."""

    def __init__(self, image: Image, where: list[tuple[int, int, int]], height: int) -> None:
        self._image, self._near = image, 2 + SAME_PLACE * height
        self._left, self._below, self._high = (float(np.median(values)) for values in zip(*where, strict=True))

    @classmethod
    def of(cls, image: Image, tiles: list[Box]) -> _Names | None:
        """Where these have theirs; None where too few have one."""
        labels = [(tile, find_label(image, TileBox(tile))) for tile in tiles]
        where = [_where(tile, label) for tile, label in labels if label is not None]
        return cls(image, where, tiles[0].h) if len(where) >= LEAST_NAMED else None

    def at(self, place: Box) -> bool:
        """Whether there is one where a tile in this place would have it."""
        label = find_label(self._image, TileBox(place))
        if label is None:
            return False
        left, below, high = _where(place, label)
        near = max(abs(left - self._left), abs(below - self._below)) <= self._near
        return near and abs(high - self._high) <= SAME_LETTERS * self._high


def is_text(image: Image, box: Box) -> bool:
    """Whether more than the line of a name is written in a box."""
    return is_written(image, Box(box.x, box.y, box.w, round(UNWRITTEN * box.h)), around=None)


def _may_be(image: Image, place: Box, tiles: list[Box]) -> bool:
    """Whether a place is free and not empty."""
    return apart(place, tiles) and float(place.of(image)[::STEP, ::STEP].std()) > PLAIN


def _is_chat(image: Image, place: Box, edges: Edges) -> bool:
    """Whether a place is written on and no tile's upper and lower side are there, as those of a white wall are."""
    return is_written(image, place, around=None) and edges.shares(corners([place]))[0, [1, 3]].min() < LEAST_SHARES


def _where(tile: Box, label: Label) -> tuple[int, int, int]:
    """How far a label is from a tile's left and lower side, and how high it is."""
    return label.box.x - tile.x, tile.bottom - label.box.bottom, label.box.h


def _places(image: Image, strip: list[Box]) -> list[tuple[Box, bool]]:
    """Where tiles of a strip may be, but for those that were found: between these (True), then farther and farther at both ends,
    up to the picture's sides (False)."""
    if len(strip) < LEAST_NAMED:
        return []
    upright = strip[0].x == strip[-1].x or same_column(strip[0], strip[-1])
    starts = [tile.y if upright else tile.x for tile in strip]
    length = strip[0].h if upright else strip[0].w
    steps = [b - a for a, b in pairwise(starts)]
    step = min(steps)
    if not length <= step + 2 <= 1.5 * length:
        return []
    extent = image.shape[0] if upright else image.shape[1]
    first, last = starts[0], starts[-1]
    between = [
        a + round(i * d / round(d / step))
        for a, d in zip(starts, steps, strict=False)
        for i in range(1, round(d / step))
    ]
    beyond = [*range(first - step, -3, -step), *range(last + step, extent - length + 3, step)]
    x, y, w, h = strip[0]
    places = [(start, True) for start in between] + [(start, False) for start in beyond]
    boxes = [(Box(x, start, w, h) if upright else Box(start, y, w, h), inner) for start, inner in places]
    return [(box.clipped(*image.shape[1::-1]), inner) for box, inner in boxes]


def _last_rows(image: Image, tiles: list[Box]) -> list[list[Box]]:
    """The places of the next row of a gallery whose rows are full, centred, the fullest row first; none where there is no room."""
    rows = rows_of(tiles)
    if len(tiles) < LEAST_NAMED or any(len(row) != len(rows[0]) for row in rows):
        return []
    first, (_, y, w, h) = rows[0], rows[-1][0]
    if len(first) < LEAST_NAMED or any(abs(tile.w - w) > 3 or abs(tile.h - h) > 3 for tile in tiles):
        return []
    across = first[1].x - first[0].x
    down = y - rows[-2][0].y if len(rows) > 1 else h + across - w
    if not h <= down + 2 <= 1.5 * h or y + down + h > image.shape[0]:
        return []
    middle = (first[0].x + first[-1].right) / 2
    return [
        [Box(round(middle - (count - 1) * across / 2 - w / 2) + i * across, y + down, w, h) for i in range(count)]
        for count in range(len(first), 0, -1)
    ]
