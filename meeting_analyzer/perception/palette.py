"""The colours of a picture by how frequent they are.

Five bits a channel tell plain surfaces from the noise of videos; the exact colour is the median within such a bin.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Image

_BINS, _WIDTH = 32, 8
"""Bins of a channel, and levels in one."""


def frequencies(pixels: Image) -> npt.NDArray[np.float32]:
    """How many of some BGR pixels (H, W, 3) are in each bin (32768,)."""
    counts = cv2.calcHist([pixels], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3)
    return np.asarray(counts, np.float32).ravel()


def bins_of(pixels: Image) -> npt.NDArray[np.int32]:
    """The bin of each of some BGR pixels (H, W, 3), (H, W)."""
    blue, green, red = ((pixels[..., channel] // _WIDTH).astype(np.int32) for channel in range(3))
    return (blue * _BINS + green) * _BINS + red


def colour_in(pixels: Image, number: int) -> npt.NDArray[np.float64]:
    """The median colour (BGR) of those of some pixels (H, W, 3) that are in a bin, which is not empty."""
    lows = [_WIDTH * int(bin) for bin in np.unravel_index(number, (_BINS,) * 3)]
    ranges = [limit for low in lows for limit in (low, low + _WIDTH)]
    counts = cv2.calcHist([pixels], [0, 1, 2], None, [_WIDTH] * 3, ranges)
    colour = []
    for low, others in zip(lows, ((1, 2), (0, 2), (0, 1)), strict=True):
        ranks = counts.sum(axis=others).cumsum()
        middle = (ranks[-1] - 1) // 2, ranks[-1] // 2
        colour.append(low + float(np.searchsorted(ranks, middle, side="right").mean()))
    return np.array(colour)
