"""Which pictures can be analysed."""

from __future__ import annotations

import numpy as np

from ..errors import SourceError
from ..types import Image

MIN_SIDE = 16
MAX_PIXELS = 100_000_000
"""Smallest side and most pixels of a picture that is analysed."""


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
