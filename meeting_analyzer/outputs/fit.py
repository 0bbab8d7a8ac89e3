"""A picture fitted into another size without being distorted."""

from __future__ import annotations

import cv2
import numpy as np

from ..types import Image


def inner_size(picture: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a picture scaled to fit into `size`, its proportions kept."""
    scale = min(size[0] / picture[0], size[1] / picture[1])
    return min(size[0], max(1, round(picture[0] * scale))), min(size[1], max(1, round(picture[1] * scale)))


def letterbox(image: Image, size: tuple[int, int]) -> Image:
    """`image` (H, W, 3) scaled into (width, height) pixels, its proportions kept, centred on black.

    Returned as it is where it has that size already.
    """
    width, height = size
    h, w = image.shape[:2]
    if (w, h) == (width, height):
        return image
    inner = inner_size((w, h), size)
    scaled = _scaled(image, inner)
    if inner == size:
        return np.asarray(scaled, np.uint8)
    fitted = np.zeros((height, width, 3), np.uint8)
    x, y = (width - inner[0]) // 2, (height - inner[1]) // 2
    fitted[y : y + inner[1], x : x + inner[0]] = scaled
    return fitted


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    """`image` in exactly this size. Halved by averaging first while it is twice as large, so that no line falls between two
    samples; averaging in one step would cost nine times as much."""
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        image = np.asarray(
            cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )
    if image.shape[:2] == size[::-1]:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def even(image: Image) -> Image:
    """The picture with an odd width or height made even by repeating its last column or row."""
    h, w = image.shape[:2]
    if not h % 2 and not w % 2:
        return image
    return np.asarray(cv2.copyMakeBorder(image, 0, h % 2, 0, w % 2, cv2.BORDER_REPLICATE), np.uint8)
