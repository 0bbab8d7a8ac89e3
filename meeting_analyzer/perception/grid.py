"""Lattices of equal tiles: guess them from a few tiles or from the places of long edges, fill them, rate them.

A gallery's rows are full but for some at its end, which stand in the middle or at the left. So a tile whose sides cannot
be seen (a dark video before a dark background, a camera that is off in the background's colour) follows from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box
from .edges import Boxes, Edges, Shares

LEAST_SIDE = 36
"""Least side of a tile in pixels."""
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
CHANCE = 0.3
"""Least support that places without tiles have, by what happens to lie there."""
SEAM = 0.6
"""Share of tiles with an edge through their insides at the same place from which they are rather pairs of tiles."""
MOST_ACROSS = 12


class Axis(NamedTuple):
    """Equal spans along one axis, in pixels: the first one's start, from start to start, from start to end."""

    start: float
    pitch: float
    length: float


@dataclass(frozen=True, slots=True)
class Gallery:
    """Tiles, and how good an explanation of the picture they are: mean share of edges along their sides (support, 0..1)
    a score that also counts how many there are and how much of the picture they cover, and the latter."""

    tiles: list[Box]
    support: float = 0.0
    score: float = 0.0
    covered: float = 0.0


def rate(tiles: list[Box], edges: Edges) -> Gallery:
    """A gallery of these tiles."""
    if not tiles:
        return Gallery([])
    boxes = corners(tiles)
    shares = edges.sides(boxes)[0]
    # a tile whose sides cannot be seen says little against the others
    weights = np.where(_clear(shares), 1.0, UNCLEAR)
    support = float(np.average(shares.mean(axis=1), weights=weights))
    # what looks like many tiles may be pairs of tiles
    support -= max(0.0, edges.seam(boxes) - SEAM)
    covered = float(weights @ [tile.area for tile in tiles]) / (edges.width * edges.height)
    proof = max(0.0, support - max(CHANCE, edges.chance(boxes)))
    # many tiles before one that consists of them, and the gallery before the toolbar
    return Gallery(tiles, support, proof**2 * float(weights.sum()) ** 0.2 * covered**0.5, covered)


def corners(tiles: list[Box]) -> Boxes:
    """The tiles as rows of left, top, right, bottom."""
    return np.array([(t.x, t.y, t.right, t.bottom) for t in tiles], np.int32).reshape(-1, 4)


def fit(across: Axis, down: Axis, edges: Edges) -> Gallery:
    """The gallery on a lattice that is known roughly: filled, laid through the clear tiles found, and filled again."""
    best = fill(across, down, edges)
    for _ in range(2):
        clear = [
            tile
            for tile, is_clear in zip(best.tiles, _clear(edges.sides(corners(best.tiles))[0]), strict=True)
            if is_clear
        ]
        if not clear:
            break
        again = fill(*axes_of(clear), edges)
        if again.score <= best.score:
            break
        best = again
    return best


