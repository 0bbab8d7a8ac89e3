"""One thread that analyses for everybody: cameras, shared windows and uploads take turns.

Each stream has a slot for one frame. A newer frame replaces one that still waits, so nothing queues and nobody is kept
waiting by a frame that is out of date. Of the streams whose turn has come, the one that was served longest ago is next:
however many there are, all get the same rate.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import AnalyzerError, SourceError
from ..types import Frame, Mode, Moment

log = logging.getLogger(__name__)


IDLE = 20.0
"""Seconds without a frame after which a camera or window loses its place; its next frame asks for one again."""


class Analysis(Protocol):
    """What analyses the frames of one call: an `Analyzer`."""

    def follow(self, frame: Frame) -> Moment:
        """What is seen in the next frame."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A moment, when its frame came in, and when it was done, both on `time.monotonic`'s clock."""

    moment: Moment
    arrived: float
    done: float


@dataclass(slots=True, eq=False)
class Stream:
    """One camera, shared window or upload. Made by `Worker.open`, ended by `Worker.close`."""

    analysis: Analysis
    mode: Mode
    period: float
    counted: bool
    number: int
    on_seen: Callable[[Seen], None] | None = None
    newest: Seen | None = None
    error: str | None = None
    analysed: int = 0
    dropped: int = 0
    closed: bool = False
    waiting: Frame | None = None
    arrived: float = field(default_factory=time.monotonic)
    served: float = field(default=float("-inf"))
    answer: Future[Moment] | None = None


class WorkerBusy(AnalyzerError):
    """No further stream can be taken."""


class Worker:
    """Owns the models' thread.

    analyse: makes the analysis of a new stream in a mode; called in the worker's own thread, as everything it makes is.
    streams: how many may be open at a time, uploads not counted.
    """

    def __init__(self, analyse: Callable[[Mode], Analysis], streams: int = 10) -> None:
        self._make, self._most = analyse, streams
        self._changed = threading.Condition()
        self._streams: list[Stream] = []
        self._numbers = itertools.count()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)
        self._thread.start()

    def open(
        self,
        mode: Mode,
        rate: float = float("inf"),
        on_seen: Callable[[Seen], None] | None = None,
        counted: bool = True,
    ) -> Stream:
        """A new stream of at most `rate` analyses a second; on_seen gets every result, in the worker's thread.

        Raises WorkerBusy when there are too many (`counted` ones), and what making its analysis raised.
        """
        with self._changed:
            idle = [s for s in self._streams if s.counted and time.monotonic() - s.arrived > IDLE]
        for stream in idle:
            self.close(stream)
        with self._changed:
            if counted and sum(s.counted for s in self._streams) >= self._most:
                raise WorkerBusy(
                    f"All {self._most} places for cameras and shared windows are taken; try again when somebody has stopped."
                )
        stream = Stream(self._make(mode), mode, 1 / rate, counted, next(self._numbers), on_seen)
        with self._changed:
            if self._stopped:
                raise WorkerBusy("The server is being stopped; start it again.")
            self._streams.append(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """End a stream. Idempotent."""
        with self._changed:
            stream.closed, stream.waiting = True, None
            if stream in self._streams:
                self._streams.remove(stream)
            answer, stream.answer = stream.answer, None
        if answer is not None:
            answer.cancel()

    def put(self, stream: Stream, frame: Frame) -> None:
        """Offer a frame; one that still waits is forgotten. Never waits."""
        with self._changed:
            if stream.closed:
                return
            stream.dropped += stream.waiting is not None
            stream.waiting, stream.arrived = frame, time.monotonic()
            self._changed.notify_all()

    def analyse(self, stream: Stream, frame: Frame) -> Moment:
        """Analyse a frame of an upload when its turn comes, and wait for it. Raises what the analysis raised."""
        answer: Future[Moment] = Future()
        with self._changed:
            if stream.closed or self._stopped:
                raise SourceError("The analysis was ended; what was done so far is kept.")
            stream.waiting, stream.arrived, stream.answer = frame, time.monotonic(), answer
            self._changed.notify_all()
        try:
            return answer.result()
        except BaseException as error:
            if answer.cancelled():
                raise SourceError("The analysis was ended; what was done so far is kept.") from error
            raise

    @property
    def open_streams(self) -> int:
        """Cameras and shared windows that are open."""
        with self._changed:
            return sum(s.counted for s in self._streams)

    def stop(self) -> None:
        """End all streams and the thread. Idempotent."""
        with self._changed:
            self._stopped = True
            streams = list(self._streams)
            self._changed.notify_all()
        for stream in streams:
            self.close(stream)
        if threading.current_thread() is not self._thread:
            self._thread.join(10)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and (chosen := self._next()) is None:
                    self._changed.wait(self._pause())
                if self._stopped:
                    return
                assert chosen is not None
                frame, arrived, answer = chosen.waiting, chosen.arrived, chosen.answer
                chosen.waiting, chosen.answer, chosen.served = None, None, time.monotonic()
            assert frame is not None
            self._serve(chosen, frame, arrived, answer)

    def _next(self) -> Stream | None:
        """Of the streams with a frame whose turn has come, the one that was served longest ago."""
        now = time.monotonic()
        due = [s for s in self._streams if s.waiting is not None and now - s.served >= s.period]
        return min(due, key=lambda s: (s.served, s.number), default=None)

    def _pause(self) -> float | None:
        """Seconds until a frame that waits is due; None when none waits."""
        now = time.monotonic()
        times = [s.served + s.period - now for s in self._streams if s.waiting is not None]
        return max(0.001, min(times)) if times else None

    def _serve(self, stream: Stream, frame: Frame, arrived: float, answer: Future[Moment] | None) -> None:
        try:
            moment = stream.analysis.follow(frame)
        except Exception as error:
            # one stream's failure must not take the others along: its viewer, or whoever waits for the answer, is told
            if answer is not None:
                answer.set_exception(error)
                return
            if not isinstance(error, AnalyzerError):
                log.exception("the analysis of a stream failed")
            stream.error = str(error) if isinstance(error, AnalyzerError) else "The analysis of this picture failed."
            return
        stream.analysed += 1
        stream.error = None
        seen = Seen(moment, arrived, time.monotonic())
        stream.newest = seen
        if answer is not None:
            answer.set_result(moment)
        elif stream.on_seen is not None:
            stream.on_seen(seen)
