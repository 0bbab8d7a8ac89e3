"""Mood minute by minute and totals of every participant, added up moment by moment.

A moment stands for the time until the next one, at most LONGEST_GAP seconds: time in which nothing was analysed counts for
nobody. Memory grows by one row a minute and one a participant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..config import EventSettings
from ..types import EMOTIONS, UNCERTAIN, Moment, Mood, Signals, Tile
from .attention import AttentionTracker
from .events import EventMaker

LONGEST_GAP = 5.0
"""Seconds a moment stands for at most, unless frames come more seldom all the time."""
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class MinuteMood:
    """The class in one minute, averaged over the time that was seen.

    start: seconds; seconds: how much of the minute was seen; emotion: mean probabilities of EMOTIONS and valence (-1..1)
    over the time in which faces were classified, None where none was; faces, cameras_off, looking_away: mean numbers.
    """

    start: float
    seconds: float
    emotion: tuple[float, ...] | None
    valence: float | None
    faces: float
    cameras_off: float
    looking_away: float


@dataclass(slots=True)
class Totals:
    """Seconds of one participant. expressions: by label ("uncertain" among them), only while a face was classified."""

    id: str
    name: str | None = None
    first_seen: float = 0.0
    last_seen: float = 0.0
    seen: float = 0.0
    camera_on: float = 0.0
    face_present: float = 0.0
    looking_away: float = 0.0
    eyes_closed: float = 0.0
    speaking: float = 0.0
    expressions: dict[str, float] = field(default_factory=dict)

    @property
    def shares(self) -> dict[str, float]:
        """Share of each label in the time with a classified face, greatest first; empty where there is none."""
        whole = sum(self.expressions.values())
        ordered = sorted(self.expressions.items(), key=lambda item: -item[1])
        return {label: seconds / whole for label, seconds in ordered} if whole > 0 else {}

    @property
    def dominant(self) -> str | None:
        """The expression that appeared longest, "uncertain" aside; None where none was named."""
        named = {label: seconds for label, seconds in self.expressions.items() if label in EMOTIONS and seconds > 0}
        return max(named, key=lambda label: named[label]) if named else None

    @property
    def uncertain_share(self) -> float | None:
        """Share of the time with a classified face in which no expression could be named; None where there is no such time."""
        return self.shares.get(UNCERTAIN, 0.0) if self.expressions else None

    def add(self, tile: Tile, signals: Signals, start: float, seconds: float) -> None:
        """Count `seconds` from `start` on."""
        self.name = tile.name or self.name
        self.last_seen = start + seconds
        self.seen += seconds
        self.camera_on += seconds * signals.camera_on
        self.face_present += seconds * signals.face_present
        self.looking_away += seconds * signals.looking_away
        self.eyes_closed += seconds * signals.eyes_closed
        self.speaking += seconds * signals.speaking
        labels = [face.label for face in tile.faces if face.label is not None]
        for label in labels:
            self.expressions[label] = self.expressions.get(label, 0.0) + seconds / len(labels)


@dataclass(slots=True)
class _Minute:
    """Sums over one minute: seconds, and counts and probabilities times seconds."""

    seconds: float = 0.0
    classified: float = 0.0
    emotion: list[float] = field(default_factory=lambda: [0.0] * len(EMOTIONS))
    valence: float = 0.0
    faces: float = 0.0
    cameras_off: float = 0.0
    looking_away: float = 0.0

    def add(self, mood: Mood | None, seconds: float) -> None:
        self.seconds += seconds
        if mood is None:
            return
        self.faces += mood.faces * seconds
        self.cameras_off += mood.cameras_off * seconds
        self.looking_away += mood.looking_away * seconds
        if mood.emotion is not None and mood.valence is not None:
            self.classified += seconds
            self.valence += mood.valence * seconds
            self.emotion = [total + p * seconds for total, p in zip(self.emotion, mood.emotion, strict=True)]

    def mean(self, start: float) -> MinuteMood:
        known, whole = self.classified, self.seconds
        return MinuteMood(
            start,
            whole,
            tuple(total / known for total in self.emotion) if known else None,
            self.valence / known if known else None,
            self.faces / whole if whole else 0.0,
            self.cameras_off / whole if whole else 0.0,
            self.looking_away / whole if whole else 0.0,
        )


class CallSummary:
    """Takes a call's moments in time order; ask it at any time. Moments without signals (read from records) get them here."""

    def __init__(self) -> None:
        self._minutes: dict[int, _Minute] = {}
        self._people: dict[str, Totals] = {}
        self._tracker = AttentionTracker()
        self._pending: Moment | None = None
        self._gap: float | None = None
        self._origin = 0.0

    def add(self, moment: Moment) -> None:
        """Take the next moment. One from before the last is counted, the time between is not."""
        if not moment.signals and moment.tiles:
            moment = replace(moment, signals=self._tracker.update(moment.tiles, moment.time)[0])
        if self._pending is None:
            self._origin = moment.time
        else:
            gap = max(0.0, moment.time - self._pending.time)
            usual = gap if self._gap is None else self._gap
            self._count(self._pending, min(gap, max(LONGEST_GAP, 2 * usual)))
            self._gap = gap
        self._pending = moment

    def finish(self) -> None:
        """Count the last moment for as long as the one before it. Idempotent."""
        if self._pending is not None:
            self._count(self._pending, min(1.0 if self._gap is None else self._gap, LONGEST_GAP))
        self._pending = None

    @property
    def minutes(self) -> list[MinuteMood]:
        """Every minute in which something was seen, in order; they are counted from the first moment on."""
        return [self._minutes[i].mean(self._origin + MINUTE * i) for i in sorted(self._minutes)]

    @property
    def participants(self) -> list[Totals]:
        """In the order in which they were first seen."""
        return list(self._people.values())

    def _count(self, moment: Moment, seconds: float) -> None:
        for number, part in _minutes(moment.time - self._origin, seconds):
            self._minutes.setdefault(number, _Minute()).add(moment.mood, part)
        tiles = {tile.participant: tile for tile in moment.tiles}
        for signals in moment.signals:
            who = signals.participant
            person = self._people.setdefault(who, Totals(who, first_seen=moment.time))
            person.add(tiles[who], signals, moment.time, seconds)


def _minutes(start: float, seconds: float) -> Iterator[tuple[int, float]]:
    """The minutes that `seconds` from `start` on lie in, each with its part of them."""
    while True:
        number = int(start // MINUTE)
        part = min(seconds, MINUTE * (number + 1) - start)
        yield number, part
        start, seconds = MINUTE * (number + 1), seconds - part
        if seconds <= 0:
            return


def replay(moments: Iterable[Moment], settings: EventSettings | None = None) -> Iterator[Moment]:
    """Moments of one call, read from its records, with signals and events as the timeline gave them."""
    tracker, maker = AttentionTracker(), EventMaker(settings or EventSettings())
    for moment in moments:
        signalled = replace(moment, signals=tracker.update(moment.tiles, moment.time)[0])
        yield replace(signalled, events=maker.update(signalled))
