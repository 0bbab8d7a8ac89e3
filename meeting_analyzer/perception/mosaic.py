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
from .kind import is_speaking, is_written, kind_of
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
UNSEEN = 0.78
"""Least share of edge along the upper and lower side of a tile whose other sides cannot be seen."""
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
        if (
            share.min() < LEAST_SHARES
            or share.mean() < MEAN_SHARES
            or not _tile_like(box, size)
            or box.area > WHOLE * size
        ):
            continue
        found.append((float(share.mean()), box))
    best: list[Box] = []
    for _, box in sorted(found, key=lambda item: -item[0] * item[1].area ** 0.1):
        # two tiles above each other whose gutter is dirty are no tile
        if all(box.iou(other) < 0.7 for other in best) and edges.seam(corners([box])) < 1:
            best.append(box)
    return _outermost([*best, *_remainders(best, edges)])


def _remainders(boxes: list[Box], edges: Edges) -> list[Box]:
    """What is left of rectangles that are a strip and something large beside it, with a dirty gutter between: that."""
    found = []
    for box in boxes:
        for side, line in enumerate(_borders(box, [other for other in boxes if _within(other, box)])):
            if not line:
                continue
            strip = _cover(line)
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
                found.append(Box(x0, y0, x1 - x0, y1 - y0))
    return found


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
        if any(_borders(box, inside)):
            continue  # a strip and what is beside it
        if len(inside) < 2 or sum(other.area for other in inside) < FILLED * box.area:
            kept.append(box)
    return [box for box in kept if not any(_within(box, other) for other in kept)]


def _borders(box: Box, inside: list[Box]) -> list[list[Box]]:
    """The rectangles that stand in line along the left, upper, right and lower side of the box that they are in."""
    lines = []
    for side in range(4):
        at = [abs((b.x - box.x, b.y - box.y, b.right - box.right, b.bottom - box.bottom)[side]) <= 4 for b in inside]
        line = sorted((b for b, near in zip(inside, at, strict=True) if near), key=lambda b: (b.x, b.y))
        lines.append(line if len(line) > 1 and _in_line(line) else [])
    return lines


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
    return rate(_widened(tiles), edges)


def _widened(tiles: list[Box]) -> list[Box]:
    """With upright videos as wide as the others where the room that they leave to their neighbours says so."""
    if len(tiles) < 3:
        return tiles
    width = round(float(np.median([tile.w for tile in tiles])))
    gaps = [b.x - a.right for row in _rows(tiles) for a, b in pairwise(row)]
    gap = min(gaps, default=0)
    changed = list(tiles)
    for tile in tiles:
        if tile.w > 0.85 * width or abs(tile.h - float(np.median([other.h for other in tiles]))) > 4:
            continue
        wide = Box(round(tile.center[0] - width / 2), tile.y, width, tile.h)
        others = [other for other in tiles if other is not tile]
        beside = [other for other in others if _same_row(other, tile)]
        room = [min(abs(wide.x - b.right), abs(b.x - wide.right)) for b in beside]
        if _apart(wide, others) and room and abs(min(room) - gap) <= 4:
            changed[changed.index(tile)] = wide
    return changed


def _rows_apart(a: Box, b: Box, edges: Edges) -> bool:
    """Whether two are as high and in rows that follow each other: a last row of one wide tile."""
    high = abs(a.h - b.h) <= 3 + ALIKE * b.h
    return (
        high and max(a.area, b.area) >= 0.02 * edges.width * edges.height and abs(a.center[1] - b.center[1]) < 1.3 * b.h
    )


