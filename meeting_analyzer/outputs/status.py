"""The slim line below the picture of a side window that has no room for a panel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..types import Image
from ..untrusted import clean
from .panel import keys_line as keys
from .text import render_text, shorten, text_width

BACKGROUND, TEXT, DIM = 32, 235, 150
"""Grey levels."""


@lru_cache(maxsize=32)
def status_line(width: int, status: str, size: int, help: str | None = None) -> Image:
    """A line of `status` and the keys, (h, width, 3), in text of `size` pixels. The keys are left out where they do not fit.

    help: other words instead of the keys.
    """
    height, keys_line = round(1.9 * size), keys() if help is None else help
    gap = size
    grey = np.full((height, width), BACKGROUND, np.float32)
    shown = shorten(clean(status), size, max(0, width - 2 * gap))
    end = gap + text_width(shown, size)
    _put(grey, shown, size, gap, TEXT)
    room = text_width(keys_line, size)
    if end + 3 * gap + room < width:
        _put(grey, keys_line, size, width - gap - room, DIM)
    return np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)


def _put(grey: np.ndarray[tuple[int, int], np.dtype[np.float32]], text: str, size: int, x: int, level: int) -> None:
    """Blend a text into the line at column x, in the middle of its height."""
    patch = render_text(text, size)
    y = (grey.shape[0] - patch.shape[0]) // 2
    top = max(0, -y)
    patch = patch[top : top + grey.shape[0] - max(0, y), : max(0, grey.shape[1] - x)]
    under = grey[max(0, y) : max(0, y) + patch.shape[0], x : x + patch.shape[1]]
    under += (level - under) * (patch / np.float32(255))
