"""Tiles of unequal size: rows that fill the width, upright tiles among wide ones, a spotlight, a strip beside a screen.

A lattice explains equal tiles only. Here the rectangles that the cuts gave and whose four sides lie on edges stand for
themselves: what has neighbours of its height in a row, or of its width in a column, or is large, is a tile.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ..types import Box
from .edges import Edges
from .grid import LEAST_ASPECT, LEAST_CONTENT, MOST_ASPECT, Gallery, corners, rate
from .rectangles import ALIKE, LARGE, LEAST_SHARES, apart, cover, equal_size, in_line, rows_of, same_column, same_row
from .strips import last_row, more_rows, spotlight, strips_beside, wider

MOST = 0.8
"""Share of tiles that are of one height in rows of tiles of unequal width."""
HOLE = 0.5
"""Least share of edge along the upper or lower side of a hole in a row that is a tile."""

MOST_SAME = 0.85
"""Share of the tiles of a mosaic that are a lattice's from which the others may be none."""
NO_LARGER = 1.5
"""How much larger than these the others may be."""
ONE = 0.8
"""Overlap (IoU) from which two are one tile."""
CROSSED = 0.1
"""Share of a tile that it has in common, and does not have in common, with one that lies across it."""
WITHIN = 0.75
"""Share of one from which it is rather a part of the other, with a dirty gutter."""
CLEARER = 0.1
"""How much more must be seen of the weakest side of one of them."""
FINER = 0.05
"""How much more must be seen of a mosaic's tiles than of a lattice's that they consist of."""
FILLED = 0.9
"""Share of a rectangle that tiles of a lattice cover if it is a group of these."""
SEVERAL = 3
"""So many tiles in one are not parts of it."""
SMALLER = 0.5
"""Size against the others from which rectangles beside tiles may be a chat's messages."""

Arrange = Callable[[list[Box]], Gallery]
AreText = Callable[[list[Box]], bool]


def mosaic(found: list[Box], edges: Edges) -> Gallery:
    """The tiles among these rectangles: those with another of their height beside or of their width above or below."""
    tiles = [
        a
        for a in found
        if any(
            a is not b and apart(a, [b]) and (same_row(a, b) or same_column(a, b) or _rows_apart(a, b, edges))
            for b in found
        )
    ]
    return rate(_widened(tiles), edges)


def _widened(tiles: list[Box]) -> list[Box]:
    """With upright videos as wide as the others where the room that they leave to their neighbours says so."""
    if len(tiles) < 3:
        return tiles
    width = round(float(np.median([tile.w for tile in tiles])))
    gaps = [b.x - a.right for row in rows_of(tiles) for a, b in pairwise(row)]
    gap = min(gaps, default=0)
    changed = list(tiles)
    for tile in tiles:
        if tile.w > 0.85 * width or abs(tile.h - float(np.median([other.h for other in tiles]))) > 4:
            continue
        wide = Box(round(tile.center[0] - width / 2), tile.y, width, tile.h)
        others = [other for other in tiles if other is not tile]
        beside = [other for other in others if same_row(other, tile)]
        room = [min(abs(wide.x - b.right), abs(b.x - wide.right)) for b in beside]
        if apart(wide, others) and room and abs(min(room) - gap) <= 4:
            changed[changed.index(tile)] = wide
    return changed


def _rows_apart(a: Box, b: Box, edges: Edges) -> bool:
    """Whether two are as high and in rows that follow each other: a last row of one wide tile."""
    high = abs(a.h - b.h) <= 3 + ALIKE * b.h
    return (
        high and max(a.area, b.area) >= 0.02 * edges.width * edges.height and abs(a.center[1] - b.center[1]) < 1.3 * b.h
    )


