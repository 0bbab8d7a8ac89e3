"""Faces of every size in a picture without tiles: a pyramid of overlapping windows, all given to the detector at
once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..types import Box, Face, Image
from .base import FaceDetector

LEVELS = (2, 4)
"""Sides of the square windows, as fractions of the picture's longer side, beside the whole picture."""
MIN_WINDOW = 48
"""Windows smaller than this, in pixels, would only be enlarged."""
MIN_FACE = 16
"""Boxes with a shorter side, in pixels, are texture more often than faces."""
SAME_IOU = 0.4
"""Faces of different windows that overlap more than this are one."""
INSIDE = 0.65
"""A box of which this part lies in a better one is the same face, cut or found at another scale."""


def windows(width: int, height: int) -> list[Box]:
    """The whole picture and, per level, squares that overlap by half, so that a face up to half a window lies wholly
    in one."""
    boxes = [Box(0, 0, width, height)]
    for level in LEVELS:
        side = max(width, height) // level
        if side >= MIN_WINDOW:
            w, h = min(side, width), min(side, height)
            boxes += [Box(x, y, w, h) for y in _starts(height, h) for x in _starts(width, w)]
    return boxes


def _starts(length: int, side: int) -> list[int]:
    """Evenly spread starts of windows of `side` that cover 0..length and overlap by at least half."""
    count = 1 + math.ceil((length - side) / (side / 2)) if length > side else 1
    return [round(i * (length - side) / max(1, count - 1)) for i in range(count)]


def detect_anywhere(detector: FaceDetector, image: Image) -> list[Face]:
    """Faces of an arbitrary picture (BGR uint8), best score first, in its own pixels.

    Finds faces down to about 1/4 of what the detector finds in one crop: with the full range 1/32 of the longer side.
    """
    height, width = image.shape[:2]
    boxes = windows(width, height)
    candidates = []
    for window, faces in zip(boxes, detector.search([box.of(image) for box in boxes]), strict=True):
        for face in faces:
            moved = face.shifted(window.x, window.y)
            if min(moved.box.w, moved.box.h) >= MIN_FACE and not _cut(moved.box, window, width, height):
                candidates.append(moved)
    return merge(candidates)


def _cut(box: Box, window: Box, width: int, height: int) -> bool:
    """Whether the box touches an edge of the window that is no edge of the picture: another window has the whole
    face."""
    return (
        (box.x <= window.x > 0)
        or (box.y <= window.y > 0)
        or (box.right >= window.right < width)
        or (box.bottom >= window.bottom < height)
    )


def merge(faces: Sequence[Face]) -> list[Face]:
    """One face for all that are the same, best score first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not any(_same(face.box, better.box) for better in kept):
            kept.append(face)
    return kept


def _same(box: Box, better: Box) -> bool:
    common = box.overlap(better)
    return box.iou(better) > SAME_IOU or common > INSIDE * min(box.area, better.area)
