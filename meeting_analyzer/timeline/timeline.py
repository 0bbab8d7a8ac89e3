"""Scenes in time order in, Moments out. Cheap, stateful, and blind to pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..types import Face, Moment, Mood, Scene, Tile, valence_of
from .participants import Distance, Roster, euclidean
from .smoothing import FaceSmoother

LOOKING_AWAY_YAW = 30.0
LOOKING_AWAY_PITCH = 25.0
"""Degrees of head pose from which a face counts as looking away."""


def looks_away(face: Face) -> bool:
    """Whether the head is turned away from the screen; False where the pose is not known."""
    pose = face.attention
    return pose is not None and (abs(pose.yaw) > LOOKING_AWAY_YAW or abs(pose.pitch) > LOOKING_AWAY_PITCH)


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
    """Keeps who is who and smooths what is seen of each.

    smoothing: time constant in seconds, 0 for none. uncertain_below: confidence in 0..1 under which a face's label is
    "uncertain". distance: how different two appearance vectors are, 0..1.
    """

    def __init__(self, smoothing: float = 0.6, uncertain_below: float = 0.5, distance: Distance = euclidean) -> None:
        self._smoothing = smoothing
        self._uncertain_below = uncertain_below
        self._roster = Roster(distance)
        self._smoothers: dict[str, FaceSmoother] = {}
        self._places: dict[str, Tile] = {}

    def update(self, scene: Scene) -> Moment:
        """The moment that follows from the scene and all before it."""
        ids = self._roster.assign(scene.tiles, scene.size, scene.time)
        tiles = tuple(self._tile(tile, who, scene.time) for tile, who in zip(scene.tiles, ids, strict=True))
        return Moment(scene.time, scene.frame, scene.size, tiles, class_mood(tiles), scene.mode)

    def _tile(self, tile: Tile, who: str, time: float) -> Tile:
        smoother = self._smoothers.get(who)
        if smoother is None:
            smoother = self._smoothers[who] = FaceSmoother(self._smoothing, self._uncertain_below)
        before = self._places.get(who)
        moved = before is not None and before.box.iou(tile.box) < 0.5
        self._places[who] = tile
        return replace(tile, participant=who, faces=smoother.update(tile.faces, time, moved))
