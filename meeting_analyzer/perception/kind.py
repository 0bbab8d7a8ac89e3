"""What a tile shows, by its pixels: a camera that is off, and the border of the active speaker."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image

FLAT = 7
"""Levels by which a plain surface may vary after compression."""
PLAIN_RING = 0.93
"""Share of the ring along a tile's inside that is of one colour when the camera is off."""
PLAIN_TILE = 0.4
"""Share of the whole tile that then has this colour; the rest is initials, a name, an avatar."""
CONTRAST = 22
"""Levels by which letters and avatars differ from the surface they stand on."""
LEAST_MARK = 0.006
"""Least share of the tile's middle that does."""
LABEL_ROW = 0.2
"""Share of a row's left that is not plain where a label stands, which begins at the left."""
EMPTY_ROW = 0.97
"""Share of a row's middle that is plain where there is neither avatar nor body."""
VIVID = 60
"""Least difference between a border colour's strongest and weakest channel: clients mark the speaker in bright colours."""
ALIKE = 45
"""Levels by which the border's colour may vary from side to side: compression halves the resolution of colour."""
RING_SHARE = 0.8
"""Share of each side that the speaker's border covers."""
PAPER = 0.3
"""Share of a shared screen that is of one colour."""
STROKE, STROKES = 70, 0.0025
"""Levels from one pixel to the next at the side of a letter or a line, and the least share of pixels that have it."""
_ROWS = 120
"""About how many rows a tile is thinned out to."""


def is_off(image: Image, box: Box) -> bool:
    """Whether a tile of a BGR picture shows a plain surface with at most a name, initials or an avatar in its middle.

    Above and beside the middle the surface is plain, and below it too: a body reaches the tile's lower edge, an avatar
    never does. The name label, which begins at the left, may hide that; then the rows above and below it tell.
    """
    tile = box.of(image)
    h, w = tile.shape[:2]
    if min(h, w) < 24:
        return False
    inset = max(4, round(0.07 * min(h, w)))
    step = max(1, h // _ROWS)
    # little is left out at the bottom: a label may leave but few rows free there
    floor = max(3, round(0.03 * min(h, w)))
    tile = np.ascontiguousarray(tile[inset : h - floor : step, inset : w - inset : step])
    h, w = tile.shape[:2]
    t = max(2, h // 40)
    # icons stand at the upper right
    ring = (tile[:t, : w * 8 // 10], tile[: h // 2, :t], tile[h // 5 : h * 8 // 10, w - t :])
    colour = np.median(np.concatenate([part.reshape(-1, 3) for part in ring]), axis=0)
    away = _away(tile, colour)
    plain = away <= FLAT
    sides = (plain[:t, : w * 8 // 10], plain[: h // 2, :t], plain[h // 5 : h * 8 // 10, w - t :])
    if min(float(side.mean()) for side in sides) < 0.85 or float(np.mean([s.mean() for s in sides])) < PLAIN_RING:
        return False
    if float(plain.mean()) < PLAIN_TILE:
        return False
    label = (1 - plain[:, : w // 5].mean(axis=1) > LABEL_ROW) & (np.arange(h) > h * 11 // 20)
    # letters end before their label does
    label = cv2.dilate(label.astype(np.uint8)[:, None], np.ones((3, 1), np.uint8))[:, 0] > 0
    below = ~label & (np.arange(h) > h * 13 // 20)
    empty = below & (plain[:, w // 4 : w * 3 // 4].mean(axis=1) >= EMPTY_ROW)
    beside = plain[h * 4 // 5 : h - t, w * 11 // 20 : w - t]
    if empty.sum() < max(2, 0.25 * below.sum()) and float(beside.mean()) < PLAIN_RING:
        return False
    # somebody in the dark is plain too, but nothing in the middle stands out like letters or an avatar do
    middle = away[h // 5 : h * 3 // 4, w // 4 : w * 3 // 4][~label[h // 5 : h * 3 // 4]]
    return bool(middle.size) and float((middle > CONTRAST).mean()) >= LEAST_MARK


def is_speaking(image: Image, box: Box) -> bool:
    """Whether a tile has a border of one vivid colour along all four sides."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    depth = min(max(2, min(h, w) // 50 + 3), min(h, w) // 6)
    if depth < 1:
        return False
    # lines from the outside in, of each side; the box may be a pixel or two off, differently on each side; the label
    # may cover the border at the lower left
    sides = (
        tile[: 3 * depth, w // 6 : w - w // 6],
        tile[::-1][: 3 * depth, w // 2 : w - w // 8],
        tile[h // 8 : h // 2, : 3 * depth].swapaxes(0, 1),
        tile[h // 6 : h - h // 6, ::-1][:, : 3 * depth].swapaxes(0, 1),
    )
    for line in sides[0][:depth]:
        colour = np.median(line, axis=0)
        if colour.max() - colour.min() < VIVID or _share(line, colour, ALIKE) < RING_SHARE:
            continue
        on_border = [max(_share(outer, colour, ALIKE) for outer in side[:depth]) >= RING_SHARE for side in sides]
        # a wall of that colour goes on inside
        inside = [_share(side[2 * depth :], colour, ALIKE) for side in sides]
        if all(on_border) and sorted(inside)[1] < 0.5:
            return True
    return False


def _away(pixels: Image, colour: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """How far pixels (H, W, 3) are from a colour in the channel that differs most."""
    apart = cv2.absdiff(pixels, np.full_like(pixels, np.rint(colour).astype(np.uint8)))
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def _share(pixels: npt.NDArray[np.uint8], colour: npt.NDArray[Any], tolerance: int) -> float:
    """Share of pixels (..., 3) within `tolerance` of a colour in every channel."""
    if not pixels.size:
        return 0.0
    return float((np.abs(pixels.astype(np.int16) - colour).max(axis=-1) <= tolerance).mean())


def is_written(image: Image, box: Box, around: bool = False) -> bool:
    """Whether a large part of a BGR picture shows a slide, a document, a program: plain paper and sharp strokes.

    A camera's picture has neither: what is plain in it is not of one colour, what has an edge is soft.
    around: only what stands around the middle counts, where a camera that is off shows an avatar or a name.
    """
    part = box.of(image)
    h, w = part.shape[:2]
    part = part[h // 20 : h - h // 20, w // 20 : w - w // 20]
    h, w = part.shape[:2]
    if min(h, w) < 40:
        return False
    step = max(1, h // 200)
    colours = np.ascontiguousarray(part[::step, ::step]).reshape(-1, 3)
    blue, green, red = (colours >> 3).astype(np.int32).T
    codes = blue << 10 | green << 5 | red
    paper = np.median(colours[codes == np.bincount(codes).argmax()], axis=0)
    if _share(colours, paper, 4) < PAPER:
        return False
    gray = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    stroke = cv2.absdiff(gray[:, 1:], gray[:, :-1]) > STROKE
    stroke[h * 3 // 4 :, : w // 2] = False  # where a tile's name is
    if around:
        stroke[h // 4 : h * 3 // 4, w // 8 : w * 7 // 8] = False
    return float(stroke.mean()) >= STROKES
