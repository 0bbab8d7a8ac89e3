"""What the live runner measures of itself: rates, latency, processor time against a budget, and a clock that jumps."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

RATE_WINDOW = 2.0
"""Seconds over which a rate is measured."""
Clock = Callable[[], float]


class Rate:
    """Events per second over the last seconds."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=512)
        self.count = 0
        """Events so far."""

    def tick(self) -> None:
        """One more event, now."""
        self.count += 1
        self._times.append(self._clock())

    @property
    def value(self) -> float:
        """Events per second; 0 when there was none lately."""
        times = list(self._times)
        recent = times[bisect_left(times, self._clock() - RATE_WINDOW) :]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 and recent[-1] > recent[0] else 0.0


class Spread:
    """The last values of something, in seconds, and what most of them stay under."""

    def __init__(self, count: int = 600) -> None:
        self._values: deque[float] = deque(maxlen=count)
        self._sorted: list[float] | None = None
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        """One more value."""
        with self._lock:
            self._values.append(seconds)
            self._sorted = None

    def percentile(self, share: float) -> float:
        """What `share` percent of the values do not exceed, interpolated between two of them; 0 where there is none."""
        with self._lock:
            # asked for more often than there is a new value
            values = self._sorted = self._sorted or sorted(self._values)
        if not values:
            return 0.0
        at = (len(values) - 1) * share / 100
        before = int(at)
        after = min(before + 1, len(values) - 1)
        return values[before] + (at - before) * (values[after] - values[before])


class CpuBudget:
    """Spaces the analyses so that the whole process keeps to its share of processor time.

    cores: how many cores the process may use on average (0.5: half of one), or None for no limit; least and most: seconds
    between two analyses. What capture and drawing cost counts too; they go on at their own rate, and the analyses get
    what they leave: so many a second as fit, by what the process and, of it, the thread of the analyses used lately.

    used, own: clocks of the process's and the analysing thread's processor time.
    """

    WINDOW = 1.0
    AIM = 0.98
    """Share of the cores that is aimed at: what is measured is of the second before."""
    NEWEST = 0.3
    """Weight of the newest measurement against all before: a second in which something rare was done says little of the next."""

    def __init__(
        self,
        cores: float | None,
        least: float,
        most: float = 2.0,
        clock: Clock = time.monotonic,
        used: Clock = time.process_time,
        own: Clock = time.thread_time,
    ) -> None:
        self._cores, self._least, self._most = cores, least, max(most, least)
        self._clock, self._used_time, self._own_time = clock, used, own
        self._before: tuple[float, float, float, int] | None = None
        self._windows = 0
        self._each = self._rest = 0.0
        self.period = least
        """Seconds from one analysis to the next, at present."""
        self.cores = 0.0
        """Cores in use, over the last second or so."""

    def update(self, done: int) -> float:
        """Look at the clocks; returns the period from now on. done: analyses so far. Call it once per analysis or more often, in the
        analyses' thread."""
        now = self._clock(), self._used_time(), self._own_time(), done
        if self._before is None:
            self._before = now
        elapsed, used, own, count = (new - old for new, old in zip(now, self._before, strict=True))
        if elapsed >= self.WINDOW:
            self._before = now
            # after a sleep of the computer the window is long and says nothing of now
            self.cores = used / elapsed
            if self._cores is not None and count > 0 and elapsed < 10 * self.WINDOW:
                self._measured(own / count, (used - own) / elapsed)
                room = self.AIM * self._cores - self._rest
                wanted = self._each / room if room > 0 else self._most
                self.period = min(self._most, max(self._least, wanted)) if self._windows > 1 else self._least
        return self.period

    def _measured(self, each: float, rest: float) -> None:
        """An analysis took `each` seconds, everything else used `rest` cores. How long the very first ones took says nothing: all tiles
        are new then, and models plan for their sizes."""
        self._windows += 1
        newest = self.NEWEST if self._windows > 2 else 1.0
        self._each += newest * (each - self._each)
        self._rest += newest * (rest - self._rest)


class ClockWatch:
    """Notices that the computer slept, or that this program was stopped. Everything else is timed by a steady clock.

    Whether that clock stands still during sleep depends on the system, so the clock on the wall is looked at too; it
    being set back is no sleep, and nothing depends on it.
    """

    GAP = 5.0

    def __init__(self, clock: Clock | None = None, wall: Clock | None = None) -> None:
        self._clock, self._wall = clock or time.monotonic, wall or time.time
        self._last = self._clock(), self._wall()

    def gap(self) -> float:
        """Seconds that were slept since the last call; 0 for none. Call it often."""
        now = self._clock(), self._wall()
        steady, wall = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now
        # the wall clock is also set forward by hand, by an hour or more; no harm in saying so then
        slept = max(steady, wall)
        return slept if slept > self.GAP else 0.0
