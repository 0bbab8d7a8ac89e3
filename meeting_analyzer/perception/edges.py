"""Straight edges of a picture, as evidence for the sides of tiles.

An edge is a jump of colour that goes on for a while along the edge's direction: noise and texture average out, the side
of a tile stays, however little it differs from what is beside it. Across its direction an edge is known to the pixel:
the picture is thinned out along it only.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image

Boxes = npt.NDArray[np.int32]
"""(N, 4): left, top, right, bottom; right and bottom exclusive."""
Shares = npt.NDArray[np.float32]
"""(N, 4): how much of the left, top, right, bottom side lies on an edge, 0..1."""

_LINES = 300
"""About how many lines are left when the picture is thinned out along an edge's direction."""
_ALONG = 5
"""Lines over which a jump is averaged."""
_JUMP = 4
"""Least mean jump in levels of any channel: a camera-off tile is some ten levels from what is around it."""
_REACH = 3
"""How far from where it is expected, in pixels, the side of a tile is looked for."""
_BREADTH = 3
"""Pixels over which an edge answers."""
_WHOLE = 0.92
"""Share of a line that lies on edges if it is one."""
_PLAIN = 14
"""Levels that the pixels of a gutter may differ by after compression."""
_OUTSIDE = 3
"""How near to an edge, in pixels, the background is whose edge it is."""
_CORNER = 8
"""One in so many pixels of a side is left out at either end: corners may be rounded."""


