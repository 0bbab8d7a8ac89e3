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
from .grid import LEAST_ALONE, Gallery, corners, rate
from .kind import is_speaking, is_written, paper_of
from .rectangles import ALIKE, FILLED, LARGE, LEAST_SHARES, SMALL, WHOLE, in_line
from .screens import are_text, named, sample

REACH = 8
"""How far from what a colour covers, which is known to a step of the thinned picture, the paper's sides are looked for."""
MARGIN, LIKE_PAPER, LEAST_MARGIN = 6, 20, 0.7
"""How many pixels inside of its sides a document is paper, to within so many levels, and along what share of each."""
LEAST_STRIP = 0.08
"""Least share of the picture's height or width that a strip of tiles takes: toolbars are narrower."""
SURE = 0.92
"""Least support of tiles beside a document."""
NAMED = 0.5
"""Share of the tiles of a gallery that have a name at least; of what lies on a document, and of a toolbar's buttons, fewer do."""
SAME = 0.7
"""Least overlap (IoU) from which two rectangles are one tile."""


def papers(image: Image, areas: list[Box], edges: Edges) -> list[Box]:
    """The areas of one colour that are shared documents, the largest first: large rectangles, written on, with four straight
    sides along which they are plain."""
    size = edges.width * edges.height
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
    outside = off(screen, tiles)
    inside = [tile for tile in tiles if tile not in outside]
    if sum(tile.area for tile in inside if tile != screen) >= FILLED * screen.area:
        return tiles
    areas = _around(screen, Box(0, 0, edges.width, edges.height))
    for other in others:
        areas = [
            max(_around(other, area), key=lambda part: part.area) if area.overlap(other) else area for area in areas
        ]
    if outside:
        areas = [max(areas, key=lambda area: sum(tile.overlap(area) for tile in outside))]
    strip = max((_strip(image, area, edges, read) for area in areas), key=lambda gallery: gallery.score)
    if len(inside) > len(strip.tiles) > 0 and named(image, sample(inside)) > NAMED > named(image, sample(strip.tiles)):
        return tiles  # the paper is what they stand on, the strip a toolbar
    known = all(any(tile.iou(other) >= SAME for other in strip.tiles) for tile in outside)
    if known and strip.score > rate(outside, edges).score:
        return strip.tiles
    return outside if inside and in_line(outside) else tiles


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
    if area.w < max(LEAST_ALONE, LEAST_STRIP * w) or area.h < max(LEAST_ALONE, LEAST_STRIP * h):
        return Gallery([])
    found = [tile.shifted(area.x, area.y) for tile in read(np.ascontiguousarray(area.of(image)))]
    strip = rate(max(([b for b in found if _equal(a, b)] for a in found), key=len, default=[]), edges)
    if len(strip.tiles) < 2 or strip.tiles[0].area < SMALL * w * h or strip.support < SURE:
        return Gallery([])
    return Gallery([]) if are_text(image, strip.tiles) else strip


def _equal(a: Box, b: Box) -> bool:
    return abs(a.w - b.w) <= 3 + ALIKE * a.w and abs(a.h - b.h) <= 3 + ALIKE * a.h
