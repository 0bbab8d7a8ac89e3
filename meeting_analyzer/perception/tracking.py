"""Faces followed from frame to frame by what they look like, so that the detector need not look at every frame.

A face is remembered as a small grey patch and looked for nearby by normalised cross-correlation (Lewis, 1995). Only its
place is followed: within the part of a second until the detector looks again, size and turn hardly change, and where
they do the patch does not fit any more and the detector is asked at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Face, Image, Luma

Gray = npt.NDArray[np.uint8]
Part = tuple[slice, slice]
"""Rows and columns of a shrunk frame."""

WORKING_WIDTH = 640
"""Frames are halved as long as they stay at least this wide: faces move by pixels, not by fractions of one."""
PATCH = 16
"""About how many pixels wide a patch is; a larger face is thinned out."""
REACH, LEAST_REACH, REACH_AFTER = 0.45, 0.15, 0.2
"""How far a face may have moved, as a share of its box: in REACH_AFTER seconds or more, and at least; in less time by less."""
LEAST_FIT = 0.8
"""Least correlation of a face with its patch; below, it has turned, is covered, or has gone."""
LEAST_SIDE = 6
"""Patches smaller than this, in pixels, fit anywhere."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A frame in grey, made smaller: `gray` (h, w) uint8; `scale`: its width as a fraction of the frame's."""

    gray: Gray
    scale: float

    def part(self, box: Box) -> Part:
        """The pixels under a box of frame pixels; none outside the frame."""
        height, width = self.gray.shape
        scale, (x, y, w, h) = self.scale, box
        left, right = min(max(0, round(x * scale)), width), min(max(0, round((x + w) * scale)), width)
        top, bottom = min(max(0, round(y * scale)), height), min(max(0, round((y + h) * scale)), height)
        return slice(top, bottom), slice(left, right)


def shrink(image: Image, luma: Luma | None = None) -> Shrunk:
    """A BGR frame (H, W, 3), halved while it stays at least WORKING_WIDTH wide; from its luma where that is known."""
    picture, scale = image if luma is None else luma.plane, 1.0
    while picture.shape[1] >= 2 * WORKING_WIDTH and picture.shape[0] > 1:
        size = picture.shape[1] // 2, picture.shape[0] // 2
        picture, scale = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8), scale / 2
    gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if luma is None else _stretched(picture, luma)
    return Shrunk(np.asarray(gray, np.uint8), scale)


def _stretched(plane: Gray, luma: Luma) -> Gray:
    """The grey, from 0 to 255, of levels between the luma's black and white."""
    factor = 255 / (luma.white - luma.black)
    return np.asarray(cv2.addWeighted(plane, factor, plane, 0, -luma.black * factor), np.uint8)


@dataclass(frozen=True, slots=True)
class Track:
    """A face as the detector last saw it, and the patch by which it is found again.

    origin: upper left corner of the patch in pixels of the shrunk frame; step: how far it is thinned out.
    """

    face: Face
    patch: Gray
    origin: tuple[int, int]
    step: int


def track(face: Face, shrunk: Shrunk) -> Track | None:
    """Remember a face; None for one that is too small or of one colour."""
    height, width = shrunk.gray.shape
    x, y = round(face.box.x * shrunk.scale), round(face.box.y * shrunk.scale)
    w, h = round(face.box.w * shrunk.scale), round(face.box.h * shrunk.scale)
    step = max(1, w // PATCH)
    x, y = max(0, x), max(0, y)
    patch = _thin(shrunk.gray[y : min(y + h, height), x : min(x + w, width)], step)
    if min(patch.shape, default=0) < LEAST_SIDE or patch.std() < 4:
        return None
    return Track(face, patch, (x, y), step)


def follow(known: Track, shrunk: Shrunk, near: Face, elapsed: float = REACH_AFTER) -> Face | None:
    """The face `near`, as it was `elapsed` seconds ago, where it is now: the detector's box and keypoints, moved; None
    where it looks different."""
    step, (rows, columns) = known.step, known.patch.shape
    # where the patch was, by how far the face has come since the detector saw it
    x0 = known.origin[0] + round((near.box.x - known.face.box.x) * shrunk.scale)
    y0 = known.origin[1] + round((near.box.y - known.face.box.y) * shrunk.scale)
    reach = max(LEAST_REACH, REACH * min(1.0, elapsed / REACH_AFTER)) if elapsed >= 0 else REACH
    margins = max(2, math.ceil(reach * columns)) * step, max(2, math.ceil(reach * rows)) * step
    place = _look(known, shrunk, x0, y0, margins)
    if place is None:
        return None
    dx, dy = ((at - origin) / shrunk.scale for at, origin in zip(place, known.origin, strict=True))
    box = known.face.box.shifted(round(dx), round(dy))
    height, width = shrunk.gray.shape
    box = box.clipped(round(width / shrunk.scale), round(height / shrunk.scale))
    if not box.area:
        return None
    points = tuple([(x + dx, y + dy) for x, y in known.face.keypoints])
    return Face(box, near.score, points, near.emotion, near.label, near.confidence, near.attention)


def _look(known: Track, shrunk: Shrunk, x: int, y: int, margins: tuple[int, int]) -> tuple[float, float] | None:
    """Where the patch fits best, in pixels of the shrunk frame, at most so far (x, y) from a place; None where it fits by less
    than LEAST_FIT."""
    step, (rows, columns) = known.step, known.patch.shape
    height, width = shrunk.gray.shape
    left, top = max(0, x - margins[0]), max(0, y - margins[1])
    right, bottom = min(width, x + columns * step + margins[0]), min(height, y + rows * step + margins[1])
    field = _thin(shrunk.gray[top:bottom, left:right], step)
    if field.shape[0] < rows or field.shape[1] < columns:
        return None
    fits = cv2.matchTemplate(field, known.patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (column, row) = cv2.minMaxLoc(fits)
    if best < LEAST_FIT:
        return None
    return left + (column + _vertex(fits[row], column)) * step, top + (row + _vertex(fits[:, column], row)) * step


def _thin(gray: Gray, step: int) -> Gray:
    if step == 1 or min(gray.shape, default=0) < step:
        return gray
    size = gray.shape[1] // step, gray.shape[0] // step
    return np.asarray(
        cv2.resize(gray[: size[1] * step, : size[0] * step], size, interpolation=cv2.INTER_AREA), np.uint8
    )


def _vertex(values: npt.NDArray[Any], at: int) -> float:
    """How far (-0.5..0.5) the top of the parabola through a maximum and its neighbours lies from it."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, behind = values[at - 1 : at + 2].tolist()
    bend = before - 2 * here + behind
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, 0.5 * (before - behind) / bend))
