"""Shared documents, told by their paper, and the participants beside one.

What lies on a slide may look like tiles (photographs, the boxes of a diagram, the bars of a chart), and more so than the
small participants beside it do. But a slide is a large rectangle of one colour that is written on, as no video is; what is
beside it is read as a picture of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..types import Box, Image
from .edges import Edges
from .filmstrip import SURE, filmstrip
from .grid import LEAST_ALONE, Gallery, corners, rate
from .gutters import TOLERANCE, background_colours, foreground, surroundings
from .kind import is_speaking, is_written, paper_of
from .rectangles import FILLED, LARGE, LEAST_PART, LEAST_SHARES, SMALL, WHOLE, apart, equal_size, in_line
from .screens import SAME, are_text, named, sample
from .strips import LEAST_STRIP

REACH = 8
"""How far from what a colour covers, which is known to a step of the thinned picture, the paper's sides are looked for."""
THINNED = 800
"""Pictures are thinned out to about this width where colours in a part of them are looked for."""
MARGIN, LIKE_PAPER, LEAST_MARGIN = 6, 20, 0.7
"""How many pixels inside of its sides a document is paper, to within so many levels, and along what share of each."""
NAMED = 0.5
"""Share of the tiles of a gallery that have a name at least; of what lies on a document, and of a toolbar's buttons, fewer do."""
SMALLER = 2.5
"""How many times larger than a strip's tiles a spotlight is at least."""
MOST_NAMED = 0.7
"""The same beside a spotlight, of which no document tells that there is a strip."""
EXPLAINED = 0.6
"""Share of a rectangle that a strip's tiles cover if it is some of these, a part of one or several at once."""


def papers(image: Image, areas: list[Box], edges: Edges, within: Box | None = None) -> list[Box]:
    """The areas of one colour that are shared documents, the largest first: large rectangles, written on, with four straight
    sides along which they are plain. within: the part of the picture in which they are large; None: all of it."""
    size = within.area if within else edges.width * edges.height
    large = [area for area in areas if LARGE * size <= area.area < WHOLE * size and min(area.w, area.h) > LEAST_ALONE]
    shares, places = edges.sides(corners(large), REACH)
    found: list[Box] = []
    for share, (left, top, right, bottom) in zip(shares, places, strict=True):
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        if (
            share.min() >= LEAST_SHARES
            and all(box.iou(other) < SAME for other in found)
            and is_written(image, box, around=None)
            and not is_speaking(image, box)
            and _has_margins(image, box)
        ):
            found.append(box)
    return sorted(found, key=lambda box: -box.area)


def _has_margins(image: Image, box: Box) -> bool:
    """Whether a document is paper along all its sides: the background that tiles stand on is broken by these."""
    part = box.of(image)
    colour = paper_of(image, box)
    lines = part[MARGIN], part[-1 - MARGIN], part[:, MARGIN], part[:, -1 - MARGIN]
    return all(float((np.abs(line - colour).max(axis=1) <= LIKE_PAPER).mean()) >= LEAST_MARGIN for line in lines)


def beside_papers(
    image: Image, documents: list[Box], tiles: list[Box], edges: Edges, read: Callable[[Image], list[Box]]
) -> list[Box]:
    """The tiles beside the largest document without what lies on it and what it lies in; `read` finds the tiles of a
    picture. The other documents (a chat) are not looked at."""
    paper, *others = documents
    screen = next((tile for tile in tiles if tile.overlap(paper) >= 0.95 * paper.area), paper)
    inside = [tile for tile in tiles if tile not in off(screen, tiles)]
    filling = [tile for tile in inside if tile != screen]
    # a lattice that goes on over the text is wrong outside of it, too
    astray = sum(tile.area for tile in filling) >= FILLED * screen.area
    if astray and not are_text(image, filling):
        return tiles
    # a gutter that is not seen makes one of a screen and the strip beside it
    for shown in dict.fromkeys((screen, paper)):
        outside = off(shown, [tile for tile in tiles if tile != screen])
        strip = _beside(image, shown, others, outside, edges, read)
        if astray and len(strip.tiles) > 1:
            return strip.tiles
        if len(inside) > len(strip.tiles) > 0 and named(image, sample(inside)) > NAMED > named(
            image, sample(strip.tiles)
        ):
            return tiles  # the paper is what they stand on, the strip a toolbar
        if _explained(outside, strip.tiles) and strip.score > rate(outside, edges).score:
            return strip.tiles
    outside = off(screen, tiles)
    return outside if inside and in_line(outside) else tiles


def _beside(
    image: Image,
    shown: Box,
    others: list[Box],
    outside: list[Box],
    edges: Edges,
    read: Callable[[Image], list[Box]],
) -> Gallery:
    """The best strip of equal tiles beside a screen, where those that were found are, but not in other documents."""
    areas = [_without(area, others) for area in _around(shown, Box(0, 0, edges.width, edges.height))]
    if outside:
        areas = [max(areas, key=lambda area: sum(tile.overlap(area) for tile in outside))]
    best = max((_strip(image, area, edges, read) for area in areas), key=lambda gallery: gallery.score)
    if best.tiles:
        return best
    # a window that does not fill the picture has a chat that is small in it, but not beside the document
    smaller = [_without(area, _inside(image, area, edges)) for area in areas if _broad(area, edges)]
    strips = (_strip(image, area, edges, read) for area in smaller if area not in areas)
    return max(strips, key=lambda gallery: gallery.score, default=best)


