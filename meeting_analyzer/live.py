"""The live runner: capture, analysis and output each at their own rate; newest frame wins, no queue grows.

Threads: `capture` owns the source, `analysis` owns the analyzer and the record outputs, and the caller's thread (which
must be the main one where there is a side window) draws. They share one mailbox and a `_Shared` state under a lock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .mailbox import Mailbox
from .outputs.base import Output
from .sources.base import EndOfSource, Source
from .types import Frame, Moment

RATE_WINDOW = 2.0
"""Seconds over which a rate is measured."""
JOIN_TIMEOUT = 10.0


class Display(Protocol):
    """Where the annotated picture goes, at a steady rate: side window, virtual camera."""

    def show(self, frame: Frame, moment: Moment | None, status: str) -> str | None:
        """Show the newest frame with the newest moment; returns "quit", "pause", "blank" or None for what the user asked."""

    def set_blank(self, blanked: bool) -> None:
        """Show nothing of the call from now on, or show it again."""

    def close(self) -> None:
        """Release the device. Idempotent."""


class Rate:
    """Events per second over the last seconds."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=512)

    def tick(self) -> None:
        """One more event, now."""
        self._times.append(time.monotonic())

    @property
    def value(self) -> float:
        """Events per second; 0 when there was none lately."""
        since = time.monotonic() - RATE_WINDOW
        recent = [t for t in self._times if t >= since]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 and recent[-1] > recent[0] else 0.0


@dataclass
class _Shared:
    """What the threads tell each other; guarded by `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    frame: Frame | None = None
    moment: Moment | None = None
    notice: str | None = None
    error: BaseException | None = None
    analysed: int = 0
    latency: float = 0.0


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """What a live run did: frames analysed, seconds it ran, and whether the user ended it."""

    analysed: int
    seconds: float
    quit: bool


class LiveRunner:
    """Joins a source, an analysis (`Analyzer.follow`), displays and record outputs.

    fps: rate of the displays; analysis_fps: most analyses a second; duration: seconds after which to stop, or None.
    notify receives one sentence whenever the source's state changes (minimised, black, covered, back again).
    """

    def __init__(
        self,
        source: Source,
        analyse: Callable[[Frame], Moment],
        displays: Sequence[Display],
        outputs: Sequence[Output],
        *,
        fps: float,
        analysis_fps: float,
        duration: float | None,
        notify: Callable[[str], None],
    ) -> None:
        self._source, self._analyse = source, analyse
        self._displays, self._outputs = displays, outputs
        self._period, self._analysis_period = 1 / fps, 1 / analysis_fps
        self._duration, self._notify = duration, notify
        self._mailbox: Mailbox[tuple[Frame, float]] = Mailbox()
        self._shared = _Shared()
        self._shown, self._analyses = Rate(), Rate()
        self._seconds = 0.0

    def run(self) -> LiveOutcome:
        """Run until the source ends, the user quits or the duration is over.

        Everything is closed on the way out, so that what was done is kept. Raises what the source, the analysis or an
        output raised.
        """
        shared = self._shared
        threads = [
            threading.Thread(target=self._guard, args=(loop,), name=loop.__name__.strip("_"), daemon=True)
            for loop in (self._capture, self._analysis)
        ]
        started = time.monotonic()
        quit_asked = False
        for thread in threads:
            thread.start()
        try:
            quit_asked = self._show(started)
        finally:
            self._seconds = time.monotonic() - started
            shared.stop.set()
            self._mailbox.close()
            for thread in threads:
                thread.join(JOIN_TIMEOUT)
            for display in self._displays:
                display.close()
            for output in self._outputs:
                output.close()
            self._source.close()
        if shared.error is not None:
            raise shared.error
        return LiveOutcome(shared.analysed, self._seconds, quit_asked)

    def _guard(self, loop: Callable[[], None]) -> None:
        """Run a thread's loop; what it raises ends the run and is raised again by `run`."""
        try:
            loop()
        except BaseException as error:  # noqa: BLE001 - handed to the main thread, which raises it
            with self._shared.lock:
                self._shared.error = self._shared.error or error
        finally:
            self._shared.stop.set()

    def _capture(self) -> None:
        shared = self._shared
        while not shared.stop.is_set():
            try:
                frame = self._source.read(timeout=0.5)
            except EndOfSource:
                if self._source.notice:
                    self._notify(self._source.notice)
                # the last frame deserves its analysis
                while not shared.stop.wait(0.02) and self._mailbox.waiting and not shared.paused.is_set():
                    continue
                return
            notice = self._source.notice
            with shared.lock:
                changed, shared.notice = notice != shared.notice, notice
                if frame is not None:
                    shared.frame = frame
            if changed:
                self._notify(notice or f"{self._source.info.title} is back.")
            if frame is not None:
                self._mailbox.put((frame, time.monotonic()))

    def _analysis(self) -> None:
        shared = self._shared
        due = time.monotonic()
        while not shared.stop.is_set():
            if shared.stop.wait(max(0.0, due - time.monotonic())):
                return
            if shared.paused.is_set():
                due = time.monotonic() + 0.05
                continue
            taken = self._mailbox.get(timeout=0.5)
            if taken is None:
                continue
            due = max(due + self._analysis_period, time.monotonic())
            frame, captured = taken
            moment = self._analyse(frame)
            for output in self._outputs:
                output.write(frame, moment)
            self._analyses.tick()
            with shared.lock:
                shared.moment = moment
                shared.analysed += 1
                shared.latency = time.monotonic() - captured

    def _show(self, started: float) -> bool:
        """Feed the displays at a steady rate; returns True when the user asked to quit."""
        shared = self._shared
        blanked = False
        due = time.monotonic()
        while not shared.stop.is_set():
            if self._duration is not None and time.monotonic() - started >= self._duration:
                return False
            with shared.lock:
                frame, moment = shared.frame, shared.moment
            if frame is not None:
                self._shown.tick()
                for display in self._displays:
                    action = display.show(frame, moment, self.status())
                    if action == "quit":
                        return True
                    if action == "pause":
                        (shared.paused.clear if shared.paused.is_set() else shared.paused.set)()
                    elif action == "blank":
                        blanked = not blanked
                        for each in self._displays:
                            each.set_blank(blanked)
            due = max(due + self._period, time.monotonic() - self._period)
            shared.stop.wait(max(0.0, due - time.monotonic()))
        return False

    def summary(self) -> str:
        """What was done so far, in a sentence."""
        shared = self._shared
        return (
            f"Analysed {shared.analysed} frames in {self._seconds:.1f} s "
            f"({shared.analysed / max(self._seconds, 1e-6):.1f} a second, last latency {1000 * shared.latency:.0f} ms)."
        )

    def status(self) -> str:
        """One line on how it goes: state, rates, latency."""
        shared = self._shared
        if shared.paused.is_set():
            return "paused"
        return shared.notice or (
            f"shown {self._shown.value:.0f} fps, analysed {self._analyses.value:.1f} fps, latency {1000 * shared.latency:.0f} ms"
        )
