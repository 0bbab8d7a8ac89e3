"""From regions to tiles: tiles of a gallery have one size and stand in rows.

Regions of the most common size show the lattice. The others are then read by it: two tiles that run into each other are
split, a dark video that melts into a dark background is given its full size, and a place in a row where only a name can
be seen is a tile too.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .gutters import Integral

LEAST_ASPECT, MOST_ASPECT = 0.5, 2.3
"""Width to height of a tile: portrait phones to wide rooms."""
SAME_SIZE = 0.04
"""Relative difference up to which two sides are one size."""
LEAST_CONTENT = 0.004
"""Share of foreground from which an empty-looking place in a row holds somebody."""
SOLID = 0.6
"""Least share of foreground in a tile that no other tile of its size vouches for."""
STRAIGHT = 0.9
"""Share of its weakest side that a lone tile fills."""
LONE_SHARE = 0.12
"""Least share of the picture that a single tile covers."""
SEAM = 0.55
"""Share of a line along which colours must jump for two tiles to meet there."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Tiles and how good an explanation of the picture they are (higher is better)."""

    tiles: list[Box]
    score: float


def tile_like(box: Box, least: int) -> bool:
    """Whether a region could be one tile by its size and shape."""
    return min(box.w, box.h) >= least and LEAST_ASPECT <= box.w / box.h <= MOST_ASPECT


def arrange(regions: list[Box], integral: Integral, image: Image, least: int) -> Gallery:
    """The tiles among the regions of a picture; `integral` is its foreground's summed-area table, `least` a tile's least side."""
    size = image.shape[0] * image.shape[1]
    candidates = [box for box in regions if tile_like(box, least) and _sides(integral, box)[1] > 0.5]
    cluster = _common_size(candidates)
    if len(cluster) < 2:
        whole = max((b for b in regions if _fill(integral, b) > SOLID), key=lambda b: b.area, default=Box(0, 0, 0, 0))
        if whole.area > LONE_SHARE * size and (len(parts := _subdivide(whole, image, least)) > 1):
            return Gallery(parts, 0.8 * sum(p.area for p in parts) / size)
        # what covers the whole picture is no tile that was found, only a background that was not
        # with no other tile to vouch for it, all four of its sides must be straight
        fitting = [b for b in cluster if LONE_SHARE * size <= b.area < 0.97 * size and _fill(integral, b) > SOLID]
        height, width = image.shape[:2]
        lone = [b for b in fitting if _sides(integral, b)[0] > STRAIGHT and _framed(b, width, height)]
        return Gallery(lone, 0.5 * lone[0].area / size if lone else 0.0)
    w0, h0 = int(np.median([b.w for b in cluster])), int(np.median([b.h for b in cluster]))
    tiles = list(cluster)
    gap = _gap(cluster, w0)
    for region in regions:
        if region not in cluster:
            tiles += _read(region, tiles, w0, h0, gap, integral, image)
    tiles = _complete(tiles, w0, h0, gap, integral)
    tiles = _apart(tiles)
    even = sum(abs(t.w - w0) <= 2 + SAME_SIZE * w0 and abs(t.h - h0) <= 2 + SAME_SIZE * h0 for t in tiles)
    return Gallery(tiles, sum(t.area for t in tiles) / size * even / len(tiles))


def _common_size(candidates: list[Box]) -> list[Box]:
    """The regions of the most common size, weighted by area so that icons never win against tiles."""
    best: list[Box] = []
    best_weight = 0.0
    for box in candidates:
        same = [b for b in candidates if _same(b.w, box.w) and _same(b.h, box.h)]
        weight = sum(b.area for b in same) * len(same) ** 0.5
        if weight > best_weight:
            best, best_weight = same, weight
    return best


def _same(a: float, b: float) -> bool:
    return abs(a - b) <= 2 + SAME_SIZE * max(a, b)


def _fill(integral: Integral, box: Box) -> float:
    """Share of foreground in the part of a box that lies in the picture, 0..1."""
    box = box.clipped(integral.shape[1] - 1, integral.shape[0] - 1)
    total = (
        integral[box.bottom, box.right]
        - integral[box.y, box.right]
        - integral[box.bottom, box.x]
        + integral[box.y, box.x]
    )
    return float(total) / max(1, box.area)


