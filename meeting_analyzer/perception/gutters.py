"""Cut a picture along its gutters: the lines of plain background between and around tiles.

The recursive X-Y cut of document analysis (Nagy and Seth, 1984): a region is split at every run of rows that shows
nothing but background, then each band at every such run of columns, and so on until nothing splits any more.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .palette import bins_of, colour_in, frequencies

Mask = npt.NDArray[Any]
"""uint8 (H, W)."""
Integral = npt.NDArray[Any]
"""Summed-area table, int32 (H + 1, W + 1). OpenCV's types are wider than what it returns."""

PURITY = 0.975
"""Share of background from which a line is a gutter; page arrows and a cursor may lie over it."""
BACKGROUNDS = 4
"""How many of the most frequent colours are tried as the gallery's background."""
LEAST_SHARE = 0.004
"""Least share of the picture that a background colour covers."""
FAR = 4
"""Of how many of the frequent colours that reach farthest this is told exactly."""
TOLERANCE = 5
"""Levels to within which a pixel has it, where it is asked how far it reaches."""


def background_colours(image: Image) -> list[tuple[int, int, int]]:
    """Candidates for the gallery's background in a BGR picture (H, W, 3): its most frequent colours, most frequent first, and
    last, where it is none of these, the one that reaches farthest: beside a large video the gutters are few, but everywhere."""
    small = np.ascontiguousarray(image[::3, ::3])
    counts = frequencies(small)
    frequent = _frequent(small, counts, 3 * BACKGROUNDS)
    found: list[tuple[int, int, int]] = []
    for number in frequent:
        if len(found) == BACKGROUNDS:
            break
        colour = _colour(small, int(number))
        # neighbouring bins are one colour that lies on the bins' border
        if _is_new(colour, found):
            found.append(colour)
    if len(found) == BACKGROUNDS:
        widest = _widest(small, frequent, FAR)
        if _is_new(widest, found[:-1]):
            found[-1] = widest
    return found


def more_colours(image: Image, colours: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """These colours and, where it is none of them, the one of many less frequent ones that reaches farthest: compression makes
    several of one."""
    small = np.ascontiguousarray(image[::3, ::3])
    frequent = _frequent(small, frequencies(small), 6 * BACKGROUNDS)
    if not len(frequent):
        return colours
    widest = _widest(small, frequent, 2 * FAR)
    return [*colours, widest] if _is_new(widest, colours) else colours


def _frequent(image: Image, counts: npt.NDArray[np.float32], most: int) -> npt.NDArray[np.int64]:
    """The bins of up to so many frequent colours, most frequent first."""
    frequent = np.flatnonzero(counts >= LEAST_SHARE * image.shape[0] * image.shape[1])
    return np.asarray(frequent[np.argsort(-counts[frequent], kind="stable")][:most], np.int64)


def _widest(image: Image, frequent: npt.NDArray[np.int64], most: int) -> tuple[int, int, int]:
    """The colour of some bins that reaches farthest, told exactly of so many."""
    bins = bins_of(image)
    far = sorted(frequent.tolist(), key=lambda number: -_extent(bins == number))[:most]
    return max((_colour(image, number) for number in far), key=lambda colour: reach_of(image, colour))


def _colour(image: Image, number: int) -> tuple[int, int, int]:
    """The colour of those pixels of a BGR picture that are in a bin."""
    blue, green, red = colour_in(image, number).astype(int).tolist()
    return blue, green, red


def _is_new(colour: tuple[int, int, int], found: list[tuple[int, int, int]]) -> bool:
    return all(max(abs(a - b) for a, b in zip(colour, other, strict=True)) > 5 for other in found)


def _extent(mask: npt.NDArray[np.bool_]) -> float:
    """In what share of the rows, times that of the columns, of a mask (H, W) something is."""
    return float(mask.any(axis=1).mean() * mask.any(axis=0).mean())


def reach_of(image: Image, colour: tuple[int, int, int]) -> float:
    """In what share of the rows, times that of the columns, of a BGR picture a colour is."""
    return _extent(foreground(image, colour, TOLERANCE) == 0)


def foreground(image: Image, background: tuple[int, int, int], tolerance: int) -> Mask:
    """1 where a BGR picture differs from the background by more than `tolerance` in any channel, else 0; uint8 (H, W)."""
    low = tuple(max(0, c - tolerance) for c in background)
    high = tuple(min(255, c + tolerance) for c in background)
    inside: Mask = cv2.inRange(image, np.array(low), np.array(high))
    outside: Mask = (inside == 0).view(np.uint8)
    return outside


def surroundings(mask: Mask, least: float | None = None) -> Box:
    """Where the gallery can be: the extent of the largest connected piece of background in a foreground mask (H, W).

    Gutters hang together, so a window on a desktop is found by them, whatever lies around it.
    least: share of the largest one's extent from which other pieces count, too; None: no others do.
    """
    # twice as fast as what OpenCV takes by itself
    count, _, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(1 - mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    if count < 2:
        return Box(0, 0, 0, 0)
    extents = stats[1:, cv2.CC_STAT_WIDTH] * stats[1:, cv2.CC_STAT_HEIGHT]
    largest = [int(extents.argmax())]
    x, y, w, h, _ = stats[1:][largest if least is None else extents >= least * extents.max()].T
    left, top = int(x.min()), int(y.min())
    return Box(left, top, int((x + w).max()) - left, int((y + h).max()) - top)


def cut(integral: Integral, area: Box, least: int) -> list[Box]:
    """Regions of a foreground mask in `area` that no gutter crosses, each at least `least` pixels wide and high.

    integral: the mask's summed-area table (H + 1, W + 1) as `cv2.integral` makes it.
    """
    regions: list[Box] = []
    pending = [area]
    while pending:
        box = pending.pop()
        parts = _split(integral, box, least)
        if parts == [box]:
            regions.append(box)
        else:
            pending += parts
    return sorted(regions, key=lambda box: (box.y, box.x))


def _split(integral: Integral, box: Box, least: int) -> list[Box]:
    """The parts of a region between its gutters, trimmed; [box] itself when it has none, [] when nothing is left."""
    x, y = slice(box.x, box.right + 1), slice(box.y, box.bottom + 1)
    columns, rows = integral[box.bottom, x] - integral[box.y, x], integral[y, box.right] - integral[y, box.x]
    columns, rows = columns[1:] - columns[:-1], rows[1:] - rows[:-1]
    vertical = _runs(columns > (1 - PURITY) * box.h, least)
    horizontal = _runs(rows > (1 - PURITY) * box.w, least)
    if not vertical or not horizontal:
        return []
    if len(horizontal) > 1:
        return [Box(box.x, box.y + start, box.w, stop - start) for start, stop in horizontal]
    if len(vertical) > 1:
        return [Box(box.x + start, box.y, stop - start, box.h) for start, stop in vertical]
    (x0, x1), (y0, y1) = vertical[0], horizontal[0]
    return [Box(box.x + x0, box.y + y0, x1 - x0, y1 - y0)]


def _runs(busy: npt.NDArray[np.bool_], least: int) -> list[tuple[int, int]]:
    """(start, stop) of the runs of True that are at least `least` long."""
    changes = (np.flatnonzero(busy[1:] != busy[:-1]) + 1).tolist()
    bounds = [*([0] if busy[:1].any() else []), *changes, *([len(busy)] if busy[-1:].any() else [])]
    return [(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if b - a >= least]
