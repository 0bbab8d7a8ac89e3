"""Tiles that stand on a background: what was found must have its colour outside of its sides, or rectangles that have it take its place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice

from ..types import Box, Image
from .edges import Edges
from .frames import alike, frames, pieces
from .grid import LEAST_SUPPORT, Gallery, rate
from .gutters import foreground, surroundings
from .mosaic import completed, explains, mosaic
from .papers import beside_large
from .rectangles import LARGE, apart, equal_size, in_line, lone_of, unstacked
from .screens import SAME, are_text, has_name, in_window, named, share_named, without_screens
from .seams import named_lattice, names_in_place
from .strips import spotlight

TOLERANCE = 14
"""How far background may stray after compression."""
CLEARLY = 1.1
"""How much better tiles on a background must explain it to take the place of others."""
STANDING = 0.8
"""Support by edges with the background outside from which tiles stand on it."""
NAMED = 0.5
"""Share of tiles that have a name in their corner at least, if the background around them is torn."""
CERTAIN = 0.8
"""Share of tiles that have one from which nothing else is tried."""
WITHIN = 0.95
"""Share of a tile that is in the window around it."""
TORN = 0.1
"""Least size of a piece of the background against the largest if compression may have torn them apart."""

Arrange = Callable[..., Gallery]
"""Makes the gallery on the lattice of some rectangles of one size; `edges` by name."""


def on_background(
    image: Image, edges: Edges, tiles: list[Box], small: Image, colours: list[tuple[int, int, int]], arrange: Arrange
) -> tuple[list[Box], list[Box]]:
    """The tiles that stand on a background, where those that were found do not and neither hold nor explain as much, else
    the latter, and large rectangles that do; `small`: the picture thinned out; `colours`: of its background, perhaps."""
    best, score, before = tiles, 0.0, 0.0
    stands = False
    large: list[Box] = []
    laid: list[Gallery] = []
    text = partial(are_text, image)
    # to within a step and the width of an edge
    stride = round(image.shape[1] / small.shape[1])
    slack = stride + 3
    for colour in colours:
        mask = foreground(small, colour, TOLERANCE)
        whole, room = (
            Box(a.x * stride - slack, a.y * stride - slack, a.w * stride + 2 * slack, a.h * stride + 2 * slack)
            for a in (surroundings(mask), surroundings(mask, TORN))
        )
        framed = edges.framed(colour, TOLERANCE)
        now = rate(tiles, framed)
        stands = stands or now.support > STANDING
        if stands and len(tiles) > 1:
            return tiles, []
        before = max(before, now.score)
        likely = [(share, box) for share, box in frames(framed) if room.overlap(box) == box.area]
        laid += [arrange(group, edges=edges) for group in alike([box for _, box in likely])]
        found = unstacked(pieces(likely, edges.width * edges.height), edges)
        large += [box for box in found if box.area >= LARGE * edges.width * edges.height]
        base = mosaic(found, framed)
        if not base.tiles and not tiles:
            base = rate(in_window(image, lone_of(found, framed)), framed)
        if base.support < LEAST_SUPPORT or text(base.tiles):
            continue
        others = completed(base, found, framed, partial(arrange, edges=framed), text)
        others = without_screens(image, others)
        if explains(tiles, others):
            continue
        again = rate(others, framed).score
        # shelves in a video may have the background's colour, too
        beyond = [box for box in others if whole.overlap(box) < box.area]
        if again > score and (not beyond or share_named(image, others) >= NAMED):
            best, score = others, again
    if stands:
        return best if _is_window(image, tiles[0], best) else tiles, []
    return _or_lattice(image, best if score > CLEARLY * before else tiles, laid, large), large


def _is_window(image: Image, box: Box, inside: list[Box]) -> bool:
    """Whether several tiles lie in a box, most with names: it is a strip and a spotlight, with a dirty gutter between."""
    within = all(box.overlap(other) >= WITHIN * other.area for other in inside)
    return within and len(inside) > 1 and share_named(image, inside) >= CERTAIN


def _or_lattice(image: Image, tiles: list[Box], laid: list[Gallery], large: list[Box]) -> list[Box]:
    """These tiles, or those of one of some lattices of many small ones if more of them have their names at one place: where
    compression has torn the gutters these are in many rectangles, but each true tile has its own name. With the first of some
    large rectangles that has one, too, if the lattice is a strip beside it."""
    many = named_lattice(image, laid)
    if many is None:
        return tiles
    named_before = names_in_place(image, tiles) * len(tiles) if tiles else 0.0
    if names_in_place(image, many.tiles) * len(many.tiles) <= named_before:
        return tiles
    spotlights = (box for box in large if apart(box, many.tiles) and has_name(image, box))
    return [*many.tiles, *islice(spotlights, 1)]


def beside_named(image: Image, edges: Edges, tiles: list[Box], large: list[Box], sure: bool) -> list[Box]:
    """One of some large rectangles with the strip beside it, if more tiles have a name then than of those that were found; not
    tried where nearly all of these have one and are sure."""
    best, most = tiles, sum(has_name(image, tile) for tile in tiles)
    if sure and most >= CERTAIN * max(1, len(tiles)):
        return tiles
    for number, box in enumerate(large):
        if any(box.iou(other) >= SAME for other in large[:number]) or not has_name(image, box):
            continue
        beside = beside_large(image, [box], edges)
        count = sum(has_name(image, tile) for tile in beside)
        if len(beside) > 1 and count > most:
            best, most = beside, count
    return best


def with_spotlight(image: Image, edges: Edges, tiles: list[Box]) -> list[Box]:
    """A strip, of one lane or two, with the large tile beside it that has a name but, as its gutters are dirty, no background outside."""
    size = edges.width * edges.height
    lanes = in_line(tiles) or (len(tiles) > 1 and all(equal_size(tile, tiles[0]) for tile in tiles))
    if not lanes or max(tile.area for tile in tiles) >= LARGE * size:
        return tiles
    large = spotlight(tiles, edges)
    return tiles if large is None or not named(image, [large]) else [large, *tiles]
