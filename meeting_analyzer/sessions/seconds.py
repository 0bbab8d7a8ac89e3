"""Second by second: what the store, the tables and the report keep of a call.

Moments come at any rate; everything that is counted over time is counted per second of the source's clock. One pass
makes these values, whole numbers only (milliseconds, ten-thousandths), and store, CSV and report all take the same
ones: a report made from the store years later says what the first one said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..types import EMOTIONS, UNCERTAIN, Attention, Moment, Signals, Tile

LABELS: tuple[str, ...] = (*EMOTIONS, UNCERTAIN)
SCALE = 10_000
"""Probabilities and valence are kept in ten-thousandths, the record's four decimals."""
LONGEST_GAP = 5.0
"""Seconds a moment stands for at most (a paused run is not counted), unless frames are wanted more seldom."""
AWAY_YAW, AWAY_PITCH = 30.0, 25.0
"""Degrees from which a face looks away from the screen, where the moment has no steadied signals."""

PRESENT, CAMERA, SPEAKING, FACE, POSE, AWAY, EYES, CLOSED, LABELLED = range(9)
_WEIGHT = LABELLED + len(LABELS)
_EMOTION = _WEIGHT + 1
_PERSON = _EMOTION + len(EMOTIONS)
_INDEX = {label: LABELLED + number for number, label in enumerate(LABELS)}
TIME, TILES, FACES, OFF, CLASS_AWAY, VALENCE, VALENCE_TIME = range(7)
_CLASS_LABELLED = 7
_CLASS_WEIGHT = _CLASS_LABELLED + len(LABELS)
_CLASS_EMOTION = _CLASS_WEIGHT + 1
_CLASS = _CLASS_EMOTION + len(EMOTIONS)


def looks_away(attention: Attention) -> bool:
    """Whether a head is turned away from the screen."""
    return abs(attention.yaw) > AWAY_YAW or abs(attention.pitch) > AWAY_PITCH


@dataclass(frozen=True, slots=True)
class PersonSecond:
    """One participant in one second.

    times: milliseconds present, camera on, speaking, face seen, head pose known, looking away, face large enough to see
    the eyes, eyes closed (PRESENT .. CLOSED); labels: milliseconds with each of LABELS, several faces in one tile share it;
    emotion: mean probabilities in ten-thousandths, or None where no face was classified.
    """

    participant: str
    times: tuple[int, ...]
    labels: tuple[int, ...]
    emotion: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Second:
    """The class in one second of the source's clock.

    second: the whole second; frames: moments that began in it; time: milliseconds of it that moments stand for; tiles,
    faces, cameras_off, looking_away: counts summed over milliseconds (divide by `time` for the mean); labels: likewise,
    faces with each of LABELS; valence, emotion: means in ten-thousandths or None.
    """

    second: int
    frames: int
    time: int
    tiles: int
    faces: int
    cameras_off: int
    looking_away: int
    labels: tuple[int, ...]
    valence: int | None
    valence_time: int
    emotion: tuple[int, ...] | None
    people: tuple[PersonSecond, ...] = ()


class Seconds:
    """Moments in time order in, finished seconds out.

    A moment stands for the time until the next one, at most LONGEST_GAP seconds; the last for as long as the one before
    it, a single one for a second. names: the newest name read of each participant, in the order in which they came.
    """

    def __init__(self) -> None:
        self.names: dict[str, str | None] = {}
        self._open: dict[int, _Sums] = {}
        self._pending: Moment | None = None
        self._gap: float | None = None
        self._reached = -math.inf

    def add(self, moment: Moment) -> list[Second]:
        """Take the next moment; returns the seconds that can no longer change."""
        pending = self._pending
        start = max(moment.time, self._reached)
        if pending is not None:
            gap = start - self._reached
            if self._gap is not None:
                gap = min(gap, max(LONGEST_GAP, 2 * self._gap))
            self._count(pending, self._reached, gap)
            self._gap = gap
        self._pending, self._reached = moment, start
        return self._take(math.floor(start))

    def finish(self) -> list[Second]:
        """Count the last moment; returns the seconds that are left. Nothing may be added afterwards."""
        if self._pending is not None:
            self._count(self._pending, self._reached, self._gap or 1.0)
            self._pending = None
        return self._take(None)

    def _take(self, before: int | None) -> list[Second]:
        done = sorted(second for second in self._open if before is None or second < before)
        return [self._open.pop(second).value(second) for second in done]

    def _count(self, moment: Moment, start: float, gap: float) -> None:
        for tile in moment.tiles:
            if tile.participant is not None:
                self.names[tile.participant] = tile.name or self.names.get(tile.participant)
        for number, (second, seconds) in enumerate(_parts(start, gap)):
            sums = self._open.get(second)
            if sums is None:
                sums = self._open[second] = _Sums()
            sums.frames += number == 0
            sums.add(moment, seconds * 1000)