def completed(base: Gallery, found: list[Box], edges: Edges, arrange: Arrange, are_text: AreText) -> list[Box]:
    """The base's tiles and those of other sizes beside it: a spotlight, a strip, the wider tiles of the last row."""
    size = edges.width * edges.height
    tiles = list(base.tiles)
    if not tiles:
        return tiles
    others = [box for box in found if apart(box, tiles)]
    # beside rows there is none
    single = in_line(tiles) and not any(equal_size(box, tiles[0]) for box in others)
    if single and base.covered < 0.4 and all(box.area < LARGE * size for box in others):
        large = spotlight(tiles, edges)
        if large is not None:
            found = [large, *(box for box in found if apart(box, [large]))]
    if all(box.area < LARGE * size for box in found if apart(box, tiles)):
        for row in rows_of(more_rows(tiles, edges)):
            # where the cuts gave a row it is theirs
            seen = (box for box in others if same_row(box, row[0]))
            tiles += row if all(any(box.iou(one) > ONE for one in row) for box in seen) else []
    last = last_row(tiles, edges)
    if last:
        tiles = [tile for row in rows_of(tiles)[:-1] for tile in row if apart(tile, last)] + last
    else:
        found = [*found, *wider(tiles, edges)]
    if any(same_row(a, b) and a.w > (1 + 3 * ALIKE) * b.w for a in found for b in tiles):
        tiles = repaired(tiles, found, edges)
    others = [box for box in found if apart(box, tiles)]
    typical = float(np.median([tile.area for tile in tiles]))
    alone = len(tiles) == 1
    # a strip beside a spotlight: as a lattice, so that its dark tiles are found too
    for box in sorted(others, key=lambda box: -box.area):
        if not apart(box, tiles):
            continue
        family = [
            b
            for b in others
            if apart(b, tiles) and abs(b.w - box.w) <= 4 + ALIKE * box.w and abs(b.h - box.h) <= 4 + ALIKE * box.h
        ]
        if box.area >= LARGE * size and len(family) == 1:
            if box.area > 1.8 * typical or alone:
                tiles.append(box)
            continue
        if box.area < SMALLER * typical and are_text(family):
            continue
        if len(family) > 1:
            arranged = arrange(family).tiles
            grown = [tile for tile in arranged if apart(tile, tiles) and not _is_narrower(tile, found, edges)]
            if box.area < typical and 2 * len(grown) < len(arranged):
                grown = []  # a lattice of small things that is not beside the tiles but across them
            members = [b for b in family if b.overlap(cover(grown)) < 0.5 * b.area] if grown else family
            new = grown + [b for b in members if apart(b, grown) and (not grown or _rowmate(b, grown))]
            # a screen of other proportions leaves room between itself and the strip
            if any(_beside(b, tiles) for b in new) or (alone and in_line(new)):
                tiles += new
        elif _beside(box, tiles) and (not are_text(family) if len(tiles) == 1 else _rowmate(box, tiles)):
            tiles.append(box)
    if len(tiles) < 3 and max(tile.area for tile in tiles) >= LARGE * size:
        large = max(tiles, key=lambda tile: tile.area)
        strips = strips_beside(large, edges)
        tiles = [tile for tile in tiles if tile is large or apart(tile, strips)] + strips
    return _filled(tiles, edges) if _uneven(tiles) else tiles


def _is_narrower(place: Box, found: list[Box], edges: Edges) -> bool:
    """Whether an upright rectangle stands at one side of a place, which is empty beside it: in a wide tile it is in the middle."""
    for box in found:
        if same_row(box, place) and box.w < place.w / 2 and place.overlap(box) >= WITHIN * box.area:
            left, right = box.x - place.x, place.right - box.right
            rest = place._replace(w=left) if left > right else place._replace(x=box.right, w=right)
            if min(left, right) <= 3 + ALIKE * box.w and edges.content(corners([rest]))[0] <= LEAST_CONTENT:
                return True
    return False


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
            if (same_row(box, tile) and _near(box, tile)) or (
                0 <= below <= reach and box.area > 0.02 * cover(tiles).area
            ):
                return True
        if same_column(box, tile) and _near(box, tile):
            return True
    return False


def _near(a: Box, b: Box) -> bool:
    """Whether at most two of their size would fit between two rectangles."""
    return max(b.x - a.right, a.x - b.right) < 2.2 * b.w and max(b.y - a.bottom, a.y - b.bottom) < 2.2 * b.h


def repaired(tiles: list[Box], found: list[Box], edges: Edges) -> list[Box]:
    """Rows of tiles of one height in which rectangles that were seen take the place of tiles that lie across them, and
    holes between neighbours are filled: a video as bright as the background has no sides of its own."""
    for box in found:
        mates = [tile for tile in tiles if same_row(box, tile)]
        across = [tile for tile in mates if tile.overlap(box) > 0.03 * tile.area]
        if not across or any(tile.iou(box) > 0.8 for tile in across):
            continue
        if edges.shares(corners(across)).min(axis=1).max() < edges.shares(corners([box])).min():
            tiles = [tile for tile in tiles if tile not in across] + [box]
    return tiles


def _uneven(tiles: list[Box]) -> bool:
    """Whether there are rows of one height whose tiles are not of one width."""
    if len(tiles) < 3:
        return False
    heights, widths = np.array([tile.h for tile in tiles]), [tile.w for tile in tiles]
    # compression moves the sides of some
    high = float(np.median(heights))
    of_one_height = (
        float((np.abs(heights - high) <= 3 + ALIKE * high).mean()) >= MOST and heights.max() < NO_LARGER * high
    )
    return bool(of_one_height and max(widths) > (1 + 3 * ALIKE) * min(widths))


