"""Sums over time in a fixed number of bins: memory stays flat however long a call lasts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Sums = npt.NDArray[np.floating]

MAX_BINS = 1200
FIRST_WIDTH = 1.0
"""Seconds of a bin at the start: 1200 bins hold 20 minutes, then they merge two by two, to 8 s for a double lesson and 16 s
for three hours."""


class Clock:
    """Which bin a time belongs to. All series of a run share one clock, so that their bins stay aligned.

    origin: the time in seconds that bin 0 begins at; width: seconds of a bin, 1, 2, 4, ...
    """

    def __init__(self, origin: float) -> None:
        self.origin = origin
        self.width = FIRST_WIDTH
        self.merges = 0

    def reach(self, time: float) -> None:
        """Widen the bins until `time` in seconds has one."""
        while time - self.origin >= self.width * MAX_BINS:
            self.width *= 2
            self.merges += 1

    def parts(self, start: float, end: float) -> list[tuple[int, float]]:
        """The bins that start..end (seconds) lies in, each with its share of it; the shares add up to 1."""
        self.reach(end)
        first = max(0, int((start - self.origin) / self.width))
        last = min(MAX_BINS - 1, int((end - self.origin) / self.width))
        if end <= start or first >= last:
            return [(min(first, MAX_BINS - 1), 1.0)]
        edges = [start, *(self.origin + self.width * i for i in range(first + 1, last + 1)), end]
        return [(first + i, (edges[i + 1] - edges[i]) / (end - start)) for i in range(last - first + 1)]


class Series:
    """Sums of `columns` quantities per bin, float32 of shape (MAX_BINS, columns)."""

    def __init__(self, columns: int) -> None:
        self._sums: Sums = np.zeros((MAX_BINS, columns), np.float32)
        self._merges = 0

    def add(self, clock: Clock, parts: list[tuple[int, float]], values: Sums) -> None:
        """Add `values` (columns,), divided over the bins as `clock.parts` says."""
        self._follow(clock)
        for index, share in parts:
            self._sums[index] += values * share

    def bins(self, clock: Clock) -> Sums:
        """The sums per bin of the clock's present width, shape (MAX_BINS, columns)."""
        self._follow(clock)
        return self._sums

    def _follow(self, clock: Clock) -> None:
        while self._merges < clock.merges:
            merged = self._sums[0::2] + self._sums[1::2]
            self._sums[:] = 0.0
            self._sums[: len(merged)] = merged
            self._merges += 1


def regroup(sums: Sums, used: int, columns: int) -> Sums:
    """The first `used` bins summed into at most `columns` groups of equally many bins; the last may hold fewer."""
    size = max(1, -(-used // columns))
    return np.add.reduceat(sums[:used], np.arange(0, used, size), axis=0) if used else sums[:0]
