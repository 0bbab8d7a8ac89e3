"""Rectangles with four straight sides among the regions that the cuts gave, and how they stand to each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..types import Box
from .edges import Edges
from .grid import LEAST_ASPECT, LEAST_SIDE, MOST_ASPECT, corners

LEAST_SHARES, MEAN_SHARES = 0.7, 0.86
"""Least share of edge along the weakest side of a rectangle, and along all four."""
LARGE = 0.12
"""Share of the picture from which a rectangle is large: a spotlight or a shared screen."""
SMALL = 0.0035
"""Least share of the picture of a tile: buttons, pictures beside a chat's messages are smaller."""
LEAST_PART = 0.012
"""Least size of a small tile against the large one beside it: the buttons of a toolbar are smaller."""
WIDEST = 3.2
"""Width to height of a large one at most."""
WHOLE = 0.9
"""Share of the picture from which a rectangle is no part of it."""
ALIKE = 0.04
"""Relative difference up to which two heights or widths are one."""
MOST_GUTTER = 0.12
"""Widest gutter between tiles above each other as a share of their height."""
FILLED = 0.5
"""Share of a rectangle that others in it cover if it is their window, not a tile or a screen that shows them."""
SAME = 0.98
"""Overlap (IoU) from which two boxes that are looked at are one."""
REACH, AREA_REACH = 6, 4
"""How far from a region's sides, and from where a colour ends, in pixels, straight ones are looked for."""
GUTTER, ONE_COLOUR = 2, 24
"""How far outside of a rectangle, in pixels, its background is looked at, and the levels by which it may differ from side to side:
compression spreads the tint of what is beside it."""
LONE_SHARE = 0.12
"""Least share of the picture that a single tile covers."""
LONE_SUPPORT = 0.85
"""Least support of each side of a single tile."""


def rectangles(regions: list[Box], areas: list[Box], edges: Edges) -> list[Box]:
    """The regions that are rectangles with four straight sides, at these sides, outermost only; and where colours reach (areas)
    those that stand on a background: a camera that is off, or a plain wall, beside which the gutters are dirty."""
    found = _straight(regions, edges, REACH)
    found += [
        (share, box)
        for share, box in _straight(areas, edges, AREA_REACH)
        if _on_one_colour(box, edges) and not any(_is_around(box, other) for _, other in found)
    ]
    # two tiles above each other whose gutter is dirty are no tile
    pairs = {box for (_, box), half in zip(found, edges.halved(corners([b for _, b in found])), strict=True) if half}
    best: list[Box] = []
    for _, box in sorted(found, key=lambda item: -item[0] * item[1].area ** 0.1):
        if box not in pairs and all(box.iou(other) < 0.7 for other in best):
            best.append(box)
    return unstacked(_outermost([*best, *_remainders(best, edges)]), edges)


def _straight(boxes: list[Box], edges: Edges, reach: int) -> list[tuple[float, Box]]:
    """Those boxes that have four straight sides up to so many pixels away, at these, each with how much of them is seen."""
    size = edges.width * edges.height
    likely: list[Box] = []
    for box in boxes:
        if SMALL * size <= box.area and all(box.iou(other) < SAME for other in likely):
            likely.append(box)
    if not likely:
        return []
    shares, places = edges.sides(corners(likely), reach)
    found: list[tuple[float, Box]] = []
    for share, (left, top, right, bottom) in zip(shares, places, strict=True):
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        seen = share.min() >= LEAST_SHARES and share.mean() >= MEAN_SHARES
        if seen and _tile_like(box, size) and box.area <= WHOLE * size:
            found.append((float(share.mean()), box))
    return found


def unstacked(boxes: list[Box], edges: Edges) -> list[Box]:
    """With the tiles in place of rectangles that are two or three of them above each other, with dirty gutters between: as
    wide as another one, as high as so many of it with gutters, and with sides where these are."""
    found: list[Box] = []
    for box in boxes:
        stacks = [
            stack
            for tile in boxes
            if tile.w > tile.h and abs(tile.w - box.w) <= 3 + ALIKE * tile.w
            for stack in [_stack(box, tile.h)]
            if stack and edges.shares(corners(stack))[:, [1, 3]].min() >= LEAST_SHARES
        ]
        found += stacks[0] if stacks else [box]
    return found


