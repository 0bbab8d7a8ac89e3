"""Find the tiles of a call's gallery view from pixels alone.

Colours that are frequent in the picture are tried as the gallery's background: cutting the picture along gutters of that
colour gives regions, regions of one size give a lattice of equal tiles, and the straight edges along its places say which
of them are tiles. Galleries without gutters are guessed from the places of long edges. The best explanation wins. A
picture without a gallery (a webcam, a photograph of a room) is one tile that covers it.
"""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from ..types import Box, Image
from .axes import Axis, axes_of, combs, even_gaps
from .base import TileBox
from .edges import Edges
from .frames import frames, pieces
from .grid import CLEAR, LEAST_ASPECT, LEAST_CLEAR, LEAST_SIDE, MOST_ASPECT, Gallery, corners, fit, rate
from .gutters import background_colours, cut, foreground, surroundings
from .kind import is_speaking, kind_of
from .mosaic import completed, explains, mosaic
from .papers import beside_papers, off, papers
from .rectangles import SMALL, rectangles, unstacked
from .screens import are_text, shown_in, within_large, without_screens

WORKING_WIDTH = 800
"""Pictures are thinned out to about this width before they are cut, by leaving out lines: thin gutters stay pure."""
TOLERANCES = (5, 14)
"""How far background may stray: camera-off tiles are hardly lighter than it, compression makes it dirty."""
CONVINCING = 0.94
"""Support by edges from which no other background is tried."""
MUCH = 0.45
"""Share of the picture that a gallery must cover for that."""
TOLD = 0.35
"""Share of the picture from which rectangles that the cuts gave, more than one, leave no room for touching tiles."""
LEAST_AREA = 0.2
"""Least share of the picture in which a gallery is looked for by edges alone."""
LEAST_SUPPORT = 0.62
"""Least support of a gallery."""
LONE_SHARE = 0.12
"""Least share of the picture that a single tile covers."""
LONE_SUPPORT = 0.85
"""Least support of each side of a single tile."""
LEAST_SEAMS, SURE_SEAMS = 0.92, 0.99
"""Least support of a gallery of touching tiles, for shelves and windows make many lines; and of one that fills rectangles
which leave it no room."""
TRIED = 12
"""Lattices laid along long edges that are looked at closely in one area."""
LEAST_STEP = 36
"""Least step in pixels of a lattice that is found by its seams alone: a denser one fits any busy picture."""
SHARED = 0.7
"""Worth of a gallery of touching tiles against one with gutters."""
CLEARLY = 1.1
"""How much better tiles on a background must explain it to take the place of others."""
STANDING = 0.8
"""Support by edges with the background outside from which tiles stand on it."""
SAME_SIZE = 0.05
"""Relative difference up to which two sides are one size."""


def find_tiles(image: Image) -> list[TileBox]:
    """Tiles of a BGR picture (H, W, 3) in reading order; one that covers it where there is no gallery."""
    tiles = _tiles(image) or [Box(0, 0, image.shape[1], image.shape[0])]
    return [TileBox(box, kind_of(image, box), is_speaking(image, box)) for box in in_reading_order(tiles)]


def _tiles(image: Image, documents: bool = True) -> list[Box]:
    """The tiles of a picture, none where there is no gallery; beside documents they are looked for again."""
    height, width = image.shape[:2]
    edges = Edges(image)
    best, regions, areas = _by_gutters(image, edges)
    found = rectangles(regions, edges)
    told = len(found) > 1 and sum(box.area for box in found) > TOLD * width * height
    if documents and not _convincing(best):
        # where tiles touch, the sides of one are those of others: less is proved
        seams = max((_by_seams(area, edges) for area in _apart(areas, LEAST_AREA)), key=lambda gallery: gallery.score)
        if (
            len(seams.tiles) > 1
            and seams.support > (SURE_SEAMS if told else LEAST_SEAMS)
            and (not told or all(_fill(seams.tiles, box) for box in found))
            and (1.0 if _touching(best.tiles) else SHARED) * seams.score > best.score
            and not are_text(image, seams.tiles)
        ):
            best = seams
    crossing = within_large(best.tiles, found, edges)
    if crossing:
        best = rate([tile for tile in best.tiles if tile not in crossing], edges)
    unequal = mosaic(found, edges)
    lone = rate(_lone(regions, edges), edges)
    if unequal.tiles and are_text(image, lone.tiles):
        lone = Gallery([])  # a shared screen
    if lone.score > best.score and not (best.support > CONVINCING and _holds(lone.tiles[0], best.tiles)):
        best = lone
    arrange, text = partial(_arranged, edges=edges), partial(are_text, image)
    tiles = completed(best, found, edges, arrange, text)
    hidden = unequal.tiles and shown_in(best.tiles, found)
    sure = best.support > max(CONVINCING, unequal.support)
    if hidden or (
        unequal.score > best.score and not (best.support > LEAST_SUPPORT and explains(tiles, unequal.tiles, sure))
    ):
        best, tiles = unequal, completed(unequal, found, edges, arrange, text)
    tiles = without_screens(image, tiles) if best.support >= LEAST_SUPPORT else []
    if _convincing(best):
        return tiles
    standing = _on_background(image, edges, tiles)
    shown = papers(image, areas, edges) if documents else []
    if not shown:
        return standing
    beside = beside_papers(image, shown, tiles, edges, partial(_tiles, documents=False))
    return beside if beside != tiles and len(beside) >= len(off(shown[0], standing)) else standing


