"""Calls made up of moments: what the timeline makes of scenes, without pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from meeting_analyzer.config import EventSettings
from meeting_analyzer.timeline import class_mood
from meeting_analyzer.timeline.attention import AttentionTracker
from meeting_analyzer.timeline.events import EventMaker
from meeting_analyzer.types import EMOTIONS, Attention, Box, Event, Face, Mode, Moment, Tile, TileKind


@dataclass(frozen=True)
class Person:
    """What one participant shows at one time; `yaw` None: the pose is not known."""

    id: str
    kind: TileKind = "video"
    face: bool = True
    yaw: float | None = 0.0
    pitch: float = 0.0
    closed: bool = False
    speaking: bool = False
    label: str | None = "neutral"
    name: str | None = None
    size: int = 80

    def tile(self, place: int = 0) -> Tile:
        attention = None if self.yaw is None else Attention(self.yaw, self.pitch, self.closed)
        emotion = None
        if self.label is not None:
            best = self.label if self.label in EMOTIONS else "neutral"
            emotion = tuple(0.94 if name == best else 0.01 for name in EMOTIONS)
        face = Face(Box(place * 200 + 50, 40, self.size, self.size), 0.9, (), emotion, self.label, 0.94, attention)
        faces = (face,) if self.face and self.kind == "video" else ()
        return Tile(Box(place * 200, 0, 190, 120), self.kind, self.name, self.id, self.speaking, faces)


Scene = Callable[[float], Sequence[Person]]
"""Who is seen, and how, at a time in seconds."""


def moments(scene: Scene, times: Iterable[float], mode: Mode = "emotion") -> Iterator[Moment]:
    """The moments of a call at these times, with signals and mood."""
    tracker = AttentionTracker()
    for frame, time in enumerate(times):
        tiles = tuple(person.tile(i) for i, person in enumerate(scene(time)))
        signals, _ = tracker.update(tiles, time)
        yield Moment(time, frame, (1280, 720), tiles, class_mood(tiles), mode, signals=signals)


def every(step: float, until: float, start: float = 0.0) -> list[float]:
    """Times from `start` to `until`, `step` seconds apart."""
    return [start + i * step for i in range(round((until - start) / step) + 1)]


def events(
    scene: Scene, times: Iterable[float], settings: EventSettings | None = None, mode: Mode = "emotion"
) -> list[Event]:
    """All events of a call."""
    maker = EventMaker(settings or EventSettings())
    return [event for moment in moments(scene, times, mode) for event in maker.update(moment)]
