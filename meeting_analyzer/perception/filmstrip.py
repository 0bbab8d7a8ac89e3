"""A strip of equal tiles, or two beside each other, in what is left of a picture beside something large, by its long edges:
two lines along all of it and equal steps between them. Compression fills narrow gutters, but it does not move what is in step."""

from __future__ import annotations

from ..types import Box, Image
from .axes import Axis, combs
from .edges import Edges
from .grid import LEAST_ALONE, PAIR, Gallery, corners, fill, promises
from .rectangles import cover, places
from .screens import named, sample
from .strips import LEAST_STRIP

LINE = 0.25
"""Least share of an area's length along which a strip's upper and lower, or left and right, sides go."""
LINES = 6
"""Lines that are tried as these."""
OWN = 0.8
"""Worth of a line at the side of the area itself against one in it."""
BANDS = 7
"""Pairs of these between which tiles are looked for."""
LEAST_ACROSS = 0.4
"""Least share of the area's breadth that a strip takes."""
SLIMMEST, WIDEST = 1.2, 2.0
"""Width to height of a strip's tiles."""
LANES = 2
"""Columns or rows of a strip at most."""
MOST_GAP = 24
"""Pixels between tiles at most."""
STEPS = 8
"""Steps between tiles that are tried between two lines."""
SURE = 0.92
"""Least support of a strip."""
TRIED = 24
"""Strips that are looked at closely, the likeliest ones."""
ASKED = 10
"""Strips whose tiles are asked for their names, the likeliest ones."""
GOING_ON = 0.85
"""Worth of a strip one of whose lines goes on beyond its tiles."""
ASIDE = 6
"""Pixels beside the tiles that are not looked at for this."""
ALIKE = 0.8
"""Overlap (IoU) of tiles from which two strips are one."""
UNNAMED = 0.1
"""What a strip none of whose tiles has a name is worth counts as this share of names; the share, with this added, is squared."""


def filmstrip(image: Image, area: Box, edges: Edges) -> Gallery:
    """The best strip of equal tiles along the longer side of an area of a BGR picture (H, W, 3); none where there is none."""
    upright = area.h > area.w
    breadth, extent = (area.w, edges.width) if upright else (area.h, edges.height)
    least = max(LEAST_ALONE, LEAST_STRIP * extent, LEAST_ACROSS * breadth)
    lines = places(edges, upright, area, LINE, LINES)
    pairs = [(low, high) for number, low in enumerate(lines) for high in lines[number + 1 :] if high - low >= least]
    profile, start = edges.profile(upright, area), area.x if upright else area.y
    # the area's own sides are long because what is beside it is
    worth = {line: float(profile[line - start]) * (1 if 2 < line - start < breadth - 2 else OWN) for line in lines}
    laid: list[tuple[float, Box, tuple[Axis, Axis]]] = []
    for low, high in sorted(pairs, key=lambda pair: -worth[pair[0]] * worth[pair[1]])[:BANDS]:
        band = Box(low, area.y, high - low, area.h) if upright else Box(area.x, low, area.w, high - low)
        for lanes in range(1, LANES + 1):
            if high - low >= lanes * least:
                tried = _in_band(band, upright, edges, lanes)
                promised = promises(tried, band, edges)
                laid += [(one, band, axes) for one, axes in zip(promised, tried, strict=True)]
    found = []
    for promise, band, axes in sorted(laid, key=lambda one: -one[0])[:TRIED]:
        if promise < PAIR * axes[0].length * axes[1].length:
            break
        gallery = fill(*axes, edges)
        inside = all(band.overlap(tile) >= 0.9 * tile.area for tile in gallery.tiles)
        if len(gallery.tiles) > 1 and gallery.support >= SURE and inside:
            found.append(gallery)
    best, most = Gallery([]), 0.0
    asked: list[list[Box]] = []
    likely = [(gallery.score * GOING_ON ** _going_on(gallery.tiles, upright, edges), gallery) for gallery in found]
    for score, gallery in sorted(likely, key=lambda one: -one[0]):
        # shelves and faces are in step, too, but only tiles have a name each
        if len(asked) == ASKED or score * (1 + UNNAMED) ** 2 <= most:
            break
        if any(_alike(gallery.tiles, other) for other in asked):
            continue
        asked.append(gallery.tiles)
        value = score * (named(image, sample(gallery.tiles)) + UNNAMED) ** 2
        if value > most:
            best, most = gallery, value
    return best


def _going_on(tiles: list[Box], upright: bool, edges: Edges) -> int:
    """How many of both lines along a strip go on beyond its tiles: the side of a screen, or of the picture, is not theirs."""
    whole = cover(tiles)
    w, h = tiles[0].w // 2, tiles[0].h // 2
    if upright:
        beyond = [Box(whole.x, whole.y - h, whole.w, h - ASIDE), Box(whole.x, whole.bottom + ASIDE, whole.w, h - ASIDE)]
    else:
        beyond = [Box(whole.x - w, whole.y, w - ASIDE, whole.h), Box(whole.right + ASIDE, whole.y, w - ASIDE, whole.h)]
    beyond = [box.clipped(edges.width, edges.height) for box in beyond]
    beyond = [box for box in beyond if (box.h if upright else box.w) > 2 * ASIDE]
    if not beyond:
        return 0
    sides = edges.shares(corners(beyond))[:, [0, 2] if upright else [1, 3]]
    return int((sides.max(axis=0) > 0.5).sum())


def _alike(a: list[Box], b: list[Box]) -> bool:
    """Whether two strips are nearly the same."""
    return len(a) == len(b) and all(one.iou(other) > ALIKE for one, other in zip(a, b, strict=True))


def _in_band(band: Box, upright: bool, edges: Edges, lanes: int) -> list[tuple[Axis, Axis]]:
    """Axes, across and down, of likely strips of so many columns or rows that are as broad as a band."""
    whole, start, length = (band.w, band.y, band.h) if upright else (band.h, band.x, band.w)
    breadth = whole / lanes
    shortest, longest = (breadth / WIDEST, breadth / SLIMMEST) if upright else (breadth * SLIMMEST, breadth * WIDEST)
    profile = edges.profile(not upright, band)[1:length]
    found = []
    for axis in combs(profile, start + 1, shortest, longest + MOST_GAP, STEPS):
        if shortest <= axis.length <= longest:
            # gaps are the same both ways; beside one row or column the next one would be outside of the picture
            gap = axis.pitch - axis.length
            high = (whole - (lanes - 1) * gap) / lanes
            lane = Axis(band.x if upright else band.y, high + gap if lanes > 1 else edges.width + edges.height, high)
            found.append((lane, axis) if upright else (axis, lane))
    return found
