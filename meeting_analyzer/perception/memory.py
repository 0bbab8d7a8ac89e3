"""What the last frames of a call showed, so that what is still the same is not looked at again.

The gallery's layout is kept until the picture between the tiles changes or many tiles change at once; a tile is looked
at when its pixels change; its faces are followed, and the detector looks at it again in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .base import TileBox
from .beside import Beside
from .changes import Changes
from .kind import is_speaking, kind_of
from .known import MOVED, QUIET, STIR, Known
from .pace import EVERYTHING
from .tiles import find_tiles
from .tracking import Gray, Shrunk

LAYOUT_RARELY = 60.0
"""Seconds after which the tiles are looked for anew, whatever changed: twice as many each time that nothing had, up to so many."""
MOVED_SHARE = 0.02
"""Share of the pixels between the tiles that then change."""
ABRUPT = 25
"""Mean change of a tile, in levels, that no person makes between two frames: somebody else, a camera switched off."""
ABRUPT_PART = 0.05
"""Share of the pixels of a tile without a camera or with a picture that change by MOVED levels when something else is there."""
ABRUPT_SHARE = 0.34
"""Share of tiles that change so when the gallery is laid out anew."""
DOUBTED = 0.5
"""Seconds after which the tiles are looked for anew when a single one changed so: its participant may have left. Twice as many for
the same tile each time that it was still there, as with somebody who waves."""
EDGE, EDGE_STIRS, EDGE_SHARE = 3, 4, 0.25
"""Rows at the upper edge of a tile in the shrunk frame, levels by which their pixels change when the speaker's border comes or goes,
and of how many at least, as a share of one row: most of one do."""
STIR_SHARE = 0.002
"""Share of a tile's pixels that change by STIR levels when something in it is to be looked at."""
JITTER = 3
"""Pixels by which the tile finder may differ with itself about a tile that has stayed."""
SAME_TILE = 0.9
"""IoU of a tile with the one that was there before."""
SAME_PLACE = 0.8
"""The same where the finder may be some pixels off, as it is in small tiles after strong compression."""


