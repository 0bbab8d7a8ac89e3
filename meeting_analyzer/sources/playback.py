"""A video file played as if it were a call: frames come when they are due, once or round and round."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..ffmpeg import av
from ..types import Frame
from .base import EndOfSource, Source, SourceInfo
from .video import VideoSource

BEHIND = 2.0  # seconds of lag after which the clock gives in instead of frames being dropped for ever


class PlayedSource(Source):
    """Plays `path` at its own speed. Frames whose time has passed are left out, as a screen grab would miss them.

    With `loop` it starts over at the end; times and indices go on counting.
    """

    live = True

    def __init__(self, path: str | Path, loop: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        """Raises SourceError as VideoSource does."""
        self._video = VideoSource(path)
        self._path = path
        self._loop = loop
        self._clock = clock
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._offset = 0.0
        self._count = 0
        self._step = 1 / (self._video.info.fps or 30.0)
        self._last = -self._step
        self._start: float | None = None
        self._waiting: tuple[av.VideoFrame, float] | None = None

    @property
    def info(self) -> SourceInfo:
        """What is known about the file."""
        return self._video.info

    def read(self, timeout: float = 1.0) -> Frame | None:
        """The frame that is due now or next; None when it is due later than `timeout` seconds from now."""
        while not self._stop.is_set():
            if self._waiting is None:
                self._waiting = self._decode()
            picture, at = self._waiting
            now = self._clock()
            if self._start is None:
                self._start = now - at
            lag = now - (self._start + at)
            if -lag > timeout:
                self._stop.wait(timeout)
                return None
            self._waiting = None
            self._count += 1
            if lag > BEHIND:
                self._start += lag
            elif lag > self._step:
                continue
            elif lag < 0:
                self._stop.wait(-lag)
            return self._video.to_frame(picture, at, self._count - 1)
        raise EndOfSource

    def _decode(self) -> tuple[av.VideoFrame, float]:
        with self._lock:
            if self._stop.is_set():
                raise EndOfSource
            try:
                picture, at = self._video.next_picture()
            except EndOfSource:
                if not self._loop:
                    self.notice = self._video.notice
                    raise
                self._offset = self._last + self._step
                self._video.close()
                self._video = VideoSource(self._path)
                picture, at = self._video.next_picture()
            self._last = self._offset + at
            return picture, self._last

    def close(self) -> None:
        """Close the file and wake up a waiting read."""
        self._stop.set()
        with self._lock:
            self._video.close()
