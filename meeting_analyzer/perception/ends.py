"""Places in line with a strip's tiles that have a name where these have theirs: a dark video on a dark background, or one with a
white wall on a light one, has no sides that could be seen, but its name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..types import Box, Image
from .base import TileBox
from .edges import Edges
from .grid import corners
from .kind import is_written
from .labels import Label, find_label
from .rectangles import LEAST_SHARES, apart, same_column, strip_of
from .screens import sample

SAME_PLACE = 0.04
"""How far a name may be from where the others are, as a share of the tile's height, beyond two pixels."""
SAME_LETTERS = 0.35
"""Relative difference up to which letters are as high as others."""
PLAIN = 3
"""Standard deviation in levels up to which a place is empty."""
STEP = 2
"""Of so many of its lines one is looked at for that."""
LEAST_NAMED = 2
"""How many names say where a tile has its own."""


def lengthened(image: Image, tiles: list[Box], edges: Edges) -> list[Box]:
    """The tiles of a BGR picture (H, W, 3), with those at the ends and in the holes of a strip of which only the name is seen."""
    strip = strip_of(tiles)
    if len(strip) < LEAST_NAMED:
        return tiles
    places = [
        (place, between)
        for place, between in _places(image, strip)
        if apart(place, tiles) and float(place.of(image)[::STEP, ::STEP].std()) > PLAIN
    ]
    if not places:
        return tiles
    names = [(tile, label) for tile in sample(strip) if (label := find_label(image, TileBox(tile))) is not None]
    if len(names) < LEAST_NAMED:
        return tiles
    left, below, high = (
        float(np.median(values)) for values in zip(*(_where(tile, label) for tile, label in names), strict=True)
    )
    near = 2 + SAME_PLACE * strip[0].h
    found: list[Box] = []
    for place, between in places:
        if between:
            found.append(place)
            continue
        if is_written(image, place, around=None) and edges.shares(corners([place]))[0, [1, 3]].min() < LEAST_SHARES:
            continue  # a chat, not a white wall
        label = find_label(image, TileBox(place))
        if label is None:
            continue
        there = _where(place, label)
        if max(abs(there[0] - left), abs(there[1] - below)) <= near and abs(there[2] - high) <= SAME_LETTERS * high:
            found.append(place)
    return tiles + found


def _where(tile: Box, label: Label) -> tuple[int, int, int]:
    """How far a label is from a tile's left and lower side, and how high it is."""
    return label.box.x - tile.x, tile.bottom - label.box.bottom, label.box.h


def _places(image: Image, strip: list[Box]) -> list[tuple[Box, bool]]:
    """Where tiles of a strip may be, but for those that were found: between these (True), then farther and farther at both ends,
    up to the picture's sides (False)."""
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
