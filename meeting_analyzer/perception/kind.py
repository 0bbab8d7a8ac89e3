"""What a tile shows, by its pixels: a camera that is off, and the border of the active speaker."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image, TileKind
from .base import TileBox
from .emblem import find_emblem, median
from .labels import find_label
from .palette import colour_in, frequencies

VIVID = 60
"""Least difference between a border colour's strongest and weakest channel: clients mark the speaker in bright colours."""
ALIKE = 45
"""Levels by which the border's colour may vary from side to side: compression halves the resolution of colour."""
RING_SHARE = 0.8
"""Share of each side that the speaker's border covers."""
PAPER = 0.3
"""Share of a shared screen that is of one colour."""
STROKE, STROKES = 70, 0.0018
"""Levels from one pixel to the next at the side of a letter or a line, and the least share of pixels that have it."""
DEEPEST = 14
"""Widest border in pixels."""


def kind_of(image: Image, box: Box) -> TileKind:
    """What a tile of a BGR picture shows: a camera's `video`; `off`, a plain surface with a name or initials; `still`, such
    a surface with a picture in its middle.

    A picture that fills its tile looks like a video: only time tells (`memory.py`).
    """
    emblem = find_emblem(image, box)
    return emblem.kind if emblem else "video"


def is_speaking(image: Image, box: Box) -> bool:
    """Whether a tile has a border of one vivid colour along all four sides."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    depth = min(max(2, min(h, w) // 50 + 3), min(h, w) // 6, DEEPEST)
    if depth < 1:
        return False
    across, down = max(1, w // 240), max(1, h // 160)
    # lines from the outside in, of each side; the box may be a pixel or two off, differently on each side; the label
    # may cover the border at the lower left
    sides = (
        tile[: 3 * depth, w // 6 : w - w // 6 : across],
        tile[::-1][: 3 * depth, w // 2 : w - w // 8 : across],
        tile[h // 8 : h // 2 : down, : 3 * depth].swapaxes(0, 1),
        tile[h // 6 : h - h // 6 : down, ::-1][:, : 3 * depth].swapaxes(0, 1),
    )
    for line in sides[0][:depth]:
        colour = median(line)
        if colour.max() - colour.min() < VIVID or _share(line, colour, ALIKE) < RING_SHARE:
            continue
        on_border = [max(_share(outer, colour, ALIKE) for outer in side[:depth]) >= RING_SHARE for side in sides]
        # a wall of that colour goes on inside
        inside = [_share(side[2 * depth :], colour, ALIKE) for side in sides]
        if all(on_border) and sorted(inside)[1] < 0.5:
            return True
    return False


def _share(pixels: npt.NDArray[np.uint8], colour: npt.NDArray[Any], tolerance: int) -> float:
    """Share of pixels (..., 3) within `tolerance` of a colour in every channel."""
    if not pixels.size:
        return 0.0
    low, high = np.ceil(colour - tolerance), np.floor(colour + tolerance)
    near = cv2.inRange(np.ascontiguousarray(pixels).reshape(-1, 1, 3), low, high)
    return cv2.countNonZero(near) / near.size


def paper_of(image: Image, box: Box) -> npt.NDArray[np.float64]:
    """The commonest colour (BGR) of a part of a picture: of a document, its paper."""
    return _paper(box.of(image))[1]


def _paper(part: Image) -> tuple[Image, npt.NDArray[np.float64]]:
    """A picture thinned out, and the commonest of its colours."""
    step = max(1, part.shape[0] // 200)
    thin = np.ascontiguousarray(part[::step, ::step])
    return thin, colour_in(thin, int(frequencies(thin).argmax()))


def is_written(image: Image, box: Box, around: bool | None = False) -> bool:
    """Whether a large part of a BGR picture shows a slide, a document, a program: plain paper and sharp strokes.

    A camera's picture has neither: what is plain in it is not of one colour, what has an edge is soft.
    around: only what stands around the middle counts, where a camera that is off shows an avatar or a name; None: if it
    looks like one that is off.
    """
    part = box.of(image)
    h, w = part.shape[:2]
    part = part[h // 20 : h - h // 20, w // 20 : w - w // 20]
    h, w = part.shape[:2]
    if min(h, w) < 24:
        return False
    colours, paper = _paper(part)
    plain = _share(colours, paper, 4)
    if plain < PAPER:
        return False
    gray = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    stroke = np.asarray(cv2.absdiff(gray[:, 1:], gray[:, :-1])) > STROKE
    stroke[h * 3 // 4 :, : w // 2] = False  # where a tile's name is
    # a slide with few words is nearly all paper
    least = STROKES if plain < 2 * PAPER else STROKES / 2
    if float(stroke.mean()) < least:
        return False
    # takes longer than all of this
    if around is None:
        around = kind_of(image, box) != "video"
    if around:
        stroke[h // 4 : h * 3 // 4, w // 8 : w * 7 // 8] = False
        stroke[: h // 3, w - h // 3 :] = False  # where a microphone is that is muted
        # in a small tile a name is half as wide as it, or more
        if float(stroke.mean()) >= least and (label := find_label(image, TileBox(box))) is not None:
            left, top = label.box.x - box.x - box.w // 20, label.box.y - box.y - box.h // 20
            stroke[max(0, top) : top + label.box.h, max(0, left) : left + label.box.w] = False
    return float(stroke.mean()) >= least
