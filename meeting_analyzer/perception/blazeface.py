"""MediaPipe's face detectors (BlazeFace: Bazarevsky et al., 2019, arXiv:1907.05047) on ONNX Runtime, all crops as one
batch.

The network's input, its anchors, the decoding and the weighted suppression follow MediaPipe's graphs
(modules/face_detection, tasks/cc/vision/face_detector), so that faces agree with the mediapipe package's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from .. import models
from ..types import Box, Face, Image
from .base import FaceDetector
from .runtime import Model
from .windows import merge

FaceRange = Literal["auto", "short", "full"]
Floats = npt.NDArray[np.float32]

SURE = 0.75
"""Score from which the next range is not asked. Faces too small for the short range come out with low scores and boxes too
large: of the sample people, faces of a sixth of the tile have 0.94 on average, of a twelfth 0.75, smaller ones 0.6."""
WIDE = 0.8
"""Crops of which the square in the middle is a smaller part than this are worth a second look there."""
SUPPRESS_IOU = 0.3
"""Detections that overlap the best one by more than this are averaged into it."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One of MediaPipe's models: side of its square input in pixels, (stride, anchors per cell) of its output
    layers."""

    name: str
    file: str
    tflite: str
    side: int
    layers: tuple[tuple[int, int], ...]


SHORT = Variant("short", models.FACE_SHORT_RANGE, "face_detection_short_range.tflite", 128, ((8, 2), (16, 6)))
FULL = Variant("full", models.FACE_FULL_RANGE, "face_detection_full_range_sparse.tflite", 192, ((4, 1),))
PASSES: dict[str, tuple[Variant, ...]] = {"short": (SHORT,), "full": (FULL,), "auto": (SHORT, FULL)}
"""The models of each range, in the order in which they are asked."""


@cache
def anchors(variant: Variant) -> Floats:
    """Anchor centres, (A, 2) float32 in pixels of the network's input, in the order of its outputs."""
    centres = []
    for stride, per_cell in variant.layers:
        axis = (np.arange(variant.side // stride, dtype=np.float32) + 0.5) * stride
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, per_cell, axis=0))
    result = np.concatenate(centres)
    result.flags.writeable = False
    return result


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a crop lies in the network's input: x_input = x_crop * scale + offset, per axis, in pixels."""

    scale: tuple[float, float]
    offset: tuple[float, float]


def letterbox(crop: Image, target: Image) -> Placement:
    """Scale `crop` into the square `target` (S, S, 3), keeping its aspect, centred, the rest black."""
    side = target.shape[0]
    height, width = crop.shape[:2]
    factor = side / max(height, width)
    w, h = max(1, round(width * factor)), max(1, round(height * factor))
    x, y = (side - w) // 2, (side - h) // 2
    target[:] = 0
    # MediaPipe samples bilinearly at every scale and half a network pixel off the pixel centres; averaging areas finds
    # more faces in noisy webcam pictures (models/mediapipe.md) and leaves no shift in boxes and keypoints
    how = cv2.INTER_AREA if factor < 0.5 else cv2.INTER_LINEAR
    step = min(int(1 / factor), height, width) if factor < 0.5 else 1
    if step > 1:
        # by whole numbers first: averaging over fractions of pixels takes far longer
        small = width // step, height // step
        width, height = small[0] * step, small[1] * step
        crop = np.asarray(cv2.resize(crop[:height, :width], small, interpolation=how), np.uint8)
    target[y : y + h, x : x + w] = cv2.resize(crop, (w, h), interpolation=how)
    return Placement((w / width, h / height), (x, y))


