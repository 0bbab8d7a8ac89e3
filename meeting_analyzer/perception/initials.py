"""Whether a disc in a plain tile holds initials or a picture, by its colours.

Lightness and tint are looked at apart from each other (YCrCb): compression keeps half as many places of tint.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Image

Values = npt.NDArray[np.floating[Any]]
Pixels = npt.NDArray[np.float32]
"""Pixels (N, 3): Y, Cr, Cb in 0..255."""
GREY = 128
"""Cr and Cb of what has no tint."""

SURFACE = 4
"""Pixels of the surface around a disc that are looked at too."""
RIM, EDGE = (0.7, 0.88), 2
"""Where the rim of a disc is, in radii, and how many pixels at its edge are mixed with the surface's colour."""
CLEAR = 10
"""Levels of lightness by which a disc stands out so clearly that its edge is where these end."""
SPILT = 0.75
"""Share of the seen radius that a disc has at least: its tint runs over the edge by half a block of the compression."""
RIM_LEVELS, RIM_TINTS, PLAIN_RIM = 18, 30, 0.86
"""Levels by which the rim may vary in lightness and in tint, and the share of it that must not by more: no letter comes so far
out, and a picture goes on to its sides."""
HALVES, LEAST_HALF = 16, 8
"""Difference between the tints of the rim above and below the line of letters from which it has two, and of how many pixels each is
judged at least: a wall and a coat may be equally light."""
LINE = 0.45
"""Half the height of a line of letters, in radii: two Chinese ones or "WM" come as far out as the rim."""
LETTERS, DISC = 0.66, 12
"""How far out letters are, in radii, and levels of lightness by which the disc under them varies."""
LEAST_LETTERS, MOST_LETTERS = 0.03, 0.55
"""Least and largest share of the disc that letters are."""
GRADIENT = 2
"""Levels by which the halves of a wall with light on it differ at least, if there are no letters."""
READABLE = 32
"""Levels of lightness by which letters differ from their disc at least."""
RINGING = 0.15
"""Share of the letters' difference in lightness by which compression changes what is beside them."""
BOTH_SIDES = 0.16
"""Share of the disc that may be on the other side of its lightness than the letters are."""
MIXED, PICTURED = 24, 0.3
"""Distance of a tint from all mixtures of the disc's and the letters', and the share of pixels that have such a one in a picture."""


def is_picture(tile: Image, radius: float, hidden: npt.NDArray[np.bool_]) -> bool:
    """Whether a disc about the middle of a BGR tile (h, w, 3) holds a picture: its rim is not of one colour, or it has more colours
    than letters on a disc have. `radius` in pixels; `hidden`: rows (h,) that a label covers."""
    at, up, across = _about_the_middle(tile.shape[:2], radius + SURFACE)
    out = np.hypot(up, across)
    pixels = cv2.cvtColor(np.ascontiguousarray(tile[at]), cv2.COLOR_BGR2YCrCb).astype(np.float32)
    shown = np.broadcast_to(~hidden[at[0], None], out.shape)
    apart_from_line = shown & (np.abs(up) > LINE * radius)
    radius = _lightness_ends(pixels[apart_from_line][:, 0], out[apart_from_line], radius)
    outer = max(RIM[0] * radius + 1, min(RIM[1] * radius, radius - EDGE))
    at_rim = apart_from_line & (out >= RIM[0] * radius) & (out <= outer)
    rim = pixels[at_rim]
    inside = pixels[shown & (out <= LETTERS * radius)]
    if not len(rim) or not len(inside):
        return False
    disc = np.median(rim, axis=0)
    apart = rim - disc
    plain = (np.abs(apart[:, 0]) <= RIM_LEVELS) & (np.linalg.norm(apart[:, 1:], axis=1) <= RIM_TINTS)
    if plain.mean() < PLAIN_RIM or _is_of_two_tints(rim, up[at_rim]):
        return True
    light = inside[:, 0] - disc[0]
    if float((np.abs(light) > DISC).mean()) < LEAST_LETTERS:
        whole = shown & (out <= outer)
        return _slope(pixels[whole][:, 0], up[whole], across[whole]) > GRADIENT
    return _has_many_colours(inside, disc)


def _is_of_two_tints(rim: Pixels, up: npt.NDArray[np.float64]) -> bool:
    """Whether a rim has another tint above the middle than below it, though it may be as light. up: how far below it each pixel is."""
    above, below = rim[up < 0, 1:], rim[up > 0, 1:]
    if min(len(above), len(below)) < LEAST_HALF:
        return False
    return float(np.linalg.norm(np.median(above, axis=0) - np.median(below, axis=0))) > HALVES


def _about_the_middle(
    size: tuple[int, int], reach: float
) -> tuple[tuple[slice, slice], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The part of a tile of a size (h, w) up to `reach` pixels from its middle, or a little farther, and how far each pixel of it is
    below the middle and to the right of it."""
    at = [slice(max(0, int(side / 2 - reach) - 1), int(side / 2 + reach) + 2) for side in size]
    up, across = np.meshgrid(
        *(np.arange(side)[part] - side / 2 + 0.5 for side, part in zip(size, at, strict=True)), indexing="ij"
    )
    return (at[0], at[1]), up, across


def _lightness_ends(lightness: Values, out: npt.NDArray[np.float64], radius: float) -> float:
    """How far out the lightness of a disc reaches, at most `radius`, which is how far its tint does."""
    rings, count = out.astype(np.int64), int(radius) + SURFACE
    pixels = np.bincount(rings, minlength=count)[:count]
    levels = np.bincount(rings, lightness, count)[:count] / np.where(pixels, pixels, np.nan)
    apart = np.abs(levels - levels[-1])
    if not np.nanmax(apart, initial=0) > CLEAR:
        return radius
    ends = float(np.flatnonzero(apart > np.nanmax(apart) / 2)[-1] + 1)
    return ends if SPILT * radius <= ends <= radius else radius


def _slope(lightness: Values, *places: npt.NDArray[np.float64]) -> float:
    """By how much the lightness of a disc differs from one half to the other, in the direction in which it does most; noise does not."""
    middles = [np.median(place) for place in places]
    halves = zip(places, middles, strict=True)
    return max(
        (
            abs(float(lightness[place < middle].mean() - lightness[place > middle].mean()))
            for place, middle in halves
            if place.min() < middle < place.max()
        ),
        default=0.0,
    )


def _has_many_colours(inside: Pixels, disc: npt.NDArray[Any]) -> bool:
    """Whether pixels have more than two colours and their mixtures, as letters on a disc have."""
    apart = inside - disc
    light = apart[:, 0]
    ink = np.median(apart[np.abs(light) >= max(DISC, np.percentile(np.abs(light), 90))], axis=0)
    ringing = max(DISC, RINGING * abs(ink[0]))
    sides = float((light > ringing).mean()), float((light < -ringing).mean())
    if min(sides) > BOTH_SIDES or max(sides) > MOST_LETTERS or abs(ink[0]) < READABLE:
        return True
    # where it is compressed, the disc's tint fades out instead of giving way to the letters'
    mixed = np.minimum(_from_mixtures(apart[:, 1:], ink[1:]), _from_mixtures(apart[:, 1:], GREY - disc[1:]))
    return bool((mixed > MIXED).mean() > PICTURED)


def _from_mixtures(tints: Values, end: npt.NDArray[Any]) -> Values:
    """Distance of each tint (N, 2) from the line from no tint at all to `end` (2,)."""
    along = np.clip(tints @ end / max(1.0, float(end @ end)), 0, 1)
    return np.asarray(np.linalg.norm(tints - along[:, None] * end, axis=1))
