"""Tiles of unequal size: rows that fill the width, upright tiles among wide ones, a spotlight, a strip beside a screen.

A lattice explains equal tiles only. Here the rectangles that the cuts gave and whose four sides lie on edges stand for
themselves: what has neighbours of its height in a row, or of its width in a column, or is large, is a tile.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ..types import Box, Image
from .base import TileBox
from .edges import Edges
from .grid import LEAST_ASPECT, LEAST_SIDE, MOST_ASPECT, Gallery, corners, rate
from .kind import is_off, is_speaking, is_written
from .labels import find_label

LEAST_SHARES, MEAN_SHARES = 0.7, 0.86
"""Least share of edge along the weakest side of a rectangle, and along all four."""
LARGE = 0.12
"""Share of the picture from which a rectangle is large: a spotlight or a shared screen."""
SMALL = 0.0035
"""Least share of the picture of a tile: buttons, pictures beside a chat's messages are smaller."""
WIDEST = 3.2
"""Width to height of a large one at most."""
WHOLE = 0.9
"""Share of the picture from which a rectangle is no part of it."""
ALIKE = 0.04
"""Relative difference up to which two heights or widths are one."""
FILLED = 0.5
"""Share of a rectangle that others in it cover if it is their window, not a tile or a screen that shows them."""
LABELLED = 0.8
"""Share of the small tiles that have a name from which a large one without has none because it is a shared screen."""
HOLE = 0.5
"""Least share of edge along the upper or lower side of a hole in a row that is a tile."""
ASKED = 6
"""How many small tiles are asked for their names."""

Arrange = Callable[[list[Box]], Gallery]


def rectangles(regions: list[Box], edges: Edges) -> list[Box]:
    """The regions that are rectangles with four straight sides, at these sides, outermost only."""
    size = edges.width * edges.height
    likely: list[Box] = []
    for box in regions:
        if SMALL * size <= box.area and all(box.iou(other) < 0.95 for other in likely):
            likely.append(box)
    if not likely:
        return []
    shares, places = edges.sides(corners(likely), reach=6)
    found: list[tuple[float, Box]] = []
    for share, (left, top, right, bottom) in zip(shares, places, strict=True):
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        if share.min() < LEAST_SHARES or share.mean() < MEAN_SHARES or not _tile_like(box, size) or box.area > WHOLE * size:
            continue
        found.append((float(share.mean()), box))
    best: list[Box] = []
    for _, box in sorted(found, key=lambda item: -item[0] * item[1].area ** 0.1):
        if all(box.iou(other) < 0.7 for other in best):
            best.append(box)
    return _outermost(best)


def _tile_like(box: Box, size: int) -> bool:
    # a spotlight fills the room that there is
    widest = WIDEST if box.area >= LARGE * size else MOST_ASPECT
    return min(box.w, box.h) >= LEAST_SIDE and LEAST_ASPECT <= box.w / box.h <= widest


def _within(box: Box, other: Box) -> bool:
    return box.intersection(other).area >= 0.95 * box.area and box.area < other.area


def _outermost(boxes: list[Box]) -> list[Box]:
    """Without what lies in others, but for windows: what lies in them fills them."""
    kept = []
    for box in boxes:
        inside = [other for other in boxes if _within(other, box)]
        inside = [a for a in inside if not any(_within(a, b) for b in inside)]
        if len(inside) < 2 or sum(other.area for other in inside) < FILLED * box.area:
            kept.append(box)
    return [box for box in kept if not any(_within(box, other) for other in kept)]


def _same_row(a: Box, b: Box) -> bool:
    return abs(a.h - b.h) <= 3 + ALIKE * b.h and abs(a.y - b.y) <= 3 + ALIKE * b.h


def _same_column(a: Box, b: Box) -> bool:
    return abs(a.w - b.w) <= 3 + ALIKE * b.w and abs(a.x - b.x) <= 3 + ALIKE * b.w


def _apart(box: Box, tiles: list[Box]) -> bool:
    return all(box.intersection(tile).area <= 0.03 * min(box.area, tile.area) for tile in tiles)


def mosaic(found: list[Box], edges: Edges) -> Gallery:
    """The tiles among these rectangles: those with another of their height beside or of their width above or below."""
    tiles = [
        a
        for a in found
        if any(
            a is not b and _apart(a, [b]) and (_same_row(a, b) or _same_column(a, b) or _rows_apart(a, b, edges))
            for b in found
        )
    ]
    return rate(tiles, edges)


def _rows_apart(a: Box, b: Box, edges: Edges) -> bool:
    """Whether two are as high and in rows that follow each other: a last row of one wide tile."""
    high = abs(a.h - b.h) <= 3 + ALIKE * b.h
    return high and max(a.area, b.area) >= 0.02 * edges.width * edges.height and abs(a.center[1] - b.center[1]) < 1.3 * b.h


