"""What a tile looks like, as a vector by which the timeline knows a tile that has moved.

It holds the tile's surroundings (background at the sides, clothing at the lower edge), an avatar where the camera is
off, and the shape of the name label's letters. The middle, where a face is, is left out: nobody is told by their face.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image

Appearance = npt.NDArray[np.float32]

COLUMNS, ROWS = 8, 6
LABEL_WIDTH, LABEL_HEIGHT = 48, 12
_CELLS = COLUMNS * ROWS * 3
SIZE = 1 + _CELLS + LABEL_WIDTH * LABEL_HEIGHT
"""Length of the vector: camera-off flag, colours of the cells (Lab, about 0..1), the label's letters (-1..1)."""

LABEL_WEIGHT = 0.35
"""Weight of the label against the surroundings: a strip over moving video is read less surely."""
COLOUR_SPAN = 0.16
"""Root mean square difference of colours, in the units of the vector, that counts as entirely different."""


def _face_free_cells() -> npt.NDArray[np.bool_]:
    """Cells (ROWS, COLUMNS) that describe the surroundings: not the middle, and not the lower left where the label stands."""
    cells = np.ones((ROWS, COLUMNS), bool)
    cells[0 : ROWS - 1, 2 : COLUMNS - 2] = False
    cells[ROWS - 1, : COLUMNS // 2 - 1] = False
    return cells


_AROUND = np.repeat(_face_free_cells().ravel(), 3)


def appearance(image: Image, box: Box, off: bool = False) -> Appearance:
    """The look of a tile of a BGR picture: float32 (SIZE,). `off`: its camera is off, so that its middle is no face."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    vector = np.zeros(SIZE, np.float32)
    if h < 8 or w < 8:
        return vector
    # a border of the active speaker comes and goes
    inset = max(1, min(h, w) // 25)
    inner = tile[inset : h - inset, inset : w - inset]
    small = cv2.resize(inner, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2Lab).reshape(-1) / 100
    vector[0] = off
    vector[1 : 1 + _CELLS] = lab if off else np.where(_AROUND, lab, 0)
    vector[1 + _CELLS :] = _label(inner)
    return vector


def _label(tile: Image) -> Appearance:
    """The letters at the tile's lower left as a little picture of zero mean and unit length, all 0 where there are none."""
    h, w = tile.shape[:2]
    strip_height = int(np.clip(h // 5, 14, 40))
    strip = cv2.cvtColor(tile[h - strip_height :, : w * 6 // 10], cv2.COLOR_BGR2GRAY)
    bright = _letters(strip)
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    if len(rows) < 4 or len(columns) < 6:
        return np.zeros(LABEL_WIDTH * LABEL_HEIGHT, np.float32)
    text = bright[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # letters keep their proportions; a label that is longer than the picture is squeezed
    width = min(LABEL_WIDTH, max(1, round(text.shape[1] * LABEL_HEIGHT / text.shape[0] / 2)))
    picture = np.zeros((LABEL_HEIGHT, LABEL_WIDTH), np.float32)
    picture[:, :width] = cv2.resize(text.astype(np.float32), (width, LABEL_HEIGHT), interpolation=cv2.INTER_AREA)
    blurred = np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.float32)
    blurred -= blurred.mean()
    return (blurred / max(1e-6, float(np.linalg.norm(blurred)))).ravel()


def _letters(strip: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where a grey strip shows thin bright strokes: brighter than what lies around them by far."""
    around = cv2.morphologyEx(strip, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    stroke = cv2.subtract(strip, around)
    return (stroke > 60) & (strip > 150)


def distance(a: Appearance, b: Appearance) -> float:
    """How different two looks are: 0 the same, 1 nothing in common. Looks of a camera on and one off are 1 apart."""
    if a[0] != b[0]:
        return 1.0
    cells = slice(1, 1 + _CELLS)
    known = slice(None) if a[0] else _AROUND
    colours = min(1.0, float(np.sqrt(np.mean((a[cells][known] - b[cells][known]) ** 2))) / COLOUR_SPAN)
    label_a, label_b = a[1 + _CELLS :], b[1 + _CELLS :]
    if not label_a.any() or not label_b.any():
        return colours
    letters = float(np.clip(1 - label_a @ label_b, 0, 1))
    return (1 - LABEL_WEIGHT) * colours + LABEL_WEIGHT * letters