def completed(base: Gallery, found: list[Box], edges: Edges, arrange: Arrange) -> list[Box]:
    """The base's tiles and those of other sizes beside it: a spotlight, a strip, the wider tiles of the last row."""
    size = edges.width * edges.height
    tiles = list(base.tiles)
    if not tiles:
        return tiles
    others = [box for box in found if _apart(box, tiles)]
    if len(tiles) > 1 and base.covered < 0.4 and _in_line(tiles) and all(box.area < LARGE * size for box in others):
        large = _spotlight(tiles, edges)
        if large is not None:
            found = [large, *(box for box in found if _apart(box, [large]))]
    if all(box.area < LARGE * size for box in found if _apart(box, tiles)):
        tiles += _more_rows(tiles, edges)
    if any(_same_row(a, b) and a.w > (1 + 3 * ALIKE) * b.w for a in found for b in tiles):
        tiles = repaired(tiles, found, edges)
    others = [box for box in found if _apart(box, tiles)]
    typical = float(np.median([tile.area for tile in tiles]))
    alone = len(tiles) == 1
    # a strip beside a spotlight: as a lattice, so that its dark tiles are found too
    for box in sorted(others, key=lambda box: -box.area):
        if not _apart(box, tiles):
            continue
        family = [
            b
            for b in others
            if _apart(b, tiles) and abs(b.w - box.w) <= 4 + ALIKE * box.w and abs(b.h - box.h) <= 4 + ALIKE * box.h
        ]
        if box.area >= LARGE * size and len(family) == 1:
            if box.area > 1.8 * typical or alone:
                tiles.append(box)
            continue
        if len(family) > 1:
            grown = [tile for tile in arrange(family).tiles if _apart(tile, tiles)]
            members = [b for b in family if b.intersection(_cover(grown)).area < 0.5 * b.area] if grown else family
            new = grown + [b for b in members if _apart(b, grown) and (not grown or _rowmate(b, grown))]
            # a screen of other proportions leaves room between itself and the strip
            if any(_beside(b, tiles) for b in new) or (alone and _in_line(new)):
                tiles += new
        elif _beside(box, tiles) and (len(tiles) == 1 or _rowmate(box, tiles)):
            tiles.append(box)
    if len(tiles) < 3 and max(tile.area for tile in tiles) >= LARGE * size:
        large = max(tiles, key=lambda tile: tile.area)
        strips = _strips(large, edges)
        tiles = [tile for tile in tiles if tile is large or _apart(tile, strips)] + strips
    return _filled(tiles, edges) if _uneven(tiles) else tiles


def _in_line(tiles: list[Box]) -> bool:
    return len(tiles) > 1 and all(_same_row(a, b) or _same_column(a, b) for a, b in pairwise(tiles))


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
            if (_same_row(box, tile) and _near(box, tile)) or (
                0 <= below <= reach and box.area > 0.02 * _cover(tiles).area
            ):
                return True
        if _same_column(box, tile) and _near(box, tile):
            return True
    return False


def _near(a: Box, b: Box) -> bool:
    """Whether at most two of their size would fit between two rectangles."""
    return max(b.x - a.right, a.x - b.right) < 2.2 * b.w and max(b.y - a.bottom, a.y - b.bottom) < 2.2 * b.h


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
    return tiles


def _uneven(tiles: list[Box]) -> bool:
    """Whether there are rows of one height whose tiles are not of one width."""
    if len(tiles) < 3:
        return False
    heights, widths = [tile.h for tile in tiles], [tile.w for tile in tiles]
    return max(heights) - min(heights) <= 3 + ALIKE * max(heights) and max(widths) > (1 + 3 * ALIKE) * min(widths)


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
            elif hole.w <= MOST_ASPECT * hole.h and max(share[1], share[3]) >= (
                HOLE / 2 if any(abs(hole.w - tile.w) <= 3 + ALIKE * tile.w for tile in row) else HOLE
            ):
                filled.append(hole)
    return filled


