"""Head pose and closed eyes of every face, read only as often as needed.

A face that stays as it is keeps what was read for a while; one that is new, turns or had its eyes closed is read sooner. What is
reported follows from the frames since `forget()` alone, so the same frames give the same results, live and offline.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..types import Attention, Box, Face, Image
from .landmarks import FaceLandmarks
from .pace import EVERYTHING, Allowance, Pace, Room, least

Floats = npt.NDArray[np.float64]

SAME_FACE_IOU = 0.4
"""Overlap with a face of the frame before from which it is the same one."""
SURELY_SAME_IOU = 0.6
"""Overlap with one of them from which it can be no other's: two faces of a frame hardly overlap."""
TURNED = 0.07
"""Shift of a keypoint against the eyes' middle, as a share of the box, from which a face is read again at once. A turn of
the head by 10 degrees shifts the nose by about this much."""
SOONER = 0.2
"""Least seconds between two readings of a face that turns, or whose eyes are or were just closed (a blink takes 0.1 to 0.4 s)."""
JUST = 1.0
"""Seconds for which eyes were just closed: one wrong reading must not pass for eyes that opened."""
FIRST = 2.0
"""Seconds by which others must wait longer to be read before eyes that were just closed: a blink must not pass for sleep."""


@dataclass(slots=True)
class _Track:
    """A face of the last frame: what was read of it, when, from which sight, and when it is read again."""

    box: Box
    attention: Attention | None
    read_at: float
    shape: Floats
    due: float
    closed_at: float = -np.inf

    def due_with(self, shape: Floats, time: float) -> float:
        """When it is read again, in seconds, now, at `time`, that it is of this shape."""
        soonest = self.read_at + SOONER
        if self.due <= soonest or time < soonest - 1e-9:
            return self.due
        turned = shape.shape != self.shape.shape or float(np.abs(shape - self.shape).max(initial=0.0)) > TURNED
        return soonest if turned else self.due

    def waits_since(self, due: float) -> float:
        """Its place in the queue, in seconds."""
        return due - FIRST if self.read_at - self.closed_at < JUST - 1e-9 else due


