"""What the last frames of a call showed, so that what is still the same is not looked at again.

The gallery's layout is kept until the picture between the tiles changes or many tiles change at once; a tile is looked
at when its pixels change; its faces are followed, and the detector looks at it again in turn.
"""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from ..types import Box, Face, Image, Tile
from .appearance import Appearance
from .base import TileBox
from .kind import is_speaking
from .tiles import find_tiles
from .tracking import Gray, Shrunk, Track, follow, track

LAYOUT_EVERY, LAYOUT_RARELY = 5.0, 60.0
"""Seconds after which the tiles are looked for anew, whatever changed: twice as many each time that nothing had, up to so many."""
MOVED = 20
"""Levels by which a pixel between the tiles changes when tiles come, go or move; compression changes it by less."""
MOVED_SHARE = 0.02
"""Share of the pixels between the tiles that then change."""
ABRUPT = 25
"""Mean change of a tile, in levels, that no person makes between two frames: somebody else, a camera switched off."""
ABRUPT_SHARE = 0.34
"""Share of tiles that change so when the gallery is laid out anew."""
DOUBTED = 0.5
"""Seconds after which the tiles are looked for anew when a single one changed so: its participant may have left."""
STIR, STIR_SHARE = 8, 0.002
"""Levels by which a pixel changes when something moves, and the share of a tile's pixels that do at least."""
QUIET, QUIET_SHARE = 2, 0.0005
"""Levels by which a pixel may change, and the share of a tile's pixels that may change by more, if nothing moves at all:
a camera has noise, and nobody sits as still."""
FROZEN_AFTER = 6.0
"""Seconds of others moving after which a tile in which nothing moves is a picture or a stream that has frozen."""
BORDER_LINES = 6
BORDER_EVERY = 0.1
"""Seconds after which a tile's upper edge is looked at again: nobody speaks for less."""
JITTER = 3
"""Pixels by which the tile finder may differ with itself about a tile that has stayed."""
SAME_TILE = 0.9
"""IoU of a tile with the one that was there before."""
SAME_CROP = 3.0
"""Greatest change, in levels, of a twelfth of a face's picture in each direction that does not change the expression."""
SAME_FACE = 0.4
"""IoU of a face with the one that was there before."""


