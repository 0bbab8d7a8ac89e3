"""A circle or a rounded square about the middle of a plain tile, as clients draw around a picture or behind initials."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Marks = npt.NDArray[np.uint8]
"""How far each pixel (rows, columns) of a thinned tile is from the surface's colour, in levels of the channel that differs most."""

FLAT = 8
"""Levels by which a plain surface may vary after compression."""
SMALLEST, LARGEST = 0.06, 0.36
"""Radius of a disc as a share of the tile's height; in a very large tile it is small."""
HALO = 22
"""Levels up to which compression changes a surface beside what stands on it."""
RINGING = 0.2
"""The same beside letters, as a share of what these differ from the surface."""
ROUND = 0.86
"""Least agreement (IoU) of the hull of what is in the middle with a circle or a rounded square, in its upper half."""
AROUND, STRAY = 1.5, 0.06
"""How far around it nothing stands, in radii, and the share of this, and of what lies below it, that compression and a page's
arrow may mark."""
LABEL_ROW = 0.2
"""Share of a row's left that is not plain where a label stands, which begins at the left."""
LABEL_SPAN, LABEL_REACH = 0.37, 32
"""How far up a label reaches, as a share of the tile's shorter side and, as it is as high in a small tile, in pixels; never above the
middle."""
CUT, CUT_WITHIN, CUT_FROM = 0.42, 5, 15
"""Where a client cuts a picture out of its tile, this share at least, in half of all directions, of what it differs from the surface
within so many pixels of its rim lies between two neighbours of one pixel. Looked at where it differs by so many levels at least."""
DIRECTIONS = 96
"""Directions from the middle in which the rim is looked at, all around."""


def find_medallion(away: Marks) -> float | None:
    """The radius, as a share of the height, of a circle or a rounded square about the middle; None where there is none.

    Its upper half is looked at, a label may hide the lower one: as wide as twice as high above the middle, the same to both
    sides, its hull round, because parts of a picture may be of the surface's colour, and nothing around and below it, where
    a head has a body.
    """
    h, w = away.shape
    mark = standing_out(away)
    points = _in_the_middle(mark)
    if len(points) < 8:
        return None
    rows, columns = points.T
    left, right, top = int(columns.min()), int(columns.max()) + 1, int(rows.min())
    radius, middle = (right - left) / 2, (left + right) / 2
    if (
        not SMALLEST * h <= radius <= LARGEST * h
        or abs(middle - w / 2) > max(2, 0.04 * h)
        or abs(h / 2 - top - radius) > max(2.5, 0.14 * radius)
    ):
        return None
    hull = _hull(points, away.shape)
    up, across = np.abs(np.arange(h)[:, None] + 0.5 - h / 2), np.abs(np.arange(w) + 0.5 - middle)
    half = h // 2
    near = across <= radius + 1
    upper, away_from = hull[:half, near] > 0, np.hypot(up[:half], across[near])
    farther = np.maximum(up[:half], across[near])
    fit = 0.0
    for r in radius + np.arange(-1, 1.5, 0.5):
        for shape in (away_from <= r, (farther <= r) & (away_from <= 1.3 * r)):
            fit = max(fit, int((upper & shape).sum()) / max(1, int((upper | shape).sum())))
    if fit < ROUND:
        return None
    farther, label = np.maximum(up, across), label_rows(away)[:, None]
    around = (farther > radius + 2) & (farther <= max(radius + 4, AROUND * radius)) & ~label
    below = (np.arange(h)[:, None] > h / 2 + radius + 2) & (across <= AROUND * radius) & ~label
    if any(part.any() and float(mark[part].mean()) > STRAY for part in (around, below)):
        return None
    return float(radius / h)


def is_cut_out(away: Marks) -> bool:
    """Whether what stands about the middle ends at a sharp rim, as far as it differs from the surface there at all, as a picture does
    that a client puts on it; a face fades into the wall behind it."""
    h = len(away)
    points = _in_the_middle(standing_out(away))
    if not len(points):
        return False
    hull, middle = _hull(points, away.shape), (points[:, 1].min() + points[:, 1].max()) / 2
    reach = round(LARGEST * h) + 2 * CUT_WITHIN
    around = cv2.warpPolar(
        np.dstack([away, 255 * hull]), (reach, DIRECTIONS), (middle, (h - 1) / 2), reach, cv2.INTER_LINEAR
    )[DIRECTIONS // 2 :]  # the upper half
    levels, rim = around[..., 0].astype(np.int16), (around[..., 1] > 127).sum(axis=1)
    places = np.clip(rim[:, None] + np.arange(-CUT_WITHIN - 1, CUT_WITHIN), 0, reach - 1)
    outward = np.take_along_axis(levels, places, axis=1)
    inside, step = outward[:, : CUT_WITHIN + 1].max(axis=1), (outward[:, :-2] - outward[:, 2:]).max(axis=1)
    told = inside >= CUT_FROM
    return not told.any() or float(np.median(step[told] / inside[told])) >= CUT


def standing_out(away: Marks) -> npt.NDArray[np.bool_]:
    """Which pixels (rows, columns) differ from the surface by more than compression makes of what is beside them."""
    h, w = away.shape
    core = away[h * 4 // 10 : h // 2 + 1, w // 2 - h // 10 : w // 2 + h // 10 + 1]
    level = float(np.median(core))
    # letters without a disc have a halo that may be round
    halo = min(HALO, 0.4 * level) if level > HALO else RINGING * float(core.max())
    return np.asarray(away > max(FLAT, halo))


def _hull(points: npt.NDArray[np.int64], shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """The convex hull of rows and columns (n, 2) as a picture (rows, columns): 1 inside."""
    hull = np.zeros(shape, np.uint8)
    return np.asarray(cv2.fillConvexPoly(hull, cv2.convexHull(points[:, ::-1].astype(np.int32)), 1), np.uint8)


def _in_the_middle(mark: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Rows and columns (n, 2) of the largest thing about the middle, in the upper half; its gaps may be as wide as a letter's."""
    h, w = mark.shape
    top, left, right = h // 10, max(0, w // 2 - round(0.4 * h)), w // 2 + round(0.4 * h)
    part = mark[top : h // 2 + 1, left:right].astype(np.uint8)
    gap = h // 12 + 1
    padded = cv2.copyMakeBorder(part, gap, gap, gap, gap, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))[gap:-gap, gap:-gap]
    count, things, sizes, _ = cv2.connectedComponentsWithStats(closed)
    if count < 2:
        return np.empty((0, 2), np.int64)
    largest = 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA]))
    rows, columns = np.nonzero((things == largest) & (part > 0))
    return np.column_stack([rows + top, columns + left])


def label_rows(away: Marks) -> npt.NDArray[np.bool_]:
    """Which rows (h,) a label covers, below the middle."""
    h, w = away.shape
    span = max(LABEL_SPAN * min(h, w), min(LABEL_REACH, h / 2))
    label = ((away[:, : w // 5] > FLAT).mean(axis=1) > LABEL_ROW) & (np.arange(h) > h - span)
    # letters end before their label does
    return np.asarray(cv2.dilate(label.astype(np.uint8)[:, None], np.ones((3, 1), np.uint8))[:, 0] > 0)
