"""Shared screens, which are no tiles, told by what is written on them and by the name that they lack."""

from __future__ import annotations

import numpy as np

from ..types import Box, Image
from .base import TileBox
from .edges import Edges
from .grid import Gallery, corners
from .kind import is_speaking, is_written, kind_of, paper_of
from .labels import find_label
from .rectangles import FILLED, LARGE, LEAST_SHARES, SMALL, apart, rows_of, same_column, same_row, strip_of

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
ALIKE = 0.5
"""Size against the larger ones from which tiles are of one group."""
FEW_NAMED = 0.5
"""Share of pieces of text that may seem to have a name."""
MOST_NAMED = 0.25
"""Share of some smaller ones that may seem to have a name though they are none."""
CORNER, ABOVE, TALLEST = 4, 1.25, 0.36
"""How far from the left a name begins at most, and from below it ends, in heights of its letters, and how high these are at most as a
share of the tile's height: a message is text from top to bottom."""
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


def without_rows_of_text(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles without the rows, and columns, at either end that are pieces of a document: a strip's lattice goes on over it."""
    columns = [[tile for tile in tiles if same_column(tile, first)] for first in rows_of(tiles)[0]] if tiles else []
    for lines in (rows_of(tiles), columns):
        kept = list(lines)
        for end in (0, -1):
            while len(kept) > 1 and len(kept[end]) > 1 and _is_text(image, kept[end]):
                kept.pop(end)
        # what is left must be the strip: bright walls are like paper, too
        if len(kept) == 1 < len(lines) and len(kept[0]) > 1 and not _is_text(image, kept[0]):
            return kept[0]
    return tiles


def _is_text(image: Image, row: list[Box]) -> bool:
    """Whether most tiles of a row are written on, some perhaps beside the paper, and few of these seem to have a name."""
    asked = sample(row)
    written = [tile for tile in asked if is_written(image, tile, around=None) and kind_of(image, tile) == "video"]
    return len(written) >= ALL_TEXT * len(asked) and share_named(image, written) <= FEW_NAMED


def without_buttons(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles without those that are smaller than most and have no names, as most have: buttons, messages of a chat."""
    groups: list[list[Box]] = []
    for tile in sorted(tiles, key=lambda tile: -tile.area):
        near = next((group for group in groups if tile.area >= ALIKE * group[0].area), None)
        if near is None:
            groups.append([tile])
        else:
            near.append(tile)
    if len(groups) < 2:
        return tiles
    kept = [tile for group in groups for tile in group]
    while len(groups) > 1 and share_named(image, groups[-1]) <= MOST_NAMED:
        if len(groups[-1]) == 1 and kind_of(image, groups[-1][0]) != "video":
            break  # a toolbar has several buttons
        others = [tile for group in groups[:-1] for tile in group]
        if share_named(image, others) < LABELLED:
            break
        kept = others
        groups.pop()
    return [tile for tile in tiles if tile in kept]


def share_named(image: Image, tiles: list[Box]) -> float:
    """Share of a sample of some tiles that have a name in their corner."""
    return float(np.mean([has_name(image, tile) for tile in sample(tiles)]))


def with_named(image: Image, tiles: list[Box], found: list[Box]) -> list[Box]:
    """Large tiles with those rectangles that are seen beside them and have a name where tiles have it: single ones, which are no strip."""
    size = image.shape[0] * image.shape[1]
    more = list(tiles)
    if not tiles or min(tile.area for tile in tiles) < LARGE * size:
        return more
    for box in sorted(found, key=lambda box: -box.area):
        if (
            box.area >= SMALL * size
            and apart(box, more)
            and has_name(image, box)
            and not is_written(image, box, around=None)
        ):
            more.append(box)
    return more


def in_window(image: Image, boxes: list[Box]) -> list[Box]:
    """The first of some rectangles, each of which may be the only tile, the largest first; where it has no name, the first one
    that has and fills it: then it is the window."""
    if len(boxes) < 2 or has_name(image, boxes[0]):
        return boxes[:1]
    window, *others = boxes
    filling = (box for box in others if window.overlap(box) == box.area >= FILLED * window.area)
    return [next((box for box in filling if has_name(image, box)), window)]


def has_name(image: Image, box: Box) -> bool:
    """Whether a name stands in the lower left corner of a box."""
    label = find_label(image, TileBox(box))
    return (
        label is not None
        and label.box.x - box.x <= CORNER * label.box.h
        and box.bottom - label.box.bottom <= ABOVE * label.box.h
        and label.box.h <= TALLEST * box.h
    )


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
