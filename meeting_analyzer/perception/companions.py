"""Calls of two, and a shared screen with one participant: no row and no column says that what is beside the large one is a tile.

Its name does: a rectangle with four straight sides that stands apart and has a name label of its own. What is in the bars
above and below without one is a button, and where nothing is at all there is no tile.
"""

from __future__ import annotations

from ..types import Box, Image
from .ends import PLAIN, STEP
from .kind import is_written
from .rectangles import apart
from .screens import has_name, named, without_screens

UNWRITTEN = 0.6
"""Upper share of a tile in which its name is not."""
TINY = 0.06
"""Largest size of a group of buttons against the large tile above it."""
BAR = 0.15
"""Upper and lower share of the picture in which bars with buttons are."""


def with_companions(image: Image, tiles: list[Box], found: list[Box]) -> list[Box]:
    """The tiles of a picture in which one was found at most, with those of the rectangles in it that stand apart and have names:
    without a shared screen among them, and in place of a window that shows them."""
    tiles = without_empty(image, without_bars(image, tiles))
    if len(tiles) > 1:
        return tiles
    window = [tile for tile in tiles if tile not in found and sum(tile.overlap(box) == box.area for box in found) > 1]
    kept = [tile for tile in tiles if tile not in window]
    others = [box for box in found if apart(box, kept) and has_name(image, box) and not _is_text(image, box)]
    if not others:
        return tiles
    large = [box for box in found if window and box not in others]
    return without_screens(image, [*kept, *large, *others])


def without_empty(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles in which anything is: a disc, a name or a picture."""
    return [tile for tile in tiles if float(tile.of(image)[::STEP, ::STEP].std()) > PLAIN]


def _is_text(image: Image, box: Box) -> bool:
    """Whether more than the line of a name is written in a box."""
    return is_written(image, Box(box.x, box.y, box.w, round(UNWRITTEN * box.h)), around=None)


def without_bars(image: Image, tiles: list[Box]) -> list[Box]:
    """The tiles without tiny ones in the bars above and below, of which none has a name: groups of buttons."""
    largest, height = max((tile.area for tile in tiles), default=0), image.shape[0]
    tiny = [
        tile
        for tile in tiles
        if tile.area < TINY * largest and (tile.bottom < BAR * height or tile.y > (1 - BAR) * height)
    ]
    return tiles if not tiny or named(image, tiny) else [tile for tile in tiles if tile not in tiny]