class AttentionReader:
    """Reads attention of the faces of one call, frame after frame. For one thread.

    every: seconds after which an unchanged face is read again; pace: how many faces are read in one frame, and of those that were
    read before in one second, at most; who is due longest comes first. Raises ModelError when a model cannot be loaded.
    """

    def __init__(self, threads: int = 1, every: float = 1.0, pace: Pace = EVERYTHING) -> None:
        self._landmarks = FaceLandmarks(threads)
        self._every, self._pace = every, pace
        self._room = Room(pace.poses, pace.pose_seconds)
        self.forget()
        self.readings = 0
        """Faces read so far: what this costs."""

    @classmethod
    def open(
        cls,
        wanted: Literal["auto", "on", "off"],
        threads: int,
        every: float,
        notify: Callable[[str], None],
        pace: Pace = EVERYTHING,
    ) -> AttentionReader | None:
        """The reader, or None when it is off or (auto) its models cannot be loaded, which `notify` is told. Raises
        ModelError when it was asked for."""
        if wanted == "off":
            return None
        try:
            return cls(threads, every, pace)
        except ModelError as error:
            if wanted == "on":
                raise
            notify(f"Head poses and closed eyes are not read: {error}")
            return None

    def beside(self) -> AttentionReader:
        """A reader for another call: the same model, nothing remembered of this one's faces."""
        other = copy.copy(self)
        other.readings = 0
        other.forget()
        return other

    def forget(self) -> None:
        """The next frame is of another call."""
        self._tracks: list[_Track] = []
        self._time, self._allowance = -np.inf, Allowance(self._pace.poses_a_second, self._pace.batch)

    def add(self, image: Image, faces: Sequence[Sequence[Face]], time: float, waits: bool = False) -> list[list[Face]]:
        """The faces, tile by tile as they came, with attention set; see `read`."""
        flat = [face for tile in faces for face in tile]
        read = zip(flat, self.read(image, flat, time, waits), strict=True)
        told = (face if face.attention is seen else replace(face, attention=seen) for face, seen in read)
        return [[next(told) for _ in tile] for tile in faces]

    def read(self, image: Image, faces: Sequence[Face], time: float, waits: bool = False) -> list[Attention | None]:
        """Attention of every face, in order; None where it cannot be told.

        image: the BGR frame whose pixels the faces count; time: its seconds, ascending (a jump back forgets everything);
        waits: only faces that are new are looked at now.
        """
        if time < self._time:
            self.forget()
        self._time = time
        shapes = _shapes(faces)
        before = self._match(faces)
        reading = self._due(before, shapes, time, waits)
        self.readings += len(reading)
        with self._room.used_by(len(reading)):
            fresh = iter(self._landmarks.read(image, [faces[i] for i in reading]))
        new, count = sum(before[i] is None for i in reading), 0
        tracks = list(before)
        for i, face in enumerate(faces):
            earlier = before[i]
            if i in reading:
                attention, pause = next(fresh), self._every
                if earlier is None:
                    # faces that come together are read again one after another, not all in one frame
                    count += 1
                    pause *= count / new
                closed_at = -np.inf if earlier is None else earlier.closed_at
                if attention is not None and attention.eyes_closed:
                    closed_at = time
                if time - closed_at < JUST - 1e-9:
                    pause = min(SOONER, pause)
                tracks[i] = _Track(face.box, attention, time, shapes[i], time + pause, closed_at)
            elif earlier is not None:
                earlier.box = face.box
        self._tracks = [track for track in tracks if track is not None]
        return [None if track is None else track.attention for track in tracks]

    def _due(self, tracks: Sequence[_Track | None], shapes: Sequence[Floats], time: float, waits: bool) -> list[int]:
        """Which faces are read now: those that are new, and of those whose time has come, as many as are allowed unless all `waits`."""
        most = self._room.left
        new = [i for i, track in enumerate(tracks) if track is None][:most]
        if waits:
            return new
        room = least(self._allowance.at(time), None if most is None else most - len(new))
        if room == 0:
            return new
        dues = {i: (track, track.due_with(shapes[i], time)) for i, track in enumerate(tracks) if track}
        ready = [i for i, (_, at) in dues.items() if time >= at - 1e-9]
        again = sorted(ready, key=lambda i: dues[i][0].waits_since(dues[i][1]))[:room]
        self._allowance.take(len(again))
        return sorted([*again, *new])

    def _match(self, faces: Sequence[Face]) -> list[_Track | None]:
        """For every face the track of the frame before it continues; each track once."""
        matched: list[_Track | None] = [None] * len(faces)
        if not faces or not self._tracks:
            return matched
        if len(faces) == len(self._tracks):
            # as in most frames: everybody is where they were in the list
            pairs = list(zip(faces, self._tracks, strict=True))
            if all(face.box.iou(track.box) >= SURELY_SAME_IOU for face, track in pairs):
                return list(self._tracks)
        overlaps = _overlaps([face.box for face in faces], [track.box for track in self._tracks])
        for i in np.argsort(-overlaps.max(axis=1), kind="stable"):
            j = int(np.argmax(overlaps[i]))
            if overlaps[i, j] >= SAME_FACE_IOU:
                matched[i] = self._tracks[j]
                overlaps[:, j] = 0.0
        return matched


def _shapes(faces: Sequence[Face]) -> list[Floats]:
    """Of every face the keypoints around the eyes' middle in shares of the box (K, 2); none without keypoints."""
    if len({len(face.keypoints) for face in faces}) != 1 or len(faces[0].keypoints) < 2:
        return [_shapes([face])[0] if len(face.keypoints) >= 2 else np.empty((0, 2)) for face in faces]
    points = np.array([face.keypoints for face in faces])
    sides = np.array([max(1, face.box.w, face.box.h) for face in faces], np.float64)
    points -= points[:, :2].mean(axis=1, keepdims=True)
    points /= sides[:, None, None]
    return list(points)


def _overlaps(boxes: Sequence[Box], others: Sequence[Box]) -> Floats:
    """Intersection over union of each of `boxes` with each of `others`, (N, M)."""
    a, b = (np.array(list(part), np.float64) for part in (boxes, others))
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum((a[:, :2] + a[:, 2:])[:, None], (b[:, :2] + b[:, 2:])[None])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    union = np.prod(a[:, 2:], axis=1)[:, None] + np.prod(b[:, 2:], axis=1)[None] - common
    return np.asarray(common / np.maximum(union, 1e-9), np.float64)
