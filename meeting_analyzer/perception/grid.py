"""Lattices of equal tiles: guess them from a few tiles or from the places of long edges, fill them, rate them.

A gallery's rows are full but for some at its end, which stand in the middle or at the left. So a tile whose sides cannot
be seen (a dark video before a dark background, a camera that is off in the background's colour) follows from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..types import Box
from .edges import Boxes, Edges

LEAST_SIDE = 36
"""Least side of a tile in pixels."""
LEAST_ASPECT, MOST_ASPECT = 0.5, 2.3
"""Width to height of a tile: portrait phones to wide rooms."""
CLEAR = 0.72
"""Least mean share of edge along the four sides of a tile that vouches for its row."""
SEEN = 0.45
"""The same for a tile that others of its row vouch for."""
LEAST_CONTENT = 0.002
"""Share of edges inside from which an unseen place in a row holds somebody."""
MOST_ACROSS = 12


class Axis(NamedTuple):
    """Equal spans along one axis, in pixels: the first one's start, from start to start, from start to end."""

    start: float
    pitch: float
    length: float


@dataclass(frozen=True, slots=True)
class Gallery:
    """Tiles, and how good an explanation of the picture they are: mean share of edges along their sides (support, 0..1)
    and a score that also counts how many there are and how much they cover."""

    tiles: list[Box]
    support: float = 0.0
    score: float = 0.0


def rate(tiles: list[Box], edges: Edges) -> Gallery:
    """A gallery of these tiles."""
    if not tiles:
        return Gallery([])
    support = float(edges.sides(corners(tiles))[0].mean())
    covered = sum(tile.area for tile in tiles) / (edges.width * edges.height)
    # many tiles before one that consists of them, and the gallery before the toolbar
    return Gallery(tiles, support, support * len(tiles) ** 0.2 * covered**0.5)


def corners(tiles: list[Box]) -> Boxes:
    """The tiles as rows of left, top, right, bottom."""
    return np.array([(t.x, t.y, t.right, t.bottom) for t in tiles], np.int32).reshape(-1, 4)


def fill(across: Axis, down: Axis, edges: Edges) -> Gallery:
    """The gallery on a lattice: its rows with tiles whose sides are seen, and the places in them that must be tiles."""
    if min(across.pitch, down.pitch) < LEAST_SIDE:
        return Gallery([])
    columns, rows = _steps(across, edges.width), _steps(down, edges.height)
    if not len(columns) or not len(rows) or max(len(columns), len(rows)) > 3 * MOST_ACROSS:
        return Gallery([])
    phases = []
    for shift in (0.0, 0.5):
        left = across.start + (columns + shift) * across.pitch
        top = down.start + rows * down.pitch
        x, y = np.meshgrid(left, top)
        boxes = np.stack([x, y, x + across.length, y + down.length], axis=-1)
        boxes = np.rint(boxes).astype(np.int32)
        shares, places = edges.sides(boxes.reshape(-1, 4))
        support = shares.mean(axis=1).reshape(x.shape)
        support[(boxes[..., 0] < -2) | (boxes[..., 2] > edges.width + 2)] = 0
        phases.append((boxes, places.reshape(boxes.shape), support))
    rows_used = _longest_run((phases[0][2] >= CLEAR).any(axis=1) | (phases[1][2] >= CLEAR).any(axis=1), phases[0][2])
    if not rows_used:
        return Gallery([])
    # a row on half steps has clearer tiles there than on whole ones
    clear = [(support >= CLEAR).sum(axis=1) for _, _, support in phases]
    half = [bool(clear[1][row] > clear[0][row]) for row in rows_used]
    first, last = _extent([phases[h][2][row] for row, h in zip(rows_used, half, strict=True)], half)
    tiles: list[Box] = []
    for number, (row, is_half) in enumerate(zip(rows_used, half, strict=True)):
        boxes, places, support = (values[row] for values in phases[is_half])
        content = edges.content(boxes)
        at_end = number == len(rows_used) - 1
        chosen = _row(support, content, first, last - is_half, at_end)
        tiles += [_box(places[i], boxes[i]) for i in chosen]
    return rate([t.clipped(edges.width, edges.height) for t in tiles], edges)


def _steps(axis: Axis, extent: int) -> npt.NDArray[np.int64]:
    """The numbers of an axis' spans that lie in 0..extent."""
    low = int(np.ceil((-2 - axis.start) / axis.pitch))
    high = int(np.floor((extent + 2 - axis.length - axis.start) / axis.pitch))
    return np.arange(low, high + 1)


