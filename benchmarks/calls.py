"""A gallery in which everybody moves, as raw pictures in a file: what the live benchmarks are fed with."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from meeting_analyzer.sources.base import EndOfSource, Source, SourceInfo
from meeting_analyzer.types import Box, Frame, Image

PEOPLE = Path(__file__).resolve().parents[1] / "tools" / "sample_call" / "people"
SIZE = 1920, 1080
GAP, BAR = 8, 64
LENGTH = 60
"""Pictures until it starts again, there and back."""


def boxes(count: int) -> list[Box]:
    """The tiles of `count` participants: 3x3, 5x5, 7x7 at 16:9 between a title bar and a bar of buttons."""
    columns = int(np.ceil(np.sqrt(count)))
    rows = -(-count // columns)
    width = min((SIZE[0] - GAP) // columns - GAP, ((SIZE[1] - 2 * BAR - GAP) // rows - GAP) * 16 // 9)
    height = width * 9 // 16
    left = (SIZE[0] - columns * (width + GAP) + GAP) // 2
    top = BAR + (SIZE[1] - 2 * BAR - rows * (height + GAP) + GAP) // 2
    return [
        Box(left + i % columns * (width + GAP), top + i // columns * (height + GAP), width, height)
        for i in range(count)
    ]


def write(path: Path, count: int) -> None:
    """Write LENGTH pictures of `count` participants, each in the middle of another part of a clip; none stands still."""
    clips = [_clip(clip) for clip in sorted(PEOPLE.glob("*.mp4"))]
    with path.open("wb") as file:
        for number in range(LENGTH):
            picture = np.full((SIZE[1], SIZE[0], 3), 26, np.uint8)
            for i, box in enumerate(boxes(count)):
                clip = clips[i % len(clips)]
                step = number if number < LENGTH // 2 else LENGTH - number
                shown = clip[(step + 17 * i) % len(clip)]
                shown = shown[:, ::-1] if (i // len(clips)) % 2 else shown
                interpolation = cv2.INTER_AREA if box.w < shown.shape[1] else cv2.INTER_LINEAR
                tile = cv2.resize(shown, (box.w, box.h), interpolation=interpolation)
                # a camera's noise: no pixel of a real one ever stands still
                noise = np.random.default_rng(number * 100 + i).integers(-2, 3, tile.shape, np.int16)
                picture[box.y : box.bottom, box.x : box.right] = np.clip(tile + noise, 0, 255)
            file.write(picture.tobytes())


def _clip(path: Path) -> list[Image]:
    capture = cv2.VideoCapture(str(path))
    pictures = []
    while (read := capture.read())[0]:
        pictures.append(np.asarray(read[1], np.uint8))
    capture.release()
    return pictures


class RawSource(Source):
    """Pictures of the file, `fps` a second on a fixed grid, read anew each time: as dear as a grab of the screen.

    grabbed: steady clock at which each of the last pictures was there, by its number.
    """

    live = True

    def __init__(self, path: Path, fps: float) -> None:
        self._file = os.open(path, os.O_RDONLY)
        self._bytes = SIZE[0] * SIZE[1] * 3
        self._period, self._index = 1 / fps, 0
        self._started = time.monotonic()
        self._stop = threading.Event()
        self.grabbed: dict[int, float] = {}

    @property
    def info(self) -> SourceInfo:
        """Size of the pictures."""
        return SourceInfo("the benchmark's gallery", SIZE)

    def picture(self, number: int) -> Image:
        """One picture of the file, in memory of its own."""
        data = bytearray(self._bytes)
        os.preadv(self._file, [data], number % LENGTH * self._bytes)
        return np.frombuffer(data, np.uint8).reshape(SIZE[1], SIZE[0], 3)

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The picture of the next tick; ticks that were missed are left out."""
        due = self._started + self._index * self._period
        if self._stop.wait(max(0.0, due - time.monotonic())):
            raise EndOfSource
        image = self.picture(self._index)
        now = time.monotonic()
        frame = Frame(image, now - self._started, self._index)
        self.grabbed[self._index] = now
        self.grabbed.pop(self._index - 600, None)
        self._index = max(self._index + 1, int((now - self._started) / self._period))
        return frame

    def close(self) -> None:
        """Close the file."""
        if not self._stop.is_set():
            self._stop.set()
            os.close(self._file)
