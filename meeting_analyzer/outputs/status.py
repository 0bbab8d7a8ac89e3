"""The slim line below the picture of the side window."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..types import Image
from ..untrusted import clean
from .text import render_text, shorten, text_width

OF_WIDTH = 1 / 48
"""Height of the line as a part of the picture's width, so that it reads the same at every size of picture."""
LEAST = 22
KEYS = "q quit   space pause   b hide   n names"
BACKGROUND, TEXT, DIM = 32, 235, 150
"""Grey levels."""


def with_status(picture: Image, status: str) -> Image:
    """`picture` (H, W, 3) with a line of `status` and the keys below it: (H + line, W, 3)."""
    return np.ascontiguousarray(np.vstack([picture, line(picture.shape[1], status)]))


@lru_cache(maxsize=8)
def line(width: int, status: str) -> Image:
    """The line alone, of the given width in pixels. The keys are left out where they do not fit."""
    height = max(LEAST, round(width * OF_WIDTH))
    size, gap = round(height * 0.52), height // 2
    grey = np.full((height, width), BACKGROUND, np.float32)
    shown = shorten(clean(status), size, max(0, width - 2 * gap))
    end = gap + text_width(shown, size)
    _put(grey, shown, size, gap, TEXT)
    keys = text_width(KEYS, size)
    if end + 3 * gap + keys < width:
        _put(grey, KEYS, size, width - gap - keys, DIM)
    return np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)


def _put(grey: np.ndarray[tuple[int, int], np.dtype[np.float32]], text: str, size: int, x: int, level: int) -> None:
    """Blend a text into the line at column x, in the middle of its height."""
    patch = render_text(text, size)
    y = (grey.shape[0] - patch.shape[0]) // 2
    top = max(0, -y)
    patch = patch[top : top + grey.shape[0] - max(0, y), : max(0, grey.shape[1] - x)]
    under = grey[max(0, y) : max(0, y) + patch.shape[0], x : x + patch.shape[1]]
    under += (level - under) * (patch / np.float32(255))
