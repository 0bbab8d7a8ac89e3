"""Our own side window in what is grabbed: it is painted over, or it would show itself in itself without end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from ..errors import SourceError
from ..types import Box, Image
from .windows import Finder, WindowInfo, open_finder
from .windows.info import OWN_TITLES

PAINT = 24
"""Grey level that takes its place: as dark as a gallery's background."""
INTERVAL = 0.1  # seconds between two looks where it is


def own_boxes(windows: Iterable[WindowInfo]) -> list[Box]:
    """Where our own shown windows are, in screen units."""
    return [w.box for w in windows if w.title.startswith(OWN_TITLES[0]) and not w.minimised]


def paint_over(image: Image, grabbed: Box, boxes: Iterable[Box]) -> None:
    """Paint over `boxes` (screen units) in an image of the rectangle `grabbed`, in place."""
    scale = image.shape[1] / grabbed.w
    for box in boxes:
        seen = box.intersection(grabbed).shifted(-grabbed.x, -grabbed.y)
        if seen.area:
            x, y, right, bottom = (round(v * scale) for v in (seen.x, seen.y, seen.right, seen.bottom))
            image[y:bottom, x:right] = PAINT


class OwnWindows:
    """Finds our own windows on the screen again and again; finds none where windows cannot be listed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked = float("-inf")
        self._boxes: list[Box] = []
        self._finder: Finder | None = None
        try:
            self._finder = open_finder()
        except SourceError:
            # a screen can be grabbed where windows cannot be listed; then nothing is painted over
            self._finder = None

    def boxes(self) -> list[Box]:
        """Where they are now, in screen units, at most INTERVAL seconds old."""
        if self._finder is not None and self._clock() - self._looked >= INTERVAL:
            self._looked = self._clock()
            self._boxes = own_boxes(self._finder.windows())
        return self._boxes

    def close(self) -> None:
        """Let go of the window system. Idempotent."""
        if self._finder is not None:
            self._finder.close()
