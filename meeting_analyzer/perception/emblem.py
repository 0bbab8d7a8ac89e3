"""What stands about the middle of a plain tile, where the camera is off: initials on a disc, a picture in a circle or a rounded
square, a name in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image, TileKind
from .initials import is_picture

Marks = npt.NDArray[np.uint8]
"""How far each pixel (rows, columns) of a thinned tile is from the surface's colour, in levels of the channel that differs most."""

FLAT = 8
"""Levels by which a plain surface may vary after compression."""
EVEN = 2.5
"""Levels by which its colour differs from place to place; light on a wall varies by more."""
PLAIN_PART = 0.85
"""Share of each part around the middle that is of this colour."""
PLAIN_BESIDE = 0.93
"""Share of the lower right that is, where there is no body."""
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
PLAIN_TILE = 0.4
"""Share of the whole tile that then has this colour; the rest is initials, a name, an avatar."""
CONTRAST = 22
"""Levels by which letters and avatars differ from the surface they stand on."""
INK = 90
"""Levels by which some of a name's letters do at least; a face in the dark does not."""
LEAST_MARK = 0.006
"""Least share of the tile's middle that does."""
LABEL_ROW = 0.2
"""Share of a row's left that is not plain where a label stands, which begins at the left."""
LABEL_SPAN, LABEL_REACH = 0.37, 32
"""How far up a label reaches, as a share of the tile's shorter side and, as it is as high in a small tile, in pixels; never above the
middle."""
LABEL_GROUND = 0.08
"""How far a label's ground reaches above its letters, as a share of the tile's height."""
EMPTY_ROW = 0.97
"""Share of a row's middle that is plain where there is neither avatar nor body."""
_ROWS = 120
"""About how many rows a tile is thinned out to."""


@dataclass(frozen=True, slots=True)
class Emblem:
    """What stands about the middle of a plain tile: where, in frame pixels, with a little of the surface around it, and
    whether it is a picture, not letters."""

    box: Box
    picture: bool

    @property
    def kind(self) -> TileKind:
        """What its tile is: `still` with a picture, `off` with letters."""
        return "still" if self.picture else "off"


def find_emblem(image: Image, box: Box) -> Emblem | None:
    """The emblem of a tile of a BGR picture; None where the tile is no plain surface with something about its middle."""
    if min(box.w, box.h) < 24:
        return None
    tile, inset, step = _thinned(box.of(image))
    surface = _surface(tile)
    if surface is None:
        return None
    colour, bare = surface
    away = _away(tile, colour)
    h, w = away.shape
    radius = _medallion(away)
    if radius is not None:
        half, picture = (1.2 * radius * h, 1.2 * radius * h), _holds_picture(tile, away, radius)
    elif (reach := _line(away)) is not None:
        half, picture = (reach, 0.1 * h), False
    elif bare and _bare(away):
        half, picture = (0.25 * h, 0.25 * h), _holds_picture(tile, away, 0.2)
    else:
        return None
    middle = box.x + inset + w * step / 2, box.y + inset + h * step / 2
    place = Box(
        round(middle[0] - half[0] * step), round(middle[1] - half[1] * step),
        round(2 * half[0] * step), round(2 * half[1] * step),
    )  # fmt: skip
    return Emblem(place, picture)


