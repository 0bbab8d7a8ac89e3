"""Lattices of equal tiles: fill them where edges say that tiles are, rate what comes of it.

A gallery's rows are full but for some at its end, which stand in the middle or at the left. So a tile whose sides cannot
be seen (a dark video before a dark background, a camera that is off in the background's colour) follows from the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..types import Box
from .axes import MOST_ACROSS, Axis, axes_of
from .edges import Boxes, Edges, Shares

LEAST_SIDE, LEAST_ALONE = 30, 36
"""Least side of a tile in pixels, and of one that neither gutters nor a lattice vouch for: buttons and labels are smaller."""
LEAST_ASPECT, MOST_ASPECT = 0.5, 2.3
"""Width to height of a tile: portrait phones to wide rooms."""
CLEAR, LEAST_CLEAR = 0.8, 0.5
"""Least mean share of edge along the four sides of a tile that vouches for its row, and least share of its weakest."""
LEAST_ROW = 0.3
"""Least share of clear tiles in the first and last row: toolbars and panels lie on the lattice by chance."""
SEEN = 0.45
"""Least share of edge along one side that is a tile's own."""
LEAST_CONTENT = 0.002
"""Share of edges inside from which an unseen place in a row holds somebody."""
UNCLEAR = 0.4
"""Weight of a tile whose sides cannot be seen against one whose sides are clear."""
NEAR_STEPS = 1.5, 2.5
"""How many tiles away from those that a lattice was guessed from its tiles are next to these, and near."""
TOUCHING = 4
"""Widest gap of tiles in which halves of others may be taken for a row on half steps."""
ASTRAY = 0.025
"""How far from its place on the lattice a side may be, as a share of the tile's shorter one."""
LEAST_SUPPORT = 0.62
"""Least support of a gallery."""
PLACED = 0
"""How far from a tile its sides are looked for once it is known where they are: farther, busy pictures have some."""
CHANCE = 0.3
"""Least support that places without tiles have, by what happens to lie there."""
PAIR = 2
"""Least promise of a lattice, in tiles: what has not even two places whose sides are clear is not looked at closely."""
SEAM, LEAST_SEAM = 0.6, 0.2
"""Share of tiles with an edge through their insides at the same place from which they are rather pairs of tiles, or halves of two:
of few tiles, in one of which there may be a door, and of ever more."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """Tiles, and how good an explanation of the picture they are: mean share of edges along their sides (support, 0..1)
    a score that also counts how many there are and how much of the picture they cover, the latter, and which of them have
    clear sides."""

    tiles: list[Box]
    support: float = 0.0
    score: float = 0.0
    covered: float = 0.0
    clear: list[bool] = field(default_factory=list)


def rate(tiles: list[Box], edges: Edges, beat: float = 0.0) -> Gallery:
    """A gallery of these tiles; what could not score more than `beat` is not looked at closely and scores nothing."""
    if not tiles:
        return Gallery([])
    boxes = corners(tiles)
    shares = edges.shares(boxes, PLACED)
    clear = _clear(shares)
    # a tile whose sides cannot be seen says little against the others
    weights = np.where(clear, 1.0, UNCLEAR)
    support = float((shares.mean(axis=1) * weights).sum() / weights.sum())
    covered = float(weights @ [tile.area for tile in tiles]) / (edges.width * edges.height)
    # many tiles before one that consists of them, and the gallery before the toolbar
    many, large = float(weights.sum()) ** 0.2, covered**0.5
    if max(0.0, support - CHANCE) ** 2 * many * large < beat:
        return Gallery(tiles, support, 0.0, covered, clear.tolist())
    # what looks like many tiles may be pairs of tiles
    allowed = min(SEAM, LEAST_SEAM + 1 / len(tiles))
    support -= max(0.0, edges.seam(boxes, allowed) - allowed)
    proof = max(0.0, support - max(CHANCE, edges.chance(boxes, PLACED)))
    return Gallery(tiles, support, proof**2 * many * large, covered, clear.tolist())


def corners(tiles: list[Box]) -> Boxes:
    """The tiles as rows of left, top, right, bottom."""
    boxes = np.array(tiles, np.int32).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def fit(across: Axis, down: Axis, edges: Edges, least: float = 0.0) -> Gallery:
    """The gallery on a lattice that is known roughly: filled, laid through the clear tiles found, and filled again if it has the
    least support."""
    best = fill(across, down, edges)
    if best.support < least:
        return best
    tried = {(across, down)}
    # a pitch that is a pixel off leads astray some rows away: first through the tiles next to those it was guessed from
    for steps in (*NEAR_STEPS, np.inf, np.inf):
        near = [
            tile
            for tile, is_clear in zip(best.tiles, best.clear, strict=True)
            if is_clear
            and abs(tile.x - across.start) <= steps * across.pitch
            and abs(tile.y - down.start) <= steps * down.pitch
        ]
        if not near or (len(near) == sum(best.clear) and steps < np.inf):
            continue
        laid = axes_of(near)
        if laid in tried:
            continue
        tried.add(laid)
        again = fill(*laid, edges, best.score)
        if not _better_laid(again, best):
            if steps == np.inf:
                break
            continue
        best = again
    return best


def _better_laid(again: Gallery, best: Gallery) -> bool:
    """Whether a lattice that was laid again explains more. Of as many tiles that is what is seen of their sides: what the picture
    gives by chance does not tell where they are to a few pixels."""
    if len(again.tiles) == len(best.tiles):
        return again.score > 0 and again.support > best.support
    return again.score > best.score


def fill(across: Axis, down: Axis, edges: Edges, beat: float = 0.0) -> Gallery:
    """The gallery on a lattice: its rows with tiles whose sides are seen, and the places in them that must be tiles; what
    could not score more than `beat` scores nothing."""
    if min(across.pitch, down.pitch) < LEAST_SIDE:
        return Gallery([])
    # half a step before the first column may be one more
    columns, rows = _steps(across, edges.width, 1), _steps(down, edges.height)
    if not len(columns) or not len(rows) or max(len(columns), len(rows)) > 3 * MOST_ACROSS:
        return Gallery([])
    # not as far as the next tile's side
    gap = min(across.pitch - across.length, down.pitch - down.length)
    reach = min(gap - 2 if gap > 2 else 3, ASTRAY * min(across.length, down.length))
    # on whole and on half steps: (2, rows, columns, 4)
    left = across.start + (columns + np.array([[[0.0]], [[0.5]]])) * across.pitch
    top = (down.start + rows * down.pitch)[:, None]
    sides = np.broadcast_arrays(left, top, left + across.length, top + down.length)
    boxes = np.rint(np.stack(sides, axis=-1)).astype(np.int32)
    shares, places = (
        found.reshape(boxes.shape) for found in edges.sides(boxes.reshape(-1, 4), round(min(max(reach, 1.0), 3.0)))
    )
    inside = (boxes[..., 0] >= -2) & (boxes[..., 2] <= edges.width + 2)
    content = edges.content(boxes.reshape(-1, 4)).reshape(inside.shape) * inside
    shares = shares * inside[..., None]
    clear = _clear(shares)
    rows_used = _longest_run(clear.sum(axis=(0, 2)))
    if not rows_used:
        return Gallery([])
    # all rows but the last stand in line; that one may stand on half steps
    counts = clear.sum(axis=2)
    base = int(counts[1, rows_used].sum() > counts[0, rows_used].sum())
    half = [base] * len(rows_used)
    # busy pictures have an edge at some side of places between two, tiles at all four of theirs
    proof = shares[:, rows_used[-1]].prod(axis=-1) * clear[:, rows_used[-1]]
    half[-1] = base if (proof[base] ** 2).sum() >= (proof[1 - base] ** 2).sum() else 1 - base
    first, last = _extent([clear[h, row] for row, h in zip(rows_used, half, strict=True)], half)
    if half[-1] != base and max(across.pitch - across.length, down.pitch - down.length) < TOUCHING:
        at = half[-1], rows_used[-1]
        chosen = _row(shares[at], clear[at], content[at], first, last - half[-1], True)
        if chosen and _goes_on(boxes[at][chosen], across.pitch, edges):
            half[-1] = base
            first, last = _extent([clear[h, row] for row, h in zip(rows_used, half, strict=True)], half)
    tiles: list[Box] = []
    for number, (row, is_half) in enumerate(zip(rows_used, half, strict=True)):
        at = is_half, row
        at_end = number == len(rows_used) - 1
        chosen = _row(shares[at], clear[at], content[at], first, last - is_half, at_end)
        if number in (0, len(rows_used) - 1) and counts[at] < LEAST_ROW * len(chosen):
            continue
        tiles += [_box(places[at][i].tolist(), boxes[at][i].tolist()) for i in chosen]
    return rate([t.clipped(edges.width, edges.height) for t in tiles], edges, beat)


def promises(laid: Sequence[tuple[Axis, Axis]], area: Box, edges: Edges) -> list[float]:
    """How much of an area each of some lattices (across, down) covers with places whose sides are clear: to try the best ones
    first, and none that has less than two of these (`PAIR`)."""
    boxes, counts = [], []
    for across, down in laid:
        columns = across.start + across.pitch * np.arange(max(1, (area.right - across.start + 2) // across.pitch))
        rows = down.start + down.pitch * np.arange(max(1, (area.bottom - down.start + 2) // down.pitch))
        sides = np.empty((len(rows), len(columns), 4))
        sides[..., 0], sides[..., 1] = columns, rows[:, None]
        sides[..., 2:] = sides[..., :2] + (across.length, down.length)
        boxes.append(sides.reshape(-1, 4))
        counts.append(sides.shape[0] * sides.shape[1])
    if not boxes:
        return []
    clear = _clear(edges.shares(np.rint(np.concatenate(boxes)).astype(np.int32)))
    number = np.add.reduceat(clear.astype(float), np.cumsum([0, *counts[:-1]]))
    # many small tiles before few large ones that consist of them
    return [float(n**1.2 * x.length * y.length) for n, (x, y) in zip(number, laid, strict=True)]


def _steps(axis: Axis, extent: int, before: int = 0) -> npt.NDArray[np.int64]:
    """The numbers of an axis' spans that lie in 0..extent, if any, and so many before them."""
    low = math.ceil((-2 - axis.start) / axis.pitch)
    high = math.floor((extent + 2 - axis.length - axis.start) / axis.pitch)
    return np.arange(low - before, high + 1) if low <= high else np.arange(0)