def _sides(integral: Integral, box: Box) -> list[float]:
    """Share of foreground along a box's four sides, the least first: text and icons have ragged sides, tiles straight ones."""
    t = max(1, min(box.w, box.h) // 40)
    # the corners may be rounded
    cx, cy = box.w // 8, box.h // 8
    inner_w, inner_h = box.w - 2 * cx, box.h - 2 * cy
    sides = (
        Box(box.x + cx, box.y, inner_w, t),
        Box(box.x + cx, box.bottom - t, inner_w, t),
        Box(box.x, box.y + cy, t, inner_h),
        Box(box.right - t, box.y + cy, t, inner_h),
    )
    return sorted(_fill(integral, side) for side in sides)


def _framed(box: Box, width: int, height: int) -> bool:
    """Whether a box has background on both of two opposite sides, or reaches the picture's edge on both.

    A piece of a wall in a photograph reaches an edge on one side only.
    """
    return (box.x > 1) == (box.right < width - 1) and (box.y > 1) == (box.bottom < height - 1)


def _gap(cluster: list[Box], w0: int) -> int:
    """The horizontal gap between neighbours in a row; 0 where no two tiles are neighbours."""
    gaps = [
        b.x - a.right for a in cluster for b in cluster if abs(a.y - b.y) < 0.2 * a.h and 0 <= b.x - a.right < 0.4 * w0
    ]
    return int(np.median(gaps)) if gaps else 0


def _read(region: Box, tiles: list[Box], w0: int, h0: int, gap: int, integral: Integral, image: Image) -> list[Box]:
    """The tiles in a region whose size is not the common one."""
    columns, rows = _times(region.w, w0, gap), _times(region.h, h0, gap)
    if columns and rows and columns * rows > 1:
        cells = _cells(region, columns, rows, w0, h0)
        return [cell for cell in cells if _fill(integral, cell) > LEAST_CONTENT]
    if region.w <= w0 * 1.05 and region.h <= h0 * 1.05:
        # part of a tile whose background melts into the gallery's: its place follows from its neighbours
        return [cell for cell in _places(region, tiles, w0, h0, gap) if _fill(integral, cell) > LEAST_CONTENT][:1]
    aspect = region.w / region.h
    spotlight = abs(aspect / (w0 / h0) - 1) < 0.15 and region.w > 1.5 * w0 and _fill(integral, region) > SOLID
    return [region] if spotlight else []


def _times(length: int, unit: int, gap: int) -> int:
    """How many units with gaps between them make up a length; 0 when none does."""
    count = round((length + gap) / (unit + gap))
    return count if count >= 1 and abs(count * (unit + gap) - gap - length) <= 3 + 0.05 * unit else 0


def _cells(region: Box, columns: int, rows: int, w0: int, h0: int) -> list[Box]:
    """The lattice's cells in a region of several tiles that run into each other."""
    dx = (region.w - w0) / max(1, columns - 1)
    dy = (region.h - h0) / max(1, rows - 1)
    w, h = (region.w if columns == 1 else w0), (region.h if rows == 1 else h0)
    return [Box(round(region.x + i * dx), round(region.y + j * dy), w, h) for j in range(rows) for i in range(columns)]


def _places(region: Box, tiles: list[Box], w0: int, h0: int, gap: int) -> list[Box]:
    """Lattice places that hold a region: in the row of a tile beside it, whole steps away from that tile."""
    cx, cy = region.center
    found = []
    for tile in tiles:
        if tile.y <= cy <= tile.bottom and tile.h <= 1.1 * h0:
            steps = round((cx - tile.center[0]) / (w0 + gap))
            place = Box(tile.x + steps * (w0 + gap), tile.y, w0, h0)
            inside = place.intersection(region).area / region.area
            if steps and inside > 0.9 and all(place.iou(t) < 0.1 for t in tiles):
                found.append(place)
    return sorted(found, key=lambda place: abs(place.center[0] - cx))


def _complete(tiles: list[Box], w0: int, h0: int, gap: int, integral: Integral) -> list[Box]:
    """Add the places between the tiles of a row, and beside it as far as other rows reach, in which something is seen."""
    tiles = list(tiles)
    even = [t for t in tiles if _same(t.w, w0) and _same(t.h, h0)]
    if not even:
        return tiles
    left, right = min(t.x for t in even), max(t.right for t in even)
    for row in _rows(even):
        first = row[0]
        steps = range(-round((first.x - left) / (w0 + gap)) - 1, round((right - first.x) / (w0 + gap)) + 1)
        for step in steps:
            place = Box(first.x + step * (w0 + gap), first.y, w0, h0)
            outside = place.x < left - 3 or place.right > right + 3
            if not outside and all(place.iou(t) < 0.1 for t in tiles) and _fill(integral, place) > LEAST_CONTENT:
                tiles.append(place)
    return tiles


def _rows(tiles: list[Box]) -> list[list[Box]]:
    """Tiles in rows from the top, each from the left."""
    rows: list[list[Box]] = []
    for tile in sorted(tiles, key=lambda t: t.y):
        if rows and abs(rows[-1][0].y - tile.y) < 0.3 * tile.h:
            rows[-1].append(tile)
        else:
            rows.append([tile])
    return [sorted(row, key=lambda t: t.x) for row in rows]


def _apart(tiles: list[Box]) -> list[Box]:
    """Without those that overlap a larger one."""
    kept: list[Box] = []
    for tile in sorted(tiles, key=lambda t: -t.area):
        if all(tile.intersection(other).area < 0.2 * tile.area for other in kept):
            kept.append(tile)
    return kept


def _subdivide(region: Box, image: Image, least: int) -> list[Box]:
    """The equal tiles of a region without gutters, by the seams where they meet; [region] when there are none."""
    view = region.of(image)
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.int16)
    # how much of each column (row) lies on a vertical (horizontal) jump of brightness
    columns = (np.abs(np.diff(grey, axis=1)) > 10).mean(axis=0)
    rows = (np.abs(np.diff(grey, axis=0)) > 10).mean(axis=1)
    best, best_score = [region], 0.0
    for across in range(1, 8):
        for down in range(1, 8):
            w, h = region.w / across, region.h / down
            if across * down == 1 or min(w, h) < least or not 1.1 <= w / h <= 2.0:
                continue
            seams = [_seam(columns, i * w) for i in range(1, across)] + [_seam(rows, j * h) for j in range(1, down)]
            if min(seams) >= SEAM / 2 and np.mean(seams) >= SEAM:
                score = float(np.mean(seams)) * (across * down) ** 0.25
                if score > best_score:
                    best_score = score
                    best = [
                        Box(region.x + round(i * w), region.y + round(j * h), round(w), round(h))
                        for j in range(down)
                        for i in range(across)
                    ]
    return best


def _seam(profile: npt.NDArray[np.float64], at: float) -> float:
    """The strongest line within two pixels of a place."""
    k = round(at) - 1
    return float(profile[max(0, k - 2) : k + 3].max(initial=0.0))
