"""Find the tiles of a call's gallery view from pixels alone.

Colours that are frequent in the picture are tried as the gallery's background: cutting the picture along gutters of that
colour gives regions, regions of one size give a lattice of equal tiles, and the straight edges along its places say which
of them are tiles. Galleries without gutters are guessed from the places of long edges. The best explanation wins. A
picture without a gallery (a webcam, a photograph of a room) is one tile that covers it.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import cv2

from ..types import Box, Image
from .axes import axes_of, even_gaps
from .base import TileBox
from .companions import with_companions
from .edges import Edges
from .ends import lengthened
from .grid import LEAST_ASPECT, LEAST_SIDE, LEAST_SUPPORT, MOST_ASPECT, Gallery, corners, fit, rate
from .gutters import background_colours, cut, foreground, more_colours, surroundings
from .hidden import draw_hidden
from .kind import is_speaking, kind_of
from .mosaic import completed, contradicts, explains, mosaic, too_fine, without_groups
from .papers import beside_large, beside_papers, off, papers
from .rectangles import FILLED, SMALL, apart, is_framed, lone_of, rectangles
from .screens import (
    SAME,
    are_text,
    goes_on_nameless,
    goes_on_over_text,
    in_window,
    shown_in,
    with_named,
    within_large,
    without_buttons,
    without_nameless,
    without_rows_of_text,
    without_screens,
)
from .seams import LEAST_AREA, SAME_AREA, touching
from .standing import beside_named, on_background, with_spotlight
from .steps import in_step

WORKING_WIDTH = 800
"""Pictures are thinned out to about this width before they are cut, by leaving out lines: thin gutters stay pure."""
TOLERANCES = (5, 14)
"""How far background may stray: camera-off tiles are hardly lighter than it, compression makes it dirty."""
CONVINCING = 0.94
"""Support by edges from which no other background is tried."""
MUCH = 0.45
"""Share of the picture that a gallery must cover for that."""
UNEVEN = 0.02
"""By how much, as a share of a tile's shorter side, the gaps of such a gallery differ: rows of several have none between these."""
CLEARER = 0.1
"""How much more must be seen of those of the tiles that stand beside a document than of all, if the others are none."""
HELD = 0.7
"""Share of the tiles that were drawn into a picture which must be found in it."""
PART = 0.95
"""Share of a rectangle that lies in another one if it is a part of it, and its size against that at most."""
SAME_SIZE = 0.05
"""Relative difference up to which two sides are one size."""


class _Unclear(NamedTuple):
    """What else is known of a picture whose gallery is not clear: rectangles in it, itself thinned out, colours of its
    background, and shared documents."""

    rectangles: list[Box]
    small: Image
    colours: list[tuple[int, int, int]]
    documents: list[Box]


def find_tiles(image: Image) -> list[TileBox]:
    """Tiles of a BGR picture (H, W, 3) in reading order; one that covers it where there is no gallery."""
    tiles = _tiles(image) or [Box(0, 0, image.shape[1], image.shape[0])]
    return [TileBox(box, kind_of(image, box), is_speaking(image, box)) for box in in_reading_order(in_step(tiles))]


def _tiles(image: Image) -> list[Box]:
    """The tiles of a picture, none where there is no gallery; read again with those drawn in that have the background's colour."""
    edges = Edges(image)
    tiles, unclear = _seen(image, edges)
    if unclear is None:
        return lengthened(image, tiles, edges)
    drawn = draw_hidden(image, unclear.small, unclear.colours, tiles, unclear.rectangles)
    if drawn is not None:
        again, hidden = _seen(drawn[0], Edges(drawn[0]), before=unclear)[0], drawn[1]
        held = [box for box in hidden if any(box.iou(tile) >= SAME for tile in again)]
        tiles = again if len(held) >= HELD * len(hidden) else tiles
    tiles = without_buttons(image, without_rows_of_text(image, tiles))
    tiles = without_nameless(image, lengthened(image, tiles, edges))
    return with_companions(image, tiles, unclear.rectangles)


