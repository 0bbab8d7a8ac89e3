"""What stays of a tile's label while the video behind it moves: white letters that have no ground of their own.

Of each pixel of the band in which a call's labels stand the darkest is kept over a few looks. Letters stay white; whatever was white behind
them only now and then drops out. One small gray picture a tile, and only of tiles whose names cannot be read surely.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..types import Box, Image
from .labels import line_from_left
from .whiteness import Mask, whiteness

LOOKS = 8
"""Looks after which it starts afresh: letters never get brighter, and each look takes a little of their edges away."""
READ_AFTER = (1, 4, 0)
"""Looks of these LOOKS after which it is worth a reading; 0: all of them."""
INK = 200
"""Whiteness, 0..255, of what is surely a letter."""
FADED, GONE = 40, 0.25
"""Levels by which a letter may be darker in one look, and the share of a name's pixels that may be more so, while it is that name."""


class Steady:
    """The band of one tile's label over several looks.

    band: where it is, in frame pixels, from where the name begins; name: what was read in it, None where nothing was; sure:
    whether surely; due: whether it is worth a reading.
    """

    def __init__(self, band: Box) -> None:
        self.band = band
        self.name: str | None = None
        self.sure = self.due = False
        self._looks = 0
        self._white: Mask = np.zeros((0, 0), np.uint8)
        self._letters: npt.NDArray[np.bool_] | None = None
        self._level = 0

    def add(self, image: Image) -> None:
        """See the band in a BGR frame (H, W, 3). What was read is forgotten if other letters are there now."""
        band = self.band.clipped(image.shape[1], image.shape[0])
        white = np.asarray(band.of(image).min(axis=2), np.uint8)
        if self._letters is not None and np.mean(white[self._letters] < self._level - FADED) > GONE:
            self.name, self.sure, self._letters, self._looks = None, False, None, 0
        self._white = np.minimum(self._white, white) if self._looks % LOOKS else white
        self._looks += 1
        self.due = self.due or self._looks % LOOKS in READ_AFTER

    def line(self) -> tuple[Image, list[Mask]] | None:
        """The line that begins at the band's left, without most of what is behind it: BGR (h, w, 3), and how far each pixel is ink (h, w),
        0..255, by its own whitest parts and by those of all the band; None where no line is seen. It is not due then until later looks."""
        self.due = False
        ink = whiteness(self._white)
        text = line_from_left(ink) if ink.size else None
        if text is None:
            return None
        part = slice(0, text.right + max(2, round(text.h * 0.3)))
        white = self._white[:, part]
        return np.repeat(white[:, :, None], 3, axis=2), [whiteness(white), ink[:, part]]

    def keep(self, name: str, width: int, sure: bool) -> None:
        """This was read in the first `width` pixels of the band. It holds as long as the letters are there; what was read surely, until
        another name is."""
        if self.sure and not sure:
            return
        letters = np.zeros(self._white.shape, bool)
        letters[:, :width] = whiteness(self._white[:, :width]) >= INK
        if letters.any():
            self.name, self.sure, self._letters = name, sure, letters
            self._level = int(np.median(self._white[letters]))