def weighted_suppression(values: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """MediaPipe's weighted non-maximum suppression.

    values: (K, 16) float32, the box as (x0, y0, x1, y1) and six points (x, y); scores: (K,) in 0..1. Each best
    detection becomes the mean, weighted by score, of all that overlap it by more than SUPPRESS_IOU; it keeps its own
    score.
    """
    order = np.argsort(-scores, kind="stable")
    values, scores = values[order], scores[order]
    sides = values[:, 2:4] - values[:, :2]
    areas = sides[:, 0] * sides[:, 1]
    left = np.ones(len(scores), bool)
    kept: list[Floats] = []
    best: list[float] = []
    for i in range(len(scores)):
        if not left[i]:
            continue
        low, high = np.maximum(values[i, :2], values[:, :2]), np.minimum(values[i, 2:4], values[:, 2:4])
        across = np.maximum(high - low, 0)
        common = across[:, 0] * across[:, 1]
        group = left & (common > SUPPRESS_IOU * (areas[i] + areas - common))
        group[i] = True
        left &= ~group
        weights = scores[group]
        kept.append(weights @ values[group] / weights.sum())
        best.append(float(scores[i]))
    return np.array(kept, np.float32).reshape(-1, values.shape[1]), np.array(best, np.float32)


def make_face(values: Sequence[float], score: float, width: int, height: int) -> Face | None:
    """A Face from (x0, y0, x1, y1) and points in pixels of a crop of the given size; None when nothing of it is
    inside."""
    x0, y0, x1, y1 = (round(v) for v in values[:4])
    box = Box(x0, y0, x1 - x0, y1 - y0).clipped(width, height)
    points = tuple((float(x), float(y)) for x, y in zip(values[4::2], values[5::2], strict=True))
    return Face(box, min(1.0, float(score)), points) if box.area else None


class Network:
    """One variant, loaded: crops in, faces out. `place` puts a crop into the network's input, see `letterbox`."""

    def __init__(
        self, variant: Variant, model: Model, min_score: float, place: Callable[[Image, Image], Placement] = letterbox
    ) -> None:
        self.variant, self.model, self.min_score, self._place = variant, model, min_score, place

    def __call__(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop, best first."""
        side = self.variant.side
        batch = np.empty((len(crops), side, side, 3), np.uint8)
        placements = [self._place(crop, batch[i]) for i, crop in enumerate(crops)]
        boxes, scores = self.model.run(batch, ("boxes", "scores"))
        return [
            self._faces(boxes[i], scores[i], place, crop.shape)
            for i, (crop, place) in enumerate(zip(crops, placements, strict=True))
        ]

    def _faces(
        self, raw: npt.NDArray[Any], scores: npt.NDArray[Any], place: Placement, shape: tuple[int, ...]
    ) -> list[Face]:
        chosen = np.flatnonzero(scores >= self.min_score)
        if not len(chosen):
            return []
        values: Floats = raw[chosen].copy()  # centre x, y, width, height, six points; all relative to the anchor
        half = values[:, 2:4] / 2
        values[:, 2:4] = values[:, :2]
        points = values.reshape(len(chosen), -1, 2)
        points += anchors(self.variant)[chosen, None]
        points[:, 0] -= half
        points[:, 1] += half
        points -= np.array(place.offset, np.float32)
        points /= np.array(place.scale, np.float32)
        found = (
            make_face(v, s, shape[1], shape[0])
            for v, s in zip(*weighted_suppression(values, scores[chosen]), strict=True)
        )
        return [face for face in found if face is not None]


Pass = Callable[[Sequence[Image]], list[list[Face]]]


def ask_in_turn(passes: Sequence[Pass], crops: Sequence[Image]) -> list[list[Face]]:
    """Faces of each crop by the first of `passes` that is SURE of one, else by the last that finds any; empty crops have
    none."""
    found: list[list[Face]] = [[] for _ in crops]
    for one in passes:
        waiting = [i for i, crop in enumerate(crops) if crop.size and not _sure(found[i])]
        if waiting:
            for i, faces in zip(waiting, one([crops[i] for i in waiting]), strict=True):
                found[i] = faces or found[i]
    return found


def closer(one: Pass) -> Pass:
    """`one`, and where it is not SURE of a face, once more on the square in the middle of the crop.

    The network sees squares: of a wide tile nearly half its input is empty, and a face in the middle is seen larger there.
    Most people sit in the middle; this costs less than half of what the full range does and finds more.
    """

    def look(crops: Sequence[Image]) -> list[list[Face]]:
        found = one(crops)
        squares = [_middle(crop) for crop in crops]
        waiting = [
            i
            for i, (crop, square) in enumerate(zip(crops, squares, strict=True))
            if square.w * square.h < WIDE * crop.shape[0] * crop.shape[1] and not _sure(found[i])
        ]
        if waiting:
            for i, faces in zip(waiting, one([squares[i].of(crops[i]) for i in waiting]), strict=True):
                found[i] = merge([*(face.shifted(squares[i].x, squares[i].y) for face in faces), *found[i]])
        return found

    return look


class RangedPass(Protocol):
    """A pass that knows which of the models computes it."""

    variant: Variant

    def __call__(self, crops: Sequence[Image], /) -> list[list[Face]]: ...


def passes_of(networks: Sequence[RangedPass]) -> list[Pass]:
    """How tiles are looked at by the networks of a range: the short one looks closer where it is not SURE."""
    return [closer(network) if network.variant is SHORT else network for network in networks]


def _middle(crop: Image) -> Box:
    height, width = crop.shape[:2]
    side = min(height, width)
    return Box((width - side) // 2, (height - side) // 2, side, side)


def _sure(faces: Sequence[Face]) -> bool:
    return any(face.score >= SURE for face in faces)


def search_widest(passes: Sequence[Pass], crops: Sequence[Image]) -> list[list[Face]]:
    """Faces of each window by the last (widest) of `passes`; where that sees none in any window, by the others in turn.

    The full range misses some faces that fill a window, which the short range finds.
    """
    found = ask_in_turn(passes[-1:], crops)
    return found if any(found) else ask_in_turn(passes[:-1], crops)


class BlazeFace(FaceDetector):
    """MediaPipe's face detector from the shipped ONNX files.

    face_range: "short" finds faces from about 1/4 of the crop's longer side, "full" from about 1/8, "auto" asks the
    short range first and the full range for the crops in which it found nothing or nothing sure. min_score: least score in 0..1.
    Raises ModelError when a model file is missing, damaged or not loadable.
    """

    def __init__(self, face_range: FaceRange = "auto", threads: int = 1, min_score: float = 0.5) -> None:
        self.name = f"mediapipe (onnx, {face_range} range)"
        self._networks = [Network(v, Model.shipped(v.file, threads), min_score) for v in PASSES[face_range]]
        self._passes = passes_of(self._networks)

    def detect(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop (BGR uint8, any size), best score first, in that crop's pixels; see FaceDetector."""
        return ask_in_turn(self._passes, crops)

    def search(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Like `detect`, by the widest range alone: a window with one near face may hold far ones too."""
        return search_widest(self._networks, crops)
