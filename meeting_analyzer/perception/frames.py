"""Rectangles that stand on a background: each of their four sides is an edge with the background's colour outside.

Unlike a cut this needs no gutter that goes through, so a dirty one, or a video as dark as the background, costs its own
tile only; unlike bare edges it is not fooled by shelves, windows and tables, outside of which is no background.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box
from .edges import Boxes, Edges
from .grid import LEAST_ALONE, LEAST_ASPECT
from .rectangles import LEAST_PART, SMALL, WIDEST, apart, equal_size, rows_of, same_row

LEVELS = 40
"""Places of upper sides, and of lower ones, that are looked at."""
LEAST_SHARES, MEAN_SHARES = 0.62, 0.8
"""Least share of edge along the weakest side of a rectangle, and along all four."""
NEAR = 6
"""Pixels up to which two rectangles are one."""
MOST = 30000
"""Rectangles that are looked at."""
KEPT = 400
"""Rectangles that are kept."""
WHOLE = 0.9
"""Share of the picture from which a rectangle is no part of it."""
FILLED = 0.6
"""Share of a rectangle that others in it cover if it is made of these."""
INNER = 0.02
"""How much less of its sides may be seen of a rectangle that fills another to be the one that is meant."""

LEAST_ALIKE, GROUPS = 4, 3
"""Rectangles of one size from which there may be a lattice of them, and how many groups of these are kept."""


def frames(framed: Edges) -> list[tuple[float, Box]]:
    """Rectangles on the background, each with the mean share of its sides that are seen, the clearest first."""
    boxes = _likely(framed)
    if not len(boxes):
        return []
    shares, places = framed.sides(boxes, reach=2)
    mean = shares.mean(axis=1)
    good = (shares.min(axis=1) >= LEAST_SHARES) & (mean >= MEAN_SHARES)
    order = np.flatnonzero(good)[np.argsort(-mean[good], kind="stable")]
    # first those that are the same but for rounding, then those that are nearly the same
    order = order[np.sort(np.unique(places[order] // NEAR, axis=0, return_index=True)[1])]
    kept: list[tuple[float, Box]] = []
    taken = np.full((len(order), 4), -99, np.int32)
    for i in order:
        if np.abs(taken[: len(kept)] - places[i]).max(axis=1, initial=0).min(initial=99) <= NEAR:
            continue
        if len(kept) == KEPT:
            break
        taken[len(kept)] = places[i]
        x0, y0, x1, y1 = (int(v) for v in places[i])
        kept.append((float(mean[i]), Box(x0, y0, x1 - x0, y1 - y0)))
    return kept


def _likely(framed: Edges) -> Boxes:
    """Rectangles between places where left and right sides begin, for pairs of places of upper and lower sides."""
    (upper, tops), (lower, bottoms) = (_levels(part) for part in (framed.tops, framed.bottoms))
    step = framed.width / max(1, len(upper))
    y0, y1 = (values.ravel() for values in np.meshgrid(tops, bottoms, indexing="ij"))
    # as wide as both sides have edges at the same columns
    common = (upper[:, tops].T.astype(np.float32) @ lower[:, bottoms].astype(np.float32)).ravel() * step
    fits = (y1 - y0 >= LEAST_ALONE) & (common >= 0.5 * LEAST_ASPECT * (y1 - y0)) & (common >= 0.5 * LEAST_ALONE)
    bands = np.stack([y0[fits], y1[fits]], axis=1)
    if not len(bands):
        return np.zeros((0, 4), np.int32)
    lefts, rights = framed.upright_shares(bands)
    least = SMALL * framed.width * framed.height
    left_band, left_x = _peaks(lefts)
    right_band, right_x = _peaks(rights)
    first, last = np.searchsorted(right_band, left_band), np.searchsorted(right_band, left_band, side="right")
    count = last - first
    if count.sum() > 20 * MOST:
        return np.zeros((0, 4), np.int32)
    left = np.repeat(np.arange(len(left_band)), count)
    right = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    x0, x1 = left_x[left], right_x[right]
    top, bottom = bands[left_band[left]].T
    wide, high = x1 - x0, bottom - top
    fits = (wide >= np.maximum(LEAST_ALONE, LEAST_ASPECT * high)) & (wide <= WIDEST * high) & (wide * high >= least)
    return np.asarray(np.stack([x0, top, x1, bottom], axis=1)[fits][:MOST], np.int32)


def _levels(part: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Long level sides among edges (lines, height + 1), and the rows where most of these are."""
    length = max(3, part.shape[0] // 24)
    closed = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((3, 1), np.uint8))
    long = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8)), np.uint8)
    profile = long.mean(axis=0)[None].astype(np.float32)
    places = _peaks(profile, 0.04)[1]
    best = places[np.argsort(-profile[0, places], kind="stable")[:LEVELS]]
    return long, np.sort(best)