@dataclass(slots=True)
class Known:
    """A tile and what was seen in it.

    change: how much of it changed since it was last looked at, which was when it looked like `look` (shrunk, in grey);
    border: a few lines at its upper edge, thinned out, where the speaker's border would be, and when they were, in seconds;
    quiet: how its inside looked when it was last seen to change, quiet_from: how long others had moved until then, in
    seconds; frozen: it is a picture, though it looks like a video;
    checked, named: when the detector and the reader of names had their turn, in seconds; lost: its faces are not
    where they were and wait for the detector; unread: an
    expression may have changed since it was read; tracks, crops and due belong to
    `faces`, one each: how a face is followed, the picture that was classified, and from when it is classified again.
    """

    tile: TileBox
    change: Literal["none", "some", "all"] = "all"
    look: Gray | None = None
    border: Image | None = None
    bordered: float = -np.inf
    quiet: Gray | None = None
    quiet_from: float = 0.0
    frozen: bool = False
    lost: bool = False
    unread: bool = False
    checked: float | None = None
    named: float | None = None
    faces: list[Face] = field(default_factory=list)
    tracks: list[Track | None] = field(default_factory=list)
    crops: list[Gray | None] = field(default_factory=list)
    due: list[float] = field(default_factory=list)
    appearance: Appearance | None = None
    name: str | None = None

    @property
    def box(self) -> Box:
        """Where the tile is, in frame pixels."""
        return self.tile.box

    def seen(self) -> Tile:
        """What is known, as part of a scene."""
        tile = self.tile
        return Tile(tile.box, tile.kind, self.name, None, tile.speaking, tuple(self.faces), self.appearance)

    def update_border(self, image: Image, time: float) -> None:
        """See whether the speaker's border came or went: then a line at the upper edge changed along most of its length."""
        if self.border is not None and 0 <= time - self.bordered < BORDER_EVERY - 1e-6:
            return
        self.bordered = time
        border = self.box.of(image)[:BORDER_LINES, ::4]
        if self.border is None or self.border.shape != border.shape:
            self.border = border.copy()
        elif not np.array_equal(border, self.border) and _a_line_changed(border, self.border):
            self.border = border.copy()
            self.tile = replace(self.tile, speaking=is_speaking(image, self.box))

    def stirs(self, shrunk: Shrunk, moving: float) -> bool:
        """Whether anything in it has changed since nothing did; `moving`: how long others have moved so far, in seconds."""
        inner = _inside(shrunk.part(self.box))
        before = self.quiet if self.quiet is not None and self.quiet.shape == inner.shape else None
        if before is not None and _share(cv2.absdiff(inner, before), QUIET) <= QUIET_SHARE:
            return False
        self.quiet, self.quiet_from = inner.copy(), moving
        if self.frozen:
            self.frozen, self.checked, self.change = False, None, "all"
        return True

    def looks_like(self, tile: TileBox) -> bool:
        """Whether a tile found anew in this one's place is of its kind."""
        return tile.kind == ("video" if self.frozen else self.tile.kind)

    def freeze(self) -> None:
        """It is a picture: no faces, and so no expressions."""
        self.frozen, self.tile = True, replace(self.tile, kind="still")
        self.faces, self.tracks, self.crops, self.due = [], [], [], []

    def follow(self, shrunk: Shrunk, elapsed: float) -> bool:
        """Move the faces to where they are now, `elapsed` seconds later; False when one of them cannot be found there."""
        moved = [
            None if known is None else follow(known, shrunk, face, elapsed)
            for known, face in zip(self.tracks, self.faces, strict=True)
        ]
        found = [face for face in moved if face is not None]
        if len(found) < len(moved) or any(a.box.iou(b.box) > SAME_FACE for a, b in combinations(found, 2)):
            return False
        self.faces = found
        return True

    def detected(self, faces: list[Face], shrunk: Shrunk) -> None:
        """These are the faces now. What is known of those that were there before is kept."""
        before = list(zip(self.faces, self.crops, self.due, strict=True))
        self.faces, self.crops, self.due = [], [], []
        for face in faces:
            same = max(before, key=lambda item: item[0].box.iou(face.box), default=None)
            if same is not None and same[0].box.iou(face.box) >= SAME_FACE:
                before.remove(same)
                self.faces.append(
                    replace(face, emotion=same[0].emotion, label=same[0].label, confidence=same[0].confidence)
                )
                self.crops.append(same[1])
                self.due.append(same[2])
            else:
                self.faces.append(face)
                self.crops.append(None)
                self.due.append(-np.inf)
        self.tracks = [track(face, shrunk) for face in faces]


