"""What the side window and the browser source tell of the last ten minutes: mood, events, and who may need attention."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..types import EMOTIONS, Event, Frame, Mode, Moment, Mood, Signals, Tile
from .base import Output

SPAN = 600
"""Seconds that are kept."""
STEP = 5
"""Seconds that one value of the chart stands for."""
GRACE = 3.0
"""Seconds for which a state may flicker without having ended."""
RECENT = 60.0
"""Seconds for which an event is a reason to look at somebody."""
REASONS: dict[str, tuple[str, float]] = {
    "closed": ("eyes closed", 5.0),
    "away": ("looking away", 10.0),
    "no face": ("no face in the picture", 20.0),
    "off": ("camera off", 60.0),
}
"""What may be a reason to look at somebody, the gravest first: its words, and the seconds after which it is said."""
NOTICED = {
    "looking_away": "looked away for long",
    "drowsy": "eyes were closed",
    "nobody": "nobody was there",
    "turned_sad": "turned to appear sad or uncertain",
    "cameras_off": "camera went off",
    "joined": "joined",
    "came_back": "came back",
    "left": "left",
}
"""The kinds of events about somebody, in the words of a reason; none names anybody."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Somebody who may need attention: id, name as it was read (untrusted) or None, reason, and for how many seconds."""

    participant: str
    name: str | None
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Overview:
    """The class now and lately.

    shares: mean probabilities of EMOTIONS per STEP seconds, float (n, 7), the newest last, NaN where nothing was
    classified; valence: likewise (n,) in -1..1; events: those of the last SPAN seconds, the newest first; marks: times.
    """

    time: float
    mood: Mood | None
    mode: Mode
    shares: npt.NDArray[np.float64]
    valence: npt.NDArray[np.float64]
    concerns: tuple[Concern, ...]
    events: tuple[Event, ...]
    marks: tuple[float, ...]


class History(Output):
    """Collects moments; `overview` may be called from any thread. It is no reason to analyse by itself."""

    watched = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moment: Moment | None = None
        self._sums: dict[int, npt.NDArray[np.float64]] = {}
        self._events: deque[Event] = deque(maxlen=200)
        self._marks: deque[float] = deque(maxlen=100)
        self._since: dict[tuple[str, str], tuple[float, float]] = {}
        self._names: dict[str, str | None] = {}
        self.version = 0
        """Grows with every moment."""

    def write(self, frame: Frame, moment: Moment) -> None:
        """Take one moment."""
        with self._lock:
            self._moment = moment
            self.version += 1
            mood = moment.mood
            if mood is not None and mood.emotion is not None and mood.valence is not None:
                at = int(moment.time // STEP)
                values = self._sums.setdefault(at, np.zeros(len(EMOTIONS) + 2))
                values += (*mood.emotion, mood.valence, 1.0)
                for old in [key for key in self._sums if key <= at - SPAN // STEP]:
                    del self._sums[old]
            self._events.extend(moment.events)
            self._look_at(moment)

    def mark(self, time: float) -> None:
        """Remember a time that was marked."""
        with self._lock:
            self._marks.append(time)
            self.version += 1

    def overview(self) -> Overview:
        """The class as of the last moment."""
        with self._lock:
            moment = self._moment or Moment(0.0, 0, (0, 0))
            last = int(moment.time // STEP)
            rows = np.full((SPAN // STEP, len(EMOTIONS) + 1), np.nan)
            for at, sums in self._sums.items():
                row = at - last + len(rows) - 1
                if 0 <= row < len(rows):
                    rows[row] = sums[:-1] / sums[-1]
            begin = moment.time - SPAN
            return Overview(
                moment.time,
                moment.mood,
                moment.mode,
                rows[:, :-1],
                rows[:, -1],
                tuple(self._concerns(moment.time)),
                tuple(event for event in reversed(self._events) if event.time >= begin),
                tuple(time for time in self._marks if time >= begin),
            )

    def close(self) -> None:
        """Nothing is held."""

    def _look_at(self, moment: Moment) -> None:
        signals = {signal.participant: signal for signal in moment.signals}
        for tile in moment.tiles:
            who = tile.participant
            if who is None:
                continue
            self._names[who] = tile.name or self._names.get(who)
            reason, lasting = _reason(tile, signals.get(who))
            if reason is not None:
                since, _ = self._since.get((who, reason), (moment.time, 0.0))
                self._since[who, reason] = min(since, moment.time - lasting), moment.time
        ended = [key for key, (_, last) in self._since.items() if moment.time - last > GRACE]
        for key in ended:
            del self._since[key]

    def _concerns(self, now: float) -> list[Concern]:
        found: dict[str, Concern] = {}
        for reason, (words, least) in REASONS.items():
            longest = sorted((since, who) for (who, why), (since, _) in self._since.items() if why == reason)
            for since, who in longest:
                if now - since >= least and who not in found:
                    found[who] = Concern(who, self._names.get(who), words, now - since)
        for event in reversed(self._events):
            noticed = NOTICED.get(event.kind)
            if noticed is None or now - event.time > RECENT or len(event.participants) > 3:
                continue
            for who in event.participants:
                found.setdefault(who, Concern(who, self._names.get(who), noticed, now - event.time))
        return list(found.values())


def _reason(tile: Tile, signals: Signals | None) -> tuple[str | None, float]:
    """What there is to say of a participant at this moment, as a key of REASONS, and for how many seconds it has been so."""
    if tile.kind == "off":
        return "off", 0.0
    if signals is None:
        return None, 0.0
    if signals.eyes_closed:
        return "closed", signals.closed_for
    if signals.looking_away:
        return "away", signals.away_for
    return ("no face", signals.nobody_for) if signals.nobody_for else (None, 0.0)