def _clear(shares: Shares) -> npt.NDArray[np.bool_]:
    """Which places (..., 4) have sides so clear that they are tiles whatever is around them."""
    return np.asarray((shares.mean(axis=-1) >= CLEAR) & (shares.min(axis=-1) >= LEAST_CLEAR), bool)


def _longest_run(clear: npt.NDArray[np.int64]) -> list[int]:
    """The rows of the run with the most clear tiles, by their number in each row; one row in between may have none."""
    numbers = np.flatnonzero(clear)
    if not len(numbers):
        return []
    runs = [[int(numbers[0])]]
    for before, number in pairwise(numbers):
        if number - before <= 2:
            runs[-1] += range(int(before) + 1, int(number) + 1)
        else:
            runs.append([int(number)])
    return max(runs, key=lambda run: int(clear[run].sum()))


def _extent(clear: list[npt.NDArray[np.bool_]], half: list[int]) -> tuple[int, int]:
    """First and last column that clear tiles reach; a row on half steps reaches half a column less far in."""
    counts = np.zeros(2 * len(clear[0]) + 1)
    for row, is_half in zip(clear, half, strict=True):
        counts[is_half : is_half + 2 * len(row) : 2] += row
    # one place beside the gallery may look like a tile by chance
    used = np.flatnonzero(counts >= 0.25 * counts.max())
    return int(used[0]) // 2, -(-int(used[-1]) // 2)


