"""Stand-ins for sources, analyzer, outputs, displays and other threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import numpy as np

from meeting_analyzer.errors import OutputError
from meeting_analyzer.outputs.base import Output, Status
from meeting_analyzer.sources.base import EndOfSource, Source, SourceInfo
from meeting_analyzer.types import Frame, Moment


class StubSource(Source):
    """`count` frames, one every `period` seconds; then `end` is raised."""

    live = True

    def __init__(self, count: int, period: float = 0.005, end: BaseException | None = None) -> None:
        self.count, self.period, self.end = count, period, end or EndOfSource()
        self.closed = 0
        self.made = 0

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("the stub")

    def read(self, timeout: float = 1.0) -> Frame | None:
        if self.made >= self.count:
            raise self.end
        time.sleep(self.period)
        self.made += 1
        return Frame(np.zeros((16, 16, 3), np.uint8), self.made * self.period, self.made - 1)

    def close(self) -> None:
        self.closed += 1


class StubAnalyzer:
    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.frames: list[int] = []

    def follow(self, frame: Frame) -> Moment:
        time.sleep(self.seconds)
        self.frames.append(frame.index)
        return Moment(frame.time, frame.index, frame.size)


class StubOutput(Output):
    def __init__(self, fail_at: int | None = None) -> None:
        self.written: list[int] = []
        self.closed = 0
        self.fail_at = fail_at

    def write(self, frame: Frame, moment: Moment) -> None:
        assert frame.index == moment.frame
        if len(self.written) == self.fail_at:
            raise OutputError("The disk is full; make room.")
        self.written.append(frame.index)

    def close(self) -> None:
        self.closed += 1


class StubDisplay:
    def __init__(self, action: Callable[[int], str | None] = lambda shown: None) -> None:
        self.action = action
        self.shown: list[tuple[int, int | None]] = []
        self.statuses: list[str] = []
        self.closed = 0
        self.blanked = False
        self.names = True
        self.watched: bool | None = None
        self.notice: str | None = None
        self.lag = 0.0
        self.thread: threading.Thread | None = None

    def show(self, frame: Frame, moment: Moment | None, status: Status) -> str | None:
        self.thread = threading.current_thread()
        self.shown.append((frame.index, moment.frame if moment else None))
        self.statuses.append(str(status))
        return self.action(len(self.shown))

    def set_blank(self, blanked: bool) -> None:
        self.blanked = blanked

    def set_names(self, names: bool) -> None:
        self.names = names

    def close(self) -> None:
        self.closed += 1


class Later(Executor):
    """An executor that works when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: work(*arguments, **named)))
        return future

    def work(self) -> None:
        """Do what came first."""
        future, work = self.waiting.pop(0)
        try:
            future.set_result(work())
        except ValueError as error:
            future.set_exception(error)