def _seen(
    image: Image, edges: Edges, documents: bool = True, before: _Unclear | None = None
) -> tuple[list[Box], _Unclear | None]:
    """The tiles of a picture whose sides are seen, none where there is no gallery; beside documents they are looked for again.
    And what else is known of it; None where the gallery is clear.

    before: what was known before tiles were drawn in on the background: its documents are the same, and no tiles touch.
    """
    height, width = image.shape[:2]
    stride = _stride(image)
    small = image[::stride, ::stride].copy()
    colours = background_colours(small)
    best, regions, areas = _by_gutters(image, edges, small, colours)
    # what was drawn in reaches far and is no rectangle
    found = rectangles(regions, areas[1:] if before is None else [], edges)
    if documents and before is None and not _convincing(best):
        best = touching(image, best, areas, found, edges)
    crossing = within_large(best.tiles, found, edges)
    if crossing:
        best = rate([tile for tile in best.tiles if tile not in crossing], edges)
    unequal = mosaic(without_groups(found, best), edges)
    lone = rate(in_window(image, lone_of(regions, edges)), edges)
    if unequal.tiles and are_text(image, lone.tiles):
        lone = Gallery([])  # a shared screen
    best, lone = (Gallery([]) if _are_several(gallery.tiles, found) else gallery for gallery in (best, lone))
    if lone.score > best.score and not (best.support > CONVINCING and _holds(lone.tiles[0], best.tiles)):
        best = lone
    arrange, text = partial(_arranged, edges=edges), partial(are_text, image)
    if lone.tiles and apart(
        lone.tiles[0], [*best.tiles, *(box for box in found if not _holds(box, [*best.tiles, *lone.tiles]))]
    ):
        found = [*found, lone.tiles[0]]
    tiles = completed(best, found, edges, arrange, text)
    wrong = unequal.tiles and (
        shown_in(best.tiles, found) or too_fine(best, unequal) or goes_on_nameless(image, best, unequal)
    )
    sure = best.support > max(CONVINCING, unequal.support)
    if wrong or (
        unequal.score > best.score
        and not (
            best.support > LEAST_SUPPORT
            and explains(tiles, unequal.tiles, sure)
            and not contradicts(tiles, unequal.tiles, edges)
            and not goes_on_over_text(image, best.tiles, unequal.tiles)
        )
    ):
        best, tiles = unequal, completed(unequal, found, edges, arrange, text)
    tiles = without_screens(image, tiles) if best.support >= LEAST_SUPPORT else []
    if len(tiles) == 1 and not is_framed(tiles[0], width, height):
        tiles = []
    if _convincing(best):
        return tiles, None
    standing, large = on_background(image, edges, tiles, small, more_colours(small, colours), _arranged)
    shown = before.documents if before else papers(image, areas, edges) if documents else []
    more = beside_large(image, standing, edges) if documents and not shown else standing
    more = with_spotlight(image, edges, more)
    if documents and not shown:
        more = beside_named(image, edges, more, large, standing == tiles)
    more = with_named(image, more, found) if more else more
    standing = standing if more == standing else without_screens(image, more)
    unclear = _Unclear(found, small, colours, shown)
    if not shown:
        return standing, unclear
    beside = beside_papers(image, shown, tiles, edges, lambda part: _seen(part, Edges(part), documents=False)[0])
    outside = off(shown[0], standing)
    clearer = rate(beside, edges).support > rate(standing, edges).support + CLEARER
    known = all(any(tile.iou(other) >= SAME for other in standing) for tile in beside)
    better = len(beside) >= len(outside) or (len(beside) > 1 and known and clearer)
    return (beside if beside != tiles and better else standing), unclear


def _stride(image: Image) -> int:
    """Of how many lines of a picture one is left when it is thinned out."""
    return int(max(1, round(image.shape[1] / WORKING_WIDTH)))


def _by_gutters(
    image: Image, edges: Edges, small: Image, colours: list[tuple[int, int, int]]
) -> tuple[Gallery, list[Box], list[Box]]:
    """The best gallery between gutters of one of these colours, all regions that were seen, and where gutters reach; `small`: the
    picture thinned out."""
    stride = _stride(image)
    best, seen = Gallery([]), []
    areas = [Box(0, 0, edges.width, edges.height)]
    for colour in colours:
        strict = None
        for tolerance in TOLERANCES:
            mask = foreground(small, colour, tolerance)
            area = surroundings(mask)
            sums, least = cv2.integral(mask), max(6, LEAST_SIDE // (2 * stride))
            found = cut(sums, area, least)
            # a window whose gutters are dirty, on a desktop of nearly its colour
            if strict is not None and LEAST_AREA * area.area <= strict.area and strict.iou(area) < SAME_AREA:
                found += cut(sums, strict, least)
            strict = area
            regions = [Box(b.x * stride, b.y * stride, b.w * stride, b.h * stride) for b in found]
            areas.append(Box(area.x * stride, area.y * stride, area.w * stride, area.h * stride))
            regions = [b for b in regions if _tile_like(b) and b.area >= SMALL * edges.width * edges.height]
            seen += regions
            for cluster in _sizes(regions):
                best = _better(best, _arranged(cluster, edges), image)
            if _convincing(best):
                return best, seen, areas
    return best, seen, areas


def _better(best: Gallery, other: Gallery, image: Image) -> Gallery:
    """The better of two galleries; paragraphs, cells of a table and messages of a chat are none."""
    return other if other.score > best.score and not are_text(image, other.tiles) else best


def _holds(box: Box, tiles: list[Box]) -> bool:
    """Whether all of several tiles lie in a box: the box is a strip of them and what is beside it, with a dirty gutter."""
    return len(tiles) > 1 and all(box.overlap(tile) >= 0.95 * tile.area for tile in tiles)


def _are_several(tiles: list[Box], found: list[Box]) -> bool:
    """Whether what was taken for one tile is several rectangles: a spotlight and its strip, with a dirty gutter between."""
    if len(tiles) != 1:
        return False
    box = tiles[0]
    inside = [b for b in found if b.area < PART * box.area and box.overlap(b) >= PART * b.area]
    return len(inside) > 1 and sum(b.area for b in inside) > FILLED * box.area


def _convincing(gallery: Gallery) -> bool:
    """Whether nothing else needs to be tried: many clear tiles, with the same gaps beside and above each other."""
    if gallery.support <= CONVINCING or len(gallery.tiles) < 2 or gallery.covered <= MUCH:
        return False
    across, down = axes_of(gallery.tiles)
    uneven = abs(across.pitch - across.length - down.pitch + down.length)
    return uneven <= 2 + UNEVEN * min(across.length, down.length)


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


def in_reading_order(boxes: list[Box]) -> list[Box]:
    """Row by row from the top, each from the left."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if rows and box.y < rows[-1][0].y + 0.5 * min(box.h, rows[-1][0].h):
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.x)]
