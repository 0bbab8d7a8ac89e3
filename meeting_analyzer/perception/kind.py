"""What a tile shows, by its pixels: a camera that is off, and the border of the active speaker."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image, TileKind

FLAT = 8
"""Levels by which a plain surface may vary after compression."""
EVEN = 2.5
"""Levels by which its colour differs from place to place; light on a wall varies by more."""
PLAIN_PART = 0.85
"""Share of each part around the middle that is of this colour."""
PLAIN_BESIDE = 0.93
"""Share of the lower right that is, where there is no body."""
DISC, LEAST_DISC = 12, 0.42
"""Levels of brightness by which the disc under initials varies, and the least share of the disc that is not letters."""
BOTH_SIDES = 0.07
"""Share of it that may be on the other side of the disc's brightness than the letters are."""
MIXED, PICTURED = 40, 0.1
"""Distance from all mixtures of the disc's colour and the letters', and the share of it that is as far in a picture."""
HALO = 22
"""Levels up to which compression changes a surface beside what stands on it."""
ROUND = 0.86
"""Least agreement (IoU) of what is in the middle with a circle or a rounded square, in its upper half."""
PLAIN_TILE = 0.4
"""Share of the whole tile that then has this colour; the rest is initials, a name, an avatar."""
CONTRAST = 22
"""Levels by which letters and avatars differ from the surface they stand on."""
LEAST_MARK = 0.006
"""Least share of the tile's middle that does."""
LABEL_ROW = 0.2
"""Share of a row's left that is not plain where a label stands, which begins at the left."""
EMPTY_ROW = 0.97
"""Share of a row's middle that is plain where there is neither avatar nor body."""
VIVID = 60
"""Least difference between a border colour's strongest and weakest channel: clients mark the speaker in bright colours."""
ALIKE = 45
"""Levels by which the border's colour may vary from side to side: compression halves the resolution of colour."""
RING_SHARE = 0.8
"""Share of each side that the speaker's border covers."""
PAPER = 0.3
"""Share of a shared screen that is of one colour."""
STROKE, STROKES = 70, 0.0018
"""Levels from one pixel to the next at the side of a letter or a line, and the least share of pixels that have it."""
DEEPEST = 14
"""Widest border in pixels."""
_ROWS = 120
"""About how many rows a tile is thinned out to."""


def kind_of(image: Image, box: Box) -> TileKind:
    """What a tile of a BGR picture shows: a camera's `video`; `off`, a plain surface with a name or initials; `still`, such
    a surface with a picture in its middle.

    A picture that fills its tile looks like a video: only time tells (`memory.py`).
    """
    tile = box.of(image)
    if min(tile.shape[:2]) < 24:
        return "video"
    tile = _thinned(tile)
    colour = _surface(tile)
    if colour is None:
        return "video"
    away = _away(tile, colour)
    radius = _medallion(away)
    if radius is not None:
        return "still" if _pictured(tile, away, radius) else "off"
    if _written_in_the_middle(away):
        return "off"
    if _bare(away):
        return "still" if _pictured(tile, away, 0.2) else "off"
    return "video"


