"""Events worth a teacher's glance, from the moments in time order; docs/events.md says what each means.

Every kind has its own hysteresis: somebody who was named must first stop before being named again. `desk.py` groups what
happens together and limits how often a kind speaks. The same moments give the same events.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import EventSettings
from ..types import UNCERTAIN, Event, Moment, Signals
from .attendance import JOINED_AFTER, LEFT_AFTER, Attendance
from .desk import Desk, Say
from .sentences import called, lasting, said, within

NAMED_AGAIN = 300.0
"""Least seconds before the same person is named again for the same thing."""
LASTING = 20.0
"""Seconds for which many must look away together."""
SAD = ("sad", UNCERTAIN)
SAD_OVER = 8.0
"""Time constant in seconds over which the share of a face's time that it appears sad or uncertain is averaged."""
SAD_FROM, SAD_UNTIL = 0.8, 0.4
"""Share from which a face has turned sad or uncertain, and below which it may turn so again."""
GATHER = 10.0
"""Seconds for which those who are enough for an event wait for more."""
LEAST_FACES = 3
"""Faces without which nothing is said of the class."""
MOOD_FAST, MOOD_SLOW = 15.0, 240.0
"""Time constants in seconds of the class's mood now and of what it is compared with."""
WARM_UP = 60.0
"""Seconds of a call before its mood is compared with anything."""
LONGEST_STEP = 5.0
"""Most seconds that one moment stands for in an average."""


class Average:
    """An exponential average over time. A new one takes its first value as it is."""

    def __init__(self, time_constant: float) -> None:
        self._constant = time_constant
        self.value: float | None = None
        self.seconds = 0.0

    def add(self, value: float, step: float) -> float:
        """Take a value that stands for `step` seconds."""
        self.seconds += step
        if self.value is None:
            self.value = value
        else:
            self.value += (1 - math.exp(-step / self._constant)) * (value - self.value)
        return self.value


@dataclass(slots=True)
class _Face:
    """How one participant's expression goes."""

    share: Average
    sad: bool
    seen: float