def _without(area: Box, documents: list[Box]) -> Box:
    """The largest part of an area that is beside some documents."""
    for other in documents:
        area = max(_around(other, area), key=lambda part: part.area) if area.overlap(other) else area
    return area


def _inside(image: Image, area: Box, edges: Edges) -> list[Box]:
    """The documents in a part of a picture that are large in it."""
    step = max(1, round(edges.width / THINNED))
    small = np.ascontiguousarray(area.of(image)[::step, ::step])
    reached = (surroundings(foreground(small, colour, TOLERANCE)) for colour in background_colours(small))
    areas = [Box(area.x + b.x * step, area.y + b.y * step, b.w * step, b.h * step) for b in reached]
    return papers(image, areas, edges, within=area)


def beside_large(image: Image, tiles: list[Box], edges: Edges) -> list[Box]:
    """The tiles with the strip beside a large one of which nothing, or only pieces, were found."""
    large = max(tiles, key=lambda tile: tile.area, default=None)
    if large is None or large.area < LARGE * edges.width * edges.height:
        return tiles
    others = [tile for tile in tiles if tile != large]
    if any(other.area * SMALLER > large.area for other in others):
        return tiles
    if len(others) > 1 and all(equal_size(other, others[0]) for other in others):
        return tiles
    strips = (
        strip
        for area in _around(large, Box(0, 0, edges.width, edges.height))
        if _broad(area, edges) and len((strip := filmstrip(image, area, edges)).tiles) > 1
    )
    best = max(strips, key=lambda strip: strip.score, default=Gallery([]))
    if (
        best.support < SURE
        or best.score <= rate(others, edges).score
        or best.tiles[0].area < max(SMALL * edges.width * edges.height, LEAST_PART * large.area)
        or not _explained(others, best.tiles)
        or named(image, sample(best.tiles)) < MOST_NAMED
        or are_text(image, best.tiles)
    ):
        return tiles
    return [large, *best.tiles]


def _broad(area: Box, edges: Edges) -> bool:
    """Whether there is room for a strip of tiles."""
    wide, high = LEAST_STRIP * edges.width, LEAST_STRIP * edges.height
    return bool(area.w >= max(LEAST_ALONE, wide) and area.h >= max(LEAST_ALONE, high))


def _explained(others: list[Box], tiles: list[Box]) -> bool:
    """Whether rectangles are some of these tiles, or parts of them, or several of them."""
    return all(sum(other.overlap(tile) for tile in tiles) >= EXPLAINED * other.area for other in others)


def off(screen: Box, tiles: list[Box]) -> list[Box]:
    """The tiles that do not lie on a screen."""
    return [tile for tile in tiles if tile.overlap(screen) < 0.5 * tile.area]


def _around(box: Box, area: Box) -> list[Box]:
    """The parts of an area above, below, left and right of a box, as far as there are any."""
    common = box.intersection(area)
    return [
        Box(area.x, area.y, area.w, common.y - area.y),
        Box(area.x, common.bottom, area.w, area.bottom - common.bottom),
        Box(area.x, area.y, common.x - area.x, area.h),
        Box(common.right, area.y, area.right - common.right, area.h),
    ]


def _strip(image: Image, area: Box, edges: Edges, read: Callable[[Image], list[Box]]) -> Gallery:
    """The equal tiles in a part of a picture; none where they are not sure."""
    w, h = edges.width, edges.height
    if not _broad(area, edges):
        return Gallery([])
    found = [tile.shifted(area.x, area.y) for tile in read(np.ascontiguousarray(area.of(image)))]
    found = [tile for tile in found if (tile.h >= LEAST_STRIP * h if area.w > area.h else tile.w >= LEAST_STRIP * w)]
    equal = max(([b for b in found if equal_size(a, b)] for a in found), key=len, default=[])
    strip = rate(equal, edges)
    choices = [strip] if strip.support >= SURE else []
    # what else was found are pieces of a strip whose gutters are dirty
    if not choices or len(strip.tiles) < max(2, len(found)):
        film = filmstrip(image, area, edges)
        choices += [film] if film.tiles and named(image, sample(film.tiles)) > NAMED else []
    fitting = [
        one
        for one in choices
        if len(one.tiles) > 1
        and one.tiles[0].area >= SMALL * w * h
        and one.support >= SURE
        and not are_text(image, one.tiles)
    ]
    best = max(fitting, key=lambda one: one.score, default=Gallery([]))
    # beside a chat there may be a spotlight, too
    large = [tile for tile in found if tile.area >= LARGE * w * h and apart(tile, equal)]
    return rate([*large, *equal], edges) if best is strip and large else best
