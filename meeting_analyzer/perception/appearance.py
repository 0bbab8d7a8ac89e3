"""What a tile looks like, as a vector by which the timeline knows a tile that has moved.

It holds the tile's surroundings (background at the sides, clothing at the lower edge) as a small picture and, of a video,
as shares of colours, which hardly change when a tile of another size or shape shows more or less of it; where the camera
is off what stands in the middle, initials or a picture, however large the tile is; and the shape of the name label's
letters. The middle of a video, where a face is, is left out: nobody is told by their face.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .emblem import Emblem

Appearance = npt.NDArray[np.float32]

COLUMNS, ROWS = 8, 6
FINE = 3
"""Samples in each direction of a cell whose colours are counted."""
LEAST_OF_SAMPLE = 3
"""Pixels in each direction of a sample to which a picture may be halved before its samples are averaged."""
LEVELS, TINTS = 7, 9
"""Steps of lightness, and of a and b, among which colours are shared out (CIELAB; a and b in -60..60)."""
TINT_SPAN = 0.6
BAR, BAR_LEVELS, BAR_SHARE, OTHER_BAR = 40, 5, 0.75, 0.4
"""Brightest channel of the bars beside an upright video, levels by which they vary, and the shares that they fill, of a column or its
mirror image and of the whole other bar: a page's arrow may lie over one of them, and a box may be a pixel off."""
LEAST_BAR, LEAST_BETWEEN = 0.08, 0.25
"""Least width of a bar, and of what stands between the bars, as a share of the tile's."""
VISIBLE = 0.6
"""Share of an emblem, from above, that no label hides in a small tile."""
SHAPE_SIDE, SHAPE_EDGE, PLAIN_SHAPE = 20, (0.14, 0.2), 8.0
"""Side of the small picture of an emblem's shape; shares of the emblem above it and to either side, so that it lies within a
disc; standard deviation, in levels, below which nothing stands there."""
LABEL_WIDTH, LABEL_HEIGHT = 48, 12
_CELLS = COLUMNS * ROWS * 3
_COLOURS = LEVELS * TINTS * TINTS
SIZE = 1 + _CELLS + _COLOURS + LABEL_WIDTH * LABEL_HEIGHT
"""Length of the vector: whether the tile is plain with an emblem; colours of the cells (Lab, about 0..1); square roots of the
shares of the colours (0..1) or, in their place, the emblem's shape (-1..1); the label's letters (-1..1)."""
_PICTURE, _SHARES, _LETTERS = (
    slice(1, 1 + _CELLS),
    slice(1 + _CELLS, 1 + _CELLS + _COLOURS),
    slice(1 + _CELLS + _COLOURS, SIZE),
)

_SHAPE = slice(1 + _CELLS, 1 + _CELLS + SHAPE_SIDE**2)
LABEL_WEIGHT = 0.35
"""Weight of the label against the surroundings: a strip over moving video is read less surely."""
OTHER_LETTERS = 0.5
"""Difference of two labels' letters beyond which it does not matter how different they are: the same label is cut off in a smaller
tile, has an icon that comes and goes, or bright things behind it."""
FAR_COLOUR = 0.25
"""Difference of a cell's colours beyond which it does not matter how different they are: somebody has moved there."""
COLOUR_SPAN = 0.23
"""Mean difference of the cells' colours that counts as entirely different."""
SHARES_SPAN = 0.74
"""Hellinger distance of the colours of two videos that counts as entirely different."""


