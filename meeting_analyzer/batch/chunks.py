"""A recording cut into chunks of presentation time, and which of its pictures are looked at.

The cut follows from the file and the settings alone, never from who works on it: that is why the results do not depend on
the number of workers, and why a chunk that is done stays done.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..sources.index import FileIndex, Flags, Stamps

SHORTEST, LONGEST = 60.0, 180.0
"""Seconds of a chunk. Each begins by knowing nothing: tiles, names and everybody's face are looked for once more, which for 25
people is as much work as some seconds of the recording after that; a run that is killed loses what it has done of a chunk."""
PIECES = 16
"""Chunks that a recording has at least where that does not make them shorter than SHORTEST, so that many cores share it."""
LAST = 2
"""Usual lengths at the end that are cut into shorter chunks: a worker that is done has not long to wait for the others then, and
little is left for the sequential pass."""
LATER = 0.2
"""How much later, in sampling intervals, a picture may be that is analysed in place of the first one of an interval."""
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Chunk:
    """The pictures shown from `start` to before `end` (seconds from the first picture; infinite for the last chunk).

    key: the keyframe's stamp that decoding begins at, None for the beginning of the file. stamps: those of its pictures,
    ascending, none where the file does not tell; frame: number of the first of them in the file; spare: of each of them,
    whether no other picture is made from it, none where nobody knows.
    """

    number: int
    start: float
    end: float
    key: int | None
    frame: int
    stamps: Stamps
    spare: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True)
class Span:
    """Chunks that one worker decodes in one go: one chunk, or several where decoding cannot begin in between."""

    first: float
    base: tuple[int, int]
    chunks: tuple[Chunk, ...]
    open_end: bool = False
    """Whether chunks go on after these, as many as the file turns out to have."""


def cell(time: float, fps: float) -> int:
    """Number of the sampling interval that a time lies in."""
    return math.floor((time + SLACK) * fps)


def usual_length(duration: float | None) -> float:
    """Seconds of a chunk of a recording that lasts so many seconds; None: nobody knows."""
    return min(max(SHORTEST, (duration or 0.0) / PIECES), LONGEST)


def cut(index: FileIndex, seconds: float | None = None) -> list[Span]:
    """The chunks of a file, in order, in the pieces in which they can be decoded; by default of the usual length and, towards the
    end, half of it, but for SHORTEST.

    A chunk begins at the first keyframe after its time, so that nothing is decoded twice; where the next keyframe is further
    than half a chunk away, it begins at its time itself.
    """
    none = np.zeros(0, np.int64)
    usual = usual_length(index.duration)
    if not index.seekable:
        return [Span(index.first, (1, 1), (Chunk(0, 0.0, seconds or usual, None, 0, none),), open_end=True)]
    times, key_times = index.times(index.stamps), index.times(index.keys)
    last = float(times[-1])
    pieces = _equal(seconds, last) if seconds else _shorter_at_the_end(usual, last)
    starts, lengths = [0.0], [math.inf]
    for nominal, length in pieces:
        at = bisect.bisect_left(key_times, nominal - SLACK)
        near = at < len(key_times) and key_times[at] < nominal + length / 2
        start = float(key_times[at]) if near else nominal
        if start > starts[-1] and start <= times[-1]:
            starts.append(start)
            lengths.append(length)
    ends = [*starts[1:], math.inf]
    spans: list[list[Chunk]] = []
    for number, (start, end, length) in enumerate(zip(starts, ends, lengths, strict=True)):
        low, high = int(np.searchsorted(times, start)), int(np.searchsorted(times, end))
        at = int(np.searchsorted(key_times, start, side="right")) - 1
        key = int(index.keys[at]) if number and at >= 0 else None
        chunk = Chunk(number, start, end, key, low, index.stamps[low:high], index.spare[low:high])
        # decoding up to the chunk would cost more than half of the chunk again: better go on from the one before
        far = number > 0 and (key is None or start - float(key_times[at]) > length / 2)
        if far:
            spans[-1].append(chunk)
        else:
            spans.append([chunk])
    return [Span(index.first, index.base, tuple(chunks)) for chunks in spans]


def _equal(seconds: float, until: float) -> Iterator[tuple[float, float]]:
    """When the chunks but the first begin, and their lengths, in seconds."""
    number = 1
    while number * seconds <= until:
        yield number * seconds, seconds
        number += 1


def _shorter_at_the_end(seconds: float, until: float) -> Iterator[tuple[float, float]]:
    """The same, with the last ones about half as long, but for SHORTEST."""
    begin = seconds * max(0, math.ceil(until / seconds - SLACK) - LAST)
    yield from _equal(seconds, begin)
    count = max(1, round((until - begin) / max(SHORTEST, seconds / 2)))
    length = (until - begin) / count
    for number in range(1, count):
        yield begin + number * length, length


def needed(chunk: Chunk, span: Span, fps: float | None) -> dict[int, int] | None:
    """Stamps of the pictures that are analysed for certain, by their sampling intervals; None means all of them.

    Of each interval it is the first picture, or one that follows soon if nothing is made from the first and something from that
    one: it is decoded anyway.
    """
    if fps is None or not len(chunk.stamps):
        return None
    at = (chunk.stamps * span.base[0] / span.base[1] - span.first + SLACK) * fps
    cells = np.floor(at)
    first = np.flatnonzero(np.diff(cells, prepend=-1) > 0)
    others = np.flatnonzero(~chunk.spare)
    if len(others):
        other = others[np.minimum(np.searchsorted(others, first), len(others) - 1)]
        soon = (other >= first) & (cells[other] == cells[first]) & (at[other] - at[first] <= LATER + SLACK)
        first = np.where(soon, other, first)
    return dict(zip(cells[first].astype(int).tolist(), chunk.stamps[first].tolist(), strict=True))


def analyses(index: FileIndex, fps: float | None) -> int | None:
    """How many pictures will be analysed, but for scene changes; None where the file does not tell."""
    if not index.seekable:
        return None if fps is None or index.info.duration is None else math.ceil(index.info.duration * fps)
    return len(index.stamps) if fps is None else len(np.unique(np.floor((index.times(index.stamps) + SLACK) * fps)))
