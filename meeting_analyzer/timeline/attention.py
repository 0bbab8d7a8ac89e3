"""Attention signals of every participant, steadied over time. What they mean and cannot tell: docs/attention.md.

Frames may come at any times. What is not seen for a while is not known: a participant who was out of sight, or a gap in
the frames, starts every duration afresh instead of counting time that nobody saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..types import Attention, Face, Signals, Tile

AWAY_YAW = 30.0
AWAY_PITCH = 25.0
"""Degrees of head pose from which a face is turned away from the camera. A head that is turned less can still look at any
place of a screen below the camera, for whom sits close in front of a wide one."""
BACK = 5.0
"""How many degrees less before it counts as turned back."""
UNSEEN = 5.0
"""Seconds for which a signal keeps its state although nothing could be told (no face found, tile hidden)."""
LONGEST_GAP = 10.0
"""Seconds between frames from which nothing is carried over, unless frames come that seldom anyway."""


def turned_away(pose: Attention | None, already: bool = False) -> bool:
    """Whether a head is turned away from the camera; `already`: it was, so that it must come back further."""
    less = BACK if already else 0.0
    return pose is not None and (abs(pose.yaw) > AWAY_YAW - less or abs(pose.pitch) > AWAY_PITCH - less)


@dataclass(slots=True)
class Held:
    """A yes or no that changes only when the opposite was seen without a break for so many seconds."""

    on_after: float
    off_after: float
    state: bool = False
    since: float = 0.0
    _changing: float | None = None
    _known: float | None = None

    def update(self, seen: bool | None, time: float) -> bool:
        """Take what is seen at `time` in seconds, None where it cannot be told; returns the state."""
        if seen is None:
            if self._known is not None and time - self._known > UNSEEN:
                self.forget()
            return self.state
        self._known = time
        if seen == self.state:
            self._changing = None
            return self.state
        if self._changing is None:
            self._changing = time
        if time - self._changing >= (self.on_after if seen else self.off_after):
            self.state, self.since, self._changing = seen, self._changing, None
        return self.state

    def lasting(self, time: float) -> float:
        """Seconds since what made the state true was first seen; 0 where it is false."""
        return time - self.since if self.state else 0.0

    def forget(self) -> None:
        """Nothing was seen for too long: false until seen otherwise."""
        self.state, self._changing, self._known = False, None, None


def _held(on_after: float, off_after: float) -> Held:
    return field(default_factory=lambda: Held(on_after, off_after))


@dataclass(slots=True)
class _Person:
    """What is known of one participant."""

    last_seen: float
    camera: Held = _held(0.0, 1.0)
    face: Held = _held(0.0, 2.0)
    away: Held = _held(1.0, 1.0)
    long_away: Held = _held(1.0, 3.0)
    closed: Held = _held(1.0, 1.0)
    speaking: Held = _held(0.0, 1.0)
    nobody: Held = _held(2.0, 1.0)
    turned: bool = False

    def interrupt(self) -> None:
        """A stretch that nobody saw is over: only the camera is taken to be as it was."""
        self.speaking.forget()
        self.out_of_sight()

    def out_of_sight(self) -> None:
        """There is no picture of the participant."""
        self.turned = False
        for held in (self.face, self.away, self.long_away, self.closed, self.nobody):
            held.forget()


class AttentionTracker:
    """Follows the signals of all participants of a call; `update` is called once a frame, in time order."""

    def __init__(self) -> None:
        self._people: dict[str, _Person] = {}
        self._time: float | None = None
        self._gap = 0.0

    def update(self, tiles: Sequence[Tile], time: float) -> tuple[tuple[Signals, ...], int]:
        """Signals of every tile that has a participant, in order, and how many faces are turned away now.

        A time that jumps back forgets everything.
        """
        if self._time is not None and time < self._time:
            self._people.clear()
            self._gap = 0.0
        elif self._time is not None:
            gap = time - self._time
            if gap > max(LONGEST_GAP, 3 * self._gap):
                for person in self._people.values():
                    person.interrupt()
            self._gap = gap
        self._time = time
        signals, away = [], 0
        for tile in tiles:
            if tile.participant is None:
                continue
            person = self._people.get(tile.participant) or self._people.setdefault(tile.participant, _Person(time))
            if time - person.last_seen > max(UNSEEN, 3 * self._gap):
                person.interrupt()
            person.last_seen = time
            turned = [turned_away(face.attention, person.turned) for face in tile.faces]
            away += sum(turned)
            signals.append(_signals(tile.participant, person, tile, turned, time))
        return tuple(signals), away


def _signals(who: str, person: _Person, tile: Tile, turned: list[bool], time: float) -> Signals:
    """Update one participant by the tile; several faces in one tile look away when all of them do."""
    video = tile.kind == "video"
    posed = [away for face, away in zip(tile.faces, turned, strict=True) if face.attention is not None]
    if posed:
        person.turned = all(posed)
    away = all(posed) if posed else None
    if not video:
        person.out_of_sight()
    camera = person.camera.update(None if tile.kind == "still" else video, time)
    face = person.face.update(bool(tile.faces) and video, time)
    looking_away = person.away.update(away, time)
    person.long_away.update(away, time)
    closed = person.closed.update(_eyes_closed(tile.faces), time)
    speaking = person.speaking.update(tile.speaking, time)
    person.nobody.update(video and not tile.faces, time)
    return Signals(
        who,
        camera,
        face,
        looking_away,
        closed,
        speaking,
        person.long_away.lasting(time) if looking_away else 0.0,
        person.closed.lasting(time),
        person.nobody.lasting(time),
    )


def _eyes_closed(faces: Sequence[Face]) -> bool | None:
    """Whether all eyes that can be judged are closed; None where none can be."""
    known = [face.attention.eyes_closed for face in faces if face.attention is not None and face.eyes_known]
    return all(known) if known else None
