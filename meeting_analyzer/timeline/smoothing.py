"""Steady labels: probabilities are averaged over a short time and a label changes only when the lead is clear."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..types import EMOTIONS, UNCERTAIN, Box, Face, label_of

HYSTERESIS = 0.05
"""How much more probable another class must be before a shown label gives way to it."""
FACE_LOST_AFTER = 2.0
"""Seconds without the face after which smoothing starts afresh."""


@dataclass(slots=True)
class FaceTrack:
    """One face of one participant over time."""

    box: Box
    time: float
    probabilities: tuple[float, ...]
    label: str


class FaceSmoother:
    """Smooths the faces of one participant. Most tiles hold one face; a room behind one camera holds several.

    time_constant: seconds after which a lasting change shows 63 % of itself (0: no smoothing).
    uncertain_below: the confidence in 0..1 under which a label is "uncertain".
    """

    def __init__(self, time_constant: float, uncertain_below: float) -> None:
        self._time_constant = time_constant
        self._uncertain_below = uncertain_below
        self._tracks: list[FaceTrack] = []

    def update(self, faces: tuple[Face, ...], time: float, moved: bool = False) -> tuple[Face, ...]:
        """The same faces with smoothed emotion, label and confidence.

        `time` in seconds; `moved`: the tile is elsewhere than before, so that faces are matched by order, not by place.
        """
        self._tracks = [t for t in self._tracks if 0 <= time - t.time <= FACE_LOST_AFTER]
        free = list(self._tracks)
        result = []
        for face in faces:
            if face.emotion is None:
                result.append(face)
                continue
            track = self._match(face, free, alone=len(faces) == 1, moved=moved)
            if track is None:
                label, _ = label_of(face.emotion, self._uncertain_below)
                track = FaceTrack(face.box, time, face.emotion, label)
                self._tracks.append(track)
            else:
                free.remove(track)
                self._follow(track, face.box, face.emotion, time)
            result.append(face.labelled(track.probabilities, track.label, max(track.probabilities)))
        return tuple(result)

    @staticmethod
    def _match(face: Face, free: list[FaceTrack], alone: bool, moved: bool) -> FaceTrack | None:
        if not free:
            return None
        if moved or (alone and len(free) == 1):
            return free[0]
        best = max(free, key=lambda track: track.box.iou(face.box))
        return best if best.box.iou(face.box) > 0.2 else None

    def _follow(self, track: FaceTrack, box: Box, emotion: tuple[float, ...], time: float) -> None:
        elapsed = time - track.time
        share = 1.0 if self._time_constant <= 0 else 1 - math.exp(-elapsed / self._time_constant)
        # plain numbers: seven are too few for NumPy to be worth its calls
        track.probabilities = tuple(
            [p + share * (now - p) for p, now in zip(track.probabilities, emotion, strict=True)]
        )
        track.box, track.time = box, time
        label, confidence = label_of(track.probabilities, self._uncertain_below)
        if label != track.label and self._lead(track, label, confidence) >= HYSTERESIS:
            track.label = label

    def _lead(self, track: FaceTrack, label: str, confidence: float) -> float:
        """How clearly `label` has overtaken the label that is shown, as a difference of probabilities."""
        if label == UNCERTAIN:
            return self._uncertain_below - confidence
        if track.label == UNCERTAIN:
            return confidence - self._uncertain_below
        return confidence - track.probabilities[EMOTIONS.index(track.label)]