def _thinned(tile: Image) -> tuple[Image, int, int]:
    """At most _ROWS rows of a tile, without its border and rounded corners, the middle stays the middle; how many pixels
    are left out at each side, and of how many one is taken."""
    h, w = tile.shape[:2]
    # compression smears the colour of a border
    inset = max(5, round(0.07 * min(h, w)))
    step = max(1, h // _ROWS)
    return np.ascontiguousarray(tile[inset : h - inset : step, inset : w - inset : step]), inset, step


def _surface(tile: Image) -> tuple[npt.NDArray[Any], bool] | None:
    """The colour of the plain surface around the middle, and whether nothing lies over it at the sides, as a page's arrow does;
    None where there is no such surface, or where light falls from a side."""
    h, w = tile.shape[:2]
    top = max(2, h // 9)
    if h > w:  # beside an avatar there is no room
        above = h // 5
        parts = (
            tile[:above, : w // 4],
            tile[:above, w - w // 4 :],
            tile[:top, w // 4 : w // 2],
            tile[:top, w // 2 : w * 3 // 4],
            tile[top:above, w // 3 : w * 2 // 3],
        )
    else:
        side = int(np.clip((w - 0.66 * h) / 2, 2, w // 6))
        parts = (
            tile[: h // 3, :side],
            tile[h // 3 : h * 6 // 10, :side],
            tile[h // 4 : h // 2, w - side :],
            tile[h // 2 : h * 7 // 10, w - side :],
            tile[:top, side : w * 3 // 4],
        )
    medians = [median(part.reshape(-1, 3)) for part in parts]
    colour = median(np.array(medians))
    odd = sorted(float(np.abs(one - colour).max()) for one in medians)
    if odd[2] > EVEN:
        return None
    shares = sorted(float((_away(part, colour) <= FLAT).mean()) for part in parts)
    if shares[2] < PLAIN_PART:
        return None
    return np.asarray(colour), odd[3] <= EVEN and odd[4] <= 4 * EVEN and shares[0] >= 0.5


def median(colours: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The median of each channel of colours (N, 3): `np.median` without what it does for other shapes, which takes longer."""
    if not len(colours):
        return np.full(3, np.nan)
    low, high = (len(colours) - 1) // 2, len(colours) // 2
    ordered = np.partition(colours, (low, high), axis=0)
    return np.asarray((ordered[low].astype(np.float64) + ordered[high]) / 2)


def _medallion(away: Marks) -> float | None:
    """The radius, as a share of the height, of a circle or a rounded square about the middle; None where there is none.

    Its upper half is looked at, a label may hide the lower one: as wide as twice as high above the middle, the same to both
    sides, its hull round, because parts of a picture may be of the surface's colour, and nothing around and below it, where
    a head has a body.
    """
    h, w = away.shape
    # compression puts a halo around what stands out
    core = away[h * 4 // 10 : h // 2 + 1, w // 2 - h // 10 : w // 2 + h // 10 + 1]
    middle_level = float(np.median(core))
    # letters without a disc have a halo that may be round
    halo = min(HALO, 0.4 * middle_level) if middle_level > HALO else RINGING * float(core.max())
    mark = away > max(FLAT, halo)
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
    up, across = np.abs(np.arange(h)[:, None] + 0.5 - h / 2), np.abs(np.arange(w) + 0.5 - middle)
    half = h // 2
    hull = np.zeros((half + 1, w), np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(np.column_stack([columns, rows]).astype(np.int32)), 1)
    near = across <= radius + 1
    upper, away_from = hull[:half, near] > 0, np.hypot(up[:half], across[near])
    farther = np.maximum(up[:half], across[near])
    fit = 0.0
    for r in radius + np.arange(-1, 1.5, 0.5):
        for shape in (away_from <= r, (farther <= r) & (away_from <= 1.3 * r)):
            fit = max(fit, int((upper & shape).sum()) / max(1, int((upper | shape).sum())))
    if fit < ROUND:
        return None
    farther, label = np.maximum(up, across), _label_rows(away)[:, None]
    around = (farther > radius + 2) & (farther <= max(radius + 4, AROUND * radius)) & ~label
    below = (np.arange(h)[:, None] > h / 2 + radius + 2) & (across <= AROUND * radius) & ~label
    if any(part.any() and float(mark[part].mean()) > STRAY for part in (around, below)):
        return None
    return float(radius / h)


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


def _label_rows(away: Marks) -> npt.NDArray[np.bool_]:
    """Which rows (h,) a label covers, below the middle."""
    h, w = away.shape
    span = max(LABEL_SPAN * min(h, w), min(LABEL_REACH, h / 2))
    label = ((away[:, : w // 5] > FLAT).mean(axis=1) > LABEL_ROW) & (np.arange(h) > h - span)
    # letters end before their label does
    return np.asarray(cv2.dilate(label.astype(np.uint8)[:, None], np.ones((3, 1), np.uint8))[:, 0] > 0)


def _holds_picture(tile: Image, away: Marks, radius: float) -> bool:
    """Whether a disc of a radius about the middle holds a picture, not letters, as far as no label hides it."""
    h, w = away.shape
    return is_picture(tile, radius * h, _written_rows(away, h // 2, int(w / 2 - radius * h - 2)))


def _written_rows(away: Marks, top: int, right: int) -> npt.NDArray[np.bool_]:
    """Which rows (h,) below `top` a label covers, also one whose ground is not seen: to the left of column `right` are its letters."""
    h = len(away)
    marked = (away[:, : max(1, right)] > 2 * FLAT).sum(axis=1) >= 2
    # what comes from above is a page's arrow
    marked[: top + int(np.argmin(marked[top:]))] = False
    ground = np.ones((2 * max(2, round(LABEL_GROUND * h)) + 1, 1), np.uint8)
    return _label_rows(away) | (cv2.dilate(marked.astype(np.uint8)[:, None], ground)[:, 0] > 0)


def _line(away: Marks) -> float | None:
    """How far to both sides of the middle, in pixels, a line of letters reaches that has nothing above and below it; None
    where there is none."""
    h, w = away.shape
    mark = np.asarray(away > CONTRAST)
    rows = mark[:, w // 8 : w * 7 // 8].mean(axis=1)
    line = rows[h * 44 // 100 : h * 56 // 100]
    under = slice(h * 66 // 100, h * 72 // 100)
    above, below = rows[h // 8 : h * 31 // 100], rows[under][~_written_rows(away, under.start, w // 5)[under]]
    inked = away[h * 40 // 100 : h * 60 // 100]
    written = np.asarray(inked > CONTRAST)
    places = np.flatnonzero(np.any(written, axis=0)[w // 6 : w * 5 // 6]) + w // 6
    if (
        not len(places)
        or line.max() < 0.01
        or inked.max() < INK
        or max(above.max(initial=0), below.max(initial=0)) > 0.04
    ):
        return None
    if abs((places[0] + places[-1]) / 2 - w / 2) >= 0.06 * w or float(written.mean()) >= 0.5:
        return None
    return float(places[-1] + 1 - places[0]) / 2


def _bare(away: Marks) -> bool:
    """Whether something stands out of the middle and the rows below it are empty, as far as no label hides them: a body
    reaches the tile's lower edge."""
    h, w = away.shape
    plain = away <= FLAT
    if float(plain.mean()) < PLAIN_TILE:
        return False
    label = _label_rows(away)
    below = ~label & (np.arange(h) > h * 13 // 20)
    empty = below & (plain[:, w // 4 : w * 3 // 4].mean(axis=1) >= EMPTY_ROW)
    beside = plain[h * 4 // 5 :, w * 11 // 20 :]
    if empty.sum() < max(2, 0.25 * below.sum()) and float(beside.mean()) < PLAIN_BESIDE:
        return False
    # somebody in the dark is plain too, but nothing in the middle stands out like letters or an avatar do
    if np.median(away[h * 42 // 100 : h // 2 + 1, w // 2 - h // 12 : w // 2 + h // 12 + 1]) < 2 * CONTRAST:
        return False
    middle = away[h // 5 : h * 3 // 4, w // 4 : w * 3 // 4][~label[h // 5 : h * 3 // 4]]
    return bool(middle.size) and float((middle > CONTRAST).mean()) >= LEAST_MARK


def _away(pixels: Image, colour: npt.NDArray[Any]) -> Marks:
    """How far pixels (H, W, 3) are from a colour in the channel that differs most."""
    apart = cv2.absdiff(pixels, np.append(np.rint(colour), 0))
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
