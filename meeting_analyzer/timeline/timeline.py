"""Scenes in time order in, Moments out. Cheap, stateful, and blind to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..config import EventSettings
from ..types import Face, Moment, Mood, Scene, Tile, valence_of
from .attention import AttentionTracker, turned_away
from .events import EventMaker
from .participants import Distance, Roster, euclidean
from .smoothing import FaceSmoother


def looks_away(face: Face) -> bool:
    """Whether the head is turned away from the camera; False where the pose is not known."""
    return turned_away(face.attention)


def class_mood(tiles: Sequence[Tile]) -> Mood | None:
    """The class as a whole over the faces of these tiles; None where there is no tile at all."""
    if not tiles:
        return None
    faces = [face for tile in tiles for face in tile.faces]
    classified = [face.emotion for face in faces if face.emotion is not None]
    mean = np.mean(np.array(classified), axis=0) if classified else None
    return Mood(
        emotion=None if mean is None else tuple(float(p) for p in mean),
        valence=None if mean is None else valence_of(mean.tolist()),
        faces=len(faces),
        cameras_off=sum(tile.kind == "off" for tile in tiles),
        looking_away=sum(looks_away(face) for face in faces),
    )


class Timeline:
    """Keeps who is who, smooths what is seen of each, and notices what is worth a glance.

    smoothing: time constant in seconds, 0 for none. uncertain_below: confidence in 0..1 under which a face's label is
    "uncertain". distance: how different two appearance vectors are, 0..1. events: what is noticed.
    """

    def __init__(
        self,
        smoothing: float = 0.3,
        uncertain_below: float = 0.5,
        distance: Distance = euclidean,
        events: EventSettings | None = None,
    ) -> None:
        self._smoothing = smoothing
        self._uncertain_below = uncertain_below
        self._roster = Roster(distance)
        self._smoothers: dict[str, FaceSmoother] = {}
        self._places: dict[str, Tile] = {}
        self._attention = AttentionTracker()
        self._events = EventMaker(events or EventSettings())

    def update(self, scene: Scene) -> Moment:
        """The moment that follows from the scene and all before it."""
        ids = self._roster.assign(scene.tiles, scene.size, scene.time)
        tiles = tuple(self._tile(tile, who, scene.time) for tile, who in zip(scene.tiles, ids, strict=True))
        signals, away = self._attention.update(tiles, scene.time)
        mood = class_mood(tiles)
        moment = Moment(
            scene.time,
            scene.frame,
            scene.size,
            tiles,
            mood and replace(mood, looking_away=away),
            scene.mode,
            signals=signals,
        )
        return replace(moment, events=self._events.update(moment))

    def finish(self, last: Moment) -> Moment:
        """The call's last moment with the events that would have been told later."""
        return replace(last, events=(*last.events, *self._events.finish(last.frame)))

    def _tile(self, tile: Tile, who: str, time: float) -> Tile:
        smoother = self._smoothers.get(who)
        if smoother is None:
            smoother = self._smoothers[who] = FaceSmoother(self._smoothing, self._uncertain_below)
        before = self._places.get(who)
        moved = before is not None and before.box != tile.box and before.box.iou(tile.box) < 0.5
        self._places[who] = tile
        faces = smoother.update(tile.faces, time, moved)
        return Tile(tile.box, tile.kind, tile.name, who, tile.speaking, faces, tile.appearance)
