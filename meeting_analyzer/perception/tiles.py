"""Find the tiles of a call's gallery view from pixels alone.

Colours that are frequent in the picture are tried as the gallery's background; the picture is cut along gutters of each,
the regions are arranged to a lattice of equal tiles, and the best explanation wins. A picture without a gallery (a
webcam, a photograph of a room) is one tile that covers it.
"""

from __future__ import annotations

import cv2

from ..types import Box, Image
from .base import TileBox
from .gutters import background_colours, cut, foreground, surroundings
from .kind import is_off, is_speaking
from .lattice import Gallery, arrange

WORKING_WIDTH = 800
"""Pictures are thinned out to about this width before they are cut, by leaving out lines: thin gutters stay pure."""
LEAST_SIDE = 36
"""Least side of a tile in full-size pixels."""
TOLERANCES = (5, 14)
"""How far background may stray: camera-off tiles are hardly lighter than it, compression makes it dirty."""
CLEAR = 0.5
"""Explanation that is so good that no other background is tried."""
LEAST_SCORE = 0.08
"""Least explanation that counts as a gallery."""


def find_tiles(image: Image) -> list[TileBox]:
    """Tiles of a BGR picture (H, W, 3) in reading order; one that covers it where there is no gallery."""
    height, width = image.shape[:2]
    stride = max(1, round(width / WORKING_WIDTH))
    small = image[::stride, ::stride].copy()
    best, background, tolerance = Gallery([], 0.0), (0, 0, 0), 0
    for colour in background_colours(small):
        for candidate in TOLERANCES:
            mask = foreground(small, colour, candidate)
            integral = cv2.integral(mask)
            regions = cut(integral, surroundings(mask), max(6, LEAST_SIDE // (2 * stride)))
            gallery = arrange(regions, integral, small, LEAST_SIDE // stride)
            if gallery.score > best.score + 0.01:
                best, background, tolerance = gallery, colour, candidate
        if best.score > CLEAR:
            break
    boxes = [_full_size(box, stride, image, background, tolerance) for box in best.tiles]
    if best.score < LEAST_SCORE:
        return [TileBox(Box(0, 0, width, height))]
    return [
        TileBox(box, "off" if is_off(image, box) else "video", is_speaking(image, box))
        for box in _in_reading_order(boxes)
    ]


def _full_size(box: Box, stride: int, image: Image, background: tuple[int, int, int], tolerance: int) -> Box:
    """The box in full-size pixels, each side moved to where the background ends."""
    height, width = image.shape[:2]
    rough = Box(box.x * stride, box.y * stride, box.w * stride, box.h * stride).clipped(width, height)
    if stride == 1:
        return rough
    reach = stride + 1
    left, right = _edges(image, rough, reach, background, tolerance, vertical=True)
    top, bottom = _edges(image, rough, reach, background, tolerance, vertical=False)
    return Box(left, top, right - left, bottom - top)


def _edges(
    image: Image, box: Box, reach: int, background: tuple[int, int, int], tolerance: int, vertical: bool
) -> tuple[int, int]:
    """First and behind-last line of a box, looked for `reach` lines around its rough sides."""
    if vertical:
        middle = image[box.y + box.h // 4 : box.bottom - box.h // 4 : 2]
        start, stop, limit = box.x, box.right, image.shape[1]
    else:
        middle = image[:, box.x + box.w // 4 : box.right - box.w // 4 : 2].swapaxes(0, 1)
        start, stop, limit = box.y, box.bottom, image.shape[0]

    def busy(first: int, last: int) -> list[bool]:
        view = middle[:, max(0, first) : min(limit, last)].copy()
        share = foreground(view, background, tolerance).mean(axis=0)
        return [bool(s > 0.3) for s in share]

    low, high = max(0, start - reach), min(limit, stop + reach)
    before, after = busy(low, start + reach), busy(stop - reach, high)
    first = low + before.index(True) if True in before else start
    last = high - after[::-1].index(True) if True in after else stop
    return first, last


def _in_reading_order(boxes: list[Box]) -> list[Box]:
    """Row by row from the top, each from the left."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if rows and box.y < rows[-1][0].y + 0.5 * min(box.h, rows[-1][0].h):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.x)]
