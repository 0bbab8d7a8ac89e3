"""How far eyes are open, from MediaPipe's iris model (Ablavatski et al., 2020, arXiv:2006.11341) on crops of the eyes.

The measure is the eye aspect ratio of Soukupova and Cech (2016, "Real-Time Eye Blink Detection using Facial Landmarks"):
the mean distance of the lids by the distance of the eye's corners. The iris model's lids follow a closing eye; those of
the face mesh hardly do (docs/attention.md has the figures of both).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .. import models
from ..types import Image
from .crops import placed, sample
from .runtime import Model

SIDE = 64
EXTENT = 2.3
"""Side of the crop by the distance of the eye's corners: MediaPipe's iris_landmark_landmarks_to_roi."""
CORNERS = ((33, 133), (362, 263))
"""The face mesh's points of the corners: of the eye on the image's left, of the eye on its right; each from left to right."""
LOWER, UPPER = slice(1, 8), slice(9, 16)
LEFT, RIGHT = 0, 8
"""Points of the model's contour: lower lid from corner to corner (0 to 8), upper lid (9 to 15)."""

Floats = npt.NDArray[np.float64]


class EyeModel:
    """Reads openness of eyes in batches. Raises ModelError when the model's file is missing, damaged or not loadable."""

    def __init__(self, threads: int = 1) -> None:
        self._model = Model.shipped(models.EYE_LANDMARKS, threads)

    def openness(self, image: Image, eyes: Sequence[tuple[Floats, bool]]) -> Floats:
        """Eye aspect ratio of each eye, (N,): about 0.25 open, 0.1 closed.

        eyes: the corners, (2, 2) in pixels of the BGR `image`, from the image's left to its right, and whether it is the
        eye on the image's right, which the model wants mirrored.
        """
        if not eyes:
            return np.empty(0)
        crops = np.empty((len(eyes), SIDE, SIDE, 3), np.uint8)
        for i, (corners, mirrored) in enumerate(eyes):
            across = corners[1] - corners[0]
            extent = max(1.0, EXTENT * float(np.hypot(*across)))
            middle = (corners[0] + corners[1]) / 2
            matrix = placed(
                (float(middle[0]), float(middle[1])), extent, math.atan2(across[1], across[0]), SIDE, mirrored
            )
            crops[i] = sample(image, matrix, SIDE)
        (contour,) = self._model.run(crops, ("contour",))
        return aspect_ratio(contour[:, :, :2].astype(np.float64))


def aspect_ratio(contour: Floats) -> Floats:
    """Eye aspect ratio of contours (N, 71, 2): mean distance between the lids by the distance between the corners, (N,)."""
    width = np.linalg.norm(contour[:, RIGHT] - contour[:, LEFT], axis=1)
    gaps = np.linalg.norm(contour[:, UPPER] - contour[:, LOWER], axis=2).mean(axis=1)
    return np.asarray(gaps / np.maximum(width, 1e-6), np.float64)