def _parts(start: float, gap: float) -> Iterable[tuple[int, float]]:
    """The seconds that start..start+gap lies in, each with how much of it, in seconds."""
    end = start + gap
    second = math.floor(start)
    if gap <= 0 or end <= second + 1:
        yield second, gap
        return
    while start < end:
        until = min(end, second + 1)
        yield second, until - start
        start, second = until, second + 1


class _Sums:
    """One second that is being counted, in milliseconds as floating-point numbers."""

    __slots__ = ("frames", "people", "whole")

    def __init__(self) -> None:
        self.frames = 0
        self.whole = [0.0] * _CLASS
        self.people: dict[str, list[float]] = {}

    def add(self, moment: Moment, ms: float) -> None:
        whole = self.whole
        whole[TIME] += ms
        whole[TILES] += ms * len(moment.tiles)
        if (mood := moment.mood) is not None:
            whole[FACES] += ms * mood.faces
            whole[OFF] += ms * mood.cameras_off
            whole[CLASS_AWAY] += ms * mood.looking_away
            if mood.valence is not None and math.isfinite(mood.valence):
                whole[VALENCE] += ms * mood.valence
                whole[VALENCE_TIME] += ms
            if mood.emotion is not None and all(map(math.isfinite, mood.emotion)):
                whole[_CLASS_WEIGHT] += ms
                for number, p in enumerate(mood.emotion, _CLASS_EMOTION):
                    whole[number] += ms * p
        signals = {signal.participant: signal for signal in moment.signals}
        shift = _CLASS_LABELLED - LABELLED
        for tile in moment.tiles:
            for face in tile.faces:
                if face.label is not None:
                    whole[_INDEX[face.label] + shift] += ms
            if tile.participant is not None:
                row = self.people.get(tile.participant)
                if row is None:
                    row = self.people[tile.participant] = [0.0] * _PERSON
                _add_tile(row, tile, ms)
                _add_attention(row, tile, signals.get(tile.participant), ms)

    def value(self, second: int) -> Second:
        whole = self.whole
        ms = [round(value) for value in whole[:_CLASS_WEIGHT]]
        known = whole[VALENCE_TIME]
        return Second(
            second,
            self.frames,
            ms[TIME],
            ms[TILES],
            ms[FACES],
            ms[OFF],
            ms[CLASS_AWAY],
            tuple(ms[_CLASS_LABELLED:]),
            round(whole[VALENCE] / known * SCALE) if known > 0 else None,
            ms[VALENCE_TIME],
            _mean(whole[_CLASS_WEIGHT], whole[_CLASS_EMOTION:]),
            tuple(
                PersonSecond(
                    who,
                    tuple(round(value) for value in row[:LABELLED]),
                    tuple(round(value) for value in row[LABELLED:_WEIGHT]),
                    _mean(row[_WEIGHT], row[_EMOTION:]),
                )
                for who, row in self.people.items()
            ),
        )


def _add_tile(row: list[float], tile: Tile, ms: float) -> None:
    row[PRESENT] += ms
    if tile.kind == "video":
        row[CAMERA] += ms
    if tile.speaking:
        row[SPEAKING] += ms
    if not tile.faces:
        return
    row[FACE] += ms
    part = ms / len(tile.faces)
    for face in tile.faces:
        if face.label is not None:
            row[_INDEX[face.label]] += part
        if face.emotion is not None and all(map(math.isfinite, face.emotion)):
            row[_WEIGHT] += part
            for number, p in enumerate(face.emotion, _EMOTION):
                row[number] += part * p


def _add_attention(row: list[float], tile: Tile, signal: Signals | None, ms: float) -> None:
    """Where somebody looked: as the timeline steadied it, or from the heads' poses alone."""
    poses = [(face.attention, face.eyes_known) for face in tile.faces if face.attention is not None]
    if signal is not None:
        if poses or signal.looking_away or signal.eyes_closed:
            row[POSE] += ms
        if signal.eyes_closed or any(face.eyes_known for face in tile.faces):
            row[EYES] += ms
        row[AWAY] += ms * signal.looking_away
        row[CLOSED] += ms * signal.eyes_closed
        return
    for pose, eyes in poses:
        part = ms / len(tile.faces)
        row[POSE] += part
        row[AWAY] += part * looks_away(pose)
        row[EYES] += part * (eyes or pose.eyes_closed)
        row[CLOSED] += part * pose.eyes_closed


def _mean(weight: float, sums: list[float]) -> tuple[int, ...] | None:
    return tuple(round(value / weight * SCALE) for value in sums) if weight > 0 else None
