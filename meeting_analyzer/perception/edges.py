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
_BARE = 0.9
"""Share of both bands inside of a box's upper and lower side that is then of one colour."""
_PARTS = 1 / 2, 1 / 3, 2 / 3
"""Where boxes of several tiles have a seam."""
_SAMPLES = np.linspace(0.15, 0.85, 24)[:, None]
"""Where along a seam its colour is looked at."""

_FIRST, _LAST = [1, 0, 1, 0], [3, 2, 3, 2]
"""Columns of boxes where the left, top, right, bottom side begins and ends."""
_INWARDS = np.array([[1], [1], [-1], [-1]])
"""Which way the inside of a box is from each side."""


class Edges:
    """The edges of one BGR picture (H, W, 3)."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.height, self.width = image.shape[:2]
        self._down = max(1, round(self.height / _LINES))
        self._right = max(1, round(self.width / _LINES))
        across = image.take(np.arange(0, self.width, self._right), axis=1)
        self._thin: tuple[Image, Image] = image[:: self._down], np.asarray(cv2.transpose(across), np.uint8)
        self.vertical, self.horizontal = (_jumps(thin) for thin in self._thin)
        self._sums = self._whole = _Sums(self.vertical, self.horizontal, self.vertical, self.horizontal)
        self._steps = np.array([self._down, self._right, self._down, self._right])
        self._area = np.asarray(cv2.integral(self.vertical), np.int32)
        self.tops = self.bottoms = self.horizontal

    def framed(self, background: tuple[int, int, int], tolerance: int) -> Edges:
        """The edges that have this colour (BGR) on their outer side: what frames tiles on it; edges inside of a video are
        none. The picture's own border stays an edge where it is of another colour."""
        other = copy(self)
        low, high = (np.clip(np.array(background) + d, 0, 255) for d in (-tolerance, tolerance))
        (left, right), (top, bottom) = (
            _beside((cv2.inRange(thin, low, high) != 0).view(np.uint8), jumps)
            for thin, jumps in zip(self._thin, (self.vertical, self.horizontal), strict=True)
        )
        other._sums = _Sums(left, top, right, bottom)
        other.tops, other.bottoms = top, bottom
        return other

    def sides(self, boxes: Boxes, reach: int = _REACH, corner: int = _CORNER) -> tuple[Shares, Boxes]:
        """How much of each side lies on an edge, looked for up to `reach` pixels away, and where the edges are.

        A side without an edge stays where it is. The picture's own border counts as an edge. One in `corner` pixels is
        left out at either end of a side.
        """
        # an edge answers over three pixels, its middle is the place, be it a little out of reach
        at, found = self._along(boxes, reach + _BREADTH - 1, corner)
        shares = found[..., _BREADTH - 1 : 1 - _BREADTH].max(axis=-1).astype(np.float32)
        # the nearest of several, rather inside: the next tile's side may be as near
        strongest = found >= 0.85 * shares[..., None]
        inwards = (at - boxes[..., None]) * _INWARDS
        away = np.where(inwards < 0, -1.3 * inwards, inwards)
        away[~strongest | (np.abs(inwards) > reach)] = 99
        nearest = np.take_along_axis(at, away.argmin(axis=-1)[..., None], axis=-1)
        strongest &= np.abs(at - nearest) < _BREADTH
        middle = np.rint((at * strongest).sum(axis=-1) / strongest.sum(axis=-1))
        return shares, np.where(shares > 0.5, middle, boxes).astype(np.int32)

    def shares(self, boxes: Boxes, reach: int = _REACH, corner: int = _CORNER) -> Shares:
        """How much of each side lies on an edge, as `sides` tells it."""
        return np.asarray(self._along(boxes, reach, corner)[1].max(axis=-1), np.float32)

    def _along(self, boxes: Boxes, reach: int, corner: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Places up to `reach` pixels from each side of boxes (N, 4, 2 reach + 1), and how much of the side lies on an edge
        there."""
        first, last = boxes[:, _FIRST], boxes[:, _LAST]
        trim = (last - first) // corner
        start, stop = (first + trim) // self._steps, (last - trim) // self._steps
        at = boxes[..., None] + np.arange(-reach, reach + 1)
        return self._sums.between(start, stop, at)

    def chance(self, boxes: Boxes, reach: int = _REACH) -> float:
        """Mean share of edge along the sides of boxes that are moved off these by a third: what busy pictures give to
        any box."""
        third = np.tile((boxes[:, 2:] - boxes[:, :2]) // 3, 2)
        shares = self.shares(np.concatenate([boxes + third, boxes - third]), reach)
        return float(np.mean([shares[: len(boxes)].mean(), shares[len(boxes) :].mean()]))

    def seam(self, boxes: Boxes, least: float = 0.0) -> float:
        """Share of these equal boxes that plain lines with straight edges cut into equal halves or thirds: a box of two
        tiles has such a line between them. A single box is not asked for thirds: an upright video leaves these free.
        No more than `least` counts as nothing."""
        parts = _PARTS if len(boxes) > 1 else _PARTS[:1]
        shares = self._cuts(boxes, parts, True, least).sum(axis=0) / len(boxes)
        return float(max(max(halves, min(thirds, default=0.0)) for halves, *thirds in shares.reshape(2, -1).tolist()))

    def halved(self, boxes: Boxes) -> npt.NDArray[np.bool_]:
        """Which boxes (N,), each of a size of its own, such a line cuts into halves."""
        if not len(boxes):
            return np.zeros(0, bool)
        return np.asarray(self._cuts(boxes, _PARTS[:1], False).any(axis=1))

    def _cuts(self, boxes: Boxes, parts: tuple[float, ...], equal: bool, least: float = 0.0) -> npt.NDArray[np.bool_]:
        """Which boxes have a plain line with straight edges at these parts of their width, then of their height (N, 2 M);
        what not more than `least` of equal ones have nobody has."""
        near, part = np.repeat((0, 1), len(parts)), np.array(parts * 2)
        first, last = boxes[:, 1 - near], boxes[:, 3 - near]
        trim, length = (last - first) // _CORNER, boxes[:, near + 2] - boxes[:, near]
        start, stop = (first + trim) // self._steps[near], (last - trim) // self._steps[near]
        middle = (boxes[:, near] + part * length).astype(int)
        spread = 3 + (0.03 * (length.min(axis=0, keepdims=True) if equal else length)).astype(int)[..., None]
        around = np.minimum(np.maximum(np.arange(-spread.max(), spread.max() + 1), -spread), spread)
        at, edge = self._whole.between(start, stop, middle[..., None] + around, near)
        cut = edge.max(axis=-1) > _WHOLE
        cut &= cut.sum(axis=0) > least * len(boxes)
        for number in np.flatnonzero(cut.any(axis=0)):
            which = np.flatnonzero(cut[:, number])
            cut[which, number] = self._plain(boxes[which], at[which, number], bool(near[number] == 0))
        return np.asarray(cut)

    def _plain(self, boxes: Boxes, at: npt.NDArray[np.int64], upright: bool) -> npt.NDArray[np.bool_]:
        """Which boxes have a plain line at one of some places (N, K)."""
        first, last = (boxes[:, 1], boxes[:, 3]) if upright else (boxes[:, 0], boxes[:, 2])
        along, across = (self.height, self.width) if upright else (self.width, self.height)
        sample = _limited(first + (_SAMPLES * (last - first)).astype(int), 0, along - 1)[..., None]
        place = _limited(at, 0, across - 1)
        lines = self.image[sample, place] if upright else self.image[place, sample]
        return np.asarray(((lines.max(axis=0) - lines.min(axis=0)).max(axis=-1) <= _PLAIN).any(axis=-1))

    def bare(self, box: Box) -> bool:
        """Whether a box has the same plain colour along the inside of its upper and lower side: it is laid around a row of
        buttons."""
        height = max(2, box.h // 12)
        inset = box.w // 12
        bands = [
            self.image[top : top + height : self._down, box.x + inset : box.right - inset : self._right].reshape(-1, 3)
            for top in (box.y + 2, box.bottom - 2 - height)
        ]
        pixels = np.concatenate(bands).astype(np.int16)
        return (
            bool(len(pixels))
            and float((np.abs(pixels - np.median(pixels, axis=0)).max(axis=1) <= _PLAIN).mean()) > _BARE
        )

    def content(self, boxes: Boxes) -> npt.NDArray[np.float32]:
        """How much of each box's inside (a twelfth away from its sides) lies on an edge, (N,) in 0..1."""
        inset = (boxes[:, 2:] - boxes[:, :2]) // 12
        x = _limited(np.stack([boxes[:, 0] + inset[:, 0], boxes[:, 2] - inset[:, 0]]), 0, self.width)
        y = np.stack([boxes[:, 1] + inset[:, 1], boxes[:, 3] - inset[:, 1]]) // self._down
        (left, right), (top, bottom) = x, _limited(y, 0, len(self.vertical))
        total = self._area[bottom, right] - self._area[top, right] - self._area[bottom, left] + self._area[top, left]
        size = np.maximum(1, (right - left) * (bottom - top))
        return np.asarray(total / size, np.float32)

    def profile(self, upright: bool, area: Box) -> npt.NDArray[np.float32]:
        """How much of each column (upright) or row of an area, from its first side to its last, lies on long edges within
        the area, 0..1."""
        if upright:
            part = self.vertical[area.y // self._down : area.bottom // self._down, area.x : area.right + 1]
        else:
            part = self.horizontal[area.x // self._right : area.right // self._right, area.y : area.bottom + 1]
        if not part.size:
            return np.zeros(part.shape[1], np.float32)
        length = max(3, part.shape[0] // 16)
        closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
        long = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
        return np.asarray(long.mean(axis=0), np.float32)

    def upright_shares(self, bands: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """How much of each column lies on left and on right sides between pairs of rows (N, 2), (N, width + 1) in 0..1."""
        trim = (bands[:, 1] - bands[:, 0]) // _CORNER
        start, stop = (bands[:, 0] + trim) // self._down, (bands[:, 1] - trim) // self._down
        left, right = (self._sums.columns(start, stop, side).astype(np.float32) for side in (0, 2))
        return left, right


class _Sums:
    """Running sums along the edges that count as left, upper, right, lower sides, each uint8 (lines, places): one after
    the other in one array, so that all are looked up at once."""

    def __init__(self, *sides: npt.NDArray[np.uint8]) -> None:
        different = [side for i, side in enumerate(sides) if all(side is not other for other in sides[:i])]
        sizes = [(len(side) + 1) * side.shape[1] for side in different]
        begins = np.cumsum([0, *sizes])
        self._flat = np.empty(begins[-1], np.int32)
        parts: list[npt.NDArray[np.int32]] = []
        for side, begin, end in zip(different, begins, begins[1:], strict=False):
            parts.append(self._flat[begin:end].reshape(-1, side.shape[1]))
            area = cv2.integral(side)
            np.subtract(area[:, 1:], area[:, :-1], out=parts[-1])
        which = [next(i for i, other in enumerate(different) if other is side) for side in sides]
        self._parts = [parts[i] for i in which]
        self._begin, self._places = begins[which], np.array([side.shape[1] for side in sides])
        self._lines = np.array([len(side) for side in sides])

    def between(
        self, start: npt.NDArray[Any], stop: npt.NDArray[Any], at: npt.NDArray[Any], side: Any = slice(None)
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Places (N, M, K), kept within the picture, and how many of the lines from `start` to `stop` (N, M) have an edge
        there, 0..1; of these M sides (0..3), else of all."""
        begin, places, lines = self._begin[side], self._places[side], self._lines[side]
        start, stop = _range(start, stop, lines)
        at = _limited(at, 0, (places - 1)[..., None])
        first = at + (begin + start * places)[..., None]
        counted = self._flat.take(first + ((stop - start) * places)[..., None]) - self._flat.take(first)
        return at, counted / (stop - start)[..., None]

    def columns(self, start: npt.NDArray[Any], stop: npt.NDArray[Any], side: int) -> npt.NDArray[np.float64]:
        """How many of the lines from `start` to `stop` (N,) have an edge at each place of a side (N, places), 0..1."""
        sums = self._parts[side]
        start, stop = _range(start, stop, len(sums) - 1)
        return np.asarray((sums[stop] - sums[start]) / (stop - start)[:, None])


def _range(start: npt.NDArray[Any], stop: npt.NDArray[Any], lines: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Where ranges of lines start and stop, within the picture and at least one line long."""
    start = _limited(start, 0, lines - 1)
    return start, np.minimum(np.maximum(stop, start + 1), lines)


def _limited(values: npt.NDArray[Any], low: int, high: Any) -> npt.NDArray[Any]:
    """`np.clip` without what it does for other types, which takes longer than the rest on few numbers."""
    return np.asarray(np.minimum(np.maximum(values, low), high))


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
    along = min(_ALONG, lines)
    padded = cv2.copyMakeBorder(thin, along // 2, (along - 1) // 2, 0, 0, cv2.BORDER_REPLICATE).astype(np.int16)
    total = padded[:lines].copy()
    for line in range(1, along):
        total += padded[line : line + lines]
    jump = cv2.subtract(total[:, 2:], total[:, :-2])
    limit: Any = float(_JUMP * along)
    calm = cv2.inRange(jump, (-limit,) * 3, (limit,) * 3)
    sharp = (calm == 0).view(np.uint8)
    found[:, 2:-2] = sharp[:, :-1] | sharp[:, 1:]
    found[:, 1], found[:, -2] = sharp[:, 0], sharp[:, -1]
    return found
