"""The pictures of a span that are analysed: one per sampling interval, and those at which the scene changes abruptly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import SourceError
from ..sources.base import EndOfSource
from ..sources.video import VideoSource, brightness
from ..types import Frame
from .chunks import Chunk, Span, cell, needed

THUMB = 60
"""About how many pixels of a row, and of a column as far apart, are compared between pictures: each comes from another place of the
memory, so many are slow."""
CHANGED = 24
"""Difference in brightness (of 255) from which a pixel has changed."""
ABRUPT = 0.2
"""Share of changed pixels from which the scene has: a gallery that turns into a shared screen, a page that is turned.
People who move in their tiles stay far below."""

Thumb = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Damage:
    """What could not be decoded in a chunk: packets, pictures the decoder had to guess at, and a sentence if all else is lost."""

    skipped: int = 0
    damaged: int = 0
    notice: str | None = None


def thumbnail(picture: Any) -> Thumb | None:
    """Brightness on a coarse grid of a decoded picture; None for formats whose first plane is not 8-bit brightness."""
    plane, step = brightness(picture), max(1, picture.width // THUMB)
    return None if plane is None else plane[::step, ::step].copy()


def is_abrupt(before: Thumb | None, now: Thumb | None) -> bool:
    """Whether two pictures show different scenes."""
    if before is None or now is None:
        return False
    if before.shape != now.shape:
        return True
    return bool(np.count_nonzero(cv2.absdiff(before, now) > CHANGED) > ABRUPT * now.size)


def read_span(
    path: Path, span: Span, fps: float | None, done: frozenset[int] = frozenset()
) -> Iterator[tuple[Chunk, Frame | None, Damage]]:
    """The frames of each chunk in order; each chunk ends with a None in place of a frame.

    Of every sampling interval one picture is taken (see `needed`), and at most one more, where the scene changes. Frames have the
    times and numbers that they have in the file; of the chunks in `done` there are none. Raises SourceError when the file cannot be opened.
    """
    reader = _Reader(path, span, fps, done)
    try:
        yield from reader.run()
    finally:
        reader.source.close()


class _Reader:
    """One pass over a span."""

    def __init__(self, path: Path, span: Span, fps: float | None, done: frozenset[int]) -> None:
        self._done = done
        # one thread: the workers share the cores, and what a damaged picture becomes does not depend on threads then
        self.source = VideoSource(path, threads=1)
        self._span, self._fps = span, fps
        self._left = list(span.chunks)
        self._chunk = self._left.pop(0)
        self._skipped = self._damaged = 0
        first = self._chunk
        self._numbers = span.chunks[0].stamps.size > 0
        self._needed = {chunk.number: needed(chunk, span, fps) for chunk in span.chunks}
        if self._numbers:
            left = [stamps for number, stamps in self._needed.items() if number not in done]
            known = {stamp for stamps in left if stamps is not None for stamp in stamps.values()}
            self.source.begin_at(first.key, span.first, None if None in left else known.__contains__)

    def run(self) -> Iterator[tuple[Chunk, Frame | None, Damage]]:
        last_cell, extra_cell = -1, -1
        before: Thumb | None = None
        count = 0
        lost: str | None = None
        while True:
            try:
                picture, time = self.source.next_picture()
            except EndOfSource:
                break
            except SourceError as failure:
                # of this span nothing more can be had; other spans are not touched by that
                lost = str(failure)
                break
            count += 1
            if time < self._chunk.start:
                self._damage(None)
                continue
            while time >= self._chunk.end:
                yield self._chunk, None, self._damage(None)
                if not self._next_chunk():
                    return
                last_cell = extra_cell = -1
                before = None
            now = thumbnail(picture) if self._fps is not None else None
            here = 0 if self._fps is None else cell(time, self._fps)
            wanted = self._fps is None or (here > last_cell and self._is_due(picture, here))
            if not wanted and here == last_cell and here > extra_cell and is_abrupt(before, now):
                wanted, extra_cell = True, here
            before = now
            if wanted:
                last_cell = here
            if wanted and self._chunk.number not in self._done:
                yield self._chunk, self.source.to_frame(picture, time, self._number(picture, count)), Damage()
        notice = lost if self._numbers else lost or self.source.notice
        yield self._chunk, None, self._damage(notice)
        # chunks that begin after everything that can be decoded
        for chunk in self._left:
            yield chunk, None, Damage()

    def _is_due(self, picture: Any, here: int) -> bool:
        """Whether a picture is the one that is needed of its sampling interval, or comes after that, which was damaged."""
        stamp = (self._needed.get(self._chunk.number) or {}).get(here)
        return stamp is None or picture.pts is None or picture.pts >= stamp

    def _number(self, picture: Any, count: int) -> int:
        if not self._numbers or picture.pts is None:
            return count - 1
        return self._chunk.frame + int(np.searchsorted(self._chunk.stamps, picture.pts))

    def _next_chunk(self) -> bool:
        if self._left:
            self._chunk = self._left.pop(0)
            return True
        if not self._span.open_end:
            return False
        done = self._chunk
        self._chunk = replace(done, number=done.number + 1, start=done.end, end=done.end + (done.end - done.start))
        return True

    def _damage(self, notice: str | None) -> Damage:
        """What was damaged since it was last asked for."""
        found = Damage(self.source.skipped - self._skipped, self.source.damaged - self._damaged, notice)
        self._skipped, self._damaged = self.source.skipped, self.source.damaged
        return found
