"""Rows, strips and spotlights that no cut gave, by their long edges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..types import Box
from .edges import Boxes, Edges
from .grid import LEAST_ALONE, LEAST_CONTENT, MOST_ASPECT, corners
from .rectangles import (
    ALIKE,
    LARGE,
    LEAST_PART,
    LEAST_SHARES,
    MEAN_SHARES,
    SMALL,
    WHOLE,
    WIDEST,
    apart,
    cover,
    places,
    rows_of,
)

LEAST_STRIP = 0.08
"""Least share of the picture's height or width that a strip of tiles takes: toolbars are narrower."""
ALL_SEEN = 0.9
"""Least share of edge along all sides of a row's tiles that are these and no others."""
ASIDE = 8
"""Pixels up to which the upper and lower sides of a row are looked for."""
SAME = 0.8
"""Overlap (IoU) from which two are one tile: some of those that were found are no news."""
BETTER = 0.05
"""How much more of their sides must be seen of wider tiles in a last row than of those that were found."""
UNSEEN = 0.78
"""Least share of edge along the upper and lower side of a tile whose other sides cannot be seen."""


def _pieces(area: Box, lines: list[tuple[int, int]], edges: Edges) -> list[Box]:
    """Tiles beside each other in an area, each with four sides that are seen, between one of these pairs of an upper and
    a lower line: those that cover most."""
    xs = places(edges, True, area, 0.6, 24)
    boxes = [
        (x0, y0, x1, y1)
        for y0, y1 in lines
        for i, x0 in enumerate(xs)
        for x1 in xs[i + 1 :]
        if min(x1 - x0, y1 - y0) >= LEAST_ALONE and 1.1 <= (x1 - x0) / (y1 - y0) <= MOST_ASPECT
    ]
    if not boxes:
        return []
    shares, at = edges.sides(np.array(boxes, np.int32), reach=2)
    good = (shares.min(axis=1) >= LEAST_SHARES) & (shares.mean(axis=1) >= MEAN_SHARES)
    choices: list[list[Box]] = []
    for line in lines:
        mine = [
            Box(int(x0), int(y0), int(x1 - x0), int(y1 - y0))
            for (_, top, _, bottom), (x0, y0, x1, y1), fits in zip(boxes, at, good, strict=True)
            if fits and (top, bottom) == line
        ]
        for width in {box.w for box in mine}:
            row: list[Box] = []
            for box in sorted(mine, key=lambda box: box.x):
                if abs(box.w - width) <= 3 and apart(box, row):
                    row.append(box)
            choices.append(row)
    if not choices:
        return []
    most = max(sum(box.area for box in row) for row in choices)
    # two tiles and the gutter between them cover a little more than the two
    return max((row for row in choices if sum(box.area for box in row) >= 0.9 * most), key=len)


def more_rows(tiles: list[Box], edges: Edges) -> list[Box]:
    """Rows of the tiles' height above or below them: one of fewer, wider or dark tiles that no cut gave."""
    rows = rows_of(tiles)
    heights = [tile.h for tile in tiles]
    if len(tiles) < 2 or max(heights) - min(heights) > 3 + ALIKE * max(heights):
        return []
    high = round(float(np.median(heights)))
    steps = [b[0].y - a[0].bottom for a, b in pairwise(rows) if b[0].y > a[0].bottom]
    across = [b.x - a.right for row in rows for a, b in pairwise(row)]
    gap = min(steps) if steps else min(across, default=8)
    if not 0 <= gap <= 40:
        return []
    found: list[Box] = []
    for top in (rows[-1][0].bottom + gap, rows[0][0].y - gap - high):
        area = Box(0, top, edges.width, high)
        if top < 0 or area.bottom > edges.height + 2:
            continue
        pieces = [box for box in _pieces(area, [(top, top + high)], edges) if apart(box, tiles)]
        pieces = pieces or _unseen_row(rows, top, edges)
        # rows stand in the middle
        middle = (min(t.x for t in tiles) + max(t.right for t in tiles)) / 2
        if pieces and abs((min(b.x for b in pieces) + max(b.right for b in pieces)) / 2 - middle) <= 0.02 * high + 4:
            found += pieces
    return found


