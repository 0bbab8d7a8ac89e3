"""Galleries of tiles that touch: axes are guessed from the places where long edges lie at equal distances, with stricter demands,
for shelves and windows make many lines."""

from __future__ import annotations

from ..types import Box, Image
from .axes import combs
from .base import TileBox
from .edges import Edges
from .grid import PAIR, Gallery, fit, promises
from .labels import find_label
from .screens import are_text

TOLD = 0.35
"""Share of the picture from which rectangles that the cuts gave, more than one, leave no room for touching tiles."""
LEAST_AREA = 0.2
"""Least share of the picture in which a gallery is looked for by edges alone."""
SAME_AREA = 0.9
"""Overlap (IoU) from which two areas are one."""
LEAST_SEAMS, SURE_SEAMS = 0.92, 0.99
"""Least support of a gallery of touching tiles, for shelves and windows make many lines; and of one that fills rectangles
which leave it no room."""
TRIED = 12
"""Lattices laid along long edges that are looked at closely in one area."""
PROMISING = 0.8
"""Support of the first laying from which it is worth to lay a lattice again, more exactly."""
LEAST_STEP = 36
"""Least step in pixels of a lattice that is found by its seams alone: a denser one fits any busy picture."""
WITHIN = 0.95
"""Share of a gallery that is in a rectangle which is the window around it, and of a rectangle that is in a tile of which it is a part."""
LEAST_NAMED = 0.88
"""Least support of a gallery of touching tiles that have their names at one place: nothing else has."""
MANY = 9
"""Tiles from which this tells where they are."""
SAMPLE = 16
"""About how many tiles are asked for their names."""
LEFT = 0.15
"""Share of a tile's width to the left of its name at most: the middle ones of two halves have theirs farther right."""
SAME_LINE = 0.06
"""How far from where most are, as a share of the tile's height, the lower end of a name may be."""
IN_PLACE = 0.55
"""Share of tiles from which more have a name there: of places on half steps a sixth have one."""
MOST_ASKED = 4
"""How many lattices are asked for names."""
ALIKE = 0.7
"""Overlap (IoU) of a tile from which two lattices are laid alike."""
SHARED = 0.7
"""Worth of a gallery of touching tiles against one with gutters."""


def touching(image: Image, best: Gallery, areas: list[Box], found: list[Box], edges: Edges) -> Gallery:
    """The best gallery of touching tiles in one of these areas, if it is better than the best one with gutters and no document;
    `found`: rectangles between gutters, which must be tiles of it."""
    told = len(found) > 1 and sum(box.area for box in found) > TOLD * edges.width * edges.height
    # where tiles touch, the sides of one are those of others: less is proved
    least = SURE_SEAMS if told else LEAST_SEAMS
    laid = [gallery for area in different(areas, LEAST_AREA) for gallery in _by_seams(area, edges)]
    clear = (gallery for gallery in laid if len(gallery.tiles) > 1 and gallery.support > least)
    named = named_lattice(image, laid)
    seams = named or max(clear, default=Gallery([]), key=lambda gallery: gallery.score)
    if (
        seams.tiles
        and (named or not told or all(_agrees(seams.tiles, box) for box in found))
        and (1.0 if _touching(best.tiles) else SHARED) * seams.score > best.score
        and not are_text(image, seams.tiles)
    ):
        return seams
    return best


def named_lattice(image: Image, laid: list[Gallery]) -> Gallery | None:
    """The one of some galleries of many tiles in which most tiles have their names at one place, the lower left; None where not
    enough have in any."""
    asked: list[list[Box]] = []
    most, best = 0.0, None
    for gallery in sorted(laid, key=lambda gallery: -gallery.score):
        tiles = gallery.tiles
        if len(asked) == MOST_ASKED:
            break
        if len(tiles) < MANY or gallery.support < LEAST_NAMED:
            continue
        # once for all that are laid alike, but for one with another row
        if any(len(other) >= len(tiles) and _alike(tiles, other) for other in asked):
            continue
        asked.append(tiles)
        share = names_in_place(image, tiles)
        if share > IN_PLACE and share * len(tiles) > most:
            most, best = share * len(tiles), gallery
    return best


def _alike(tiles: list[Box], others: list[Box]) -> bool:
    """Whether a tile in the middle of some is one of others."""
    middle = tiles[len(tiles) // 2]
    return any(middle.iou(other) >= ALIKE for other in others)


def names_in_place(image: Image, tiles: list[Box]) -> float:
    """Share of a sample of some tiles that have a name at the left, and as far from the lower side as most."""
    some = tiles[:: max(1, len(tiles) // SAMPLE)]
    labels = [(tile, find_label(image, TileBox(tile))) for tile in some]
    below = [
        tile.bottom - label.box.bottom for tile, label in labels if label and label.box.x - tile.x <= LEFT * tile.w
    ]
    usual = sorted(below)[len(below) // 2] if below else 0
    return sum(abs(one - usual) <= SAME_LINE * some[0].h for one in below) / len(some)


def _by_seams(area: Box, edges: Edges) -> list[Gallery]:
    """The likeliest galleries in an area by its long edges alone."""
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
    promised = sorted(zip(promises(axes, area, edges), axes, strict=True), key=lambda one: -one[0])[:TRIED]
    likely = [pair for promise, pair in promised if promise >= PAIR * pair[0].length * pair[1].length]
    return [fit(*pair, edges, PROMISING) for pair in likely]


def different(areas: list[Box], least: float) -> list[Box]:
    """The areas that differ, without those that cover less than this share of the first one."""
    found: list[Box] = []
    for area in areas:
        if area.area >= least * areas[0].area and all(area.iou(other) < SAME_AREA for other in found):
            found.append(area)
    return found


def _agrees(tiles: list[Box], box: Box) -> bool:
    """Whether a box is one of these tiles or a part of it, consists of several, is the window around all of them, or beside them."""
    common = [tile.overlap(box) for tile in tiles]
    around = sum(common) >= WITHIN * sum(tile.area for tile in tiles)
    if not any(common) or around or max(common) >= WITHIN * box.area:
        return True
    inside = [tile for tile in tiles if box.overlap(tile) >= 0.9 * tile.area]
    return sum(tile.area for tile in inside) >= 0.8 * box.area


def _touching(tiles: list[Box]) -> bool:
    """Whether tiles have no gutters between them."""
    return any(0 <= b.x - a.right <= 2 and a.y == b.y for a in tiles for b in tiles)