def _pieces(area: Box, lines: list[tuple[int, int]], edges: Edges) -> list[Box]:
    """Tiles beside each other in an area, each with four sides that are seen, between one of these pairs of an upper and
    a lower line: those that cover most."""
    xs = _places(edges, True, area, 0.6, 24)
    boxes = [
        (x0, y0, x1, y1)
        for y0, y1 in lines
        for i, x0 in enumerate(xs)
        for x1 in xs[i + 1 :]
        if min(x1 - x0, y1 - y0) >= LEAST_SIDE and 1.1 <= (x1 - x0) / (y1 - y0) <= MOST_ASPECT
    ]
    if not boxes:
        return []
    shares, places = edges.sides(np.array(boxes, np.int32), reach=2)
    good = (shares.min(axis=1) >= LEAST_SHARES) & (shares.mean(axis=1) >= MEAN_SHARES)
    choices: list[list[Box]] = []
    for line in lines:
        mine = [
            Box(int(x0), int(y0), int(x1 - x0), int(y1 - y0))
            for (_, top, _, bottom), (x0, y0, x1, y1), fits in zip(boxes, places, good, strict=True)
            if fits and (top, bottom) == line
        ]
        for width in {box.w for box in mine}:
            row: list[Box] = []
            for box in sorted(mine, key=lambda box: box.x):
                if abs(box.w - width) <= 3 and _apart(box, row):
                    row.append(box)
            choices.append(row)
    if not choices:
        return []
    most = max(sum(box.area for box in row) for row in choices)
    # two tiles and the gutter between them cover a little more than the two
    return max((row for row in choices if sum(box.area for box in row) >= 0.9 * most), key=len)


def _places(edges: Edges, upright: bool, area: Box, least: float, most: int) -> list[int]:
    """The strongest places of long edges in an area, in order."""
    low, high = (area.x, area.right) if upright else (area.y, area.bottom)
    part = edges.profile(upright, area)[low : high + 1]
    strong = np.flatnonzero(part >= least)
    places: list[int] = []
    for place in strong[np.argsort(-part[strong], kind="stable")]:
        if all(abs(int(place) - other) > 3 for other in places):
            places.append(int(place))
        if len(places) == most:
            break
    return sorted(place + low for place in places)


def _more_rows(tiles: list[Box], edges: Edges) -> list[Box]:
    """Rows of the tiles' height above or below them: one of fewer, wider or dark tiles that no cut gave."""
    rows = _rows(tiles)
    heights = [tile.h for tile in tiles]
    if len(tiles) < 2 or max(heights) - min(heights) > 3 + ALIKE * max(heights):
        return []
    high = round(float(np.median(heights)))
    steps = [b[0].y - a[0].bottom for a, b in pairwise(rows) if b[0].y > a[0].bottom]
    across = [b.x - a.right for row in rows for a, b in pairwise(row)]
    gap = min(steps) if steps else min(across, default=8)
    if not 0 <= gap <= 40:
        return []
    found: list[Box] = []
    for top in (rows[-1][0].bottom + gap, rows[0][0].y - gap - high):
        area = Box(0, top, edges.width, high)
        if top < 0 or area.bottom > edges.height + 2:
            continue
        pieces = [box for box in _pieces(area, [(top, top + high)], edges) if _apart(box, tiles)]
        pieces = pieces or _unseen_row(rows, top, edges)
        # rows stand in the middle
        middle = (min(t.x for t in tiles) + max(t.right for t in tiles)) / 2
        if pieces and abs((min(b.x for b in pieces) + max(b.right for b in pieces)) / 2 - middle) <= 0.02 * high + 4:
            found += pieces
    return found


