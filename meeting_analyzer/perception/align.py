"""Faces brought into the framing that the emotion model was trained on: eyes at fixed places, upright, grayscale.

The transform is a similarity (turn, scale, shift), found from the eyes. In a head turned far to the side the eyes come
close together, so the distance from eyes to mouth bounds the scale and lends its direction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..types import Face, Image, Point
from .crops import Matrix, sample

Gray = npt.NDArray[np.uint8]

MIN_SIDE = 8
"""Boxes with a shorter side, in pixels, hold no readable face."""
EYES_IN_HAAR_BOX: tuple[Point, Point] = ((0.32, 0.40), (0.67, 0.40))
"""Where the eyes are in the box of OpenCV's frontal cascade, as fractions: medians over 179 frames of the sample
people."""
EYES_TO_MOUTH = 0.8
"""Least distance between the eyes as a fraction of that from their middle to the mouth: below it the head is turned.
The median of 1,459 FER2013 faces is 0.93, 5 % lie below 0.79; of the sample people's faces within 8 degrees of
frontal 5 % lie below 0.87, those turned by more than 25 degrees lie around 0.58."""


@dataclass(frozen=True, slots=True)
class Framing:
    """Where the eyes belong, as fractions of the crop: the one on the image's left and the one on its right."""

    left_eye: Point
    right_eye: Point


def eyes_of(face: Face) -> tuple[complex, complex] | None:
    """Middle between the eyes and the vector from the left to the right one, as complex numbers in pixels.

    Without keypoints the eyes are where they usually are in the box. None for a face too small or without extent.
    """
    box = face.box
    if min(box.w, box.h) < MIN_SIDE:
        return None
    if len(face.keypoints) < 4:
        left, right = (complex(box.x + fx * box.w, box.y + fy * box.h) for fx, fy in EYES_IN_HAAR_BOX)
        return (left + right) / 2, right - left
    left, right, _, mouth = (complex(*point) for point in face.keypoints[:4])
    middle, across = (left + right) / 2, right - left
    upright = (mouth - middle) / 1j  # turned by a quarter, so that it points the way the eyes do
    missing = EYES_TO_MOUTH * abs(upright) - abs(across)
    if missing > 0:
        turned = across + missing * upright / abs(upright)
        if abs(turned) < 1e-6:
            turned = upright
        across = turned / abs(turned) * (EYES_TO_MOUTH * abs(upright))
    # a keypoint gone astray must not blow the crop up: the box knows the size of the face
    length = min(max(abs(across), 0.2 * box.w), 0.7 * box.w)
    if not (math.isfinite(abs(across)) and math.isfinite(abs(middle))) or abs(across) < 1e-6:
        return None
    return middle, across / abs(across) * length


def transform(face: Face, framing: Framing, side: int) -> Matrix | None:
    """The (2, 3) matrix from the frame to the crop (side, side); None for a face that cannot be framed.

    Both in continuous pixels: the first pixel reaches from 0 to 1.
    """
    eyes = eyes_of(face)
    if eyes is None:
        return None
    middle, across = eyes
    left, right = (complex(*point) * side for point in (framing.left_eye, framing.right_eye))
    factor = (right - left) / across
    shift = (left + right) / 2 - factor * middle
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def framed(image: Image, face: Face, framing: Framing, side: int) -> Gray | None:
    """The face as (side, side) uint8 gray, the picture's border repeated beyond it; None when it cannot be framed.

    image: the BGR frame whose pixels the face's box and keypoints count.
    """
    matrix = transform(face, framing, side)
    if matrix is None:
        return None
    return sample(image, matrix, side, gray=True)
