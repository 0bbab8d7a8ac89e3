"""A call that costs next to nothing to analyse: numbered pictures with one face, so that the camera is what is proven.

python -m tests.e2e.camera_rig.call [WIDTHxHEIGHT [FPS]]      feeds the camera until it is ended; "ready" when it does
"""

from __future__ import annotations

import sys
import time

import numpy as np

from meeting_analyzer.config import parse_size
from meeting_analyzer.live import LiveRunner
from meeting_analyzer.outputs.camera import CameraDisplay
from meeting_analyzer.outputs.palette import COLOURS
from meeting_analyzer.sources.base import Source, SourceInfo
from meeting_analyzer.types import EMOTIONS, Box, Face, Frame, Image, Moment, Tile

DEVICE = "/dev/video10"
SIZE = 1280, 720
TILE, FACE = Box(640, 120, 560, 480), Box(820, 240, 200, 220)
"""On the right half, so that a mirrored picture is noticed."""
BITS, CELL = 16, 32
OF_FACE = tuple(0.9 if name == "happy" else 0.1 / 6 for name in EMOTIONS)


class NumberedSource(Source):
    """Pictures (few, for an emulated machine draws slowly) that carry their number as 16 black or white cells in the upper left corner."""

    live = True

    def __init__(self, fps: float) -> None:
        self._period, self._started, self._index = 1 / fps, time.monotonic(), 0
        self._ground = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
        self._ground[TILE.y : TILE.bottom, TILE.x : TILE.right] = 90

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("the numbered call", SIZE)

    def read(self, timeout: float = 1.0) -> Frame | None:
        due = self._started + self._index * self._period
        time.sleep(max(0.0, due - time.monotonic()))
        self._index = max(self._index + 1, int((time.monotonic() - self._started) / self._period))
        image = self._ground.copy()
        for bit in range(BITS):
            image[:CELL, bit * CELL : (bit + 1) * CELL] = 255 if self._index >> bit & 1 else 0
        return Frame(image, time.monotonic() - self._started, self._index)

    def close(self) -> None:
        """Nothing is held."""


def analyse(frame: Frame) -> Moment:
    """One participant who appears happy."""
    face = Face(FACE, 0.9, (), OF_FACE, "happy", 0.9)
    return Moment(frame.time, frame.index, frame.size, (Tile(TILE, name="Ada", faces=(face,)),))


def number(image: Image) -> int | None:
    """The number in a captured picture; None where it cannot be read."""
    found, cell = 0, CELL * image.shape[1] // SIZE[0]
    for bit in range(BITS):
        level = float(image[cell // 4 : cell * 3 // 4, bit * cell + cell // 4 : bit * cell + cell * 3 // 4].mean())
        if 64 < level < 192:
            return None
        found |= int(level > 128) << bit
    return found


def has_overlay(image: Image) -> bool:
    """Whether the face's box is drawn where it belongs, in its class's colour (BGR), and not where a mirror shows it."""
    scale = image.shape[1] / SIZE[0]

    def coloured(x: float) -> bool:
        y = FACE.y + 20
        at = image[round(y * scale), max(0, round((x - 3) * scale)) : round((x + 4) * scale)].astype(int)
        return bool((np.abs(at - np.array(COLOURS["happy"])).sum(axis=1) < 120).any())

    return coloured(FACE.x) and coloured(FACE.right - 1) and not coloured(SIZE[0] - FACE.x)


def feed(size: tuple[int, int], fps: float) -> LiveRunner:
    """A run that feeds DEVICE."""
    camera = CameraDisplay(size, fps, DEVICE, notify=print)
    return LiveRunner(NumberedSource(2), analyse, [camera], [], fps=4, analysis_fps=2, duration=None, notify=print)


if __name__ == "__main__":
    sys.stdin.readline()
    runner = feed(parse_size(sys.argv[1]), float(sys.argv[2]))
    print("ready", flush=True)
    runner.run()
