"""Augmentation that looks like video calls, on uint8 grayscale faces, with OpenCV on one thread.

Runs beside the training step, so it must stay cheap: about 50 microseconds a face.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How strongly and how often each distortion is applied. Lengths are fractions of the image's side.

    framed: share of faces that are first framed as the product frames them, where their eyes were found.
    mixed: share of faces that are blended with another one afterwards, see batches.mixed.
    """

    rotation: float = 12.0  # degrees, either way
    scale: float = 0.14
    shift: float = 0.08
    shear: float = 0.06
    contrast: float = 0.3
    brightness: float = 30.0  # of 255
    gamma: float = 0.4  # of the natural logarithm
    shrink: float = 0.15  # probability; down to half the side and up again, a small tile
    blur: float = 0.1  # probability
    jpeg: float = 0.1
    noise: float = 0.1
    erase: float = 0.25
    framed: float = 0.3
    mixed: float = 0.0

    def eased(self, factor: float) -> Augmentation:
        """Every strength and probability times `factor`; framing is no distortion and stays."""
        eased = {each.name: factor * getattr(self, each.name) for each in fields(self)}
        return Augmentation(**eased | {"framed": self.framed})


def augment(
    images: NDArray[np.uint8],
    rng: np.random.Generator,
    how: Augmentation,
    framings: NDArray[np.float32] | None = None,
) -> NDArray[np.uint8]:
    """Distorted copies of uint8 faces (N, S, S); the same rng state gives the same result.

    framings (N, 2, 3): the transform of each face to the product's framing, between pixel centres; NaN where unknown.
    """
    out = np.empty_like(images)
    for index, image in enumerate(images):
        chosen = rng.random() < how.framed
        framing = framings[index] if chosen and framings is not None else None
        out[index] = _one(image, rng, how, None if framing is None or np.isnan(framing).any() else framing)
    return out


def _one(
    image: NDArray[np.uint8], rng: np.random.Generator, how: Augmentation, framing: NDArray[np.float32] | None
) -> NDArray[np.uint8]:
    side = image.shape[0]
    turn = _affine(side, rng, how)
    if framing is not None:
        turn = (np.vstack([turn, (0, 0, 1)]) @ np.vstack([framing, (0, 0, 1)]))[:2].astype(np.float32)
    face: Any = cv2.warpAffine(image, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < how.shrink:
        small = int(rng.integers(side // 2, side))
        face = cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA)
        face = cv2.resize(face, (side, side), interpolation=cv2.INTER_LINEAR)
    if rng.random() < how.blur:
        face = cv2.GaussianBlur(face, (0, 0), rng.uniform(0.4, 1.2))
    face = cv2.LUT(face, _tone(rng, how))
    if rng.random() < how.jpeg:
        quality = int(rng.integers(20, 70))
        packed = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        face = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    if rng.random() < how.noise:
        grain = rng.normal(0, rng.uniform(2, 10), face.shape)
        face = np.clip(face + grain, 0, 255).astype(np.uint8)
    if rng.random() < how.erase:
        height, width = rng.integers(side // 8, side // 3, size=2)
        top, left = int(rng.integers(0, side - height)), int(rng.integers(0, side - width))
        face[top : top + height, left : left + width] = int(rng.integers(0, 256))
    return np.asarray(face, np.uint8)


def _affine(side: int, rng: np.random.Generator, how: Augmentation) -> NDArray[np.float32]:
    """A 2x3 matrix that turns, scales, shears, shifts and mirrors around the image's centre."""
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation))
    scale = np.exp(rng.uniform(-how.scale, how.scale))
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    shear = rng.uniform(-how.shear, how.shear)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.array([[mirror, shear], [0, 1]])
    centre = np.full(2, (side - 1) / 2)
    offset = centre - turn @ centre + rng.uniform(-how.shift, how.shift, 2) * side
    return np.column_stack([turn, offset]).astype(np.float32)


def _tone(rng: np.random.Generator, how: Augmentation) -> NDArray[np.uint8]:
    """A 256-entry table of random gamma, contrast and brightness."""
    levels = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-how.gamma, how.gamma)) * 255
    contrast = 1 + rng.uniform(-how.contrast, how.contrast)
    levels = (levels - 128) * contrast + 128 + rng.uniform(-how.brightness, how.brightness)
    return np.asarray(np.clip(np.rint(levels), 0, 255), np.uint8)
