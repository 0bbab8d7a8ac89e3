"""Where in its tiles a client writes the names: learned from labels that were read surely.

A client writes all labels of a call at the same distance from their tiles' lower left corners. Where white letters stand on a busy
video, a part of the name may look like all of it; what does not lie where the others do gives that away.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from ..types import Box

REMEMBERED = 60
LEAST = 4
"""Labels from which it is known where a call's labels stand."""
SUPPORT = 0.1
"""Share of the labels, and at least three, that must stand where a label does; it may be one of them."""
ASIDE, HIGHER = 0.2, 0.35
"""Greatest distance of the left, and of the upper and lower ends, of labels that stand at the same place, in heights of the label: letters
reach up and down as they like."""

SLACK = 2
"""Pixels around a line in which labels are known to stand."""


class LabelPlaces:
    """The labels of a call that were read surely. Used by one thread at a time."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int, int]] = deque(maxlen=REMEMBERED)

    @property
    def known(self) -> bool:
        """Whether there are enough labels to tell where others are to be expected."""
        return len(self._seen) >= LEAST

    def add(self, tile: Box, label: Box) -> None:
        """A label was read surely; both boxes in frame pixels."""
        self._seen.append(_offsets(tile, label))

    def fits(self, tile: Box, label: Box) -> bool:
        """Whether other labels stand in their tiles where this one stands in its."""
        near = self._near(np.array([_offsets(tile, label)]), label.h)[0]
        return bool(near.sum() >= max(3.0, SUPPORT * len(self._seen)))

    def usual(self, tile: Box) -> Box | None:
        """The line, as long as the tile is wide, in which most labels stand; None where it is not known."""
        if not self.known:
            return None
        every = np.array(self._seen)
        height = int(np.median(every[:, 1] - every[:, 2]))
        near = self._near(every, height)
        most = every[near[near.sum(axis=1).argmax()]]
        left, low = int(np.median(most[:, 0])), int(np.percentile(most[:, 2], 20))
        top = int(np.percentile(most[:, 1], 80))
        return Box(tile.x + left, tile.bottom - top, max(1, tile.w - left), max(1, top - low))

    def band(self, tile: Box, label: Box | None) -> Box | None:
        """Where a tile's name stands, with a little more around, as far as the tile goes; None where it is not known.

        label: what was seen of the name, None: nothing. The name begins there if others do too, and not further right in any case.
        """
        line = self.usual(tile)
        if line is None:
            return None
        left = line.x
        if label is not None:
            left = label.x if self.fits(tile, label) else min(left, label.x)
        return Box(left - SLACK, line.y - SLACK, tile.right - left, line.h + 2 * SLACK)

    def _near(self, offsets: npt.NDArray[np.int64], height: int) -> npt.NDArray[np.bool_]:
        """Which of the labels seen (columns) stand where labels at these offsets (rows) do."""
        reach = np.array([max(2, ASIDE * height), HIGHER * height, HIGHER * height])
        seen = np.array(self._seen).reshape(-1, 3)
        return np.asarray((np.abs(offsets[:, None] - seen[None]) <= reach).all(axis=2))


def _offsets(tile: Box, label: Box) -> tuple[int, int, int]:
    """Distances of a label's left from its tile's, and of its upper and lower end from the tile's lower one."""
    return label.x - tile.x, tile.bottom - label.y, tile.bottom - label.bottom