def _stack(box: Box, height: int) -> list[Box]:
    """The two or three tiles of about this height that a box holds above each other; none where they do not fill it."""
    count = round(box.h / height)
    if not 2 <= count <= 3 or not -2 <= box.h - count * height <= (count - 1) * MOST_GUTTER * height:
        return []
    step = (box.h - height) / (count - 1)
    return [Box(box.x, box.y + round(i * step), box.w, height) for i in range(count)]


def _remainders(boxes: list[Box], edges: Edges) -> list[Box]:
    """What is left of rectangles that are a strip and something large beside it, with a dirty gutter between: that."""
    found = []
    for box, inside in zip(boxes, _insides(boxes), strict=True):
        for side, line in enumerate(_borders(box, inside)):
            if not line:
                continue
            strip = cover(line)
            left = strip.right if side == 0 else box.x
            top = strip.bottom if side == 1 else box.y
            right = strip.x if side == 2 else box.right
            bottom = strip.y if side == 3 else box.bottom
            rest = np.array([(left, top, right, bottom)], np.int32)
            if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
                continue
            shares, places = edges.sides(rest, reach=12)
            if shares.min() >= LEAST_SHARES:
                x0, y0, x1, y1 = (int(v) for v in places[0])
                rest_box = Box(x0, y0, x1 - x0, y1 - y0)
                if _tile_like(rest_box, edges.width * edges.height):
                    found.append(rest_box)
    return found


def _is_around(box: Box, other: Box) -> bool:
    """Whether a box is the background of one that fills much of it, not one of which this is a piece, with three of its sides."""
    sides = box.x - other.x, box.y - other.y, box.right - other.right, box.bottom - other.bottom
    common = sum(abs(side) <= REACH for side in sides)
    return common < 3 and box.overlap(other) >= 0.95 * other.area > FILLED * box.area


def _on_one_colour(box: Box, edges: Edges) -> bool:
    """Whether one colour is outside of all sides of a box that are not the picture's: it is none in a window or on a slide."""
    x0, y0, x1, y1 = box.x - GUTTER, box.y - GUTTER, box.right + GUTTER, box.bottom + GUTTER
    lines = [
        part
        for inside, part in (
            (x0 >= 0, edges.image[box.y : box.bottom, max(0, x0)]),
            (y0 >= 0, edges.image[max(0, y0), box.x : box.right]),
            (x1 <= edges.width, edges.image[box.y : box.bottom, min(x1, edges.width) - 1]),
            (y1 <= edges.height, edges.image[min(y1, edges.height) - 1, box.x : box.right]),
        )
        if inside
    ]
    colours = np.array([np.median(line, axis=0) for line in lines])
    return bool(len(lines) > 1 and (colours.max(axis=0) - colours.min(axis=0)).max() <= ONE_COLOUR)


def _tile_like(box: Box, size: int) -> bool:
    # a spotlight fills the room that there is
    widest = WIDEST if box.area >= LARGE * size else MOST_ASPECT
    return min(box.w, box.h) >= LEAST_SIDE and LEAST_ASPECT <= box.w / box.h <= widest


def _insides(boxes: list[Box]) -> list[list[Box]]:
    """Of each rectangle the smaller ones that lie in it."""
    if not boxes:
        return []
    corner = corners(boxes)
    high, low = np.minimum(corner[:, None, 2:], corner[:, 2:]), np.maximum(corner[:, None, :2], corner[:, :2])
    common = np.maximum(0, high - low).prod(axis=2)
    area = np.diag(common)
    within = (common >= 0.95 * area) & (area < area[:, None])
    return [[boxes[i] for i in np.flatnonzero(inside)] for inside in within]


def _outermost(boxes: list[Box]) -> list[Box]:
    """Without what lies in others, but for windows: what lies in them fills them."""
    kept = []
    for box, within in zip(boxes, _insides(boxes), strict=True):
        inner = {a for others in _insides(within) for a in others}
        inside = [a for a in within if a not in inner]
        if any(_borders(box, inside)):
            continue  # a strip and what is beside it
        if len(inside) < 2 or sum(other.area for other in inside) < FILLED * box.area:
            kept.append(box)
    inner = {a for others in _insides(kept) for a in others}
    return [box for box in kept if box not in inner]


