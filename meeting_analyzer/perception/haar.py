"""OpenCV's frontal Haar cascade (Viola and Jones, 2001; Lienhart and Maydt, 2002): the detector that needs no model
file of ours."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..errors import ModelError
from ..types import Box, Face, Image
from .base import FaceDetector

CASCADE = "haarcascade_frontalface_default.xml"
SIDE = 240
"""Crops are scaled to this longer side in pixels. The cascade's own window is 24 pixels wide; at 240 it found as many
faces as at 320 (180 of 180 frames of the sample people; 171 to 177 with faces of a sixth of the width) in two thirds
of the time."""
SMALLEST = 1 / 8
"""Smallest face that is looked for, of the longer side."""
MAX_ENLARGEMENT = 3.0
STEP = 1.1
NEIGHBOURS = 3
MIDDLE, SPREAD = 1.5, 1.5
"""Stage sum at which the score is 1/2, and how fast it rises. 95 % of the true faces of the sample people have more
than 4."""


def score_of(weight: float) -> float:
    """The cascade's last stage sum (any real number) as a score in 0..1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, (weight - MIDDLE) / SPREAD))))


class HaarDetector(FaceDetector):
    """Frontal faces from 1/8 of the crop's longer side; no keypoints. min_score: least score in 0..1.

    Raises ModelError where OpenCV has no cascades (5.0 dropped them) or their file is missing.
    """

    def __init__(self, min_score: float = 0.5) -> None:
        self.name = "haar (OpenCV)"
        self._min_score = min_score
        if not hasattr(cv2, "CascadeClassifier") or not hasattr(cv2, "data"):
            raise ModelError(
                f"OpenCV {cv2.__version__} has no Haar cascades: "
                'install an older one with `pip install "opencv-python<5"`.'
            )
        path = Path(importlib.import_module("cv2.data").haarcascades) / CASCADE
        reason = "is missing" if not path.is_file() else "cannot be loaded"
        try:
            self._cascade = cv2.CascadeClassifier(str(path))
            loaded = not self._cascade.empty()
        except cv2.error:
            loaded = False
        if not loaded:
            raise ModelError(f'OpenCV\'s cascade {path} {reason}: `pip install --force-reinstall "opencv-python<5"`.')

    def detect(self, crops: Sequence[Image]) -> list[list[Face]]:
        """Faces of each crop (BGR uint8, any size), best score first, in that crop's pixels; see FaceDetector."""
        return [self._one(crop) if crop.size else [] for crop in crops]

    def _one(self, crop: Image) -> list[Face]:
        height, width = crop.shape[:2]
        factor = min(SIDE / max(height, width), MAX_ENLARGEMENT)
        size = max(1, round(width * factor)), max(1, round(height * factor))
        gray = cv2.cvtColor(
            cv2.resize(crop, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY
        )
        smallest = max(24, round(max(size) * SMALLEST))
        boxes, _, weights = self._cascade.detectMultiScale3(
            gray, scaleFactor=STEP, minNeighbors=NEIGHBOURS, minSize=(smallest, smallest), outputRejectLevels=True
        )
        faces = []
        for (x, y, w, h), weight in zip(boxes, np.ravel(weights), strict=True):
            score = score_of(float(weight))
            box = Box(*(round(v / factor) for v in (x, y, w, h))).clipped(width, height)
            if score >= self._min_score and box.area:
                faces.append(Face(box, score))
        return sorted(faces, key=lambda face: -face.score)