def _unseen_row(rows: list[list[Box]], top: int, edges: Edges) -> list[Box]:
    """A row of fewer tiles of the same size in the middle, of which only the upper and lower sides are seen: dark videos."""
    row = max(rows, key=len)
    wide, high = row[0].w, row[0].h
    gap = row[1].x - row[0].right if len(row) > 1 else 0
    middle = (row[0].x + row[-1].right) / 2
    for count in range(len(row) - 1, 0, -1):
        left = middle - (count * wide + (count - 1) * gap) / 2
        boxes = [Box(round(left + i * (wide + gap)), top, wide, high) for i in range(count)]
        out = max(8, wide // 3)
        beyond = [
            Box(b.x - out - 6, top, out, high) if b is boxes[0] else Box(b.right + 6, top, out, high)
            for b in (boxes[0], boxes[-1])
        ]
        if edges.sides(corners(boxes), corner=20)[0][:, [1, 3]].min() < UNSEEN:
            continue
        # the line of a toolbar or a window goes on
        if edges.sides(corners(beyond))[0][:, [1, 3]].max() < 0.5:
            return boxes
    return []


def _strips(large: Box, edges: Edges) -> list[Box]:
    """The strip of small tiles beside a large one where no cut gave it."""
    whole = Box(0, 0, edges.width, edges.height)
    found: list[Box] = []
    for area in (
        Box(0, 0, whole.w, large.y),
        Box(0, large.bottom, whole.w, whole.h - large.bottom),
        Box(0, 0, large.x, whole.h),
        Box(large.right, 0, whole.w - large.right, whole.h),
    ):
        if min(area.w, area.h) < LEAST_SIDE:
            continue
        ys = _places(edges, False, area, 0.3, 8)
        if area.w > area.h:
            lines = [(a, b) for i, a in enumerate(ys) for b in ys[i + 1 :] if b - a >= LEAST_SIDE]
            pieces = _pieces(area, lines, edges)
            if len(pieces) > 1 and all(SMALL * whole.area <= box.area for box in pieces):
                found += pieces
    return found


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
        lines = [(y0, y1) for y0 in ys[0] for y1 in ys[1] if y1 - y0 > 99]
        seen = [(x0, y0, x1, y1) for x0 in xs[0] for x1 in xs[1] for y0, y1 in lines if x1 - x0 > 99]
        # where one side melts into the background, the proportions of a camera's picture tell where it is
        near, far = area.x - 2, area.right + 2
        guessed = [(x1 - round(16 / 9 * (y1 - y0)), y0, x1, y1) for x1 in xs[1] for y0, y1 in lines]
        guessed += [(x0, y0, x0 + round(16 / 9 * (y1 - y0)), y1) for x0 in xs[0] for y0, y1 in lines]
        boxes = np.array([*seen, *(g for g in guessed if g[0] >= near and g[2] <= far)], np.int32)
        if not len(boxes):
            continue
        # whole sides: what reaches over a toolbar has less of them on edges
        shares = edges.sides(boxes, corner=50)[0]
        sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / whole.area
        aspects = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
        weakest = np.where(np.arange(len(boxes)) < len(seen), shares.min(axis=1), np.sort(shares, axis=1)[:, 1] - 0.2)
        shares[len(seen) :] = np.maximum(shares[len(seen) :], 0.5)
        fit = (weakest >= LEAST_SHARES) & (sizes >= LARGE) & (sizes < WHOLE)
        fit &= (aspects >= 1.0) & (aspects <= WIDEST)
        worth = np.where(fit, shares.prod(axis=1) * sizes**0.25, 0)
        top = int(worth.argmax())
        if worth[top] > best[0]:
            x0, y0, x1, y1 = (int(v) for v in boxes[top])
            best = float(worth[top]), Box(x0, y0, x1 - x0, y1 - y0)
    return best[1]


def _ends(edges: Edges, upright: bool, area: Box) -> tuple[list[int], list[int]]:
    """Where in an area long edges are, from either end inwards, up to five each."""
    places = _places(edges, upright, area, 0.45, 1000)
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
        family = [other for other in tiles if _same_row(other, tile) or _same_column(other, tile)]
        if (
            len(family) == 1
            and len(tiles) < 4
            and tile.area < max(other.area for other in tiles)
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


def is_screen(image: Image, box: Box, small: list[Box]) -> bool:
    """Whether a large rectangle is a shared screen and no participant; `small`: the tiles beside it."""
    if is_speaking(image, box):
        return False
    off = kind_of(image, box) != "video"
    if is_written(image, box, around=off):
        return True
    if off or find_label(image, TileBox(box)) is not None:
        return False
    named = [find_label(image, TileBox(tile)) is not None for tile in small[:ASKED]]
    return len(named) > 1 and float(np.mean(named)) >= LABELLED


def explains(lattice: list[Box], unequal: list[Box]) -> bool:
    """Whether all tiles of a mosaic are tiles of a lattice or parts of these: then what the lattice has more are tiles
    whose sides are not seen."""
    same = [b for b in unequal if any(a.iou(b) > 0.8 for a in lattice)]
    held = all(any(a.intersection(b).area > 0.93 * b.area for a in lattice) for b in unequal if b not in same)
    return held and 2 * len(same) >= len(unequal)