def _row(
    shares: Shares,
    is_clear: npt.NDArray[np.bool_],
    content: npt.NDArray[np.float32],
    first: int,
    last: int,
    at_end: bool,
) -> list[int]:
    """The columns of a row that hold tiles; shares (N, 4), whether these are clear (N,), and content (N,) of its places."""
    inside = np.zeros(len(shares), bool)
    inside[max(0, first) : last + 1] = True
    held = inside & (is_clear | (content > LEAST_CONTENT))
    clear = np.flatnonzero(inside & is_clear)
    if not at_end:
        return [int(i) for i in np.flatnonzero(held)]
    if not len(clear):
        return []
    low, high = int(clear[0]), int(clear[-1])
    # a place beside a tile has that tile's sides for its own: the lower and the outer one must be its own
    while low > 0 and inside[low - 1] and shares[low - 1, [0, 3]].max() >= SEEN:
        low -= 1
    while high + 1 < len(inside) and inside[high + 1] and shares[high + 1, [2, 3]].max() >= SEEN:
        high += 1
    # a row in the middle is as wide to the left as to the right
    wide = range(max(0, min(low, first + last - high)), min(len(held) - 1, max(high, first + last - low)) + 1)
    if all(held[i] for i in wide):
        low, high = wide[0], wide[-1]
    return [i for i in range(low, high + 1) if held[i]]


def _goes_on(row: Boxes, pitch: float, edges: Edges) -> bool:
    """Whether something is beside a row (N, 4) on half steps, at both ends: halves of tiles on whole ones."""
    (x0, y0, _, y1), (_, _, x1, _) = row[0].tolist(), row[-1].tolist()
    wide = int(pitch / 2)
    halves = np.array([(x0 - wide, y0, x0, y1), (x1, y0, x1 + wide, y1)], np.int32)
    return bool((edges.content(halves) > LEAST_CONTENT).all())


def _box(place: list[int], expected: list[int]) -> Box:
    """A tile at the edges that were found, or where it is expected when they leave nothing."""
    left, top, right, bottom = place
    if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
        left, top, right, bottom = expected
    return Box(left, top, right - left, bottom - top)