def fill(across: Axis, down: Axis, edges: Edges) -> Gallery:
    """The gallery on a lattice: its rows with tiles whose sides are seen, and the places in them that must be tiles."""
    if min(across.pitch, down.pitch) < LEAST_SIDE:
        return Gallery([])
    columns, rows = _steps(across, edges.width), _steps(down, edges.height)
    if len(columns):
        # half a step before the first one may be one more
        columns = np.append(columns[0] - 1, columns)
    if not len(columns) or not len(rows) or max(len(columns), len(rows)) > 3 * MOST_ACROSS:
        return Gallery([])
    # not as far as the next tile's side
    gap = min(across.pitch - across.length, down.pitch - down.length)
    reach = int(np.clip(gap - 2, 1, 3)) if gap > 2 else 3
    phases = []
    for shift in (0.0, 0.5):
        left = across.start + (columns + shift) * across.pitch
        top = down.start + rows * down.pitch
        x, y = np.meshgrid(left, top)
        boxes = np.stack([x, y, x + across.length, y + down.length], axis=-1)
        boxes = np.rint(boxes).astype(np.int32)
        shares, places = edges.sides(boxes.reshape(-1, 4), reach)
        inside = (boxes[..., 0] >= -2) & (boxes[..., 2] <= edges.width + 2)
        content = edges.content(boxes.reshape(-1, 4)).reshape(x.shape) * inside
        phases.append((boxes, places.reshape(boxes.shape), shares.reshape(boxes.shape) * inside[..., None], content))
    clear = [_clear(shares) for _, _, shares, _ in phases]
    rows_used = _longest_run(clear[0].sum(axis=1) + clear[1].sum(axis=1))
    if not rows_used:
        return Gallery([])
    # all rows but the last stand in line; that one has more clear tiles on half steps if it stands on these
    base = int(clear[1][rows_used].sum() > clear[0][rows_used].sum())
    half = [base] * len(rows_used)
    if clear[1 - base][rows_used[-1]].sum() > clear[base][rows_used[-1]].sum():
        half[-1] = 1 - base
    first, last = _extent([clear[h][row] for row, h in zip(rows_used, half, strict=True)], half)
    tiles: list[Box] = []
    for number, (row, is_half) in enumerate(zip(rows_used, half, strict=True)):
        boxes, places, shares, content = (values[row] for values in phases[is_half])
        at_end = number == len(rows_used) - 1
        chosen = _row(shares, content, first, last - is_half, at_end)
        if number in (0, len(rows_used) - 1) and clear[is_half][row].sum() < LEAST_ROW * len(chosen):
            continue
        tiles += [_box(places[i], boxes[i]) for i in chosen]
    return rate([t.clipped(edges.width, edges.height) for t in tiles], edges)


def _steps(axis: Axis, extent: int) -> npt.NDArray[np.int64]:
    """The numbers of an axis' spans that lie in 0..extent."""
    low = int(np.ceil((-2 - axis.start) / axis.pitch))
    high = int(np.floor((extent + 2 - axis.length - axis.start) / axis.pitch))
    return np.arange(low, high + 1)


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


def _row(shares: Shares, content: npt.NDArray[np.float32], first: int, last: int, at_end: bool) -> list[int]:
    """The columns of a row that hold tiles; shares (N, 4) and content (N,) of its places."""
    inside = np.zeros(len(shares), bool)
    inside[max(0, first) : last + 1] = True
    is_clear = _clear(shares)
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


def _box(place: npt.NDArray[np.int32], expected: npt.NDArray[np.int32]) -> Box:
    """A tile at the edges that were found, or where it is expected when they leave nothing."""
    left, top, right, bottom = (int(v) for v in place)
    if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
        left, top, right, bottom = (int(v) for v in expected)
    return Box(left, top, right - left, bottom - top)


def axes_of(tiles: list[Box]) -> tuple[Axis, Axis]:
    """The axes, across and down, of the lattice on which most of these tiles, of about equal size, lie."""
    columns, rows = [(t.x, t.right) for t in tiles], [(t.y, t.bottom) for t in tiles]
    gap = next((gap for gap in (_gap(columns), _gap(rows)) if gap is not None), 0.02 * tiles[0].h)
    return _axis(columns, gap), _axis(rows, gap)


def even_gaps(across: Axis, down: Axis) -> list[tuple[Axis, Axis]]:
    """The same axes with the gap of one for both, as galleries have it, where theirs differ."""
    gaps = across.pitch - across.length, down.pitch - down.length
    if abs(gaps[0] - gaps[1]) < 1.5:
        return []
    return [
        (across, down._replace(pitch=down.length + gaps[0])),
        (across._replace(pitch=across.length + gaps[1]), down),
    ]


def _steps_between(spans: list[tuple[int, int]]) -> tuple[npt.NDArray[np.float64], float]:
    """From each span (start, end) to each that starts behind its end, and the spans' length."""
    length = float(np.median([end - start for start, end in spans]))
    starts = np.array([start for start, _ in spans], float)
    steps = (starts[:, None] - starts[None, :]).ravel()
    # rows on half steps make half steps; only a step and a half is longer than a tile
    return steps[steps > 0.96 * length - 2], length


def _gap(spans: list[tuple[int, int]]) -> float | None:
    """What is between neighbours; None where no two are."""
    steps, length = _steps_between(spans)
    near = steps[steps < 1.3 * length + 4]
    return _commonest(near, 1 + 0.015 * length) - length if len(near) else None