def _thinned(tile: Image) -> Image:
    """At most _ROWS rows of a tile, without its border and rounded corners; the middle stays the middle."""
    h, w = tile.shape[:2]
    # compression smears the colour of a border
    inset = max(5, round(0.07 * min(h, w)))
    step = max(1, h // _ROWS)
    return np.ascontiguousarray(tile[inset : h - inset : step, inset : w - inset : step])


def _surface(tile: Image) -> npt.NDArray[Any] | None:
    """The colour of the plain surface around the middle; None where there is none, or where light falls from a side."""
    h, w = tile.shape[:2]
    # upright tiles leave less room beside an avatar
    side, top = int(np.clip((w - 0.66 * h) / 2, 2, w // 6)), max(2, h // 9)
    parts = (
        tile[: h // 3, :side],
        tile[h // 3 : h * 6 // 10, :side],
        tile[h // 4 : h // 2, w - side :],
        tile[h // 2 : h * 7 // 10, w - side :],
        tile[:top, side : w * 3 // 4],
    )
    medians = [_median(part.reshape(-1, 3)) for part in parts]
    colour = _median(np.array(medians))
    # a page arrow may lie over one of them
    odd = sorted(float(np.abs(median - colour).max()) for median in medians)
    shares = sorted(float((_away(part, colour) <= FLAT).mean()) for part in parts)
    if odd[3] > EVEN or odd[4] > 4 * EVEN or shares[2] < PLAIN_PART or shares[0] < 0.5:
        return None
    return np.asarray(colour)


def _median(colours: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """The median of each channel of colours (N, 3): `np.median` without what it does for other shapes, which takes longer."""
    if not len(colours):
        return np.full(3, np.nan)
    low, high = (len(colours) - 1) // 2, len(colours) // 2
    ordered = np.partition(colours, (low, high), axis=0)
    return np.asarray((ordered[low].astype(np.float64) + ordered[high]) / 2)


def _medallion(away: npt.NDArray[np.uint8]) -> float | None:
    """The radius, as a share of the height, of a circle or a rounded square about the middle; None where there is none.

    Its upper half is looked at, a label may hide the lower one: as wide at the middle as twice as high above it, and
    the same to both sides. A head is neither, and shoulders are wider below.
    """
    h, w = away.shape
    # compression puts a halo around what stands out
    core = away[h * 4 // 10 : h // 2 + 1, w // 2 - h // 10 : w // 2 + h // 10 + 1]
    mark = away > max(FLAT, min(HALO, 0.4 * float(np.median(core))))
    band = mark[max(0, h // 2 - h // 20 - 1) : h // 2 + 1].mean(axis=0) > 0.5
    columns = np.flatnonzero(band)
    if not len(columns):
        return None
    # only what hangs together about the middle
    middle = w // 2
    left, right = _run(band, middle)
    if right - left < 4:
        return None
    upright = mark[: h // 2, max(0, middle - w // 60 - 1) : middle + w // 60 + 2].mean(axis=1) > 0.5
    filled = np.flatnonzero(upright)
    if not len(filled):
        return None
    width, height = right - left, h / 2 - filled[0]
    off_centre = abs((left + right) / 2 - w / 2)
    radius = width / 2
    if (
        not 0.1 * h <= radius <= 0.36 * h
        or off_centre > max(1.5, 0.03 * h)
        or abs(height - radius) > max(2, 0.12 * radius)
    ):
        return None
    # above it and beside it nothing
    y, x = int(max(0, h / 2 - radius - 2)), (int(max(0, left - 2)), int(min(w, right + 2)))
    free = [
        mark[: max(1, y), w // 6 : w * 3 // 4],
        mark[h // 5 : h // 2, : max(1, x[0])],
        mark[h // 4 : h // 2, min(w - 1, x[1]) :],
    ]
    # an icon may stand at the upper right
    if any(float(part.mean()) > limit for part, limit in zip(free, (0.08, 0.08, 0.3), strict=True)):
        return None
    # holes are letters or parts of a picture that are of the surface's colour
    upper = (
        cv2.morphologyEx(
            mark[: h // 2].astype(np.uint8), cv2.MORPH_CLOSE, np.ones((h // 12 + 1, h // 12 + 1), np.uint8)
        )
        > 0
    )
    up, across = np.mgrid[: h // 2, :w]
    up, across = np.abs(up + 0.5 - h / 2), np.abs(across + 0.5 - (left + right) / 2)
    away_from, farther = np.hypot(up, across), np.maximum(up, across)
    upper &= farther <= 1.5 * radius
    fit = 0.0
    for r in radius + np.arange(-1, 1.5, 0.5):
        for shape in (away_from <= r, (farther <= r) & (away_from <= 1.3 * r)):
            fit = max(fit, float((upper & shape).sum() / max(1, (upper | shape).sum())))
    return float(radius / h) if fit >= ROUND else None


def _run(band: npt.NDArray[np.bool_], at: int) -> tuple[int, int]:
    """Start and end of the run of True about a place; thin gaps do not end it."""
    gap = max(1, len(band) // 80)
    left = right = at
    while left > 0 and band[max(0, left - gap) : left].any():
        left -= 1
    while right < len(band) and band[right : right + gap].any():
        right += 1
    return left, right


def _pictured(tile: Image, away: npt.NDArray[np.uint8], radius: float) -> bool:
    """Whether a circle in the middle holds a picture: more than two colours and their mixtures, as letters on a disc have."""
    h, w = away.shape
    reach = radius * h * 0.66
    y, x = np.mgrid[:h, :w]
    inside = (np.hypot(y - h / 2 + 0.5, x - w / 2 + 0.5) <= reach) & (y < h / 2 + 0.35 * reach)
    pixels = tile[inside].astype(np.float32)
    if len(pixels) < 8:
        return False
    gray = pixels @ np.array([0.114, 0.587, 0.299], np.float32)
    counts = np.convolve(np.bincount(gray.astype(int), minlength=256), np.ones(9), "same")
    apart = gray - counts.argmax()
    disc, brighter, darker = np.abs(apart) <= DISC, apart > DISC, apart < -DISC
    if disc.mean() < LEAST_DISC or min(brighter.mean(), darker.mean()) > BOTH_SIDES:
        return True
    colours = pixels - np.median(pixels[disc], axis=0)
    extreme = np.median(colours[np.abs(apart) >= np.percentile(np.abs(apart), 92)], axis=0)
    along = np.clip(colours @ extreme / max(1.0, float(extreme @ extreme)), 0, 1)
    return bool((np.linalg.norm(colours - along[:, None] * extreme, axis=1) > MIXED).mean() > PICTURED)


def _written_in_the_middle(away: npt.NDArray[np.uint8]) -> bool:
    """Whether a line of letters stands in the middle with nothing above and below it."""
    h, w = away.shape
    mark = np.asarray(away > CONTRAST)
    rows = mark[:, w // 8 : w * 7 // 8].mean(axis=1)
    line = rows[h * 44 // 100 : h * 56 // 100]
    above, below = rows[h // 8 : h * 35 // 100], rows[h * 64 // 100 : h * 72 // 100]
    inked = mark[h * 40 // 100 : h * 60 // 100]
    places = np.flatnonzero(np.any(inked, axis=0)[w // 6 : w * 5 // 6]) + w // 6
    if not len(places) or line.max() < 0.01 or max(above.max(initial=0), below.max(initial=0)) > 0.04:
        return False
    inked_share = float(np.asarray(inked).mean())
    return bool(abs((places[0] + places[-1]) / 2 - w / 2) < 0.06 * w and inked_share < 0.5)


def _bare(away: npt.NDArray[np.uint8]) -> bool:
    """Whether something stands out of the middle and the rows below it are empty, as far as no label hides them: a body
    reaches the tile's lower edge."""
    h, w = away.shape
    plain = away <= FLAT
    if float(plain.mean()) < PLAIN_TILE:
        return False
    label = (1 - plain[:, : w // 5].mean(axis=1) > LABEL_ROW) & (np.arange(h) > h * 11 // 20)
    # letters end before their label does
    label = cv2.dilate(label.astype(np.uint8)[:, None], np.ones((3, 1), np.uint8))[:, 0] > 0
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


def is_speaking(image: Image, box: Box) -> bool:
    """Whether a tile has a border of one vivid colour along all four sides."""
    tile = box.of(image)
    h, w = tile.shape[:2]
    depth = min(max(2, min(h, w) // 50 + 3), min(h, w) // 6, DEEPEST)
    if depth < 1:
        return False
    across, down = max(1, w // 240), max(1, h // 160)
    # lines from the outside in, of each side; the box may be a pixel or two off, differently on each side; the label
    # may cover the border at the lower left
    sides = (
        tile[: 3 * depth, w // 6 : w - w // 6 : across],
        tile[::-1][: 3 * depth, w // 2 : w - w // 8 : across],
        tile[h // 8 : h // 2 : down, : 3 * depth].swapaxes(0, 1),
        tile[h // 6 : h - h // 6 : down, ::-1][:, : 3 * depth].swapaxes(0, 1),
    )
    for line in sides[0][:depth]:
        colour = _median(line)
        if colour.max() - colour.min() < VIVID or _share(line, colour, ALIKE) < RING_SHARE:
            continue
        on_border = [max(_share(outer, colour, ALIKE) for outer in side[:depth]) >= RING_SHARE for side in sides]
        # a wall of that colour goes on inside
        inside = [_share(side[2 * depth :], colour, ALIKE) for side in sides]
        if all(on_border) and sorted(inside)[1] < 0.5:
            return True
    return False


def _away(pixels: Image, colour: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """How far pixels (H, W, 3) are from a colour in the channel that differs most."""
    apart = cv2.absdiff(pixels, np.full_like(pixels, np.rint(colour).astype(np.uint8)))
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def _share(pixels: npt.NDArray[np.uint8], colour: npt.NDArray[Any], tolerance: int) -> float:
    """Share of pixels (..., 3) within `tolerance` of a colour in every channel."""
    if not pixels.size:
        return 0.0
    low, high = np.ceil(colour - tolerance), np.floor(colour + tolerance)
    near = cv2.inRange(np.ascontiguousarray(pixels).reshape(-1, 1, 3), low, high)
    return cv2.countNonZero(near) / near.size


def paper_of(image: Image, box: Box) -> npt.NDArray[np.float64]:
    """The commonest colour (BGR) of a part of a picture: of a document, its paper."""
    return _paper(box.of(image))[1]


def _paper(part: Image) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]:
    """Some of a picture's colours (N, 3), and the commonest of them."""
    step = max(1, part.shape[0] // 200)
    colours = np.ascontiguousarray(part[::step, ::step]).reshape(-1, 3)
    blue, green, red = (colours >> 3).astype(np.int32).T
    codes = blue << 10 | green << 5 | red
    return colours, np.asarray(np.median(colours[codes == np.bincount(codes).argmax()], axis=0))


def is_written(image: Image, box: Box, around: bool = False) -> bool:
    """Whether a large part of a BGR picture shows a slide, a document, a program: plain paper and sharp strokes.

    A camera's picture has neither: what is plain in it is not of one colour, what has an edge is soft.
    around: only what stands around the middle counts, where a camera that is off shows an avatar or a name.
    """
    part = box.of(image)
    h, w = part.shape[:2]
    part = part[h // 20 : h - h // 20, w // 20 : w - w // 20]
    h, w = part.shape[:2]
    if min(h, w) < 24:
        return False
    colours, paper = _paper(part)
    plain = _share(colours, paper, 4)
    if plain < PAPER:
        return False
    gray = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    stroke = np.asarray(cv2.absdiff(gray[:, 1:], gray[:, :-1])) > STROKE
    stroke[h * 3 // 4 :, : w // 2] = False  # where a tile's name is
    if around:
        stroke[h // 4 : h * 3 // 4, w // 8 : w * 7 // 8] = False
    # a slide with few words is nearly all paper
    return float(stroke.mean()) >= (STROKES if plain < 2 * PAPER else STROKES / 2)
