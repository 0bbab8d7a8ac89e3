"""What is known of one tile: where it is, what was seen in it, and whether that still holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

import cv2
import numpy as np

from ..types import Box, Face, Image, Tile, TileKind
from .appearance import Appearance, appearance
from .base import TileBox
from .changes import Changes
from .emblem import find_emblem
from .kind import is_speaking
from .known_face import KnownFace
from .tracking import Part, Shrunk, follow, track

MOVED = 20
"""Levels by which a pixel changes when a border or a tile comes, goes or moves; compression changes it by less."""
QUIET, QUIET_SHARE = 2, 0.0005
"""Levels by which a pixel may change, and the share of a tile's pixels that may change by more, if nothing moves at all:
a camera has noise, and nobody sits as still."""
STIR, MOVING_SHARE = 8, 0.006
"""Levels by which a pixel changes when something moves, and the share of a tile's pixels that do when somebody does: a recording's key
frame changes fewer."""
FAINT_SHARE = 0.1
"""Share of a tile's pixels beyond which it does not matter where they are: a codec changes fewer where nothing moves."""
FROZEN_AFTER, THAWED_BELOW = 6.0, 3.0
"""Seconds of others moving for which a tile has been quiet that is a picture or a stream that has frozen, and with how few left it is a
video again."""
PULSE = 1.0
"""Seconds of quiet that a change costs that is too faint to be a movement, once in as many seconds: a recording's key frames change what
stands still, but seldom; a camera's noise is there all the time."""
BORDER_LINES = 6
BORDER_EVERY = 0.1
"""Seconds after which a tile's upper edge is looked at again: nobody speaks for less."""
JUDGED_EVERY = 1.0
"""Seconds after which kind and appearance of a tile without faces, of which only some has changed, are looked at again."""
SAME_FACE = 0.4
"""IoU of a face with the one that was there before."""