class Memory:
    """What is known of one call's tiles. `forget` before another call; times are the frames' own, in seconds.

    aside: where the tiles are looked for when nothing says that they are not where they were, so that no frame waits for
    it, and the result depends on the clock; None: here.
    """

    def __init__(self, aside: Executor | None = None) -> None:
        self._aside = aside
        self._search: tuple[Future[list[TileBox]], Shrunk, float] | None = None
        self.tiles: list[Known] = []
        self._frame: Shrunk | None = None
        self._between: npt.NDArray[np.bool_] | None = None
        self._gallery = Box(0, 0, 0, 0)
        self._found, self._again = 0.0, LAYOUT_EVERY
        self._doubt = False
        self._moving, self._time = 0.0, 0.0

    def forget(self) -> None:
        """Know nothing: the next frame is looked at wholly."""
        self.tiles, self._frame, self._search, self._again = [], None, None, LAYOUT_EVERY

    def look(self, image: Image, shrunk: Shrunk, time: float) -> list[Known]:
        """The tiles of a BGR frame in reading order, with how much of each has changed."""
        if not self._same_layout(shrunk):
            self._search = None
            self._lay_out(find_tiles(image), shrunk, time)
        elif self._search is not None:
            self._take_found()
        elif not 0 <= time - self._found < (DOUBTED if self._doubt else self._again):
            if self._aside is None:
                self._lay_out(find_tiles(image), shrunk, time)
            else:
                self._search = self._aside.submit(find_tiles, image), shrunk, time
        for known in self.tiles:
            known.update_border(image, time)
            look = shrunk.part(known.box)
            change = None if known.look is None or known.look.shape != look.shape else cv2.absdiff(look, known.look)
            if change is None or cv2.mean(change)[0] > ABRUPT:
                known.change = "all"
                self._doubt |= change is not None
            elif _share(change, STIR) <= STIR_SHARE:
                known.change = "none"
                continue
            else:
                known.change = "some"
            known.look = look.copy()
        self._tell_frozen(shrunk, time)
        return self.tiles

    def _tell_frozen(self, shrunk: Shrunk, time: float) -> None:
        """Tiles in which nothing moves for long while others do are pictures. When nothing moves anywhere, the grab is
        paused or its frames are doubles, and that time does not count."""
        stirring = [known.stirs(shrunk, self._moving) for known in self.tiles]
        if any(stirring):
            self._moving += min(max(0.0, time - self._time), 1.0)
        self._time = time
        for known in self.tiles:
            if known.tile.kind == "video" and self._moving - known.quiet_from >= FROZEN_AFTER:
                known.freeze()

    def _take_found(self) -> None:
        """Take what was found aside, once it was; the layout has not changed since."""
        if self._search is not None and self._search[0].done():
            found, shrunk, time = self._search
            self._search = None
            self._lay_out(found.result(), shrunk, time)

    def _same_layout(self, shrunk: Shrunk) -> bool:
        """Whether the tiles are where they were, as far as the picture between them and how much of it changed can tell."""
        before = self._frame
        if before is None or before.gray.shape != shrunk.gray.shape or before.scale != shrunk.scale:
            return False
        area = self._gallery
        change = cv2.absdiff(_under(shrunk.gray, area), _under(before.gray, area))
        if self._between is not None and (change[self._between] > MOVED).mean() > MOVED_SHARE:
            return False
        abrupt = 0
        for known in self.tiles:
            look = shrunk.part(known.box)
            abrupt += (
                known.look is None
                or known.look.shape != look.shape
                or cv2.norm(look, known.look, cv2.NORM_L1) > ABRUPT * look.size
            )
        return abrupt <= ABRUPT_SHARE * len(self.tiles)

    def _lay_out(self, tiles: list[TileBox], shrunk: Shrunk, time: float) -> None:
        """These are the tiles of a frame; what is known of those that stayed is kept."""
        before, self.tiles = self.tiles, []
        count = len(before)
        for tile in tiles:
            same = max(before, key=lambda known: known.box.iou(tile.box), default=None)
            if same is not None and same.box.iou(tile.box) >= SAME_TILE and same.looks_like(tile):
                before.remove(same)
                # the tile finder's pixel here or there must not move what has stayed
                if max(abs(a - b) for a, b in zip(same.box, tile.box, strict=True)) > JITTER:
                    same.tile, same.look, same.border, same.frozen = tile, None, None, False
                self.tiles.append(same)
            else:
                self.tiles.append(Known(tile))
        kept = count > 0 and not before and len(self.tiles) == count
        self._again = min(LAYOUT_RARELY, 2 * self._again) if kept and not self._doubt else LAYOUT_EVERY
        self._frame, self._found, self._doubt = shrunk, time, False
        self._gallery, self._between = _between([tile.box for tile in tiles], shrunk)


def _share(change: npt.NDArray[Any], level: int) -> float:
    """Share of the pixels of a grey picture above `level`; 0 of none."""
    return cv2.countNonZero(cv2.threshold(change, level, 1, cv2.THRESH_BINARY)[1]) / max(1, change.size)


def _a_line_changed(now: Image, before: Image) -> bool:
    """Whether one of these lines (rows, columns, 3) changed along most of its length."""
    return bool(((cv2.absdiff(now, before).max(axis=2) > MOVED).mean(axis=1) > 0.5).any())


def _inside(part: Gray) -> Gray:
    """A tile without its sides, where the speaker's border comes and goes, and without the lower left, where its name is."""
    h, w = part.shape
    return part[h // 8 : h * 3 // 4, w // 10 : w - w // 10]


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


def same_crop(before: Gray | None, now: Gray | None) -> bool:
    """Whether two pictures (side, side) of a face, or None for none, are the same but for noise and overall brightness."""
    if before is None or now is None:
        return before is now
    change = now.astype(np.float32) - before
    change -= change.mean()
    # noise averages out over a few pixels, a raised brow does not
    return float(np.abs(cv2.resize(change, (12, 12), interpolation=cv2.INTER_AREA)).max()) < SAME_CROP
