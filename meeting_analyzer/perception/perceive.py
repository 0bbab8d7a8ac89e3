"""One frame in, one Scene out: tiles, then the faces in each, then the emotion of all faces as one batch.

Stateless by meaning (a frame's scene never depends on the frames before it), so frames may be skipped, batched and
analysed elsewhere. Name labels are read through a cache keyed by their pixels, which changes the cost and not the result.
Head poses are the exception: a face that has not moved keeps its last one for a second, see `attention.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..config import Settings
from ..errors import ModelError, SourceError
from ..types import Face, Frame, Image, Scene, Tile
from .appearance import appearance
from .attention import AttentionReader
from .base import FaceDetector, TileBox
from .detect import detect_anywhere, make_detector
from .emotion import EmotionClassifier
from .names import NameReader
from .tiles import find_tiles

MIN_SIDE = 16
MAX_PIXELS = 100_000_000
"""Smallest side and most pixels of a picture that is analysed."""

LIVE_NAMES = 4
"""Name labels that are newly read in one frame of a live call: each costs some 25 ms."""

Notify = Callable[[str], None]


def check_image(image: object) -> Image:
    """The image itself if it is BGR uint8 (H, W, 3) of a size that can be analysed; raises SourceError otherwise."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        what = f"{image.dtype} array of shape {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise SourceError(f"The image must be a uint8 array of shape (height, width, 3) in BGR order, not {what}.")
    height, width = image.shape[:2]
    if min(height, width) < MIN_SIDE or height * width > MAX_PIXELS:
        raise SourceError(
            f"An image of {width}x{height} pixels cannot be analysed: each side must have at least {MIN_SIDE} pixels "
            f"and the whole at most {MAX_PIXELS // 1_000_000} million; scale it first."
        )
    return image


class Perception:
    """All models of one run. Used by one thread at a time.

    notify receives one sentence when something is done otherwise than asked (the fallback detector took over).
    live: frames come by a clock, so that a new name label may wait a few frames for its turn to be read; otherwise
    every label is read at first sight. Raises ModelError when a model that cannot be replaced is missing or damaged.
    """

    def __init__(self, settings: Settings, notify: Notify, live: bool = False) -> None:
        self.mode = settings.mode
        self.detector: FaceDetector = make_detector(
            settings.detector, settings.engine, settings.face_range, settings.threads, settings.min_score, notify
        )
        try:
            self.emotion = EmotionClassifier(settings.threads) if settings.mode == "emotion" else None
            self.names = NameReader.open(settings.names, settings.threads)
            self.attention = AttentionReader.open(
                settings.attention, settings.threads, settings.attention_every, notify
            )
        except ModelError:
            self.detector.close()
            raise
        self._names_at_once = LIVE_NAMES if live else None

    @property
    def uncertain_below(self) -> float:
        """The confidence in 0..1 under which a label is "uncertain": the emotion model's own, measured threshold."""
        return self.emotion.uncertain_below if self.emotion else 1.0

    def see(self, frame: Frame) -> Scene:
        """The scene of one frame. Raises SourceError for a picture that cannot be analysed."""
        image = check_image(frame.image)
        boxes = find_tiles(image)
        faces = self._faces(image, boxes)
        if self.attention is not None:
            faces = self.attention.add(image, faces, frame.time)
        names = self.names.read(image, boxes, self._names_at_once) if self.names else [None] * len(boxes)
        tiles = tuple(
            Tile(
                box.box, box.kind, name, None, box.speaking, tuple(found), appearance(image, box.box, box.kind == "off")
            )
            for box, name, found in zip(boxes, names, faces, strict=True)
        )
        return Scene(frame.time, frame.index, frame.size, tiles, self.mode)

    def _faces(self, image: Image, boxes: Sequence[TileBox]) -> list[list[Face]]:
        """Faces of every tile in frame pixels, classified unless the mode is presence."""
        height, width = image.shape[:2]
        if len(boxes) == 1 and (boxes[0].box.w, boxes[0].box.h) == (width, height):
            found = [detect_anywhere(self.detector, image)]
        else:
            found = [[] for _ in boxes]
            video = [i for i, box in enumerate(boxes) if box.kind == "video"]
            for i, faces in zip(video, self.detector.detect([boxes[i].box.of(image) for i in video]), strict=True):
                found[i] = [_shifted(face, boxes[i].box.x, boxes[i].box.y) for face in faces]
        if self.emotion is None:
            return found
        classified = iter(self.emotion.classify(image, [face for faces in found for face in faces]))
        return [[next(classified) for _ in faces] for faces in found]

    def forget(self) -> None:
        """The next frame is of another call."""
        if self.attention is not None:
            self.attention.forget()

    def close(self) -> None:
        """Release the models. Idempotent."""
        self.detector.close()


def _shifted(face: Face, dx: int, dy: int) -> Face:
    """The face moved from its tile's pixels to the frame's."""
    return replace(face, box=face.box.shifted(dx, dy), keypoints=tuple((x + dx, y + dy) for x, y in face.keypoints))
