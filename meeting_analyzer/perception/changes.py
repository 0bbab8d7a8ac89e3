"""How much of each tile has changed since it was kept: the whole frame is compared at once, and counted tile by tile."""

from __future__ import annotations

import cv2
import numpy as np

from .tracking import Gray, Part, Shrunk

EDGE_CONTRAST, EDGE_PART = 24, 4
"""Levels between a pixel and its neighbours from which it lies on an edge, and the part of them by which it changes there when the
edge moves; a codec changes sharp lines by less from frame to frame though nothing has moved, in the way that they are coded."""
_NEIGHBOURS = np.ones((3, 3), np.uint8)


class Changes:
    """How parts of the frames looked when they were last kept, in one grey picture, and how the newest frame differs from it.

    level: by how many levels a pixel differs at most that has not changed.
    """

    def __init__(self, level: int) -> None:
        self._level = level
        self._kept = self._now = self._change = self._above = np.zeros((0, 0), np.uint8)
        self._scale = 0.0

    def compare(self, shrunk: Shrunk) -> bool:
        """Compare a frame; False where it is the first one, or the first of its size: nothing is kept of any of its parts."""
        self._now = shrunk.gray
        same = self._kept.shape == self._now.shape and self._scale == shrunk.scale
        if not same:
            self._kept, self._scale = self._now.copy(), shrunk.scale
        self._change = np.asarray(cv2.absdiff(self._now, self._kept), np.uint8)
        self._above = np.asarray(cv2.threshold(self._change, self._level, 1, cv2.THRESH_BINARY)[1], np.uint8)
        return same

    def of(self, part: Part) -> Gray:
        """By how many levels each pixel of a part differs, (h, w)."""
        return self._change[part]

    def share(self, part: Part) -> float:
        """Share of a part's pixels that have changed; 0 of none."""
        above = self._above[part]
        return cv2.countNonZero(above) / above.size if above.size else 0.0

    def share_beside_edges(self, part: Part) -> float:
        """The same of those that have changed by more than what a codec makes of the sharp lines of a picture in which nothing moves."""
        kept = self._kept[part]
        if not kept.size:
            return 0.0
        contrast = cv2.morphologyEx(kept, cv2.MORPH_GRADIENT, _NEIGHBOURS)
        contrast = cv2.threshold(contrast, EDGE_CONTRAST, 0, cv2.THRESH_TOZERO)[1]
        excess = cv2.subtract(self._change[part], cv2.convertScaleAbs(contrast, alpha=1 / EDGE_PART))
        return cv2.countNonZero(cv2.threshold(excess, self._level, 1, cv2.THRESH_BINARY)[1]) / kept.size

    def keep(self, part: Part) -> None:
        """From now on a part is compared with what it looks like in the newest frame."""
        self._kept[part] = self._now[part]
