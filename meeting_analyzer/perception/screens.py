"""Shared screens, which are no tiles, told by what is written on them and by the name that they lack."""

from __future__ import annotations

import numpy as np

from ..types import Box, Image
from .base import TileBox
from .edges import Edges
from .grid import Gallery, corners
from .kind import is_speaking, is_written, kind_of, paper_of
from .labels import find_label
from .rectangles import FILLED, LARGE, LEAST_SHARES, rows_of, same_column, same_row, strip_of

LABELLED = 0.8
"""Share of the small tiles that have a name from which a large one without has none because it is a shared screen."""
ALL_TEXT = 0.7
"""Share of written ones from which rectangles are pieces of a document; a small tile's name may be as sharp."""
SAME_PAPER = 16
"""Levels that the colours of one document's paper differ by; the walls of videos are of many colours."""
ASKED = 6
"""How many small tiles are asked for their names."""
NEARLY = 0.8
"""Score of clearer tiles against a lattice's from which this is asked for names."""
SAME = 0.7
"""Least overlap (IoU) from which two rectangles are one tile."""


def are_text(image: Image, tiles: list[Box]) -> bool:
    """Whether most of these, of a sample of them, are pieces of one document or chat: written on paper of one colour."""
    asked = sample(tiles)
    written: list[Box] = []
    for number, tile in enumerate(asked):
        if is_written(image, tile, around=None):
            written.append(tile)
        elif len(written) + len(asked) - number - 1 < ALL_TEXT * len(asked):
            return False
    if not written:
        return False
    papers = np.array([paper_of(image, tile) for tile in written])
    alike = np.abs(papers[:, None] - papers[None]).max(axis=2) <= SAME_PAPER
    return int(alike.sum(axis=1).max()) >= ALL_TEXT * len(asked)


def sample(tiles: list[Box]) -> list[Box]:
    """About as many of some tiles as are asked, from all parts of the picture."""
    return tiles[:: max(1, len(tiles) // ASKED)]


def within_large(tiles: list[Box], found: list[Box], edges: Edges) -> list[Box]:
    """Those tiles that lie in or across a large rectangle without filling it, while others are outside: the lattice of the
    small ones goes on over a spotlight or a shared screen, unless all its sides are seen there, too."""
    size = edges.width * edges.height
    drop: list[Box] = []
    for box in found:
        if box.area < LARGE * size:
            continue
        inside = [tile for tile in tiles if tile.overlap(box) > 0.03 * tile.area and tile.area < 0.5 * box.area]
        common = sum(tile.overlap(box) for tile in inside)
        if len(inside) in (0, len(tiles)) or common >= FILLED * box.area:
            continue
        if edges.shares(corners(inside), 1).min() < LEAST_SHARES:
            drop += inside
    return drop


def shown_in(tiles: list[Box], found: list[Box]) -> Box | None:
    """The rectangle that shows all these tiles without being filled by them: a slide with photographs."""
    if len(tiles) < 2:
        return None
    for box in found:
        inside = all(tile.overlap(box) >= 0.95 * tile.area for tile in tiles)
        # they must leave room around them
        if inside and sum(tile.area for tile in tiles) < FILLED * box.area:
            return box
    return None


def without_screens(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles without a shared screen among them: large, beside small ones, and written on or without a name."""
    if len(tiles) < 2:
        return tiles
    size = image.shape[0] * image.shape[1]
    kept = []
    for tile in tiles:
        family = [other for other in tiles if same_row(other, tile) or same_column(other, tile)]
        if (
            len(family) == 1
            and len(tiles) < 4
            and tile.area < max(other.area for other in tiles)
            and tile.w < tile.h  # small names are sharp, too
            and is_written(image, tile)
        ):
            continue  # the chat
        small = [other for other in tiles if other.area * 2.5 < tile.area]
        if (
            tile.area < LARGE * size
            or not small
            or 2 * len(small) < len(tiles) - 1
            or not is_screen(image, tile, small)
        ):
            kept.append(tile)
    return kept or tiles


def without_nameless(image: Image, tiles: list[Box]) -> list[Box]:
    """Only the strip where its tiles have names and no larger one has: these are parts of a shared photograph."""
    strip = strip_of(tiles)
    others = [tile for tile in tiles if tile not in strip]
    large = [tile for tile in others if tile.area >= max((other.area for other in strip), default=0)]
    size = image.shape[0] * image.shape[1]
    if len(strip) < 2 or not large:
        return tiles
    # whether one that is really large is a screen has been asked
    if len(others) == 1 and others[0].area >= max(LARGE * size, 2.5 * strip[0].area):
        return tiles
    if any(is_speaking(image, tile) for tile in large):
        return tiles
    if named(image, large) > 0 or named(image, sample(strip)) < LABELLED:
        return tiles
    return strip


def is_screen(image: Image, box: Box, small: list[Box]) -> bool:
    """Whether a large rectangle is a shared screen and no participant; `small`: the tiles beside it."""
    if is_speaking(image, box):
        return False
    if is_written(image, box, around=None):
        return True
    if kind_of(image, box) != "video" or find_label(image, TileBox(box)) is not None:
        return False
    return len(small) > 1 and named(image, small[:ASKED]) >= LABELLED


def named(image: Image, tiles: list[Box]) -> float:
    """Share of some tiles that have a name."""
    return float(np.mean([find_label(image, TileBox(tile)) is not None for tile in tiles]))


def goes_on_over_text(image: Image, tiles: list[Box], seen: list[Box]) -> bool:
    """Whether most tiles of a lattice are not among those whose sides are seen, and rows of them are pieces of a document."""
    more = _not_among(seen, tiles)
    return 2 * len(more) > len(tiles) and any(len(row) > 1 and are_text(image, row) for row in rows_of(more))


def goes_on_nameless(image: Image, lattice: Gallery, clear: Gallery) -> bool:
    """Whether half of a lattice's tiles or more are not among those that are clearer, which have names, as none of them has: it
    goes on over a spotlight."""
    more = _not_among(clear.tiles, lattice.tiles)
    if (
        not more
        or 2 * len(more) < len(lattice.tiles)
        or clear.support < lattice.support
        or clear.score < NEARLY * lattice.score
    ):
        return False
    return named(image, sample(more)) == 0 and named(image, sample(clear.tiles)) >= LABELLED


def _not_among(some: list[Box], tiles: list[Box]) -> list[Box]:
    """Those tiles that are none of some others."""
    return [tile for tile in tiles if all(tile.iou(other) < SAME for other in some)]
