"""Places in line with a strip's or a gallery's tiles that have a name where these have theirs: a dark video on a dark background, or
one with a white wall on a light one, has no sides that could be seen, but its name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..types import Box, Image
from .axes import axes_of
from .base import TileBox
from .edges import Edges
from .grid import corners
from .kind import is_written
from .labels import Label, find_label
from .rectangles import LEAST_SHARES, apart, cover, equal_size, rows_of, same_column, strip_of
from .screens import sample

SAME_PLACE = 0.04
"""How far a name may be from where the others are, as a share of the tile's height, beyond two pixels."""
SAME_LETTERS = 0.4
"""Relative difference up to which letters are as high as others."""
PLAIN = 3
"""Standard deviation in levels up to which a place is empty."""
STEP = 2
"""Of so many of its lines one is looked at for that."""
LEAST_ROW = 0.06
"""Share of the picture from which the tiles of a single row are no strip beside a screen: there may be another row below."""
LEAST_NAMED = 2
"""How many names say where a tile has its own."""


def lengthened(image: Image, tiles: list[Box], edges: Edges) -> list[Box]:
    """The tiles of a BGR picture (H, W, 3), with those at the ends and in the holes of a strip, and in, above and below the rows
    of a gallery, of which only the name is seen."""
    strip = strip_of(tiles)
    rows = _in_rows(image, tiles)
    places = [*(_places(image, strip) if len(strip) >= LEAST_NAMED else []), *rows]
    equal = tiles if rows else strip
    places = [
        (place, between)
        for place, between in places
        if apart(place, tiles) and float(place.of(image)[::STEP, ::STEP].std()) > PLAIN
    ]
    if not places:
        return tiles
    names = [(tile, label) for tile in sample(equal) if (label := find_label(image, TileBox(tile))) is not None]
    if len(names) < LEAST_NAMED:
        return tiles
    # a microphone may stand before some, and letters differ from script to script
    lefts, belows, heights = zip(*(_where(tile, label) for tile, label in names), strict=True)
    below = float(np.median(belows))
    lowest, highest = (1 - SAME_LETTERS) * min(heights), (1 + SAME_LETTERS) * max(heights)
    near = 2 + SAME_PLACE * equal[0].h
    found: list[Box] = []
    for place, between in places:
        if not apart(place, found):
            continue
        if between:
            found.append(place)
            continue
        # beside a strip a chat, below a gallery the bar with the meeting's name, which is written on in its middle only
        written = is_written(image, place, around=None if rows else True)
        if written and edges.shares(corners([place]))[0, [1, 3]].min() < LEAST_SHARES:
            continue
        label = find_label(image, TileBox(place))
        if label is None:
            continue
        left, under, high = _where(place, label)
        aside = min(abs(left - other) for other in lefts)
        if max(aside, abs(under - below)) <= near and lowest <= high <= highest:
            found.append(place)
    if rows:
        whole = cover(equal)
        for row in ([p for p in found if p.bottom <= whole.y + near], [p for p in found if p.y >= whole.bottom - near]):
            if row and not _stands(row, equal):
                found = [place for place in found if place not in row]
    return tiles + found


def _stands(row: list[Box], tiles: list[Box]) -> bool:
    """Whether a row above or below a gallery begins where it begins, or is in its middle: the names in a toolbar are not."""
    whole, part = cover(tiles), cover(row)
    slack = 4 + SAME_PLACE * part.h
    return abs(part.x - whole.x) <= slack or abs(part.center[0] - whole.center[0]) <= slack


def _in_rows(image: Image, tiles: list[Box]) -> list[tuple[Box, bool]]:
    """Free places in the rows of a gallery of equal tiles and in the next ones below and above; none where the
    tiles are not equal."""
    if len(tiles) < 2 or any(not equal_size(tile, tiles[0]) for tile in tiles):
        return []
    across, down = axes_of(tiles)
    rows = rows_of(tiles)
    wide, high = round(across.length), round(down.length)
    single = len(rows) == 1
    if single and tiles[0].area < LEAST_ROW * image.shape[0] * image.shape[1]:
        return []
    tops = [row[0].y for row in rows if not single]
    tops += [rows[-1][0].y + round(down.pitch), rows[0][0].y - round(down.pitch)]
    first, last = min(tile.x for tile in tiles), max(tile.x for tile in tiles)
    found: list[tuple[Box, bool]] = []
    for top in tops:
        for half in range(round(2 * (last - first) / across.pitch) + 1):
            found.append((Box(round(first + half * across.pitch / 2), top, wide, high), False))
    return [(box, inner) for box, inner in found if box.clipped(*image.shape[1::-1]) == box]


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