class EventMaker:
    """Notices events. `update` is called once a frame, in time order; a time that jumps back starts afresh."""

    def __init__(self, settings: EventSettings) -> None:
        self._settings = settings
        self._fresh()

    def _fresh(self) -> None:
        self._desk = Desk(self._settings.event_pause)
        self._attendance = Attendance()
        self._names: dict[str, str] = {}
        self._time: float | None = None
        self._open: dict[str, set[str]] = {}
        self._named: dict[tuple[str, str], float] = {}
        self._off: deque[tuple[float, str]] = deque()
        self._turned: deque[tuple[float, str]] = deque()
        self._faces: dict[str, _Face] = {}
        self._many_since: float | None = None
        self._many_told = False
        self._fast, self._slow = Average(MOOD_FAST), Average(MOOD_SLOW)
        self._mood_told = 0

    def update(self, moment: Moment) -> tuple[Event, ...]:
        """What is noticed at this moment, its own `events` aside."""
        if self._settings.events == "off":
            return ()
        if self._time is not None and moment.time < self._time:
            self._fresh()
        step = 0.0 if self._time is None else min(LONGEST_STEP, moment.time - self._time)
        self._time = moment.time
        for tile in moment.tiles:
            if tile.participant is not None and tile.name:
                self._names[tile.participant] = tile.name
        self._attend(moment)
        self._watch(moment)
        self._watch_many(moment)
        if moment.mode == "emotion":
            self._watch_expressions(moment, step)
            self._watch_mood(moment, step)
        events = self._desk.due(moment.time, moment.frame)
        for event in events:
            # who was named is not counted for the next one
            if event.kind == "cameras_off":
                self._off = _without(self._off, event.participants)
            elif event.kind == "turned_sad":
                self._turned = _without(self._turned, event.participants)
        return events

    def finish(self, frame: int) -> tuple[Event, ...]:
        """What still waited for others or for its turn when the call ended with this frame."""
        return self._desk.rest(frame)

    def _say(self, one: str, many: str) -> Say:
        def say(people: Sequence[str], named: bool) -> str:
            return said([called(who, self._names.get(who) if named else None) for who in people], one, many)

        return say

    def _attend(self, moment: Moment) -> None:
        """Joined, left, cameras that went off."""
        changes, wanted, time = self._attendance.update(moment), self._settings, moment.time
        if wanted.join_leave == "on":
            for kind, people, patience, one, many in (
                ("joined", changes.joined, JOINED_AFTER, "{who} joined", "{count} participants joined"),
                ("came_back", changes.back, JOINED_AFTER, "{who} came back", "{count} participants came back"),
                ("left", changes.left, LEFT_AFTER, "{who} left", "{count} participants left"),
            ):
                if people:
                    self._desk.report(kind, people, time - patience, time, self._say(one, many))
        self._off.extend((time, who) for who in changes.cameras_off)
        on = {*changes.cameras_on}
        self._off = deque(
            (when, who) for when, who in self._off if time - when <= wanted.event_window and who not in on
        )
        people = tuple(dict.fromkeys(who for _, who in self._off))
        if wanted.cameras_off and len(people) >= wanted.cameras_off:
            one = f"{{who}}'s camera went off {within(wanted.event_window)}"
            many = f"{{count}} cameras went off {within(wanted.event_window)}"
            self._desk.report("cameras_off", people, self._off[0][0], time, self._say(one, many), GATHER)

    def _watch(self, moment: Moment) -> None:
        """What one participant has done for long."""
        wanted = self._settings
        long, short, empty = (lasting(s) for s in (wanted.away_after, wanted.drowsy_after, wanted.nobody_after))
        self._lasting(
            "looking_away",
            wanted.away_after,
            [(s, s.away_for) for s in moment.signals],
            moment.time,
            f"{{who}} appears to have looked away from the camera for {long}",
            f"{{count}} participants appear to have looked away from the camera for {long}",
        )
        self._lasting(
            "drowsy",
            wanted.drowsy_after,
            [(s, s.closed_for) for s in moment.signals],
            moment.time,
            f"{{who}}'s eyes appear to have been closed for {short}",
            f"{{count}} participants' eyes appear to have been closed for {short}",
        )
        self._lasting(
            "nobody",
            wanted.nobody_after,
            [(s, s.nobody_for) for s in moment.signals],
            moment.time,
            f"nobody appears in front of {{who}}'s camera for {empty} now",
            f"nobody appears in front of {{count}} cameras for {empty} now",
        )

    def _lasting(
        self, kind: str, after: float, lasts: Sequence[tuple[Signals, float]], time: float, one: str, many: str
    ) -> None:
        """Report who has done something for `after` seconds; each once until it has stopped."""
        if not after:
            return
        told = self._open.setdefault(kind, set())
        for signal, seconds in lasts:
            who = signal.participant
            if not seconds:
                if who in told:
                    told.discard(who)
                    self._desk.withdraw(kind, (who,))
            elif seconds >= after and who not in told:
                told.add(who)
                if time - self._named.get((kind, who), -math.inf) >= NAMED_AGAIN:
                    self._named[kind, who] = time
                    self._desk.report(kind, (who,), time - seconds, time, self._say(one, many))

    def _watch_many(self, moment: Moment) -> None:
        """Many who look away together."""
        share, time = self._settings.away_share, moment.time
        visible = [s for s in moment.signals if s.face_present]
        away = [s.participant for s in visible if s.looking_away]
        enough = max(float(LEAST_FACES), share * len(visible))
        if not share or len(away) < enough - 1:
            self._many_since, self._many_told = None, False
        if not share or len(away) < enough:
            return
        if self._many_since is None:
            self._many_since = time
        if time - self._many_since >= LASTING and not self._many_told:
            self._many_told = True
            text = f"{len(away)} of {len(visible)} visible participants appear to look away from the camera"
            self._desk.report("many_looking_away", away, self._many_since, time, lambda people, named: text)

    def _watch_expressions(self, moment: Moment, step: float) -> None:
        """Faces that turn sad or uncertain within the window."""
        wanted, time, visible = self._settings, moment.time, 0
        for tile in moment.tiles:
            labels = [face.label for face in tile.faces if face.label is not None]
            if tile.participant is None or not labels:
                continue
            visible += 1
            looks = sum(label in SAD for label in labels) / len(labels)
            face = self._faces.get(tile.participant)
            if face is None or time - face.seen > LONGEST_STEP + step:
                # what it was before is not known, so it has not turned
                self._faces[tile.participant] = _Face(Average(SAD_OVER), True, time)
                continue
            face.seen = time
            share = face.share.add(looks, step)
            if face.sad and share < SAD_UNTIL and face.share.seconds > SAD_OVER:
                face.sad = False
            elif not face.sad and share > SAD_FROM:
                face.sad = True
                self._turned.append((time, tile.participant))
        while self._turned and time - self._turned[0][0] > wanted.event_window:
            self._turned.popleft()
        people = tuple(dict.fromkeys(who for _, who in self._turned if self._faces[who].sad))
        if wanted.turned_sad and len(people) >= max(wanted.turned_sad, visible / 4):
            one = f"{{who}} turned to appear sad or uncertain {within(wanted.event_window)}"
            many = f"{{count}} faces turned to appear sad or uncertain {within(wanted.event_window)}"
            self._desk.report("turned_sad", people, self._turned[0][0], time, self._say(one, many), GATHER)

    def _watch_mood(self, moment: Moment, step: float) -> None:
        """The class's mood against that of its last minutes."""
        mood, limit = moment.mood, self._settings.mood_change
        if not limit or mood is None or mood.valence is None or mood.faces < LEAST_FACES:
            return
        fast, slow = self._fast.add(mood.valence, step), self._slow.add(mood.valence, step)
        change = fast - slow
        if abs(change) < limit / 2:
            self._mood_told = 0
        direction = 1 if change > 0 else -1
        if abs(change) < limit or self._mood_told == direction or self._slow.seconds < WARM_UP:
            return
        self._mood_told = direction
        kind, verb = ("mood_rose", "brighter") if change > 0 else ("mood_dropped", "gloomier")
        text = f"The class appears {verb} than in the last minutes (valence {fast:+.2f} after {slow:+.2f})"
        self._desk.report(kind, (), moment.time, moment.time, lambda people, named: text)


def _without(times: deque[tuple[float, str]], people: Sequence[str]) -> deque[tuple[float, str]]:
    return deque((time, who) for time, who in times if who not in people)