def _face_free_cells() -> npt.NDArray[np.bool_]:
    """Cells (ROWS, COLUMNS) that describe the surroundings: not the middle, and not the lower left where the label stands."""
    cells = np.ones((ROWS, COLUMNS), bool)
    cells[0 : ROWS - 1, 2 : COLUMNS - 2] = False
    cells[ROWS - 1, : COLUMNS // 2 - 1] = False
    return cells


_AROUND_PICTURE = np.repeat(_face_free_cells().ravel(), 3)
_AROUND = np.repeat(np.repeat(_face_free_cells(), FINE, axis=0), FINE, axis=1)


def appearance(image: Image, box: Box, emblem: Emblem | None = None) -> Appearance:
    """The look of a tile of a BGR picture: float32 (SIZE,). `emblem`: what stands in its middle, which then is no face."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    vector = np.zeros(SIZE, np.float32)
    if h < 8 or w < 8:
        return vector
    # a border of the active speaker comes and goes
    inset = max(1, min(h, w) // 25)
    inner = tile[inset : h - inset, inset : w - inset]
    if emblem is not None:
        shown = emblem.box if emblem.line else emblem.box._replace(h=round(VISIBLE * emblem.box.h))
        vector[0] = 1
        cells = _lab(_cells(_fine(shown.of(image))))
        # which cells the strokes of letters fill depends on their size
        cells = np.broadcast_to(cells.mean(axis=(0, 1)), cells.shape) if emblem.line else cells
        vector[_PICTURE] = cells.reshape(-1)
        vector[_SHAPE] = _line(shown.of(image)) if emblem.line else _shape(shown.of(image))
    else:
        fine = _fine(_between_bars(inner))
        vector[_PICTURE] = _lab(_cells(fine)).reshape(-1)
        vector[_PICTURE][~_AROUND_PICTURE] = 0
        vector[_SHARES] = np.sqrt(_shares(_lab(fine)[_AROUND]))
    vector[_LETTERS] = _label(inner)
    return vector


def _fine(picture: Image) -> Image:
    """Mean colours of a picture's samples, FINE of them in each direction of a cell."""
    columns, rows = COLUMNS * FINE, ROWS * FINE
    # averaging in one step takes several times as long
    while picture.shape[1] >= 2 * LEAST_OF_SAMPLE * columns and picture.shape[0] >= 2 * LEAST_OF_SAMPLE * rows:
        h, w = picture.shape[0] // 2, picture.shape[1] // 2
        picture = np.asarray(cv2.resize(picture[: 2 * h, : 2 * w], (w, h), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def _cells(fine: Image) -> Image:
    """Mean colours of the cells, from those of their samples."""
    return np.asarray(cv2.resize(fine, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.uint8)


def _lab(small: Image) -> Appearance:
    """A small picture's colours: Lab, about 0..1, (rows, columns, 3)."""
    return np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2Lab) / 100, np.float32)


def _shares(lab: npt.NDArray[Any]) -> Appearance:
    """How much of each colour there is, (LEVELS * TINTS * TINTS,) of sum 1; each sample (n, 3) is shared out among the eight
    steps around it, so that a slightly other colour is a slightly other sum."""
    tint = (lab[:, 1:] + TINT_SPAN) * ((TINTS - 1) / (2 * TINT_SPAN))
    place = np.column_stack([lab[:, 0] * (LEVELS - 1), tint])
    lower = np.clip(np.floor(place), 0, (LEVELS - 2, TINTS - 2, TINTS - 2)).astype(np.int64)
    part = np.clip(place - lower, 0, 1).T
    level, a, b = np.stack([1 - part, part], axis=1)
    weights = level[:, None, None] * a[None, :, None] * b[None, None, :]
    steps = np.add.outer(np.add.outer([0, TINTS * TINTS], [0, TINTS]), [0, 1])
    first = lower @ (TINTS * TINTS, TINTS, 1)
    sums = np.bincount((steps[..., None] + first).ravel(), weights.ravel(), _COLOURS)
    return np.asarray(sums / max(1, len(lab)), np.float32)


def _between_bars(tile: Image) -> Image:
    """A tile without the dark bars at both sides of an upright video, which are the same for everybody with a telephone."""
    h, w = tile.shape[:2]
    upper = tile[h // 20 : h * 6 // 10 : max(1, h // 40)]
    # a box may take in some pixels of the gallery's background
    first = w // 20
    edge = np.median(upper[:, [first, first + 1, -first - 2, -first - 1]].reshape(-1, 3), axis=0)
    if edge.max() > BAR:
        return tile
    plain = (np.abs(upper.astype(np.int16) - edge).max(axis=2) <= BAR_LEVELS).mean(axis=0)
    bars = np.maximum(plain, plain[::-1]) >= BAR_SHARE
    bars[:first] = True
    width = int(np.argmin(bars)) if not bars.all() else w
    if not LEAST_BAR * w <= width <= (1 - LEAST_BETWEEN) / 2 * w:
        return tile
    if min(plain[first:width].mean(), plain[w - width : w - first].mean()) < OTHER_BAR:
        return tile
    return tile[:, width : w - width]


def _shape(shown: Image) -> Appearance:
    """What the upper part of an emblem shows in its middle, initials or a picture, in grey: (SHAPE_SIDE ** 2,) of zero mean and
    unit length, all 0 where there is nothing."""
    h, w = shown.shape[:2]
    top, side = round(h * SHAPE_EDGE[0] / VISIBLE), round(w * SHAPE_EDGE[1])
    return _unit(shown[top:, side : w - side], SHAPE_SIDE, SHAPE_SIDE)


def _line(shown: Image) -> Appearance:
    """What a line of letters looks like, in grey: (SHAPE_SIDE ** 2,) of zero mean and unit length."""
    return _unit(shown, 2 * SHAPE_SIDE, SHAPE_SIDE // 2)


def _unit(shown: Image, width: int, height: int) -> Appearance:
    """A small grey picture of zero mean and unit length, (width * height,); all 0 where it is plain."""
    gray = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    blurred = np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.float32)
    blurred -= blurred.mean()
    if float(blurred.std()) < PLAIN_SHAPE:
        return np.zeros(width * height, np.float32)
    return (blurred / float(np.linalg.norm(blurred))).ravel()


def _label(tile: Image) -> Appearance:
    """The letters at the tile's lower left as a little picture of zero mean and unit length, all 0 where there are none."""
    h, w = tile.shape[:2]
    strip_height = int(np.clip(h // 5, 26, 40))
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
    """How different two looks are: 0 the same, 1 nothing in common. Looks with an emblem and without one are 1 apart."""
    if a[0] != b[0]:
        return 1.0
    apart = np.linalg.norm((a[_PICTURE] - b[_PICTURE]).reshape(-1, 3), axis=1)
    if not a[0]:
        apart = apart[_AROUND_PICTURE[::3]]
    colours = min(1.0, float(np.minimum(apart, FAR_COLOUR).mean()) / COLOUR_SPAN)
    if a[0]:
        # the same letters on a disc of another colour are somebody else's, as are other letters on the same disc
        colours = max(colours, _shapes_apart(a[_SHAPE], b[_SHAPE]))
    else:
        # Hellinger's distance (1909) of the shares
        shares = math.sqrt(max(0.0, 1 - float(a[_SHARES] @ b[_SHARES]))) / SHARES_SPAN
        colours = (colours + min(1.0, shares)) / 2
    label_a, label_b = a[_LETTERS], b[_LETTERS]
    if not label_a.any() or not label_b.any():
        return colours
    letters = float(np.clip(1 - label_a @ label_b, 0, OTHER_LETTERS))
    return (1 - LABEL_WEIGHT) * colours + LABEL_WEIGHT * letters


def _shapes_apart(a: Appearance, b: Appearance) -> float:
    """How different two shapes are, 0..1; 0 for two that are nothing."""
    return float(np.clip(1 - a @ b, 0, 1)) if a.any() or b.any() else 0.0
