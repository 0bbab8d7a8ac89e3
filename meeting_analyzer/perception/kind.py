"""What a tile shows, by its pixels: a camera that is off, and the border of the active speaker."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..types import Box, Image

FLAT = 7
"""Grey levels by which a plain surface may vary after compression."""
PLAIN_RING = 0.93
"""Share of the ring along a tile's inside that is of one colour when the camera is off."""
PLAIN_TILE = 0.45
"""Share of the whole tile that then has this colour; the rest is initials, a name, an avatar."""
CONTRAST = 40
"""Levels by which letters and avatars differ from the surface they stand on."""
LEAST_MARK = 0.003
"""Least share of the tile's middle that does."""
VIVID = 70
"""Least difference between a border colour's strongest and weakest channel: clients mark the speaker in bright colours."""
ALIKE = 45
"""Levels by which the border's colour may vary from side to side: compression halves the resolution of colour."""
RING_SHARE = 0.8
"""Share of each side that the speaker's border covers."""


def is_off(image: Image, box: Box) -> bool:
    """Whether a tile of a BGR picture shows a plain surface with at most a name, initials or an avatar in its middle.

    A person's shoulders reach the tile's lower edge, an avatar never does: so the ring along the tile's inside decides.
    """
    tile = box.of(image)
    h, w = tile.shape[:2]
    inset = max(4, round(0.07 * min(h, w)))
    t = max(2, round(0.02 * min(h, w)))
    if h < 4 * inset or w < 4 * inset:
        return False
    # the name label stands at the lower left, icons at the upper right
    top = tile[inset : inset + t, w // 10 : w * 8 // 10]
    left = tile[h // 8 : h * 3 // 5, inset : inset + t]
    right = tile[h // 5 : h * 4 // 5, w - inset - t : w - inset]
    ring = np.concatenate([part.reshape(-1, 3) for part in (top, left, right)])
    colour = np.median(ring, axis=0)
    if min(_share(part, colour) for part in (top, left, right)) < 0.8 or _share(ring, colour) < PLAIN_RING:
        return False
    bottom = tile[h - inset - t : h - inset, w * 11 // 20 : w * 9 // 10]
    chest = tile[h * 7 // 10 : h * 7 // 10 + t, w * 3 // 10 : w * 7 // 10]
    if _share(bottom, colour) < 0.8 and _share(chest, colour) < 0.95:
        return False
    inside = tile[inset : h - inset : 2, inset : w - inset : 2]
    if _share(inside, colour) < PLAIN_TILE or _share(chest, colour) < 0.3:
        return False
    # somebody in the dark is plain too, but nothing in the middle stands out like letters or an avatar do
    middle = tile[h // 4 : h * 3 // 4, w // 4 : w * 3 // 4]
    return 1 - _share(middle, colour, CONTRAST) >= LEAST_MARK


def is_speaking(image: Image, box: Box) -> bool:
    """Whether a tile has a border of one vivid colour along all four sides."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    depth = min(max(2, min(h, w) // 50 + 3), min(h, w) // 4)
    if depth < 1:
        return False
    # lines from the outside in, of each side; the tile's box may be a pixel or two off, differently on each side
    sides = (
        tile[:depth, w // 6 : w - w // 6],
        tile[::-1][:depth, w // 6 : w - w // 6],
        tile[h // 6 : h - h // 6, :depth].swapaxes(0, 1),
        tile[h // 6 : h - h // 6, ::-1][:, :depth].swapaxes(0, 1),
    )
    medians = np.median(sides[0], axis=1)
    colour = medians[np.argmax(medians.max(axis=1) - medians.min(axis=1))]
    if colour.max() - colour.min() < VIVID:
        return False
    return all(max(_share(line, colour, ALIKE) for line in side) >= RING_SHARE for side in sides)


def _share(pixels: npt.NDArray[np.uint8], colour: npt.NDArray[np.float64], tolerance: int = FLAT) -> float:
    """Share of pixels (..., 3) within `tolerance` of a colour in every channel."""
    if not pixels.size:
        return 0.0
    return float((np.abs(pixels.astype(np.int16) - colour).max(axis=-1) <= tolerance).mean())