class Memory:
    """What is known of one call's tiles. `forget` before another call; times are the frames' own, in seconds.

    every: seconds after which the tiles are looked for anew for the first time, whatever changed.
    aside: where the tiles are looked for when nothing says that they are not where they were, so that no frame waits for
    it, and the result depends on the clock; None: here.
    """

    def __init__(self, aside: Executor | None = None, every: float = EVERYTHING.layout_every) -> None:
        self._every, self._search = every, Beside(aside)
        self._last: list[Box] = []
        self.tiles: list[Known] = []
        self._frame: Shrunk | None = None
        self._between: npt.NDArray[np.bool_] | None = None
        self._gallery = Box(0, 0, 0, 0)
        self._found, self._again = 0.0, every
        self._time = np.inf
        self._looks, self._insides = Changes(STIR), Changes(QUIET)

    def forget(self) -> None:
        """Know nothing: the next frame is looked at wholly."""
        self._time = np.inf
        self._search.drop()
        self.tiles, self._frame, self._again, self._last = [], None, self._every, []

    def look(self, image: Image, shrunk: Shrunk, time: float) -> list[Known]:
        """The tiles of a BGR frame in reading order, with how much of each has changed."""
        same_size = all([self._looks.compare(shrunk), self._insides.compare(shrunk)])
        for known in self.tiles:
            if not same_size:
                known.unsee()
            known.compare(self._looks)
        if not self._same_places(shrunk):
            self._search.drop()
            self._lay_out(find_tiles(image), shrunk, time)
        elif self._all_others():
            self._search.drop()
            self._check_layout(find_tiles(image), image, shrunk, time, True)
        elif self._search.busy:
            # what is found holds now, too, since the layout has not changed
            self._search.settle()
        elif not 0 <= time - self._found < (DOUBTED if self._in_doubt(time) else self._again):
            self._search.do(lambda: find_tiles(image), lambda found: self._check_layout(found, image, shrunk, time))
        for known in self.tiles:
            if known.difference is None or _stirs_along(self._looks.of(known.part)[:EDGE]):
                known.update_border(image, time)
            if self._is_other(known):
                known.change = "all"
                known.doubted |= known.difference is not None
            elif self._looks.share(known.part) <= STIR_SHARE:
                known.change = "none"
                continue
            else:
                known.change = "some"
            self._looks.keep(known.part)
            known.looked = True
        self._tell_frozen(time)
        return self.tiles

    def _tell_frozen(self, time: float) -> None:
        """Tiles in which nothing moves for long while others do are pictures. When nothing moves anywhere, the grab is
        paused or its frames are doubles, and that time does not count."""
        stirring = [known.stirs(self._insides, time) for known in self.tiles]
        if any(stirring):
            for known, stirs in zip(self.tiles, stirring, strict=True):
                if not stirs:
                    known.rests(min(max(0.0, time - self._time), 1.0))
        self._time = time

    def _in_doubt(self, time: float) -> bool:
        """Whether a tile may be gone; not so soon for one that was doubted and found before."""
        return any(known.doubted and not 0 <= time - known.vouched < known.patience for known in self.tiles)

    def _same_places(self, shrunk: Shrunk) -> bool:
        """Whether the tiles are where they were, as far as the picture between them can tell."""
        before = self._frame
        if before is None or before.gray.shape != shrunk.gray.shape or before.scale != shrunk.scale:
            return False
        area = self._gallery
        change = cv2.absdiff(_under(shrunk.gray, area), _under(before.gray, area))
        return self._between is None or (change[self._between] > MOVED).mean() <= MOVED_SHARE

    def _all_others(self) -> bool:
        """Whether so many tiles show something else that somebody has come, gone or moved."""
        return sum(map(self._is_other, self.tiles)) > ABRUPT_SHARE * len(self.tiles)

    def _is_other(self, known: Known) -> bool:
        """Whether a tile shows something else altogether; of one that is no video a part is enough, as nothing moves there."""
        if known.difference is None or known.difference > ABRUPT:
            return True
        if known.tile.kind == "video":
            return False
        change = self._looks.of(known.part)
        return bool(np.count_nonzero(change > MOVED) > ABRUPT_PART * change.size)

    def _check_layout(
        self, tiles: list[TileBox], image: Image, shrunk: Shrunk, time: float, changed: bool = False
    ) -> None:
        """Tiles were found though nothing changed between those that are known. The finder may be wrong once: a tile that is about
        where one was is just there, and unless tiles `changed` or are doubted the others are there when two searches say so."""
        if self._between is None:
            self._lay_out(tiles, shrunk, time)
            return
        last, there = self._last, [known.box for known in self.tiles]
        settled = []
        for tile in tiles:
            place = max(there, key=tile.box.iou, default=tile.box)
            off = tile.box.iou(place) >= SAME_PLACE and not _is_near(tile.box, [place, *last])
            settled.append(TileBox(place, kind_of(image, place), is_speaking(image, place)) if off else tile)
        same = len(tiles) == len(there) and all(max(map(one.box.iou, there)) >= SAME_TILE for one in settled)
        twice = len(tiles) == len(last) and all(_is_near(tile.box, last) for tile in tiles)
        if same or twice or changed or any(known.doubted for known in self.tiles):
            self._lay_out(settled, shrunk, time)
        else:
            self._found, self._again = time, DOUBTED
        self._last = [tile.box for tile in tiles]

    def _lay_out(self, tiles: list[TileBox], shrunk: Shrunk, time: float) -> None:
        """These are the tiles of a frame; what is known of those that stayed is kept."""
        before, self.tiles = self.tiles, []
        count, doubt = len(before), any(known.doubted for known in before)
        for tile in tiles:
            same = max(before, key=lambda known: known.box.iou(tile.box), default=None)
            if same is not None and same.box.iou(tile.box) >= SAME_TILE and same.looks_like(tile):
                before.remove(same)
                # the tile finder's pixel here or there must not move what has stayed
                if not _is_near(tile.box, [same.box]) and not same.stands_still(self._insides):
                    same.moved_to(tile, shrunk.part(tile.box))
                same.vouch(time, DOUBTED, self._every)
                self.tiles.append(same)
            else:
                self.tiles.append(Known(tile, shrunk.part(tile.box)))
        kept = count > 0 and not before and len(self.tiles) == count
        self._again = min(LAYOUT_RARELY, max(self._every, 2 * self._again)) if kept and not doubt else self._every
        self._frame, self._found, self._last = shrunk, time, [tile.box for tile in tiles]
        self._gallery, self._between = _between([tile.box for tile in tiles], shrunk)


def _is_near(box: Box, others: Sequence[Box]) -> bool:
    """Whether one of the others differs from a box by no more than the tile finder does with itself."""
    return any(max(abs(a - b) for a, b in zip(box, other, strict=True)) <= JITTER for other in others)


def _stirs_along(edge: Gray) -> bool:
    """Whether so much of a tile's upper edge changed as when the speaker's border comes or goes."""
    if not edge.size:
        return False
    stirring = cv2.threshold(edge, EDGE_STIRS - 1, 1, cv2.THRESH_BINARY)[1]
    return bool(cv2.countNonZero(stirring) > EDGE_SHARE * edge.shape[1])


def _under(gray: Gray, box: Box) -> Gray:
    return gray[box.y : box.bottom, box.x : box.right]


def _between(boxes: list[Box], shrunk: Shrunk) -> tuple[Box, npt.NDArray[np.bool_] | None]:
    """The gallery in pixels of the shrunk frame, and what of it lies between the tiles; None where next to nothing does."""
    height, width = shrunk.gray.shape
    margin = 3
    spans = [tuple(round(v * shrunk.scale) for v in (b.x, b.y, b.right, b.bottom)) for b in boxes]
    left, top = max(0, min(s[0] for s in spans) - margin), max(0, min(s[1] for s in spans) - margin)
    right, bottom = min(width, max(s[2] for s in spans) + margin), min(height, max(s[3] for s in spans) + margin)
    mask = np.ones((bottom - top, right - left), bool)
    for x0, y0, x1, y1 in spans:
        # the speaker's border may lie around a tile
        rows = slice(max(0, y0 - margin - top), y1 + margin - top)
        mask[rows, max(0, x0 - margin - left) : x1 + margin - left] = False
    return Box(left, top, right - left, bottom - top), mask if mask.sum() > 200 else None
