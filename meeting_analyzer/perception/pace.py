"""How much of what is due is done in one frame, and in one second of a call: the budget of perception.

What cannot wait (a tile or a face that is new, faces that are not where they were) is done at once; the rest in turn, whoever
has waited longest first. Time is the frames' own, so the same frames always get the same, unless a pace goes by this machine's
(`tile_seconds` and its like, `aside`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LATELY = 0.1
"""Weight of the newest measurement of what something takes against all before."""
LEAST_AT_ONCE = 4.0
"""What may have been saved up for one frame at most; what the time between two frames allows if that is more."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What is done at most; None: all that is due.

    In one frame, new ones included but for tiles - names: labels that are read; tiles: that the detector looks at; faces:
    expressions; poses: faces whose attention is read; face_seconds, tile_seconds, pose_seconds: processor time that each of them may take
    in a frame, going by what they took lately: a slow machine does less in a frame and has not fewer frames.
    In one second of the call, new ones aside - tiles_a_second, faces_a_second, poses_a_second: the same.
    judge_every, layout_every, names_every: seconds after which kind and appearance of a tile with faces, the tiles' layout and the
    labels are looked at again; names_every None: as often as the detector looks.
    batch: how many are saved up before they are done: models compute four faces for less than four times one.
    turns: whether, while frames come often, the detector looks in one and attention is read in the next: fewer, larger batches, and
    no frame has to do it all.
    aside: whether the layout is verified and names are read beside the frames, in a thread, and the result so depends on the clock.
    """

    names: int | None = None
    tiles: int | None = None
    faces: int | None = None
    poses: int | None = None
    face_seconds: float | None = None
    tile_seconds: float | None = None
    pose_seconds: float | None = None
    tiles_a_second: float | None = None
    faces_a_second: float | None = None
    poses_a_second: float | None = 20.0
    judge_every: float = 1.0
    layout_every: float = 5.0
    names_every: float | None = None
    batch: int = 1
    turns: bool = False
    aside: bool = False


EVERYTHING = Pace()
"""All that is due, in the frame in which it is."""

LIVE = Pace(
    names=1,
    tiles=6,
    faces=10,
    poses=4,
    face_seconds=0.007,
    tile_seconds=0.012,
    pose_seconds=0.012,
    tiles_a_second=30.0,
    faces_a_second=75.0,
    batch=4,
    turns=True,
    aside=True,
)
"""Some 2 ms for a tile, 1 for a face, 4 for a pose, of one core; twice as much on slow ones. So many a second are about what ten frames
have room for: more frames a second follow the faces more closely and cost little more."""

RECORDING = Pace(
    tiles_a_second=8.0,
    faces_a_second=20.0,
    poses_a_second=5.0,
    judge_every=5.0,
    layout_every=20.0,
    names_every=5.0,
    batch=4,
)
"""A second of a call costs the same for 25 people and for 49; up to some four people get all that is due (docs/offline.md)."""

RECORDINGS = {"sparing": RECORDING, "full": EVERYTHING}
"""By the values of the setting `recording_pace`."""


class Allowance:
    """How many are allowed by now, at so many a second of the frames' time, once there are `batch`; a_second None: any number."""

    def __init__(self, a_second: float | None, batch: int = 1) -> None:
        self._a_second, self._batch = a_second, batch
        self._time: float | None = None
        self._left = LEAST_AT_ONCE

    def at(self, time: float) -> int | None:
        """How many are allowed in the frame at this time, in seconds, ascending; None: all."""
        if self._a_second is None:
            return None
        earned = 0.0 if self._time is None else self._a_second * max(0.0, time - self._time)
        self._left = min(self._left, max(LEAST_AT_ONCE - earned, self._batch - 1)) + earned
        self._time = time
        allowed = int(self._left + 1e-6)
        return allowed if allowed >= self._batch else 0

    def take(self, count: int) -> None:
        """So many were done; more than were allowed are made up for by fewer later."""
        self._left = max(self._left - count, -(self._a_second or 0.0))


class Room:
    """How many of one kind of work there is room for in one frame: `most`, or as many as take about so many seconds of this thread's
    processor time, by what they took lately, where these are fewer; one at least. None: no limit."""

    def __init__(self, most: int | None, seconds: float | None, clock: Callable[[], float] = time.thread_time) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._each = 0.0

    @property
    def left(self) -> int | None:
        """How many may be done in a frame."""
        if self._most is None or self._seconds is None or self._most * self._each <= self._seconds:
            return self._most
        return max(1, round(self._seconds / self._each))

    @contextmanager
    def used_by(self, count: int) -> Iterator[None]:
        """Measure what so many take."""
        begun = self._clock()
        yield
        if count:
            each = (self._clock() - begun) / count
            # once by far more says little: a model plans for a size of batch that is new to it
            usual = min(each, 2 * self._each) if self._each else each
            self._each += (usual - self._each) * (LATELY if self._each else 1.0)


def least(*rooms: int | None) -> int | None:
    """The smallest of several numbers, None standing for any."""
    known = [room for room in rooms if room is not None]
    return min(known, default=None)
