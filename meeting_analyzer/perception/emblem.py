"""What stands about the middle of a plain tile, where the camera is off: initials on a disc, a picture in a circle or a rounded
square, a name in one line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image, TileKind
from .initials import is_picture
from .medallion import FLAT, Marks, find_medallion, is_cut_out, label_rows, standing_out

EVEN = 2.5
"""Levels by which its colour differs from place to place; light on a wall varies by more."""
PLAIN_PART = 0.85
"""Share of each part around the middle that is of this colour."""
PLAIN_BESIDE = 0.98
"""Share of the lower right that is, where there is no body."""
EMPTY_ROW, EMPTY_ROWS = 0.97, 0.5
"""Share of a row's middle that is plain where there is neither avatar nor body, and of the rows below that are such where no body is."""
PLAIN_TILE = 0.4
"""Share of the whole tile that then has this colour; the rest is initials, a name, an avatar."""
CONTRAST = 22
"""Levels by which letters and avatars differ from the surface they stand on."""
INK = 90
"""Levels by which some of a name's letters do at least; a face in the dark does not."""
EDGE = 0.35
"""Share of what letters, a disc or a picture differ from the surface by at which these end, whatever their size and compression."""
LEAST_MARK = 0.006
"""Least share of the tile's middle that does."""
MARGIN, LINE_REACH = 1.2, 0.14
"""How far around a disc its edge is looked for, in radii as seen in the thinned tile, and how far above and below the middle a line of
letters reaches, as a share of the height of the tile without its border."""
LABEL_GROUND = 0.08
"""How far a label's ground reaches above its letters, as a share of the tile's height."""
_ROWS = 120
"""About how many rows a tile is thinned out to."""


@dataclass(frozen=True, slots=True)
class Emblem:
    """What stands about the middle of a plain tile: where, in frame pixels; whether it is a picture, not letters; whether it is a
    line of letters without a disc."""

    box: Box
    picture: bool
    line: bool = False

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
    radius, line = find_medallion(away), False
    if radius is not None:
        half, picture = (MARGIN * radius * h, MARGIN * radius * h), _holds_picture(tile, away, radius)
    elif (reach := _line(away)) is not None:
        half, picture, line = (reach + 1, LINE_REACH * h), False, True
    elif bare and _bare(away):
        half, picture = (0.25 * h, 0.25 * h), _holds_picture(tile, away, 0.2)
    else:
        return None
    if picture and not is_cut_out(away):
        return None
    middle = box.x + inset + w * step / 2, box.y + inset + h * step / 2
    place = Box(
        round(middle[0] - half[0] * step), round(middle[1] - half[1] * step),
        round(2 * half[0] * step), round(2 * half[1] * step),
    )  # fmt: skip
    emblem = Emblem(place, picture, line)
    return replace(emblem, box=_fitted(image, emblem, colour))


def _fitted(image: Image, emblem: Emblem, colour: npt.NDArray[Any]) -> Box:
    """Where an emblem, found roughly, is to the pixel, by what differs from the surface's colour: a line of letters; a disc as far as
    it reaches in its upper half, where no label is."""
    place = emblem.box
    away = _away(place.of(image), colour)
    out = away > FLAT if emblem.line else standing_out(away)
    if out.any():
        level = float(away.max() if emblem.line else np.median(away[out]))
        out = away > max(FLAT, EDGE * level)
    rows, columns = (np.flatnonzero(out[: None if emblem.line else place.h // 2 + 1].any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return place
    left, right, top, bottom = (int(end) for end in (columns[0], columns[-1] + 1, rows[0], rows[-1] + 1))
    if emblem.line:
        return Box(place.x + left, place.y + top, right - left, bottom - top)
    # parts of a picture may have the surface's colour
    side = max(right - left, place.h - 2 * top) if emblem.picture else right - left
    return Box(place.x + (left + right - side) // 2, place.y + top, side, side)


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
    return label_rows(away) | (cv2.dilate(marked.astype(np.uint8)[:, None], ground)[:, 0] > 0)


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
    label = label_rows(away)
    below = ~label & (np.arange(h) > h * 13 // 20)
    empty = below & (plain[:, w // 4 : w * 3 // 4].mean(axis=1) >= EMPTY_ROW)
    beside = plain[h * 4 // 5 :, w * 11 // 20 :]
    if empty.sum() < max(2, EMPTY_ROWS * below.sum()) and float(beside.mean()) < PLAIN_BESIDE:
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
