"""Axes of lattices of equal tiles, guessed from a few tiles or from the places of long edges."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box

MOST_ACROSS = 12
LEAST_PEAK = 0.12
"""Least share of a column or row on long edges where tiles may begin or end."""


class Axis(NamedTuple):
    """Equal spans along one axis, in pixels: the first one's start, from start to start, from start to end."""

    start: float
    pitch: float
    length: float


def axes_of(tiles: list[Box]) -> tuple[Axis, Axis]:
    """The axes, across and down, of the lattice on which most of these tiles, of about equal size, lie."""
    x, y, w, h = np.array(tiles, float).T
    spans = (x, _median(w)), (y, _median(h))
    gaps = [_gap(*along) for along in spans]
    gap = next((gap for gap in gaps if gap is not None), 0.02 * tiles[0].h)
    across, down = (_axis(*along, own_gap, gap) for along, own_gap in zip(spans, gaps, strict=True))
    return across, down


def even_gaps(across: Axis, down: Axis) -> list[tuple[Axis, Axis]]:
    """The same axes with the gap of one for both, as galleries have it, where theirs differ."""
    gaps = across.pitch - across.length, down.pitch - down.length
    if abs(gaps[0] - gaps[1]) < 1.5:
        return []
    return [
        (across, down._replace(pitch=down.length + gaps[0])),
        (across._replace(pitch=across.length + gaps[1]), down),
    ]


def _steps_between(starts: npt.NDArray[np.float64], length: float) -> npt.NDArray[np.float64]:
    """From each start of spans of about this length to each that is behind its end."""
    steps = (starts[:, None] - starts[None, :]).ravel()
    # rows on half steps make half steps; only a step and a half is longer than a tile
    return steps[steps > 0.96 * length - 2]


def _gap(starts: npt.NDArray[np.float64], length: float) -> float | None:
    """What is between neighbours; None where no two are."""
    steps = _steps_between(starts, length)
    near = steps[steps < 1.3 * length + 4]
    return _commonest(near, 1 + 0.015 * length) - length if len(near) else None


def _axis(starts: npt.NDArray[np.float64], length: float, own_gap: float | None, gap: float) -> Axis:
    """The axis on which most spans lie; `gap` is what is between them if no two are neighbours, which have `own_gap`."""
    pitch = length + (gap if own_gap is None else own_gap)
    starts = np.sort(starts)
    if own_gap is None and len(steps := _steps_between(starts, length)):
        # the neighbours between are missing
        pitch = float(steps.min()) / max(1, round(float(steps.min()) / pitch))
    # a centred row stands on half steps; one span that is off must not turn the line
    half = np.rint((starts - starts[len(starts) // 2]) / (pitch / 2))
    apart = half[:, None] - half[None, :]
    slopes = (starts[:, None] - starts[None, :])[apart != 0] / apart[apart != 0]
    likely = slopes[np.abs(slopes - pitch / 2) <= 0.04 * pitch + 2]
    if len(likely):
        pitch = 2 * _median(likely)
    even = half % 2 == (0 if 2 * (half % 2 == 0).sum() >= len(half) else 1)
    start = _median(starts - half * pitch / 2) + float(half[even][0]) * pitch / 2
    return Axis(start, pitch, min(length, pitch))


def _commonest(values: npt.NDArray[np.float64], width: float) -> float:
    """The middle of where most of some whole numbers are."""
    ordered = np.sort(values)
    first = np.searchsorted(ordered, values - int(width))
    behind = np.searchsorted(ordered, values + int(width), side="right")
    most = int((behind - first).argmax())
    return _median(ordered[first[most] : behind[most]])


def _median(values: npt.NDArray[np.float64]) -> float:
    """`np.median` without what it does for other shapes, which takes longer."""
    ordered = np.sort(values)
    return float((ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2)


def combs(
    profile: npt.NDArray[np.float32], low: int, least: float, longest: float = math.inf, most: int = 4
) -> list[Axis]:
    """Axes whose spans begin and end at peaks of a profile of edges, the likeliest first.

    low: where the profile begins; least, longest: from one span's start to the next one's.
    """
    part = cv2.dilate(profile[None], np.ones((1, 5), np.uint8))[0]
    peaks = _peaks(profile)
    firsts, lasts = (np.array(peaks, float)[i] for i in np.triu_indices(len(peaks), 1))
    scored: list[tuple[float, Axis]] = []
    for count in range(1, MOST_ACROSS + 1):
        fits = (lasts - firsts >= count * least) & (lasts - firsts <= count * longest)
        starts, pitches = firsts[fits], (lasts - firsts)[fits] / count
        at = np.rint(starts[:, None] + pitches[:, None] * np.arange(count + 1)).astype(int)
        values = np.sort(part[at], axis=1)
        # all borders of a lattice are about as long: the weaker half counts
        strengths = values[:, : count // 2 + 1].mean(axis=1) * (count + 1) ** 0.5 * (pitches * count / len(part)) ** 0.5
        for i in np.flatnonzero(values[:, 0] > LEAST_PEAK):
            scored.append((float(strengths[i]), Axis(float(starts[i] + low), float(pitches[i]), float(pitches[i]))))
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
    strong = np.flatnonzero(profile > LEAST_PEAK)
    peaks: list[int] = []
    for place in strong[np.argsort(-profile[strong], kind="stable")]:
        if all(abs(int(place) - peak) > 4 for peak in peaks):
            peaks.append(int(place))
        if len(peaks) == most:
            break
    return sorted(peaks)
