"""Cameras that are off in exactly the background's colour: nothing is seen of their tiles but a disc with initials or a picture
and the name at the lower left.

The discs stand in the middles of tiles, so the tiles beside them or the distance to the next disc say how large these are, and
the names must stand where a tile of that size has its name. Drawn into the picture, such tiles are found like all others.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Box, Image
from .base import TileBox
from .emblem import find_emblem
from .gutters import foreground, reach_of
from .labels import find_label
from .medallion import LARGEST, SMALLEST
from .rectangles import apart

TOLERANCE = 14
"""Levels that the background may stray by after compression."""
ROUND, LEAST_FILL = 0.06, 0.68
"""Relative difference up to which a disc is as wide as high, and the least share of its square that it covers."""
LEAST_DISC = 8
"""Least width of a disc, in places of the thinned picture."""
CENTRED = 0.08
"""How far from a tile's middle, as a share of its height, its disc may be."""
OF_PITCH = 0.96
"""How large a tile is as a share of the distance from its disc to the next one's."""
ASPECTS = 16 / 9, 4 / 3
"""Proportions of the tiles that are tried where none is seen."""
LEFT = 0.15
"""Share of a tile's width to the left of its name at most."""
LEAST_REACH = 0.4
"""How far a colour must reach to be the background's."""
LIFT = 24
"""Levels by which a tile's surface is drawn lighter, or darker on a light background."""


def draw_hidden(
    image: Image, small: Image, colours: list[tuple[int, int, int]], tiles: list[Box], seen: list[Box]
) -> tuple[Image, list[Box]] | None:
    """A BGR picture (H, W, 3) with the tiles drawn in that cannot be seen, and where these are; None where there are none.

    small: the picture thinned out; colours: of its background, perhaps; tiles: what was found; seen: rectangles that show how
    large tiles are.
    """
    step = round(image.shape[1] / small.shape[1])
    for colour in colours:
        if reach_of(small, colour) < LEAST_REACH:
            continue
        discs = [
            disc
            for disc in (_scaled(disc, step) for disc in _discs(small, colour))
            if not any(_in_middle(disc, tile) for tile in tiles)
        ]
        boxes = _boxes(image, discs, [*tiles, *seen]) if discs else []
        if boxes:
            return _drawn(image, boxes, colour), boxes
    return None


def _drawn(image: Image, boxes: list[Box], colour: tuple[int, int, int]) -> Image:
    """A picture in which what has the background's colour in these boxes is lighter, or darker."""
    drawn = image.copy()
    lift = LIFT if max(colour) < 128 else -LIFT
    for box in boxes:
        part = box.of(drawn)
        low, high = np.array(colour) - TOLERANCE, np.array(colour) + TOLERANCE
        part[cv2.inRange(part, low, high) != 0] = np.array(colour) + lift
    return drawn


def _discs(small: Image, colour: tuple[int, int, int]) -> list[Box]:
    """Things on a background of this colour that are as wide as high and nearly fill their square."""
    mask = foreground(small, colour, TOLERANCE)
    _, _, things, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    x, y, w, h, area = things[1:].T
    fits = (
        (w >= LEAST_DISC)
        & (np.abs(w - h) <= 2 + ROUND * w)
        & (area >= LEAST_FILL * w * h)
        & (h < LARGEST * 2 * len(small))
    )
    return [Box(*(int(value) for value in row)) for row in np.stack([x, y, w, h], axis=1)[fits]]


def _scaled(box: Box, step: int) -> Box:
    return Box(box.x * step, box.y * step, box.w * step, box.h * step)


def _in_middle(disc: Box, tile: Box) -> bool:
    """Whether a disc may be a tile's: about its middle and neither too large nor too small for it."""
    away = max(abs(a - b) for a, b in zip(disc.center, tile.center, strict=True))
    return away <= CENTRED * tile.h + 2 and SMALLEST * tile.h <= disc.h / 2 <= LARGEST * tile.h


def _boxes(image: Image, discs: list[Box], seen: list[Box]) -> list[Box]:
    """The tiles around those discs that have a name where tiles of one size have it, for the size that fits most of them."""
    best: tuple[int, float, list[Box]] = 0, 0.0, []
    for (w, h), known in _sizes(discs, seen):
        boxes: list[Box] = []
        margins: list[int] = []
        for disc in discs:
            x, y = disc.center
            box = Box(round(x - w / 2), round(y - h / 2), w, h)
            if not _in_middle(disc, box) or not apart(box, boxes) or box.clipped(*image.shape[1::-1]) != box:
                continue
            label = find_label(image, TileBox(box)) if find_emblem(image, box) is not None else None
            if label is not None and label.box.x - box.x <= LEFT * w:
                boxes.append(box)
                # a name stands as far from the left as from below
                margins.append(abs(label.box.x - box.x - box.bottom + label.box.bottom))
        if len(boxes) > 1 or (known and boxes):
            best = max(best, (len(boxes), -float(np.mean(margins)), boxes))
        if known and len(boxes) == len(discs):
            return boxes
    return best[2]


def _sizes(discs: list[Box], seen: list[Box]) -> list[tuple[tuple[int, int], bool]]:
    """Sizes (width, height) that the tiles around some discs may have, each with whether a tile beside one has it."""
    sizes: list[tuple[tuple[int, int], bool]] = []
    found = [
        ((tile.w, tile.h), True)
        for tile in seen
        if any(
            SMALLEST * tile.h <= disc.h / 2 <= LARGEST * tile.h
            and min(abs(a - b) for a, b in zip(disc.center, tile.center, strict=True)) <= CENTRED * tile.h + 2
            for disc in discs
        )
    ]
    for axis in (0, 1):
        steps = [
            abs(a.center[axis] - b.center[axis])
            for a in discs
            for b in discs
            if abs(a.center[1 - axis] - b.center[1 - axis]) <= CENTRED * a.h + 2 and a.center[axis] < b.center[axis]
        ]
        if steps:
            length = OF_PITCH * min(steps)
            found += [
                (
                    (round(length), round(length / aspect)) if axis == 0 else (round(length * aspect), round(length)),
                    False,
                )
                for aspect in ASPECTS
            ]
    for (w, h), known in found:
        if all(abs(w - a) > 0.05 * a or abs(h - b) > 0.05 * b for (a, b), _ in sizes):
            sizes.append(((w, h), known))
    return sizes
