"""What a report needs of a call, collected second by second in memory that does not grow with its length."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..sessions.seconds import (
    AWAY as PERSON_AWAY,
)
from ..sessions.seconds import (
    CAMERA,
    CLOSED,
    EYES,
    FACE,
    LABELLED,
    LABELS,
    LONGEST_GAP,
    POSE,
    PRESENT,
    SCALE,
    SPEAKING,
    PersonSecond,
    Second,
    Seconds,
)
from ..types import Mode, Moment
from .series import Clock, Series, Sums

__all__ = [
    "CAMERA",
    "CLOSED",
    "EYES",
    "FACE",
    "LABELLED",
    "LABELS",
    "LONGEST_GAP",
    "PERSON_AWAY",
    "POSE",
    "PRESENT",
    "SPEAKING",
]

MAX_PARTICIPANTS = 1000
"""Participants that are followed one by one, as many as the largest calls have; later ones count in the class only."""

PARTICIPANT_COLUMNS = LABELLED + len(LABELS)
TIME, FACES, OFF, AWAY, TILES, VALENCE, VALENCE_TIME, POSED, SHUT, CLASS_LABELLED = range(10)
CLASS_COLUMNS = CLASS_LABELLED + len(LABELS)


def share(part: float, whole: float) -> float | None:
    """part / whole in 0..1, or None where there is no whole."""
    return float(part / whole) if whole > 0 else None


@dataclass(slots=True)
class ParticipantSeries:
    """Seconds per bin of one participant: PRESENT .. CLOSED and labelled with each of LABELS."""

    id: str
    name: str | None = None
    series: Series = field(default_factory=lambda: Series(PARTICIPANT_COLUMNS))


class Summary:
    """Takes moments in time order (`add`), or the seconds that a store has kept of them (`add_second`)."""

    def __init__(self) -> None:
        self.frames = 0
        self.mode: Mode | None = None
        self.attention = False
        self._others: set[str] = set()
        self._clock: Clock | None = None
        self._participants: dict[str, ParticipantSeries] = {}
        self._class = Series(CLASS_COLUMNS)
        self._seconds = Seconds()
        self._end = 0.0

    def add(self, moment: Moment) -> None:
        """Take the next moment."""
        self.mode = moment.mode
        for second in self._seconds.add(moment):
            self.add_second(second)

    def finish(self) -> None:
        """Count what is left of the moments. Idempotent; none may be added afterwards."""
        for second in self._seconds.finish():
            self.add_second(second)
        self.name(self._seconds.names)

    def name(self, names: dict[str, str | None]) -> None:
        """Names of participants by id."""
        for who, name in names.items():
            if who in self._participants:
                self._participants[who].name = name

    @property
    def clock(self) -> Clock:
        """The clock of all bins."""
        return self._clock or Clock(0.0)

    @property
    def duration(self) -> float:
        """Seconds from the first second that was seen to the end of the last."""
        return max(0.0, self._end - self.clock.origin)

    @property
    def used(self) -> int:
        """Bins that the duration reaches into."""
        return int(np.ceil(self.duration / self.clock.width - 1e-9))

    @property
    def class_bins(self) -> Sums:
        """Sums per bin of the class: TIME .. SHUT and labels, times seconds."""
        return self._class.bins(self.clock)

    @property
    def participants(self) -> list[ParticipantSeries]:
        """In the order in which they were first seen."""
        return list(self._participants.values())

    @property
    def uncounted(self) -> int:
        """Participants beyond MAX_PARTICIPANTS, of whom only the ids are kept."""
        return len(self._others)

    def add_second(self, second: Second) -> None:
        """Take the next second."""
        if self._clock is None:
            self._clock = Clock(float(second.second))
        length = second.time / 1000
        self.frames += second.frames
        self._end = max(self._end, second.second + length)
        parts = self._clock.parts(second.second, second.second + length)
        pose = sum(person.times[POSE] for person in second.people)
        shut = sum(person.times[CLOSED] for person in second.people)
        self.attention = self.attention or pose > 0
        counts = (second.time, second.faces, second.cameras_off, second.looking_away, second.tiles)
        valence = (second.valence or 0) * second.valence_time / SCALE
        values = np.array((*counts, valence, second.valence_time, pose, shut, *second.labels), np.float64)
        self._class.add(self._clock, parts, values / 1000)
        for person in second.people:
            self._count(person, parts)

    def _count(self, person: PersonSecond, parts: list[tuple[int, float]]) -> None:
        assert self._clock is not None
        who = person.participant
        participant = self._participants.get(who)
        if participant is None:
            if len(self._participants) >= MAX_PARTICIPANTS:
                self._others.add(who)
                return
            participant = self._participants[who] = ParticipantSeries(who)
        values = np.array((*person.times, *person.labels), np.float64) / 1000
        participant.series.add(self._clock, parts, values)
