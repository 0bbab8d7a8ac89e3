"""White letters over a picture: what is whiter than its surroundings, however light these are."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]

LEAST_INK = 10.0
"""Least difference in brightness, 0..255, of ink and ground that is spread over the whole range."""
GROUND, INK = 70, 98
"""Percentiles of the brightness that are the ground's, within a label's height, and the ink's, in all of the label."""
LIFT = 0.1
"""Share of the way from the ground's brightness to the ink's up to which a place is ground."""
_STEP = 2
"""Pixels from one place to the next at which the ground is measured."""


def whiteness(white: Mask) -> Mask:
    """How far each pixel of a band (h, w) that holds one line is white letters, 0..255, whatever is behind them: brighter than what is
    around, be that dark at one end of the name and nearly white at the other.

    white: the least of each pixel's three channels, 0..255, which is low for every bright colour.
    """
    if not white.size:
        return white
    ground = _ground(white).astype(np.float32)
    ink = float(np.percentile(white, INK))
    ground += LIFT * np.maximum(0, ink - ground)
    return np.asarray(np.clip(255 * (white - ground) / np.maximum(LEAST_INK, ink - ground), 0, 255), np.uint8)


def _ground(white: Mask) -> Mask:
    """The brightness of the ground at each pixel of (h, w), 0..255: what most is at least as dark as, as far around as the patch is high.
    Letters cover less than the rest, and of two grounds that meet there the brighter one is to be told from them."""
    reach = max(3, white.shape[0] // 2)
    wide = cv2.copyMakeBorder(white, reach, reach, reach, reach, cv2.BORDER_REFLECT)[::_STEP, ::_STEP]
    side = 2 * reach // _STEP + 1
    rank = GROUND * (side * side - 1) // 100
    ground = np.zeros((wide.shape[0] - side + 1, wide.shape[1] - side + 1), np.uint8)
    # a rank filter: counting what is darker, level by level, takes a tenth of the time of sorting each neighbourhood
    for level in np.unique(wide):
        darker = (wide < level).astype(np.uint8)
        count = cv2.boxFilter(darker, cv2.CV_32S, (side, side), anchor=(0, 0), normalize=False)
        ground[count[: ground.shape[0], : ground.shape[1]] <= rank] = level
    return np.asarray(cv2.resize(ground, white.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)