def _borders(box: Box, inside: list[Box]) -> list[list[Box]]:
    """The rectangles that stand in line along the left, upper, right and lower side of the box that they are in."""
    lines = []
    for side in range(4):
        at = [abs((b.x - box.x, b.y - box.y, b.right - box.right, b.bottom - box.bottom)[side]) <= 4 for b in inside]
        line = sorted((b for b, near in zip(inside, at, strict=True) if near), key=lambda b: (b.x, b.y))
        lines.append(line if len(line) > 1 and in_line(line) else [])
    return lines


def same_row(a: Box, b: Box) -> bool:
    return abs(a.h - b.h) <= 3 + ALIKE * b.h and abs(a.y - b.y) <= 3 + ALIKE * b.h


def same_column(a: Box, b: Box) -> bool:
    return abs(a.w - b.w) <= 3 + ALIKE * b.w and abs(a.x - b.x) <= 3 + ALIKE * b.w


def equal_size(a: Box, b: Box) -> bool:
    return abs(a.w - b.w) <= 3 + ALIKE * a.w and abs(a.h - b.h) <= 3 + ALIKE * a.h


def apart(box: Box, tiles: list[Box]) -> bool:
    return not any((common := box.overlap(tile)) and common > 0.03 * min(box.area, tile.area) for tile in tiles)


def in_line(tiles: list[Box]) -> bool:
    return len(tiles) > 1 and all(same_row(a, b) or same_column(a, b) for a, b in pairwise(tiles))


def cover(tiles: list[Box]) -> Box:
    x, y = min(t.x for t in tiles), min(t.y for t in tiles)
    return Box(x, y, max(t.right for t in tiles) - x, max(t.bottom for t in tiles) - y)


def rows_of(tiles: list[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    for tile in sorted(tiles, key=lambda tile: (tile.y, tile.x)):
        row = next((row for row in rows if same_row(tile, row[0])), None)
        if row is None:
            rows.append([tile])
        else:
            row.append(tile)
    return [sorted(row, key=lambda tile: tile.x) for row in rows]


def places(edges: Edges, upright: bool, area: Box, least: float, most: int) -> list[int]:
    """The strongest places of long edges in an area, in order."""
    low, part = area.x if upright else area.y, edges.profile(upright, area)
    strong = np.flatnonzero(part >= least)
    found: list[int] = []
    for place in strong[np.argsort(-part[strong], kind="stable")]:
        if all(abs(int(place) - other) > 3 for other in found):
            found.append(int(place))
        if len(found) == most:
            break
    return sorted(place + low for place in found)


def strip_of(tiles: list[Box]) -> list[Box]:
    """The tiles of the commonest size when they are all in one row or one column, in order; else none."""
    groups = [
        [b for b in tiles if abs(a.w - b.w) <= 3 + ALIKE * a.w and abs(a.h - b.h) <= 3 + ALIKE * a.h] for a in tiles
    ]
    strip = max(groups, key=len, default=[])
    if all(same_row(tile, strip[0]) for tile in strip):
        return sorted(strip, key=lambda tile: tile.x)
    return sorted(strip, key=lambda tile: tile.y) if all(same_column(tile, strip[0]) for tile in strip) else []


def lone_of(regions: list[Box], edges: Edges) -> list[Box]:
    """What may be the one tile of a call of one, the largest first: all sides are straight, and it is framed like one."""
    size = edges.width * edges.height
    fitting = [b for b in regions if LONE_SHARE * size <= b.area < 0.97 * size]
    if not fitting:
        return []
    shares, places = edges.sides(corners(fitting), reach=6)
    tiles = []
    for (left, top, right, bottom), share in zip(places, shares, strict=True):
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        if share.min() >= LONE_SUPPORT and is_framed(box, edges.width, edges.height):
            tiles.append(box)
    return sorted(tiles, key=lambda b: -b.area)


def is_framed(box: Box, width: int, height: int) -> bool:
    """Whether a box has something beside it on both of two opposite sides, or reaches the picture's edge on both.

    A piece of a wall in a photograph reaches an edge on one side only.
    """
    return (box.x > 1) == (box.right < width - 1) and (box.y > 1) == (box.bottom < height - 1)