def _peaks(profiles: npt.NDArray[np.float32], least: float = LEAST_SHARES) -> tuple[npt.NDArray[np.int64], ...]:
    """Where each of some profiles (N, M) is highest within two places: the profiles' numbers and the places, in order."""
    highest = cv2.dilate(profiles, np.ones((1, 5), np.uint8))
    at_top = (profiles >= least) & (profiles >= highest)
    # the first place of a flat top, moved to its middle
    at_top[:, 1:] &= ~at_top[:, :-1]
    number, place = np.nonzero(at_top)
    return number, place


def pieces(found: list[tuple[float, Box]], size: int) -> list[Box]:
    """What stands side by side on the background: rectangles that are neither made of others nor parts of others.

    found: rectangles with the share of their sides that is seen; size: of the picture, in pixels.
    """
    found = [(share, box) for share, box in found if box.area < WHOLE * size]
    if not found:
        return []
    corner = np.array([(b.x, b.y, b.right, b.bottom) for _, b in found])
    low, high = (
        np.maximum(corner[:, None, :2], corner[None, :, :2]),
        np.minimum(corner[:, None, 2:], corner[None, :, 2:]),
    )
    common = np.maximum(0, high - low).prod(axis=2)
    area = np.diag(common)
    within = (common >= 0.95 * area[:, None]) & (area[:, None] < area[None, :])  # [i, j]: i lies in j
    order = np.argsort(area, kind="stable")
    made = np.zeros(len(found), bool)
    for j in order:
        inside = [int(i) for i in np.flatnonzero(within[:, j] & ~made)]
        chosen: list[int] = []
        for i in sorted(inside, key=lambda i: (-area[i], i)):
            if all(common[i, k] <= 0.03 * area[i] for k in chosen):
                chosen.append(i)
        covered = area[chosen].sum() / area[j]
        fills = covered >= FILLED and found[chosen[0]][0] >= found[j][0] - INNER
        made[j] = covered >= FILLED and (len(chosen) > 1 or fills)
    kept: list[Box] = []
    places: list[int] = []
    left = [i for i in range(len(found)) if not made[i] and not (within[i] & ~made).any()]
    for i in sorted(left, key=lambda i: -found[i][0] * float(area[i]) ** 0.1):
        if all(common[i, k] <= 0.03 * min(area[i], area[k]) for k in places):
            places.append(i)
            kept.append(found[i][1])
    least = LEAST_PART * max(box.area for box in kept)
    kept = _evened([box for box in kept if box.area >= least], [box for _, box in found])
    return sorted(kept, key=lambda b: (b.y, b.x))


def alike(found: list[Box]) -> list[list[Box]]:
    """Groups of rectangles of one size that stand apart: those few that cover most, smaller ones before what is made of them."""
    groups: list[list[Box]] = []
    sizes: list[Box] = []
    for box in found:
        if any(equal_size(box, other) for other in sizes):
            continue
        sizes.append(box)
        group: list[Box] = []
        for other in found:
            if equal_size(other, box) and apart(other, group):
                group.append(other)
        if len(group) >= LEAST_ALIKE:
            groups.append(group)
    return sorted(groups, key=lambda group: -sum(box.area for box in group) * len(group) ** 0.5)[:GROUPS]


def _evened(kept: list[Box], found: list[Box]) -> list[Box]:
    """With the rectangle in the last one or the first one of a row in its place that is as wide as all others of the row, where
    there is one: what is between a strip and the window's side has four sides, too, and is no part of a tile."""
    put = list(kept)
    for row in rows_of(kept):
        for box, others in ((row[0], row[1:]), (row[-1], row[:-1])):
            if len(others) < 2 or not all(equal_size(other, others[0]) for other in others):
                continue
            inside = (one for one in found if one.overlap(box) == one.area and same_row(one, box))
            fitting = [one for one in inside if equal_size(one, others[0])]
            if fitting and not equal_size(box, others[0]):
                put[put.index(box)] = fitting[0]
    return put