def _longest_run(used: npt.NDArray[np.bool_], support: npt.NDArray[np.float32]) -> list[int]:
    """The rows of the run with the most support; one row in between may be unseen."""
    numbers = np.flatnonzero(used)
    if not len(numbers):
        return []
    runs = [[int(numbers[0])]]
    for before, number in pairwise(numbers):
        if number - before <= 2:
            runs[-1] += range(int(before) + 1, int(number) + 1)
        else:
            runs.append([int(number)])
    return max(runs, key=lambda run: float(np.where(support[run] >= SEEN, support[run], 0).sum()))


def _extent(supports: list[npt.NDArray[np.float32]], half: list[bool]) -> tuple[int, int]:
    """First and last column that clear tiles reach in any row; a row on half steps reaches half a column less far in."""
    lows, highs = [], []
    for support, is_half in zip(supports, half, strict=True):
        clear = np.flatnonzero(support >= CLEAR)
        if len(clear):
            lows.append(int(clear[0]))
            highs.append(int(clear[-1]) + is_half)
    return min(lows), max(highs)


def _row(
    support: npt.NDArray[np.float32], content: npt.NDArray[np.float32], first: int, last: int, at_end: bool
) -> list[int]:
    """The columns of a row that hold tiles."""
    inside = np.zeros(len(support), bool)
    inside[max(0, first) : last + 1] = True
    seen = np.flatnonzero(inside & (support >= SEEN))
    held = inside & ((support >= SEEN) | (content > LEAST_CONTENT))
    if not len(seen):
        return [] if at_end else [int(i) for i in np.flatnonzero(held)]
    low, high = int(seen[0]), int(seen[-1])
    if at_end:
        # a row in the middle is as wide to the left as to the right; one at the left starts with the others
        mirror_low, mirror_high = first + last - high, first + last - low
        wide = range(min(low, mirror_low), max(high, mirror_high) + 1)
        if low > first or high == last or all(held[i] for i in wide):
            low, high = (wide[0], wide[-1]) if all(held[i] for i in wide) else (low, high)
        return [i for i in range(low, high + 1) if held[i] or low < i < high]
    return [int(i) for i in np.flatnonzero(held)]


def _box(place: npt.NDArray[np.int32], expected: npt.NDArray[np.int32]) -> Box:
    """A tile at the edges that were found, or where it is expected when they leave nothing."""
    left, top, right, bottom = (int(v) for v in place)
    if right - left < LEAST_SIDE or bottom - top < LEAST_SIDE:
        left, top, right, bottom = (int(v) for v in expected)
    return Box(left, top, right - left, bottom - top)


def axis_of(spans: list[tuple[int, int]]) -> Axis:
    """The axis on which most of these spans (start, end), of about equal length, lie."""
    length = float(np.median([end - start for start, end in spans]))
    starts = np.array(sorted(start for start, _ in spans), float)
    steps = np.diff(starts)
    steps = steps[steps > 0.6 * length]
    # the least step that occurs between neighbours is the pitch; half rows give half ones, which are shorter than a tile
    pitch = float(np.median(steps[steps < steps.min() + 0.06 * length])) if len(steps) else length * 1.02
    best: tuple[int, float] = (0, starts[0])
    for start in np.unique(starts):
        off = np.abs((starts - start + pitch / 2) % pitch - pitch / 2)
        best = max(best, (int((off < 0.03 * pitch + 2).sum()), float(start)))
    start = best[1]
    numbers = np.rint((starts - start) / pitch)
    on = np.abs(starts - start - numbers * pitch) < 0.03 * pitch + 2
    if len(np.unique(numbers[on])) > 1:
        pitch, start = (float(v) for v in np.polyfit(numbers[on], starts[on], 1))
    return Axis(start, pitch, length)


def combs(profile: npt.NDArray[np.float32], low: int, high: int, least: int, most: int = 4) -> list[Axis]:
    """Axes of touching spans whose borders are peaks of a profile of edges, the likeliest first.

    low, high: the part of the profile that is looked at; least: a span's least length.
    """
    part = profile[low:high]
    peaks = _peaks(part)
    scored: list[tuple[float, Axis]] = []
    reach = np.arange(-2, 3)
    for i, a in enumerate(peaks):
        for b in peaks[i + 1 :]:
            for count in range(1, MOST_ACROSS + 1):
                pitch = (b - a) / count
                if pitch < least:
                    break
                at = np.rint(a + pitch * np.arange(count + 1)).astype(int)
                values = part[np.clip(at[:, None] + reach, 0, len(part) - 1)].max(axis=1)
                if values.min() > 0.12:
                    score = float(values.mean()) * (count + 1) ** 0.5 * ((b - a) / len(part)) ** 0.5
                    scored.append((score, Axis(float(a + low), pitch, pitch)))
    found: list[Axis] = []
    for _, axis in sorted(scored, reverse=True, key=lambda item: item[0]):
        if all(abs(axis.pitch - other.pitch) > 0.02 * other.pitch for other in found):
            found.append(axis)
        if len(found) == most:
            break
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