def _axis(spans: list[tuple[int, int]], gap: float) -> Axis:
    """The axis on which most spans (start, end) lie; `gap` is what is between them if no two are neighbours."""
    own_gap = _gap(spans)
    length = float(np.median([end - start for start, end in spans]))
    pitch = length + (gap if own_gap is None else own_gap)
    starts = np.array(sorted(start for start, _ in spans), float)
    if own_gap is None and len(steps := _steps_between(spans)[0]):
        # the neighbours between are missing
        pitch = float(steps.min()) / max(1, round(float(steps.min()) / pitch))
    # a centred row stands on half steps; one span that is off must not turn the line
    half = np.rint((starts - starts[len(starts) // 2]) / (pitch / 2))
    apart = half[:, None] - half[None, :]
    slopes = (starts[:, None] - starts[None, :])[apart != 0] / apart[apart != 0]
    likely = slopes[np.abs(slopes - pitch / 2) <= 0.04 * pitch + 2]
    if len(likely):
        pitch = 2 * float(np.median(likely))
    even = half % 2 == (0 if 2 * (half % 2 == 0).sum() >= len(half) else 1)
    start = float(np.median(starts - half * pitch / 2)) + float(half[even][0]) * pitch / 2
    return Axis(start, pitch, min(length, pitch))


def _commonest(values: npt.NDArray[np.float64], width: float) -> float:
    """The middle of where most values are."""
    near = np.abs(values[:, None] - values[None, :]) <= width
    return float(np.median(values[near[near.sum(axis=1).argmax()]]))


def combs(profile: npt.NDArray[np.float32], low: int, high: int, least: int, most: int = 4) -> list[Axis]:
    """Axes whose spans begin and end at peaks of a profile of edges, the likeliest first.

    low, high: the part of the profile that is looked at; least: a span's least length.
    """
    part = cv2.dilate(profile[None, low:high], np.ones((1, 5), np.uint8))[0]
    peaks = _peaks(profile[low:high])
    scored: list[tuple[float, Axis]] = []
    for i, a in enumerate(peaks):
        for b in peaks[i + 1 :]:
            for count in range(1, MOST_ACROSS + 1):
                pitch = (b - a) / count
                if pitch < least:
                    break
                values = np.sort(part[np.rint(a + pitch * np.arange(count + 1)).astype(int)])
                if values[0] > 0.12:
                    # all borders of a lattice are about as long: the weaker half counts
                    strength = float(values[: count // 2 + 1].mean())
                    score = strength * (count + 1) ** 0.5 * ((b - a) / len(part)) ** 0.5
                    scored.append((score, Axis(float(a + low), pitch, pitch)))
    found: list[Axis] = []
    for _, axis in sorted(scored, reverse=True, key=lambda item: item[0]):
        if all(abs(axis.pitch - other.pitch) > 0.006 * other.pitch for other in found):
            found.append(axis)
        if len(found) == most:
            break
    return [other for axis in found for other in _with_gap(axis, part, low)]


def _with_gap(axis: Axis, part: npt.NDArray[np.float32], low: int) -> list[Axis]:
    """The axis as it is and, where there is a second line beside each border, with that gap before or behind it."""
    borders = axis.start - low + axis.pitch * np.arange(int((len(part) - 1 - axis.start + low) / axis.pitch) + 1)
    inner = np.rint(borders[1:-1]).astype(int)
    if not len(inner):
        return [axis]
    gaps = np.arange(4, 25)
    before, behind = (part[np.clip(inner[:, None] + sign * gaps, 0, len(part) - 1)].mean(axis=0) for sign in (-1, 1))
    strength = float(part[inner].mean())
    found = [axis]
    if before.max() > 0.6 * strength:
        found.append(axis._replace(length=axis.pitch - float(gaps[before.argmax()])))
    if behind.max() > 0.6 * strength:
        gap = float(gaps[behind.argmax()])
        found.append(axis._replace(start=axis.start + gap, length=axis.pitch - gap))
    return found


def _peaks(profile: npt.NDArray[np.float32], most: int = 22) -> list[int]:
    """Places of the strongest local peaks, in order."""
    strong = np.flatnonzero(profile > 0.12)
    peaks: list[int] = []
    for place in strong[np.argsort(-profile[strong], kind="stable")]:
        if all(abs(int(place) - peak) > 4 for peak in peaks):
            peaks.append(int(place))
        if len(peaks) == most:
            break
    return sorted(peaks)
