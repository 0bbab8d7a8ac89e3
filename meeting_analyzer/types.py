"""The values that travel between the stages: Frame, Scene, Moment.

Pixels, x to the right, y down, integer boxes. Images are BGR uint8 of shape (H, W, 3). Times are seconds on the
source's own clock. All values are immutable: a stage that changes something makes a new value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""BGR uint8 array of shape (H, W, 3), C-contiguous unless a docstring says otherwise."""

EMOTIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The seven classes in FER2013's order (Goodfellow et al., 2013)."""

UNCERTAIN = "uncertain"
"""The label of a face whose best class is not probable enough to be named."""

ADJECTIVES: dict[str, str] = {
    "angry": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happy": "happy",
    "sad": "sad",
    "surprise": "surprised",
    "neutral": "neutral",
    UNCERTAIN: "uncertain",
}
"""How a label is said of somebody: "appears surprised". An apparent expression, not a feeling."""

VALENCE: tuple[float, ...] = (-0.6, -0.7, -0.7, 0.9, -0.8, 0.2, 0.0)
"""Valence of each class in -1..1, rounded from the class means of circumplex ratings (Russell, 1980)."""

TileKind = Literal["video", "still", "off"]
Mode = Literal["emotion", "presence"]
Point = tuple[float, float]


class Box(NamedTuple):
    """An axis-aligned rectangle in integer pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column right of the box."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.y + self.h

    @property
    def area(self) -> int:
        """Pixels in the box; 0 for an empty one."""
        return self.w * self.h if self.w > 0 and self.h > 0 else 0

    @property
    def center(self) -> Point:
        """Centre in pixels."""
        return self.x + self.w / 2, self.y + self.h / 2

    def intersection(self, other: Box) -> Box:
        """The common rectangle; of zero width and height where there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        w, h = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        return Box(x, y, w, h) if w > 0 and h > 0 else Box(x, y, 0, 0)

    def overlap(self, other: Box) -> int:
        """Pixels that both have."""
        x, y, w, h = self
        ox, oy, ow, oh = other
        if x >= ox + ow or ox >= x + w or y >= oy + oh or oy >= y + h or w <= 0 or h <= 0 or ow <= 0 or oh <= 0:
            return 0
        return (min(x + w, ox + ow) - max(x, ox)) * (min(y + h, oy + oh) - max(y, oy))

    def iou(self, other: Box) -> float:
        """Intersection over union in 0..1."""
        common = self.overlap(other)
        union = self.area + other.area - common
        return common / union if union else 0.0

    def shifted(self, dx: int, dy: int) -> Box:
        """The same rectangle moved by (dx, dy) pixels."""
        return Box(self.x + dx, self.y + dy, self.w, self.h)

    def clipped(self, width: int, height: int) -> Box:
        """The part inside an image of the given size in pixels."""
        x, y, w, h = self
        if x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width and y + h <= height:
            return self
        return self.intersection(Box(0, 0, width, height))

    def of(self, image: Image) -> Image:
        """The view of `image` (H, W, 3) under the box, clipped to the image; no copy."""
        b = self.clipped(image.shape[1], image.shape[0])
        return image[b.y : b.bottom, b.x : b.right]