def _filled(tiles: list[Box], edges: Edges) -> list[Box]:
    """With tiles in the holes of rows whose tiles are of unequal width."""
    rows = rows_of(tiles)
    gaps = [b.x - a.right for row in rows for a, b in pairwise(row)]
    if len(gaps) < 2:
        return tiles
    gap = int(np.median(sorted(gaps)[: len(gaps) // 2 + 1]))
    middle = float(np.median([(row[0].x + row[-1].right) / 2 for row in rows if len(row) > 1]))
    filled = list(tiles)
    for row in rows:
        spans: list[tuple[int, int, Box | None, Box | None]]
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
            if hole.w < LEAST_ASPECT * hole.h or not apart(hole, filled) or start < 0 or stop > edges.width:
                continue
            grown = [
                Box(a.x, a.y, hole.right - a.x, a.h) if a is before else Box(hole.x, a.y, a.right - hole.x, a.h)
                for a in (before, behind)
                if a is not None
            ]
            share = edges.shares(corners([hole]))[0]
            wider = edges.shares(corners(grown))
            best = int(wider.min(axis=1).argmax())
            if wider[best].min() > max(LEAST_SHARES, float(share.min())) and grown[best].w <= MOST_ASPECT * hole.h:
                narrow = before if before is not None and best == 0 else behind
                filled = [grown[best] if tile == narrow else tile for tile in filled]
                continue
            # as wide as others, a name in it is enough
            known = any(abs(hole.w - tile.w) <= 3 + ALIKE * tile.w for tile in tiles)
            seen = max(share[1], share[3]) >= (HOLE / 2 if known else HOLE)
            if hole.w <= MOST_ASPECT * hole.h and (
                seen or (known and float(edges.content(corners([hole]))[0]) > LEAST_CONTENT)
            ):
                filled.append(hole)
    return filled


def explains(lattice: list[Box], unequal: list[Box], sure: bool = False) -> bool:
    """Whether all tiles of a mosaic are tiles of a lattice or parts of these: then what the lattice has more are tiles
    whose sides are not seen. sure: the lattice's tiles are seen more clearly, a few of the mosaic's may be none."""
    same = [b for b in unequal if any(a.iou(b) > 0.8 for a in lattice)]
    if len(unequal) <= len(lattice) <= 1.15 * len(unequal) + 1 and len(same) >= 0.7 * len(unequal):
        return True
    others = [b for b in unequal if b not in same]
    large = NO_LARGER * max((tile.area for tile in lattice), default=0)
    if sure and len(same) >= MOST_SAME * len(unequal) and all(b.area < large for b in others):
        return True  # a toolbar beside the lattice, parts of tiles or tiles and what is beside them
    # what is filled by several is none of them
    if any(sum(a.overlap(b) > 0.93 * b.area for b in others) >= SEVERAL for a in lattice):
        return False
    held = all(any(a.overlap(b) > 0.93 * b.area for a in lattice) for b in others)
    return held and 2 * len(same) >= len(unequal)


def without_groups(found: list[Box], lattice: Gallery) -> list[Box]:
    """Rectangles without those that several tiles of a lattice fill, all of which are seen as clearly as can be."""
    if lattice.support <= 1 - FINER:
        return found
    tiles = list(zip(lattice.tiles, lattice.clear, strict=True))
    return [box for box in found if not _is_group(box, tiles)]


def _is_group(box: Box, tiles: list[tuple[Box, bool]]) -> bool:
    """Whether several of some tiles, each with whether its sides are clear, fill a rectangle, and all of these are clear."""
    parts = [(tile, clear) for tile, clear in tiles if box.overlap(tile) > 0.93 * tile.area]
    filled = sum(tile.area for tile, _ in parts) > FILLED * box.area
    return len(parts) >= SEVERAL and filled and all(clear for _, clear in parts)


def contradicts(lattice: list[Box], unequal: list[Box], edges: Edges) -> bool:
    """Whether a tile of a mosaic lies across tiles of a lattice whose sides are seen less clearly than its own, neither being a part
    of the other: rows of unequal tiles have places in common with a lattice."""
    for box in unequal:
        common = [(tile, box.overlap(tile)) for tile in lattice]
        if any(part > WITHIN * box.area for _, part in common):
            continue
        across = [tile for tile, part in common if CROSSED * tile.area < part < (1 - CROSSED) * tile.area]
        if across and edges.shares(corners([box])).min() > edges.shares(corners(across)).min(axis=1).max() + CLEARER:
            return True
    return False


def too_fine(lattice: Gallery, unequal: Gallery) -> bool:
    """Whether several tiles of a mosaic that are seen more clearly are made of several of a lattice each: of upright tiles' width."""
    made = [b for b in unequal.tiles if sum(b.overlap(a) > 0.93 * a.area for a in lattice.tiles) >= SEVERAL]
    return len(made) >= SEVERAL and unequal.support > lattice.support + FINER