def completed(base: Gallery, found: list[Box], edges: Edges, arrange: Arrange) -> list[Box]:
    """The base's tiles and those of other sizes beside it: a spotlight, a strip, the wider tiles of the last row."""
    size = edges.width * edges.height
    tiles = list(base.tiles)
    if not tiles:
        return tiles
    if any(_same_row(a, b) and a.w > (1 + 3 * ALIKE) * b.w for a in [*tiles, *found] for b in tiles):
        tiles = repaired(tiles, found, edges)
    others = [box for box in found if _apart(box, tiles)]
    if len(tiles) > 1 and base.covered < 0.3 and all(box.area < LARGE * size for box in others):
        large = _spotlight(tiles, edges)
        if large is not None:
            others = [large, *(box for box in others if _apart(box, [large]))]
    typical = float(np.median([tile.area for tile in tiles]))
    alone = len(tiles) == 1
    # a strip beside a spotlight: as a lattice, so that its dark tiles are found too
    for box in sorted(others, key=lambda box: -box.area):
        if not _apart(box, tiles):
            continue
        family = [b for b in others if _apart(b, tiles) and abs(b.w - box.w) <= 4 + ALIKE * box.w and abs(b.h - box.h) <= 4 + ALIKE * box.h]
        if box.area >= LARGE * size and len(family) == 1:
            if box.area > 1.8 * typical or alone:
                tiles.append(box)
            continue
        if len(family) > 1:
            grown = [tile for tile in arrange(family).tiles if _apart(tile, tiles)]
            members = [b for b in family if b.intersection(_cover(grown)).area < 0.5 * b.area] if grown else family
            new = grown + [b for b in members if _apart(b, grown)]
            if any(_beside(b, tiles) for b in new):
                tiles += new
        elif _beside(box, tiles) and (alone or _rowmate(box, tiles)):
            tiles.append(box)
    return tiles


def _cover(tiles: list[Box]) -> Box:
    x, y = min(t.x for t in tiles), min(t.y for t in tiles)
    return Box(x, y, max(t.right for t in tiles) - x, max(t.bottom for t in tiles) - y)


def _beside(box: Box, tiles: list[Box]) -> bool:
    """Whether a rectangle is as near to one of the tiles as tiles are to each other: next to it, not far away."""
    reach = max(24.0, 0.25 * min(box.w, box.h))
    return any(
        max(box.x - tile.right, tile.x - box.right) <= reach and max(box.y - tile.bottom, tile.y - box.bottom) <= reach
        for tile in tiles
    )


def _rowmate(box: Box, tiles: list[Box]) -> bool:
    """Whether it stands in a row or column of the tiles, or is the row or column that follows."""
    reach = max(24.0, 0.2 * min(box.w, box.h))
    for tile in tiles:
        if abs(box.h - tile.h) <= 3 + ALIKE * tile.h:
            below = max(box.y - tile.bottom, tile.y - box.bottom)
            if _same_row(box, tile) or (0 <= below <= reach and box.area > 0.02 * _cover(tiles).area):
                return True
        if _same_column(box, tile):
            return True
    return False


def repaired(tiles: list[Box], found: list[Box], edges: Edges) -> list[Box]:
    """Rows of tiles of one height in which rectangles that were seen take the place of tiles that lie across them, and
    holes between neighbours are filled: a video as bright as the background has no sides of its own."""
    for box in found:
        mates = [tile for tile in tiles if _same_row(box, tile)]
        across = [tile for tile in mates if tile.intersection(box).area > 0.03 * tile.area]
        if not across or any(tile.iou(box) > 0.8 for tile in across):
            continue
        if edges.sides(corners(across))[0].min(axis=1).max() < edges.sides(corners([box]))[0].min():
            tiles = [tile for tile in tiles if tile not in across] + [box]
    return _filled(tiles, edges)