@dataclass(frozen=True, slots=True)
class Luma:
    """A picture's brightness as its codec stores it: uint8 (H, W), and the levels that black and white have in it."""

    plane: npt.NDArray[np.uint8]
    black: int = 16
    white: int = 235


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source: BGR uint8 (H, W, 3), its time in seconds and its number in the source.

    luma: the same picture's brightness where the source has it at hand, which saves finding it from the colours.
    """

    image: Image
    time: float
    index: int
    luma: Luma | None = field(default=None, compare=False, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return int(self.image.shape[1]), int(self.image.shape[0])


EYES_FROM = 32
"""Pixels of a face box's longer side from which it can be told whether eyes are closed (docs/attention.md)."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Head pose in degrees (yaw > 0: towards the image's right, pitch > 0: down) and whether both eyes are closed.

    eyes_closed is True only where it was seen; of a face smaller than EYES_FROM it is not known and False.
    """

    yaw: float
    pitch: float
    eyes_closed: bool


@dataclass(frozen=True, slots=True)
class Face:
    """A face in frame pixels.

    box: the detector's rectangle; score: its confidence in 0..1; keypoints: the six points of MediaPipe's BlazeFace
    (eye on the image's left, eye on the image's right, nose tip, mouth centre, ear on the left, ear on the right), or
    none where the detector gives none; emotion: probabilities of EMOTIONS (sum 1) or None when it was not classified;
    label: one of EMOTIONS, "uncertain", or None; confidence: the greatest probability in 0..1 or None.
    """

    box: Box
    score: float
    keypoints: tuple[Point, ...] = ()
    emotion: tuple[float, ...] | None = None
    label: str | None = None
    confidence: float | None = None
    attention: Attention | None = None

    @property
    def eyes_known(self) -> bool:
        """Whether `attention` can say that eyes are open or closed; False for a face too small to tell."""
        return self.attention is not None and max(self.box.w, self.box.h) >= EYES_FROM

    def shifted(self, dx: int, dy: int) -> Face:
        """The same face moved by (dx, dy) pixels."""
        points = tuple([(x + dx, y + dy) for x, y in self.keypoints])
        # `replace` would take ten times as long, and this is done to every face of every picture
        return Face(
            self.box.shifted(dx, dy), self.score, points, self.emotion, self.label, self.confidence, self.attention
        )

    def labelled(self, emotion: tuple[float, ...] | None, label: str | None, confidence: float | None) -> Face:
        """The same face with another expression."""
        return Face(self.box, self.score, self.keypoints, emotion, label, confidence, self.attention)


@dataclass(frozen=True, slots=True)
class Tile:
    """One participant's rectangle in the gallery.

    appearance: a float32 vector (D,) that describes what the tile looks like (background, label strip, never the face's
    identity), by which the timeline tells participants apart when tiles move; it is not part of the record.
    """

    box: Box
    kind: TileKind = "video"
    name: str | None = None
    participant: str | None = None
    speaking: bool = False
    faces: tuple[Face, ...] = ()
    appearance: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    def showing(self, faces: tuple[Face, ...]) -> Tile:
        """The same tile with other faces."""
        return Tile(self.box, self.kind, self.name, self.participant, self.speaking, faces, self.appearance)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen in one frame: `size` is (width, height) in pixels, `frame` the frame's number in its source."""

    time: float
    frame: int
    size: tuple[int, int]
    tiles: tuple[Tile, ...] = ()
    mode: Mode = "emotion"


@dataclass(frozen=True, slots=True)
class Mood:
    """The class as a whole: mean probabilities over its classified faces, valence in -1..1 and counts."""

    emotion: tuple[float, ...] | None
    valence: float | None
    faces: int
    cameras_off: int
    looking_away: int = 0


@dataclass(frozen=True, slots=True)
class Signals:
    """What is seen of one participant over time, steadied; docs/attention.md defines each and says what it cannot tell.

    camera_on: the tile shows moving video; face_present: somebody is in front of it; looking_away: the head has been turned
    away from the camera for a moment; eyes_closed: longer than a blink; speaking: the client marks the tile. The
    numbers are the seconds for which each has lasted, 0.0 where it is not so: away_for (glances back are no end), closed_for,
    nobody_for (camera on and no face).
    """

    participant: str
    camera_on: bool
    face_present: bool
    looking_away: bool = False
    eyes_closed: bool = False
    speaking: bool = False
    away_for: float = 0.0
    closed_for: float = 0.0
    nobody_for: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something worth a teacher's glance.

    time: seconds when it began; kind: a stable word ("cameras_off", "looking_away", ...); text: one sentence that says it of
    people ("4 cameras went off"); participants: the ids it is about; frame: the frame at which it was noticed; unnamed: the
    same sentence with ids in place of names, for whoever must not name anybody.
    """

    time: float
    kind: str
    text: str
    participants: tuple[str, ...] = ()
    frame: int = 0
    unnamed: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is seen over time at one frame: the scene with participants named and probabilities smoothed, and the mood.

    events: what was noticed at this frame; most frames have none. signals: one per participant in `tiles`. Neither is part
    of the record.
    """

    time: float
    frame: int
    size: tuple[int, int]
    tiles: tuple[Tile, ...] = ()
    mood: Mood | None = None
    mode: Mode = "emotion"
    events: tuple[Event, ...] = ()
    signals: tuple[Signals, ...] = ()

    @property
    def faces(self) -> list[Face]:
        """All faces of all tiles, tile by tile."""
        return [face for tile in self.tiles for face in tile.faces]


def label_of(probabilities: Sequence[float], uncertain_below: float) -> tuple[str, float]:
    """Name the greatest of seven probabilities, or "uncertain" below the threshold; returns (label, confidence)."""
    # not NumPy's: for seven numbers it takes five times as long
    confidence = float(max(probabilities))
    best = probabilities.index(confidence)
    return (EMOTIONS[best] if confidence >= uncertain_below else UNCERTAIN), confidence


def valence_of(probabilities: Sequence[float]) -> float:
    """Expected valence in -1..1 of seven probabilities."""
    return float(np.dot(probabilities, VALENCE))
