"""A live picture: frames from the browser in, the annotated picture with its age back out, what was seen kept for the page."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from ..errors import AnalyzerError
from ..ffmpeg import av
from ..meters import Rate
from ..outputs.draw import draw
from ..outputs.status import status_line
from ..types import Frame, Image, Mode, Moment
from .worker import Seen, Stream, Worker

log = logging.getLogger(__name__)

STALE = 2.0
"""Seconds after which what was seen is no longer drawn: its boxes would lie where nobody is."""
HISTORY = 60.0
"""Seconds that the page's chart shows."""
ASK_AGAIN = 2.0
"""Seconds after which a place is asked for again where there was none."""
POINTS = 1024
"""Points of the chart that are kept at most."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the chart, at seconds of `time.monotonic`'s clock: the class's mean probabilities, and counts."""

    time: float
    emotion: tuple[float, ...] | None
    faces: int
    looking_away: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the page shows: the newest moment with its age in seconds, and how it goes."""

    moment: Moment | None
    age: float
    shown: float
    analysed: float
    history: tuple[Point, ...]
    error: str | None


class LivePicture:
    """One camera or shared window, for as long as its page is open. `receive` is streamlit-webrtc's frame callback.

    It takes a place at the worker with its first frame and gives it back with `stop`; there may be a next first frame.
    rate: most analyses a second.
    """

    def __init__(self, worker: Worker, mode: Mode, rate: float) -> None:
        self._worker, self.mode, self._rate = worker, mode, rate
        self._lock = threading.Lock()
        self._history: deque[Point] = deque(maxlen=POINTS)
        self._shown, self._analysed = Rate(), Rate()
        self._began = time.monotonic()
        self._index = 0
        self._stream: Stream | None = None
        self._refused: str | None = None
        self._asked = 0.0

    def look_for(self, mode: Mode) -> None:
        """Look at other things from the next frame on."""
        if mode != self.mode:
            self.mode = mode
            self.stop()

    def _place(self, now: float) -> Stream | None:
        """The stream at the worker; None, with the reason kept, when there is no place."""
        with self._lock:
            stream = self._stream
            if stream is not None and not stream.closed:
                return stream
            if now - self._asked < ASK_AGAIN:
                return None
            self._asked = now
            try:
                self._stream = self._worker.open(self.mode, self._rate, self._keep)
                self._refused = None
            except AnalyzerError as error:
                self._refused = str(error)
            except Exception:
                # in streamlit-webrtc's thread it would end the picture's drawing without a word
                log.exception("the analysis of a picture could not be started")
                self._refused = "The analysis could not be started; the server's log says why."
            return self._stream

    def _keep(self, seen: Seen) -> None:
        mood = seen.moment.mood
        point = Point(
            seen.done, mood.emotion if mood else None, mood.faces if mood else 0, mood.looking_away if mood else 0
        )
        with self._lock:
            self._history.append(point)
            self._analysed.tick()

    def receive(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame with the newest result drawn into it. Hands the frame to the worker and does not wait for it."""
        image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
        now = time.monotonic()
        stream = self._place(now)
        if stream is not None:
            self._worker.put(stream, Frame(image, now - self._began, self._index))
        self._index += 1
        shown = av.VideoFrame.from_ndarray(self.annotated(image, now), format="bgr24")
        shown.pts, shown.time_base = frame.pts, frame.time_base
        with self._lock:
            self._shown.tick()
        return shown

    def annotated(self, image: Image, now: float) -> Image:
        """The picture (H, W, 3) with what was seen last, and below it a line that says how old that is."""
        seen = self._newest
        age = now - seen.arrived if seen is not None else None
        picture = draw(image, seen.moment) if seen is not None and age is not None and age <= STALE else image
        strip = status_line(image.shape[1], self._said(age), max(12, image.shape[1] // 60), "")
        # video encoders want even sizes
        return np.ascontiguousarray(np.vstack([picture, strip])[: (image.shape[0] + strip.shape[0]) // 2 * 2])

    def _said(self, age: float | None) -> str:
        if self._error:
            return self._error
        if age is None:
            return "first look…"
        presence = "presence only, " if self.mode == "presence" else ""
        if age > STALE:
            return f"{presence}analysis is {age:.0f} s behind: nothing is drawn"
        # in steps of a tenth, so that the line's picture is made anew only when it changes
        return f"{presence}seen {age:.1f} s ago"

    @property
    def _newest(self) -> Seen | None:
        return self._stream.newest if self._stream is not None else None

    @property
    def _error(self) -> str | None:
        return self._refused or (self._stream.error if self._stream is not None else None)

    def snapshot(self) -> Snapshot:
        """What there is to show now."""
        now, seen = time.monotonic(), self._newest
        with self._lock:
            history = tuple(point for point in self._history if now - point.time <= HISTORY)
            shown, analysed = self._shown.value, self._analysed.value
        age = now - seen.arrived if seen is not None else 0.0
        return Snapshot(seen.moment if seen else None, age, shown, analysed, history, self._error)

    def stop(self) -> None:
        """Give the place back and forget what was seen. Idempotent."""
        with self._lock:
            stream, self._stream = self._stream, None
            self._asked, self._refused = 0.0, None
            self._history.clear()
        if stream is not None:
            self._worker.close(stream)