@dataclass(slots=True)
class Known:
    """A tile and what was seen in it.

    part, inside: where it is in the shrunk frame, and of that where only the person moves; looked: whether it was looked at
    there; change: how much of it has changed since; difference: by how many levels on average, in the frame that is being
    looked at, None where it was not looked at before.
    doubted: it may have gone since the tiles were looked for; vouched: when they last were in spite of such a doubt; patience: for how
    long from then on its doubts wait.
    border: a few lines at its upper edge, thinned out, where the speaker's border would be; bordered: when they were seen.
    quiet: for how many seconds of others moving its inside has not changed, up to FROZEN_AFTER, -inf where it was never seen; pulsed:
    when a faint change last shortened that; frozen: it is a picture, though it looks like a video.
    checked, judged, named: when the detector, kind and appearance, and the reader of names had their turn; bare: how often in
    a row that one saw no label; lost: its faces are not where they were and wait for the detector; unread: an expression may
    have changed since it was read, or was read from one side only.
    Times in seconds.
    """

    tile: TileBox
    part: Part
    inside: Part = field(init=False)
    looked: bool = False
    change: Literal["none", "some", "all"] = "all"
    difference: float | None = None
    doubted: bool = False
    vouched: float = -np.inf
    patience: float = 0.0
    border: Image | None = None
    bordered: float = -np.inf
    quiet: float = -np.inf
    pulsed: float = -np.inf
    frozen: bool = False
    lost: bool = False
    unread: bool = False
    checked: float | None = None
    judged: float = -np.inf
    named: float | None = None
    bare: int = 0
    faces: list[KnownFace] = field(default_factory=list)
    appearance: Appearance | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        self.inside = _inside(self.part)

    @property
    def box(self) -> Box:
        """Where the tile is, in frame pixels."""
        return self.tile.box

    def seen(self) -> Tile:
        """What is known, as part of a scene."""
        tile = self.tile
        return Tile(
            tile.box,
            tile.kind,
            self.name,
            None,
            tile.speaking,
            tuple(known.face for known in self.faces),
            self.appearance,
        )

    def update_border(self, image: Image, time: float) -> None:
        """See whether the speaker's border came or went: then a line at the upper edge changed along most of its length."""
        if self.border is not None and 0 <= time - self.bordered < BORDER_EVERY - 1e-6:
            return
        self.bordered = time
        border = self.box.of(image)[:BORDER_LINES, ::4]
        if self.border is None or self.border.shape != border.shape:
            self.border = border.copy()
        elif _a_line_changed(border, self.border):
            self.border = border.copy()
            self.tile = replace(self.tile, speaking=is_speaking(image, self.box))

    def stands_still(self, insides: Changes) -> bool:
        """Whether it is a picture in which nothing moves: it is where it was. insides: how the newest frame differs from what was kept."""
        return self.frozen and not self._moves(insides)

    def _moves(self, insides: Changes) -> bool:
        change = insides.of(self.inside)
        return bool(np.count_nonzero(change > STIR) > MOVING_SHARE * change.size)

    def _is_quiet(self, insides: Changes) -> bool:
        """Whether nothing has changed in it but what a codec changes along sharp lines."""
        share = insides.share(self.inside)
        if QUIET_SHARE < share <= FAINT_SHARE:
            share = insides.share_beside_edges(self.inside)
        return share <= QUIET_SHARE

    def stirs(self, insides: Changes, time: float) -> bool:
        """Whether anything in it has changed since it last did; what it looks like now is what counts from then on."""
        never = self.quiet == -np.inf
        if not never and self._is_quiet(insides):
            return False
        if never or self._moves(insides):
            self.quiet = 0.0
        elif not 0 <= time - self.pulsed < PULSE:
            self.quiet, self.pulsed = max(0.0, self.quiet - PULSE), time
        insides.keep(self.inside)
        if self.frozen and self.quiet < THAWED_BELOW:
            self.frozen, self.checked, self.change = False, None, "all"
        return True

    def rests(self, seconds: float) -> None:
        """Others have moved for so long, and nothing in it has: in the end it is a picture."""
        self.quiet = min(self.quiet + seconds, FROZEN_AFTER)
        if self.tile.kind == "video" and self.quiet > FROZEN_AFTER - 1e-6:
            self.freeze()

    def vouch(self, time: float, least: float, most: float) -> None:
        """The tiles were looked for, and it is still there: if that was in doubt, its next doubts wait for `least` to `most` seconds,
        twice as long as before where they follow soon."""
        if self.doubted:
            soon = 0 <= time - self.vouched < 4 * self.patience
            self.patience = min(2 * self.patience, most) if soon else least
            self.doubted, self.vouched = False, time

    def looks_like(self, tile: TileBox) -> bool:
        """Whether a tile found anew in this one's place is of its kind."""
        return tile.kind == ("video" if self.frozen else self.tile.kind)

    def compare(self, changes: Changes) -> None:
        """Set `difference` from a frame that was compared."""
        self.difference = cv2.mean(changes.of(self.part))[0] if self.looked else None

    def moved_to(self, tile: TileBox, part: Part) -> None:
        """It is elsewhere: it has to be looked at anew."""
        self.tile, self.part, self.inside, self.border, self.frozen = tile, part, _inside(part), None, False
        self.unsee()

    def unsee(self) -> None:
        """What was kept of how it looked does not hold any more."""
        self.looked, self.difference, self.quiet = False, None, -np.inf

    def is_to_judge(self, time: float, every: float) -> bool:
        """Whether kind and appearance are looked at together with the faces: never yet, not since all of it changed, or long ago,
        which with faces in it is `every` seconds."""
        every = every if self.faces else min(every, JUDGED_EVERY)
        return not 0 <= time - self.judged < every - 1e-6

    def judge(self, image: Image, time: float) -> None:
        """Look at its kind, the speaker's border and its appearance."""
        emblem = find_emblem(image, self.box)
        kind: TileKind = emblem.kind if emblem else "still" if self.frozen else "video"
        self.tile = TileBox(self.box, kind, is_speaking(image, self.box))
        self.appearance, self.judged = appearance(image, self.box, emblem), time

    def freeze(self) -> None:
        """It is a picture: no faces, and so no expressions."""
        self.frozen, self.lost, self.tile = True, False, replace(self.tile, kind="still")
        self.faces = []

    def follow(self, shrunk: Shrunk, elapsed: float) -> bool:
        """Move the faces to where they are now, `elapsed` seconds later; False when one of them cannot be found there."""
        moved = [
            None if known.track is None else follow(known.track, shrunk, known.face, elapsed) for known in self.faces
        ]
        found = [face for face in moved if face is not None]
        if len(found) < len(moved) or any(a.box.iou(b.box) > SAME_FACE for a, b in combinations(found, 2)):
            return False
        for known, face in zip(self.faces, found, strict=True):
            known.face = face
        return True

    def doubt_faces(self) -> None:
        """Somebody else may be here: what was seen in the faces says nothing of them any more."""
        for known in self.faces:
            known.glance = None

    def detected(self, faces: list[Face], shrunk: Shrunk) -> None:
        """These are the faces now. What is known of those that were there before is kept."""
        before, self.faces = self.faces, []
        for face in faces:
            followed = track(face, shrunk)
            same = max(before, key=lambda known: known.face.box.iou(face.box), default=None)
            if same is not None and same.face.box.iou(face.box) >= SAME_FACE:
                before.remove(same)
                old = same.face
                same.face, same.track = face.labelled(old.emotion, old.label, old.confidence), followed
                self.faces.append(same)
            else:
                self.faces.append(KnownFace(face, followed))


def _a_line_changed(now: Image, before: Image) -> bool:
    """Whether one of these lines (rows, columns, 3) changed along most of its length."""
    change = np.asarray(cv2.absdiff(now, before))
    if change.max(initial=0) <= MOVED:
        return False
    pixels = (change > MOVED).any(axis=2)
    return bool(2 * pixels.sum(axis=1).max(initial=0) > pixels.shape[1])


def _inside(part: Part) -> Part:
    """A tile without its sides, where the speaker's border comes and goes, and without the lower left, where its name is."""
    (top, left), (bottom, right) = ((s.start for s in part), (s.stop for s in part))
    h, w = bottom - top, right - left
    return slice(top + h // 8, top + h * 3 // 4), slice(left + w // 10, right - w // 10)