def last_row(tiles: list[Box], edges: Edges) -> list[Box]:
    """The last row of a lattice some of whose sides are not seen, where fewer and wider tiles with the same gaps about the
    same middle fit its edges better."""
    *rows, row = rows_of(tiles) or [[]]
    if not rows or edges.shares(corners(row), 1).min() >= ALL_SEEN:
        return []
    longest = max(rows, key=len)
    if len(longest) < 2:
        return []
    wide, high = (round(float(np.median([getattr(b, side) for b in longest]))) for side in "wh")
    gap = round(float(np.median([b.x - a.right for a, b in pairwise(longest)])))
    middle = (longest[0].x + longest[-1].right) / 2
    top = round(float(np.median([b.y for b in row])))
    tops = np.array(places(edges, False, Box(0, top - ASIDE, edges.width, 2 * ASIDE), 0.3, 3) or [top])
    least = float(_proof(corners(row), edges).mean()) + BETTER
    widths = np.arange(wide, round(MOST_ASPECT * high) + 1)
    gaps = np.arange(max(0, gap - 2), gap + 3, 2)
    # the middle ones of many would do for fewer, too
    for count in range(len(longest) - 1, 0, -1):
        w, between, y = (grid.reshape(-1, 1) for grid in np.meshgrid(widths, gaps, tops))
        lefts = np.rint(middle - (count * w + (count - 1) * between) / 2) + np.arange(count) * (w + between)
        laid = np.stack(np.broadcast_arrays(lefts, y, lefts + w, y + high), axis=-1).astype(np.int32)
        laid = laid[(lefts[:, 0] >= 0) & (lefts[:, -1] + w[:, 0] <= edges.width)]
        if not len(laid):
            continue
        proofs = _proof(laid.reshape(-1, 4), edges).reshape(-1, count)
        number = int(proofs.mean(axis=1).argmax())
        if proofs[number].min() >= ALL_SEEN and proofs[number].mean() > least:
            sides = edges.sides(laid[number], 2)[1].tolist()
            found = [Box(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in sides]
            if all(any(box.iou(tile) > SAME for tile in row) for box in found):
                return []
            # somebody beside them: they are not all of the row
            beside = [tile for tile in row if not any(tile.overlap(box) for box in found)]
            return [] if (edges.content(corners(beside)) > LEAST_CONTENT).any() else found
    return []


def wider(tiles: list[Box], edges: Edges) -> list[Box]:
    """Single tiles with four sides that are seen in the last row of a lattice some of whose sides are not: of a row of fewer and
    wider ones, which reaches no farther out than the others."""
    rows = rows_of(tiles)
    row = rows[-1]
    if len(rows) < 2 or edges.shares(corners(row), 1).min() >= ALL_SEEN:
        return []
    # the gutter above the row has two sides
    tops, bottoms = (
        places(edges, False, Box(0, place - ASIDE, edges.width, 2 * ASIDE), 0.3, 3) or [place]
        for place in (round(float(np.median(sides))) for sides in zip(*((b.y, b.bottom) for b in row), strict=True))
    )
    lines = [(top, bottom) for top in tops for bottom in bottoms]
    pieces = _pieces(Box(0, tops[0], edges.width, bottoms[-1] - tops[0]), lines, edges)
    # what is beside a row, up to the window's sides, has four sides, too
    whole, slack = cover(tiles), 3 + ALIKE * row[0].w
    within = [box for box in pieces if box.x >= whole.x - slack and box.right <= whole.right + slack]
    return [box for box in within if box.w > (1 + 3 * ALIKE) * row[0].w]


def _proof(boxes: Boxes, edges: Edges) -> npt.NDArray[np.float64]:
    """How much of all four sides of boxes (N, 4) is seen at once, (N,) in 0..1."""
    return np.asarray(edges.shares(boxes, 2).prod(axis=1), np.float64)


def _unseen_row(rows: list[list[Box]], top: int, edges: Edges) -> list[Box]:
    """A row of as many or fewer tiles of the same size in the middle, of which only the upper and lower sides are seen: dark videos."""
    row = max(rows, key=len)
    wide, high = row[0].w, row[0].h
    gap = row[1].x - row[0].right if len(row) > 1 else 0
    middle = (row[0].x + row[-1].right) / 2
    for count in range(len(row), 0, -1):
        left = middle - (count * wide + (count - 1) * gap) / 2
        boxes = [Box(round(left + i * (wide + gap)), top, wide, high) for i in range(count)]
        out = max(8, wide // 3)
        beyond = [
            Box(b.x - out - 6, top, out, high) if b is boxes[0] else Box(b.right + 6, top, out, high)
            for b in (boxes[0], boxes[-1])
        ]
        if edges.shares(corners(boxes), corner=20)[:, [1, 3]].min() < UNSEEN:
            continue
        # the line of a toolbar or a window goes on
        if edges.shares(corners(beyond))[:, [1, 3]].max() < 0.5:
            return boxes
    return []


def strips_beside(large: Box, edges: Edges) -> list[Box]:
    """The strip of small tiles beside a large one where no cut gave it."""
    whole = Box(0, 0, edges.width, edges.height)
    found: list[Box] = []
    for area in (
        Box(0, 0, whole.w, large.y),
        Box(0, large.bottom, whole.w, whole.h - large.bottom),
        Box(0, 0, large.x, whole.h),
        Box(large.right, 0, whole.w - large.right, whole.h),
    ):
        if min(area.w, area.h) < max(LEAST_ALONE, LEAST_STRIP * (whole.h if area.w > area.h else whole.w)):
            continue
        ys = places(edges, False, area, 0.3, 8)
        if area.w > area.h:
            lines = [
                (a, b)
                for i, a in enumerate(ys)
                for b in ys[i + 1 :]
                if b - a >= max(LEAST_ALONE, LEAST_STRIP * whole.h)
            ]
            pieces = _pieces(area, lines, edges)
            least = max(SMALL * whole.area, LEAST_PART * large.area)
            pieces = [box for box in pieces if not edges.bare(box)]
            if len(pieces) > 1 and all(box.area >= least for box in pieces):
                found += pieces
    return found


def spotlight(tiles: list[Box], edges: Edges) -> Box | None:
    """The large rectangle beside a strip by its long edges: parts of a dark video look like gutters."""
    strip = cover(tiles)
    whole = Box(0, 0, edges.width, edges.height)
    typical = float(np.median([tile.area for tile in tiles]))
    best: tuple[float, Box | None] = 0.0, None
    for area in (
        Box(0, 0, whole.w, strip.y),
        Box(0, strip.bottom, whole.w, whole.h - strip.bottom),
        Box(0, 0, strip.x, whole.h),
        Box(strip.right, 0, whole.w - strip.right, whole.h),
    ):
        if area.area < max(LARGE * whole.area, 3 * typical):
            continue
        xs, ys = (_ends(edges, upright, area) for upright in (True, False))
        lines = [(y0, y1) for y0 in ys[0] for y1 in ys[1] if y1 - y0 > 99]
        seen = [(x0, y0, x1, y1) for x0 in xs[0] for x1 in xs[1] for y0, y1 in lines if x1 - x0 > 99]
        # where one side melts into the background, the proportions of a camera's picture tell where it is
        near, far = area.x - 2, area.right + 2
        guessed = [(x1 - round(16 / 9 * (y1 - y0)), y0, x1, y1) for x1 in xs[1] for y0, y1 in lines]
        guessed += [(x0, y0, x0 + round(16 / 9 * (y1 - y0)), y1) for x0 in xs[0] for y0, y1 in lines]
        boxes = np.array([*seen, *(g for g in guessed if g[0] >= near and g[2] <= far)], np.int32)
        if not len(boxes):
            continue
        # whole sides: what reaches over a toolbar has less of them on edges
        shares = edges.shares(boxes, corner=50)
        # the picture's own border is no tile's
        at_border = (boxes <= 1) | (boxes >= np.array([whole.w, whole.h, whole.w, whole.h]) - 1)
        shares = np.where(at_border, 0.75 * shares, shares).astype(np.float32)
        sizes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / whole.area
        aspects = (boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1])
        weakest = np.where(np.arange(len(boxes)) < len(seen), shares.min(axis=1), np.sort(shares, axis=1)[:, 1] - 0.2)
        shares[len(seen) :] = np.maximum(shares[len(seen) :], 0.5)
        fit = (weakest >= LEAST_SHARES) & (sizes >= LARGE) & (sizes < WHOLE)
        fit &= (aspects >= 1.0) & (aspects <= WIDEST)
        worth = np.where(fit, shares.prod(axis=1) * sizes**0.25, 0)
        top = int(worth.argmax())
        if worth[top] > best[0]:
            x0, y0, x1, y1 = (int(v) for v in boxes[top])
            best = float(worth[top]), Box(x0, y0, x1 - x0, y1 - y0)
    return best[1]


def _ends(edges: Edges, upright: bool, area: Box) -> tuple[list[int], list[int]]:
    """Where in an area long edges are, from either end inwards, up to five each."""
    found = places(edges, upright, area, 0.45, 1000)
    return found[:5], found[-5:]