class Edges:
    """The edges of one BGR picture (H, W, 3)."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.height, self.width = image.shape[:2]
        self._down = max(1, round(self.height / _LINES))
        self._right = max(1, round(self.width / _LINES))
        self.vertical = _jumps(image[:: self._down])
        self.horizontal = _jumps(np.ascontiguousarray(image[:, :: self._right].swapaxes(0, 1)))
        upright, level = _sums(self.vertical), _sums(self.horizontal)
        self._whole = (upright, level)
        self._sums = (upright, level, upright, level)
        """Running sums along the edges that count as left, upper, right, lower sides."""
        self._area = np.asarray(cv2.integral(self.vertical), np.int32)
        self.tops = self.bottoms = self.horizontal

    def framed(self, background: tuple[int, int, int], tolerance: int) -> Edges:
        """The edges that have this colour (BGR) on their outer side: what frames tiles on it; edges inside of a video are
        none. The picture's own border stays an edge where it is of another colour."""
        other = copy(self)
        low, high = (np.clip(np.array(background) + d, 0, 255) for d in (-tolerance, tolerance))
        upright = cv2.inRange(self.image[:: self._down], low, high)
        level = cv2.inRange(np.ascontiguousarray(self.image[:, :: self._right].swapaxes(0, 1)), low, high)
        sides = [
            _beside((inside != 0).view(np.uint8), jumps)
            for inside, jumps in ((upright, self.vertical), (level, self.horizontal))
        ]
        other._sums = (_sums(sides[0][0]), _sums(sides[1][0]), _sums(sides[0][1]), _sums(sides[1][1]))
        other.tops, other.bottoms = sides[1]
        return other

    def sides(self, boxes: Boxes, reach: int = _REACH, corner: int = _CORNER) -> tuple[Shares, Boxes]:
        """How much of each side lies on an edge, looked for up to `reach` pixels away, and where the edges are.

        A side without an edge stays where it is. The picture's own border counts as an edge. One in `corner` pixels is
        left out at either end of a side.
        """
        shares, places = np.zeros((len(boxes), 4), np.float32), boxes.copy()
        if not len(boxes):
            return shares, places
        for side in range(4):
            # an edge answers over three pixels, its middle is the place, be it a little out of reach
            at, found = self._along(boxes, side, reach + _BREADTH - 1, corner)
            within = found[:, _BREADTH - 1 : 1 - _BREADTH]
            shares[:, side] = within.max(axis=1)
            # the nearest of several, rather inside: the next tile's side may be as near
            strongest = found >= 0.85 * shares[:, side, None]
            inwards = (at - boxes[:, side, None]) * (1 if side < 2 else -1)
            away = np.where(strongest, np.where(inwards < 0, 1.3 * -inwards, inwards), 99)
            away[np.abs(inwards) > reach] = 99
            nearest = np.take_along_axis(at, away.argmin(axis=1)[:, None], axis=1)
            strongest &= np.abs(at - nearest) < _BREADTH
            middle = np.rint((at * strongest).sum(axis=1) / strongest.sum(axis=1))
            places[:, side] = np.where(shares[:, side] > 0.5, middle, boxes[:, side])
        return shares, places

    def shares(self, boxes: Boxes, reach: int = _REACH, corner: int = _CORNER) -> Shares:
        """How much of each side lies on an edge, as `sides` tells it."""
        if not len(boxes):
            return np.zeros((0, 4), np.float32)
        found = [self._along(boxes, side, reach, corner)[1].max(axis=1) for side in range(4)]
        return np.stack(found, axis=1).astype(np.float32)

    def _along(
        self, boxes: Boxes, side: int, reach: int, corner: int
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
        """Places up to `reach` pixels from one side of boxes (N, 2 reach + 1), and how much of the side lies on an edge
        there."""
        upright = side % 2 == 0
        sums, step = self._sums[side], self._down if upright else self._right
        first, last = (boxes[:, 1], boxes[:, 3]) if upright else (boxes[:, 0], boxes[:, 2])
        trim = (last - first) // corner
        start = np.clip((first + trim) // step, 0, len(sums) - 2)
        stop = np.clip(np.maximum((last - trim) // step, start + 1), 1, len(sums) - 1)
        at = np.clip(boxes[:, side, None] + np.arange(-reach, reach + 1), 0, sums.shape[1] - 1)
        return at, (sums[stop[:, None], at] - sums[start[:, None], at]) / (stop - start)[:, None]

    def chance(self, boxes: Boxes, reach: int = _REACH) -> float:
        """Mean share of edge along the sides of boxes that are moved off these by a third: what busy pictures give to
        any box."""
        third = np.tile((boxes[:, 2:] - boxes[:, :2]) // 3, 2)
        return float(np.mean([self.shares(moved, reach).mean() for moved in (boxes + third, boxes - third)]))

    def seam(self, boxes: Boxes) -> float:
        """Share of these equal boxes that plain lines with straight edges cut into equal halves or thirds: a box of two
        tiles has such a line between them. A single box is not asked for thirds: an upright video leaves these free."""
        strongest = 0.0
        for upright in (True, False):
            sums, step = self._whole[0 if upright else 1], self._down if upright else self._right
            pixels = self.image.swapaxes(0, 1) if upright else self.image
            near, far = (0, 2) if upright else (1, 3)
            first, last = boxes[:, 1 - near], boxes[:, 5 - far]
            trim, length = (last - first) // _CORNER, boxes[:, far] - boxes[:, near]
            start = np.clip((first + trim) // step, 0, len(sums) - 2)
            stop = np.clip((last - trim) // step, start + 1, len(sums) - 1)
            along = first[:, None] + (np.linspace(0.15, 0.85, 24) * (last - first)[:, None]).astype(int)
            along = np.clip(along, 0, pixels.shape[1] - 1)[:, None, :]
            cuts = []
            for part in (1 / 2, 1 / 3, 2 / 3):
                spread = 3 + int(0.03 * length.min())
                at = (boxes[:, near] + part * length).astype(int)[:, None] + np.arange(-spread, spread + 1)
                at = np.clip(at, 0, len(pixels) - 1)
                edge = (sums[stop[:, None], at] - sums[start[:, None], at]) / (stop - start)[:, None]
                cut = edge.max(axis=1) > _WHOLE
                lines = pixels[at[cut][:, :, None], along[cut]].astype(np.int16)
                plain = np.ptp(lines, axis=2).max(axis=2) <= _PLAIN
                cuts.append(float(plain.any(axis=1).sum()) / len(boxes))
            strongest = max(strongest, cuts[0], min(cuts[1:]) if len(boxes) > 1 else 0.0)
        return strongest

    def content(self, boxes: Boxes) -> npt.NDArray[np.float32]:
        """How much of each box's inside (a twelfth away from its sides) lies on an edge, (N,) in 0..1."""
        inset = (boxes[:, 2:] - boxes[:, :2]) // 12
        left, right = (np.clip(boxes[:, i] + d * inset[:, 0], 0, self.width) for i, d in ((0, 1), (2, -1)))
        top, bottom = (
            np.clip((boxes[:, i] + d * inset[:, 1]) // self._down, 0, len(self.vertical)) for i, d in ((1, 1), (3, -1))
        )
        total = self._area[bottom, right] - self._area[top, right] - self._area[bottom, left] + self._area[top, left]
        size = np.maximum(1, (right - left) * (bottom - top))
        return np.asarray(total / size, np.float32)

    def profile(self, upright: bool, area: Box) -> npt.NDArray[np.float32]:
        """How much of each column (upright) or row of the picture lies on long edges within an area, 0..1."""
        if upright:
            part = self.vertical[area.y // self._down : area.bottom // self._down]
        else:
            part = self.horizontal[area.x // self._right : area.right // self._right]
        if not part.size:
            return np.zeros((self.width if upright else self.height) + 1, np.float32)
        length = max(3, part.shape[0] // 16)
        closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
        long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
        return np.asarray(long.mean(axis=0), np.float32)

    def upright_shares(self, bands: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """How much of each column lies on left and on right sides between pairs of rows (N, 2), (N, width + 1) in 0..1."""
        trim = (bands[:, 1] - bands[:, 0]) // _CORNER
        start = np.clip((bands[:, 0] + trim) // self._down, 0, len(self._sums[0]) - 2)
        stop = np.clip(np.maximum((bands[:, 1] - trim) // self._down, start + 1), 1, len(self._sums[0]) - 1)
        left, right = (
            ((sums[stop] - sums[start]) / (stop - start)[:, None]).astype(np.float32)
            for sums in (self._sums[0], self._sums[2])
        )
        return left, right


def _beside(background: npt.NDArray[np.uint8], jumps: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], ...]:
    """The jumps (lines, width + 1) with background (lines, width) up to _OUTSIDE pixels before them, and behind them."""
    lines, width = background.shape
    near = np.zeros((lines, width + 1), np.uint8)
    near[:, 1:] = cv2.dilate(background, np.ones((1, _OUTSIDE), np.uint8), anchor=(_OUTSIDE - 1, 0))
    # what reaches the picture's border ends there, unless it is background
    near[:, 0] = 1 - background[:, 0]
    far = np.zeros((lines, width + 1), np.uint8)
    far[:, :-1] = cv2.dilate(background, np.ones((1, _OUTSIDE), np.uint8), anchor=(0, 0))
    far[:, -1] = 1 - background[:, -1]
    return jumps & near, jumps & far


def _jumps(thin: Image) -> npt.NDArray[np.uint8]:
    """1 where colour jumps between the pixels left and right of a place, uint8 (lines, width + 1); 1 at both ends."""
    lines, width = thin.shape[:2]
    found = np.ones((lines, width + 1), np.uint8)
    if width < 4 or lines < 2:
        return found
    # over two pixels, as edges in video are soft; the mean over lines is a sum, so that integers do
    jump = cv2.subtract(thin[:, 2:], thin[:, :-2], dtype=cv2.CV_16S)
    along = min(_ALONG, lines)
    jump = cv2.boxFilter(jump, cv2.CV_16S, (1, along), normalize=False, borderType=cv2.BORDER_REPLICATE)
    limit: Any = float(_JUMP * along)
    calm = cv2.inRange(jump, (-limit,) * 3, (limit,) * 3)
    sharp = (calm == 0).view(np.uint8)
    found[:, 2:-2] = sharp[:, :-1] | sharp[:, 1:]
    found[:, 1], found[:, -2] = sharp[:, 0], sharp[:, -1]
    return found


def _sums(found: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Running sums down the lines, int32 (lines + 1, width + 1)."""
    sums = np.zeros((found.shape[0] + 1, found.shape[1]), np.int32)
    np.cumsum(found, axis=0, dtype=np.int32, out=sums[1:])
    return sums