def _by_gutters(image: Image, edges: Edges) -> tuple[Gallery, list[Box], list[Box]]:
    """The best gallery between gutters of one colour, all regions that were seen, and where gutters reach."""
    stride = max(1, round(image.shape[1] / WORKING_WIDTH))
    small = image[::stride, ::stride].copy()
    best, seen = Gallery([]), []
    areas = [Box(0, 0, edges.width, edges.height)]
    for colour in background_colours(small):
        for tolerance in TOLERANCES:
            mask = foreground(small, colour, tolerance)
            area = surroundings(mask)
            found = cut(cv2.integral(mask), area, max(6, LEAST_SIDE // (2 * stride)))
            regions = [Box(b.x * stride, b.y * stride, b.w * stride, b.h * stride) for b in found]
            areas.append(Box(area.x * stride, area.y * stride, area.w * stride, area.h * stride))
            regions = [b for b in regions if _tile_like(b) and b.area >= SMALL * edges.width * edges.height]
            seen += regions
            for cluster in _sizes(regions):
                best = _better(best, _arranged(cluster, edges), image)
            if _convincing(best):
                return best, seen, areas
    return best, seen, areas


def _on_background(image: Image, edges: Edges, tiles: list[Box]) -> list[Box]:
    """The tiles that stand on a background, where those that were found do not and neither hold nor explain as much, else
    the latter."""
    best, score, before = tiles, 0.0, 0.0
    stride = max(1, round(image.shape[1] / WORKING_WIDTH))
    small = image[::stride, ::stride].copy()
    text = partial(are_text, image)
    for colour in background_colours(small):
        area = surroundings(foreground(small, colour, TOLERANCES[-1]))
        # to within a step and the width of an edge
        slack = stride + 3
        room = Box(area.x * stride, area.y * stride, area.w * stride, area.h * stride)
        room = Box(room.x - slack, room.y - slack, room.w + 2 * slack, room.h + 2 * slack)
        framed = edges.framed(colour, TOLERANCES[-1])
        now = rate(tiles, framed)
        if now.support > STANDING:
            return tiles
        before = max(before, now.score)
        likely = [(share, box) for share, box in frames(framed) if room.overlap(box) == box.area]
        found = unstacked(pieces(likely, edges.width * edges.height), edges)
        base = mosaic(found, framed)
        if not base.tiles and not tiles:
            base = rate(_lone(found, framed), framed)
        if base.support < LEAST_SUPPORT or text(base.tiles):
            continue
        others = completed(base, found, framed, partial(_arranged, edges=framed), text)
        others = without_screens(image, others)
        if explains(tiles, others):
            continue
        again = rate(others, framed).score
        if again > score:
            best, score = others, again
    return best if score > CLEARLY * before else tiles


def _better(best: Gallery, other: Gallery, image: Image) -> Gallery:
    """The better of two galleries; paragraphs, cells of a table and messages of a chat are none."""
    return other if other.score > best.score and not are_text(image, other.tiles) else best


def _touching(tiles: list[Box]) -> bool:
    """Whether tiles have no gutters between them."""
    return any(0 <= b.x - a.right <= 2 and a.y == b.y for a in tiles for b in tiles)


def _holds(box: Box, tiles: list[Box]) -> bool:
    """Whether all of several tiles lie in a box: the box is a strip of them and what is beside it, with a dirty gutter."""
    return len(tiles) > 1 and all(box.overlap(tile) >= 0.95 * tile.area for tile in tiles)


def _apart(areas: list[Box], least: float) -> list[Box]:
    """The areas that differ, without those that cover less than this share of the first one."""
    found: list[Box] = []
    for area in areas:
        if area.area >= least * areas[0].area and all(area.iou(other) < 0.9 for other in found):
            found.append(area)
    return found


def _fill(tiles: list[Box], box: Box) -> bool:
    """Whether a box is one of these tiles or consists of several."""
    inside = [tile for tile in tiles if box.overlap(tile) >= 0.9 * tile.area]
    return sum(tile.area for tile in inside) >= 0.8 * box.area


def _convincing(gallery: Gallery) -> bool:
    """Whether nothing else needs to be tried."""
    return gallery.support > CONVINCING and len(gallery.tiles) > 1 and gallery.covered > MUCH


def _tile_like(box: Box) -> bool:
    return min(box.w, box.h) >= LEAST_SIDE and LEAST_ASPECT <= box.w / box.h <= MOST_ASPECT


def _same(a: Box, b: Box) -> bool:
    return abs(a.w - b.w) <= 4 + SAME_SIZE * b.w and abs(a.h - b.h) <= 4 + SAME_SIZE * b.h


def _sizes(regions: list[Box]) -> list[list[Box]]:
    """Regions of the two most common sizes, weighted by area so that icons never win against tiles."""
    left = list(regions)
    found: list[list[Box]] = []
    while left and len(found) < 2:
        groups = [[b for b in left if _same(b, a)] for a in left]
        best = max(groups, key=lambda group: sum(b.area for b in group) * len(group) ** 0.5)
        if len(best) > 1:
            found.append(best)
        left = [b for b in left if b not in best]
    return found


def _arranged(cluster: list[Box], edges: Edges) -> Gallery:
    """The gallery on the lattice of regions of one size."""
    places = edges.sides(corners(cluster), reach=6)[1]
    axes = axes_of([Box(int(x), int(y), int(r - x), int(b - y)) for x, y, r, b in places])
    # few regions may show one gap wrongly: dirty gutters end too early
    found = [fit(*laid, edges) for laid in (axes, *even_gaps(*axes))]
    return max(found, key=lambda gallery: gallery.score)


def _by_seams(area: Box, edges: Edges) -> Gallery:
    """The best gallery in an area by its long edges alone."""
    # the picture's own border may be an edge
    columns = combs(edges.profile(True, area)[1 : area.w], area.x + 1, LEAST_STEP)
    rows = combs(edges.profile(False, area)[1 : area.h], area.y + 1, LEAST_STEP)
    axes = [
        (across, down)
        for across in columns
        for down in rows
        if abs(across.pitch - across.length - down.pitch + down.length) < 4
        and 1.1 <= across.length / down.length <= 2.0
    ]
    likely = sorted(axes, key=lambda pair: -_promise(pair[0], pair[1], area, edges))[:TRIED]
    return max((fit(*pair, edges) for pair in likely), default=Gallery([]), key=lambda gallery: gallery.score)


def _promise(across: Axis, down: Axis, area: Box, edges: Edges) -> float:
    """How much of an area a lattice covers with places whose sides are clear: to try the best ones first."""
    columns = np.arange(max(1, int((area.right - across.start + 2) // across.pitch)))
    rows = np.arange(max(1, int((area.bottom - down.start + 2) // down.pitch)))
    x, y = np.meshgrid(across.start + columns * across.pitch, down.start + rows * down.pitch)
    boxes = np.rint(np.stack([x, y, x + across.length, y + down.length], axis=-1)).astype(np.int32).reshape(-1, 4)
    shares = edges.shares(boxes)
    clear = (shares.mean(axis=1) >= CLEAR) & (shares.min(axis=1) >= LEAST_CLEAR)
    # many small tiles before few large ones that consist of them
    return float(float(clear.sum()) ** 1.2 * across.length * down.length)


def _lone(regions: list[Box], edges: Edges) -> list[Box]:
    """The one tile of a call of one: all its sides are straight, and it is framed like one."""
    size = edges.width * edges.height
    fitting = [b for b in regions if LONE_SHARE * size <= b.area < 0.97 * size]
    if not fitting:
        return []
    shares, places = edges.sides(corners(fitting), reach=6)
    tiles = []
    for (left, top, right, bottom), share in zip(places, shares, strict=True):
        box = Box(int(left), int(top), int(right - left), int(bottom - top))
        if share.min() >= LONE_SUPPORT and _framed(box, edges.width, edges.height):
            tiles.append(box)
    return sorted(tiles, key=lambda b: -b.area)[:1]


def _framed(box: Box, width: int, height: int) -> bool:
    """Whether a box has something beside it on both of two opposite sides, or reaches the picture's edge on both.

    A piece of a wall in a photograph reaches an edge on one side only.
    """
    return (box.x > 1) == (box.right < width - 1) and (box.y > 1) == (box.bottom < height - 1)


def in_reading_order(boxes: list[Box]) -> list[Box]:
    """Row by row from the top, each from the left."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if rows and box.y < rows[-1][0].y + 0.5 * min(box.h, rows[-1][0].h):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.x)]
