"""Tiles in a row or a column that has equal ones at equal distances: what is found some pixels off is put right by the others.

After strong compression the sides of a strip's small tiles are seen a little off, each on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..types import Box

LEAST = 4
"""Tiles of a row or a column from which it is known where each of them should be."""
ASIDE, LONGER = 3, 6
"""Pixels by which the tiles of one column differ at most in their left sides and widths, and in their heights."""
SEEN_WELL, FARTHEST = 2, 6
"""Pixels by which a tile may be off without being moved, and the most that one is moved by: what is farther off is something else."""


def in_step(tiles: Sequence[Box]) -> list[Box]:
    """The tiles in the same order, those that are some pixels out of step moved to where the others of their row or column say."""
    down = _down(tiles)
    return [_turned(box) for box in _down([_turned(box) for box in down])]


def _down(tiles: Sequence[Box]) -> list[Box]:
    """`in_step` of the columns."""
    put = list(tiles)
    for tile in tiles:
        column = [i for i, other in enumerate(tiles) if _in_line(tile, other)]
        if len(column) < LEAST or tile is not tiles[column[0]]:
            continue
        column.sort(key=lambda i: tiles[i].y)
        tops = np.array([tiles[i].y for i in column], float)
        x, w, h = (round(float(np.median([tiles[i][side] for i in column]))) for side in (0, 2, 3))
        pitch = float(np.median(np.diff(tops)))
        steps = np.rint((tops - tops[0]) / max(1.0, pitch))
        if (np.diff(steps) < 1).any():
            continue
        pitch = float(np.median(np.diff(tops) / np.diff(steps)))
        right = np.rint(float(np.median(tops - steps * pitch)) + steps * pitch)
        for i, top in zip(column, right, strict=True):
            off = max(abs(tiles[i].y - top), abs(tiles[i].h - h))
            if SEEN_WELL < off <= FARTHEST:
                put[i] = Box(x, int(top), w, h)
    return put


def _in_line(tile: Box, other: Box) -> bool:
    """Whether two tiles may be of one column."""
    return max(abs(tile.x - other.x), abs(tile.w - other.w)) <= ASIDE and abs(tile.h - other.h) <= LONGER


def _turned(box: Box) -> Box:
    """Rows for columns."""
    return Box(box.y, box.x, box.h, box.w)
