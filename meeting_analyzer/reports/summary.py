"""What a report needs of a call, collected moment by moment in memory that does not grow with its length."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..types import EMOTIONS, UNCERTAIN, Mode, Moment, Tile
from .series import Clock, Series, Sums

LABELS: tuple[str, ...] = (*EMOTIONS, UNCERTAIN)
MAX_PARTICIPANTS = 1000
"""Participants that are followed one by one, as many as the largest calls have; later ones count in the class only."""
LONGEST_GAP = 5.0
"""Seconds a moment stands for at most (a paused run is not counted), unless frames are wanted more seldom."""

PRESENT, CAMERA, SPEAKING, FACE, LABELLED = 0, 1, 2, 3, 4
PARTICIPANT_COLUMNS = LABELLED + len(LABELS)
TIME, FACES, OFF, AWAY, TILES, VALENCE, VALENCE_TIME, CLASS_LABELLED = range(8)
CLASS_COLUMNS = CLASS_LABELLED + len(LABELS)


def share(part: float, whole: float) -> float | None:
    """part / whole in 0..1, or None where there is no whole."""
    return float(part / whole) if whole > 0 else None


@dataclass(slots=True)
class ParticipantSeries:
    """Seconds per bin of one participant: present, camera on, speaking, face seen, and labelled with each of LABELS."""

    id: str
    name: str | None = None
    series: Series = field(default_factory=lambda: Series(PARTICIPANT_COLUMNS))

    def add(self, clock: Clock, parts: list[tuple[int, float]], seconds: float, tile: Tile) -> None:
        """Count `seconds` of the tile; several faces in one tile share them."""
        values = np.zeros(PARTICIPANT_COLUMNS)
        values[PRESENT] = seconds
        values[CAMERA] = seconds * (tile.kind == "video")
        values[SPEAKING] = seconds * tile.speaking
        values[FACE] = seconds * bool(tile.faces)
        for face in tile.faces:
            if face.label is not None:
                values[LABELLED + LABELS.index(face.label)] += seconds / len(tile.faces)
        self.name = tile.name or self.name
        self.series.add(clock, parts, values)


class Summary:
    """Takes moments in time order. A moment stands for the time until the next one, at most LONGEST_GAP seconds.

    The last moment stands for as long as the one before it; a single one for a second.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.mode: Mode | None = None
        self.attention = False
        self._others: set[str] = set()
        self._clock: Clock | None = None
        self._participants: dict[str, ParticipantSeries] = {}
        self._class = Series(CLASS_COLUMNS)
        self._pending: Moment | None = None
        self._gap: float | None = None
        self._end = 0.0
        self._finished = False

    def add(self, moment: Moment) -> None:
        """Take the next moment."""
        if self._pending is not None:
            gap = max(0.0, moment.time - self._pending.time)
            if self._gap is not None:
                gap = min(gap, max(LONGEST_GAP, 2 * self._gap))
            self._count(self._pending, gap)
            self._gap = gap
        self._pending = moment
        self.frames += 1
        self.mode = moment.mode

    def finish(self) -> None:
        """Count the last moment. Idempotent; nothing may be added afterwards."""
        if self._pending is not None and not self._finished:
            self._count(self._pending, self._gap or 1.0)
        self._finished = True

    @property
    def clock(self) -> Clock:
        """The clock of all bins."""
        return self._clock or Clock(0.0)

    @property
    def duration(self) -> float:
        """Seconds from the first moment to the end of the last."""
        return max(0.0, self._end - self.clock.origin)

    @property
    def used(self) -> int:
        """Bins that the duration reaches into."""
        return int(np.ceil(self.duration / self.clock.width - 1e-9))

    @property
    def class_bins(self) -> Sums:
        """Sums per bin of the class: TIME, FACES, OFF, AWAY, TILES, VALENCE, VALENCE_TIME and labels, times seconds."""
        return self._class.bins(self.clock)

    @property
    def participants(self) -> list[ParticipantSeries]:
        """In the order in which they were first seen."""
        return list(self._participants.values())

    @property
    def uncounted(self) -> int:
        """Participants beyond MAX_PARTICIPANTS, of whom only the ids are kept."""
        return len(self._others)

    def _count(self, moment: Moment, seconds: float) -> None:
        if self._clock is None:
            self._clock = Clock(moment.time)
        parts = self._clock.parts(moment.time, moment.time + seconds)
        self._end = max(self._end, moment.time + seconds)
        values = np.zeros(CLASS_COLUMNS)
        values[TIME] = 1
        values[TILES] = len(moment.tiles)
        if moment.mood is not None:
            values[FACES], values[OFF] = moment.mood.faces, moment.mood.cameras_off
            values[AWAY] = moment.mood.looking_away
            if moment.mood.valence is not None:
                values[VALENCE], values[VALENCE_TIME] = moment.mood.valence, 1
        for face in moment.faces:
            self.attention = self.attention or face.attention is not None
            if face.label is not None:
                values[CLASS_LABELLED + LABELS.index(face.label)] += 1
        self._class.add(self._clock, parts, values * seconds)
        for tile in moment.tiles:
            if tile.participant is not None:
                self._of(tile.participant, parts, seconds, tile)

    def _of(self, who: str, parts: list[tuple[int, float]], seconds: float, tile: Tile) -> None:
        assert self._clock is not None
        participant = self._participants.get(who)
        if participant is None:
            if len(self._participants) >= MAX_PARTICIPANTS:
                self._others.add(who)
                return
            participant = self._participants[who] = ParticipantSeries(who)
        participant.add(self._clock, parts, seconds, tile)