def _rows(tiles: list[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    for tile in sorted(tiles, key=lambda tile: (tile.y, tile.x)):
        row = next((row for row in rows if _same_row(tile, row[0])), None)
        if row is None:
            rows.append([tile])
        else:
            row.append(tile)
    return [sorted(row, key=lambda tile: tile.x) for row in rows]


def _filled(tiles: list[Box], edges: Edges) -> list[Box]:
    """With tiles in the holes of rows whose tiles are of unequal width."""
    rows = [row for row in _rows(tiles) if len(row) > 1]
    gaps = [b.x - a.right for row in rows for a, b in pairwise(row)]
    if len(gaps) < 2:
        return tiles
    gap = int(np.median(sorted(gaps)[: len(gaps) // 2 + 1]))
    middle = float(np.median([(row[0].x + row[-1].right) / 2 for row in rows]))
    filled = list(tiles)
    for row in rows:
        spans = [(a.right + gap, b.x - gap, a, b) for a, b in pairwise(row)]
        # rows stand in the middle: what is missing at one end is there at the other
        left, right = row[0].x, row[-1].right
        other = round(2 * middle)
        if other - right < left - 8:
            spans.append((other - right, left - gap, None, row[0]))
        elif other - left > right + 8:
            spans.append((right + gap, other - left, row[-1], None))
        for start, stop, before, behind in spans:
            hole = Box(start, row[0].y, stop - start, row[0].h)
            if hole.w < LEAST_ASPECT * hole.h or not _apart(hole, filled) or start < 0 or stop > edges.width:
                continue
            grown = [
                Box(a.x, a.y, hole.right - a.x, a.h) if a is before else Box(hole.x, a.y, a.right - hole.x, a.h)
                for a in (before, behind)
                if a is not None
            ]
            share = edges.sides(corners([hole]))[0][0]
            wider = edges.sides(corners(grown))[0]
            best = int(wider.min(axis=1).argmax())
            if wider[best].min() > max(LEAST_SHARES, float(share.min())) and grown[best].w <= MOST_ASPECT * hole.h:
                narrow = before if before is not None and best == 0 else behind
                filled = [grown[best] if tile == narrow else tile for tile in filled]
            elif hole.w <= MOST_ASPECT * hole.h and max(share[1], share[3]) >= HOLE:
                filled.append(hole)
    return filled


def _spotlight(tiles: list[Box], edges: Edges) -> Box | None:
    """The large rectangle beside a strip by its long edges: parts of a dark video look like gutters."""
    strip = _cover(tiles)
    whole = Box(0, 0, edges.width, edges.height)
    typical = float(np.median([tile.area for tile in tiles]))
    best: tuple[float, Box | None] = 0.0, None
    for area in (
        Box(0, 0, whole.w, strip.y),
        Box(0, strip.bottom, whole.w, whole.h - strip.bottom),
        Box(0, 0, strip.x, whole.h),
        Box(strip.right, 0, whole.w - strip.right, whole.h),
    ):
        if area.area < max(LARGE * whole.area, 3 * typical):
            continue
        xs, ys = (_ends(edges, upright, area) for upright in (True, False))
        boxes = np.array(
            [(x0, y0, x1, y1) for x0 in xs[0] for x1 in xs[1] for y0 in ys[0] for y1 in ys[1] if x1 - x0 > 99 < y1 - y0],
            np.int32,
        )
        if not len(boxes):
            continue
        # whole sides: what reaches over a toolbar has less of them on edges
        shares = edges.sides(boxes, corner=50)[0]
        sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / whole.area
        aspects = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
        fit = (shares.min(axis=1) >= LEAST_SHARES) & (sizes >= LARGE) & (sizes < WHOLE)
        fit &= (aspects >= 1.0) & (aspects <= WIDEST)
        worth = np.where(fit, shares.prod(axis=1) * sizes**0.25, 0)
        top = int(worth.argmax())
        if worth[top] > best[0]:
            x0, y0, x1, y1 = (int(v) for v in boxes[top])
            best = float(worth[top]), Box(x0, y0, x1 - x0, y1 - y0)
    return best[1]


def _ends(edges: Edges, upright: bool, area: Box) -> tuple[list[int], list[int]]:
    """Where in an area long edges are, from either end inwards, up to five each."""
    profile = edges.profile(upright, area)
    low, high = (area.x, area.right) if upright else (area.y, area.bottom)
    part = profile[low : high + 1]
    strong = np.flatnonzero(part >= 0.45)
    places: list[int] = []
    for place in strong[np.argsort(-part[strong], kind="stable")]:
        if all(abs(int(place) - other) > 3 for other in places):
            places.append(int(place))
    places.sort()
    places = [place + low for place in places]
    return places[:5], places[-5:]


def shown_in(tiles: list[Box], found: list[Box]) -> Box | None:
    """The rectangle that shows all these tiles without being filled by them: a slide with photographs."""
    if len(tiles) < 2:
        return None
    for box in found:
        if all(tile.intersection(box).area >= 0.95 * tile.area for tile in tiles):
            # they must leave room around them
            if sum(tile.area for tile in tiles) < FILLED * box.area:
                return box
    return None


def without_screens(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles without a shared screen among them: large, beside small ones, and written on or without a name."""
    if len(tiles) < 2:
        return tiles
    size = image.shape[0] * image.shape[1]
    kept = []
    for tile in tiles:
        small = [other for other in tiles if other.area * 2.5 < tile.area]
        if tile.area < LARGE * size or not small or 2 * len(small) < len(tiles) - 1 or not is_screen(image, tile, small):
            kept.append(tile)
    return kept or tiles


def is_screen(image: Image, box: Box, small: list[Box]) -> bool:
    """Whether a large rectangle is a shared screen and no participant; `small`: the tiles beside it."""
    if is_speaking(image, box):
        return False
    if is_written(image, box):
        return True
    if is_off(image, box) or find_label(image, TileBox(box)) is not None:
        return False
    named = [find_label(image, TileBox(tile)) is not None for tile in small[:ASKED]]
    return float(np.mean(named)) >= LABELLED


def explains(lattice: list[Box], unequal: list[Box]) -> bool:
    """Whether a lattice has all that a mosaic has: then what it has more are tiles whose sides are not seen."""
    held = sum(any(a.intersection(b).area > 0.5 * a.area for a in lattice) for b in unequal)
    same = sum(any(a.iou(b) > 0.8 for a in lattice) for b in unequal)
    return len(lattice) >= len(unequal) and held == len(unequal) and same >= 0.75 * len(unequal)
